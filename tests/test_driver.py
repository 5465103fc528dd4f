"""The terminal driver: how soon it knows a key."""

import os
import selectors

import pytest
from textual import constants

from tui.driver import EagerSelector, driver_class
from tui.link import Link

linux_driver = pytest.importorskip("textual.drivers.linux_driver")


def test_esc_is_known_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a key the driver waits no longer than Esc may be the beginning of another one."""
    waits: list[float | None] = []
    select = selectors.SelectSelector.select

    def noted(
        self: selectors.SelectSelector, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        waits.append(timeout)
        return select(self, 0)

    monkeypatch.setattr(selectors.SelectSelector, "select", noted)
    driver_class(Link())
    eager = linux_driver.selectors.SelectSelector()
    assert isinstance(eager, EagerSelector)
    ours, theirs = os.pipe()
    eager.register(ours, linux_driver.selectors.EVENT_READ)
    assert eager.select(0.1) == []
    os.write(theirs, b"\x1b")
    assert len(eager.select(0.1)) == 1
    os.read(ours, 1)
    assert eager.select(0.1) == eager.select(0.1) == []
    assert waits == [0.1, 0.1, constants.ESCAPE_DELAY, 0.1]
    assert constants.ESCAPE_DELAY < 0.1 or "ESCDELAY" in os.environ
    for number in (ours, theirs):
        os.close(number)
