"""The signs that panels draw, in Unicode and in plain ASCII."""

import msgspec


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one set of signs; each is one or a few cells wide."""

    cursor: str
    """Before the selected row."""
    shown: str
    """Before the run that the other panels show."""
    arrow: str
    """Between an old and a new value."""
    renew: str
    """Before `new`, on settings that need a new run."""
    pinned: str
    overlaid: str
    running: str
    paused: str
    finished: str
    stopped: str
    failed: str
    interrupted: str
    dot: str
    """Between two facts on one line."""
    rule: str
    """Between a panel's heading and the rest of its title."""
    ellipsis: str
    caret: str
    """Where the next token will appear."""
    dash: str
    """In place of an unknown number."""
    at_least: str
    """Before the smallest of some values."""

    def status(self, status: str) -> str:
        """Return the sign of a run's status."""
        match status:
            case "running" | "paused" | "finished" | "interrupted" | "failed":
                return str(getattr(self, status))
            case "diverged":
                return self.failed
            case "max_steps" | "max_seconds" | "early_stop":
                return self.finished
            case _:
                return self.stopped


UNICODE = Signs(
    cursor="▸",
    shown="◉",
    arrow="→",
    renew="↻",
    pinned="◆",
    overlaid="≈",
    running="●",
    paused="‖",
    finished="✓",
    stopped="■",
    failed="✗",
    interrupted="↯",
    dot="·",
    rule="─",
    ellipsis="…",
    caret="▌",
    dash="–",
    at_least="≥",
)
ASCII = Signs(
    cursor=">",
    shown="@",
    arrow="->",
    renew="",
    pinned="*",
    overlaid="~",
    running="o",
    paused="=",
    finished="+",
    stopped="#",
    failed="x",
    interrupted="!",
    dot="-",
    rule="-",
    ellipsis="...",
    caret="_",
    dash="-",
    at_least=">=",
)
