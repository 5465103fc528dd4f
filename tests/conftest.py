"""What holds for every test: English, no deadlines, and a pilot that waits for the screen alone."""

import gc
import os

from hypothesis import settings

import stillness

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
