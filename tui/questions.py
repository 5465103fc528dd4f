"""What the screen asks a model: which class a text has, or what is to be seen in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.events import TextInspected

if TYPE_CHECKING:
    from tui.engine import Engine


@dataclass(frozen=True)
class ClassQuestion:
    """Ask which class a text has."""

    text: str

    def put(self, engine: "Engine", run: int | None, number: int) -> None:
        """Put it to a finished run's model; to the one in training where no run is named."""
        if run is not None:
            engine.classify(run, number, self.text)
        elif (control := engine.control) is not None:
            control.classify(number, self.text)


@dataclass(frozen=True)
class LookQuestion:
    """Ask for a text under the microscope."""

    text: str
    """Empty for held-out text."""
    offset: int = 0
    """The token of the held-out text to begin at."""

    def put(self, engine: "Engine", run: int | None, number: int) -> None:
        """Put it to a finished run's model; to the one in training where no run is named."""
        if run is not None:
            engine.inspect(run, number, self.text, self.offset)
        elif (control := engine.control) is not None:
            control.inspect(number, self.text, self.offset)


Question = ClassQuestion | LookQuestion


def is_of_walk(event: TextInspected) -> bool:
    """Tell whether a look is for the console's walk along its text, not for the microscope."""
    return event.sample < 0  # their numbers go down, so that none is of both
