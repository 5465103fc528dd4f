"""A learning-rate range test on the data that some settings name; nothing of it is kept."""

from collections.abc import Iterator, Sequence

from core.config import Config, config_values, make_config
from core.control import ShouldStop
from core.rate_range import RangePoint
from core.text.corpus import Report
from core.training.device import pick_device
from core.training.lr_range import range_test
from core.training.out_of_memory import memory_explained
from workspace.data import load_data
from workspace.paths import Workspace
from workspace.requests import absolute_paths


def range_points(
    workspace: Workspace,
    config: Config,
    rates: Sequence[float],
    report: Report,
    should_stop: ShouldStop,
) -> Iterator[RangePoint]:
    """Read the data and test the rates, a point a step.

    Args:
        workspace: Where fetched corpora are.
        config: The settings.
        rates: The learning rate of each step.
        report: Told how far the reading is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        InputError: The data or the device is refused, or the memory is too small.
        StopRequested: `should_stop` became true while the data was read.
    """
    config = make_config(absolute_paths(config_values(config)))
    pick_device(config)
    with memory_explained(config, None):
        data = load_data(workspace, config, report=report, should_stop=should_stop)
    with memory_explained(config, data):
        yield from range_test(config, data, rates, should_stop)
