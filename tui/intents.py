"""What a panel asks for: messages that go up to the dashboard, which alone talks to the engine."""

from collections.abc import Mapping

from textual.message import Message

from core.decoding import Decoding
from core.settings import Value
from tui.questions import LookQuestion


class ChangeSettings(Message):
    """Ask to put settings in force: at the next step, or for the next start when idle."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__()
        self.values = dict(values)
        """New values by name; while training only live ones."""


class StartNewRun(Message):
    """Ask to begin a new run with the present settings and some changes."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__()
        self.values = dict(values)
        """New values by name."""


class DrawSample(Message):
    """Ask for text: from the weights in training, else from the opened run's best checkpoint."""

    def __init__(self, prompt: str, decoding: Decoding) -> None:
        super().__init__()
        self.prompt = prompt
        self.decoding = decoding


class CancelSample(Message):
    """Ask to end the sample that is being drawn."""


class ClassifyText(Message):
    """Ask which class a text has, as it is typed: of the model in training, else of a stored one.

    The question stands: it is asked again whenever the model has learned something.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """What is to be classified; blank to ask nothing."""


class ExplainText(ClassifyText):
    """Ask the console to classify a text that stands elsewhere on the screen."""


class InspectText(Message):
    """Ask for a text under the microscope from now on."""

    def __init__(self, question: LookQuestion) -> None:
        super().__init__()
        self.question = question
        """What is to be read."""


class WalkText(Message):
    """Ask once what the model finds probable at each place of the text that is walked along."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """All of it, the prompt too; empty to ask nothing any more."""


class HoldUnit(Message):
    """Ask to hold a hidden unit in the next sample at the next of off, 1, -1 and not at all."""

    def __init__(self, layer: int, unit: int) -> None:
        super().__init__()
        self.layer = layer
        """From 0, the lowest first."""
        self.unit = unit
        """From 0."""


class StageFix(Message):
    """Ask to stage the doctor's fix: settings of training, or of sampling."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__()
        self.values = dict(values)
        """New values by name."""


class AskComparison(Message):
    """Ask which experiment to begin."""


class AskRangeTest(Message):
    """Ask for a learning-rate range test with the settings of Params."""


class ResumeRace(Message):
    """Ask to go on with the experiment on show."""


class OverlayRace(Message):
    """Ask to draw its runs behind the one on show, or no longer."""


class TurnRace(Message):
    """Ask to show another experiment."""

    def __init__(self, direction: int) -> None:
        super().__init__()
        self.direction = direction
        """1 for the next one, -1 for the one before."""


class LabelsChanged(Message):
    """Say that the panel's keys now do other things."""


class _RunMessage(Message):
    """Name the run that something is asked of."""

    def __init__(self, run: int) -> None:
        super().__init__()
        self.run = run
        """The run's number."""


class OpenRun(_RunMessage):
    """Ask to show a run's curves, settings and samples."""


class OverlayRun(_RunMessage):
    """Ask to draw a run's curves behind the current ones, or no longer."""


class DiffRun(_RunMessage):
    """Ask for the settings in which a run differs from the shown one."""


class ResumeRun(_RunMessage):
    """Ask to go on training a run."""

    def __init__(self, run: int, checkpoint: str | None = None) -> None:
        super().__init__(run)
        self.checkpoint = checkpoint
        """Path of the checkpoint to go on from; None for the one that resumes the run."""


class ListCheckpoints(_RunMessage):
    """Ask for the list of a run's checkpoints."""


class DeleteRun(_RunMessage):
    """Ask to delete a run; the dashboard asks back first."""


class EditRun(_RunMessage):
    """Ask to give a run another name, notes or tags."""


class PinRun(_RunMessage):
    """Ask to keep a run on top of the list, or no longer."""
