"""Runs that are drawn beside the one on show, each with one name and one look in all charts."""

from collections.abc import Iterable
from typing import NamedTuple

from tui.history import History
from tui.widgets.curve_looks import LOOKS, CurveLook, look_of


class Overlay(NamedTuple):
    """Hold a run to draw."""

    label: str
    """What it is called, such as `#12`."""
    history: History
    look: CurveLook


def of_run(overlays: Iterable[Overlay], run: int | None) -> Overlay | None:
    """Return the one that a run is; None where it is none of them."""
    return next((one for one in overlays if run is not None and one.history.run == run), None)


def free_look(overlays: Iterable[Overlay]) -> CurveLook:
    """Return a look that no run has yet; the last ones first, since lanes take the first ones."""
    taken = {overlay.look for overlay in overlays}
    looks = [look_of(index) for index in reversed(range(LOOKS))]
    return next((look for look in looks if look not in taken), looks[0])
