"""What holds for every test: English, no deadlines, and a pilot that waits for the screen alone."""

import gc
import os
from typing import TYPE_CHECKING

from hypothesis import settings

import stillness

if TYPE_CHECKING:
    from pytest import Config
    from xdist.remote import Producer
    from xdist.scheduler import WorkStealingScheduling

os.environ["LANGUAGE"] = "en"
stillness.install()

# Speed is no promise of a test. In CI the examples are the same each time.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tests")


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays: the modules of torch and of the tests.

    It would look through all of it again and again.
    """
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(
    config: "Config", log: "Producer"
) -> "WorkStealingScheduling | None":
    """Let each of `-n auto`'s workers keep to its part of the tests until another has none left.

    So what the tests of a file share is made once, and no worker ends long before the rest.
    """
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None
