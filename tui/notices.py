"""Notices: the newest few stand over the screen, each for its time."""

from typing import Self

from textual.notifications import Notification, Notifications
from textual.widgets import _toast
from textual.widgets._toast import Toast

MOST = 3
"""Notices at once, besides errors: more would hide what they are about."""

SOON_S = 0.01
"""When a notice goes whose time is over already."""


class Notices(Notifications):
    """Let the oldest go where there are too many."""

    def add(self, notification: Notification) -> Self:
        """Show a notice, and each error for all of its time."""
        super().add(notification)
        passing = [notice for notice in self if notice.severity != "error"]
        for notice in passing[:-MOST]:
            del self[notice]
        return self


class FleetingToast(Toast):
    """Go soon where no time is left: Textual (8.2) would look at the clock for ever.

    A rack that fills asks each notice whether its time is over, then makes them all. One whose
    time ended in between got a timer of less than no time, whose next turn never came; with that
    the whole screen stood still.
    """

    def __init__(self, notification: Notification) -> None:
        super().__init__(notification)
        self._timeout = max(self._timeout, SOON_S)


# A rack offers no other way to be filled with others.
setattr(_toast, "Toast", FleetingToast)  # noqa: B010  said to be a type
