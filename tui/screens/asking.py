"""What the dashboard does with wishes about text: draw a sample, classify what is typed."""

from core.clamps import turned
from core.errors import RnnStudioError
from core.language import tr
from tui.intents import (
    CancelSample,
    ClassifyText,
    DrawSample,
    ExplainText,
    HoldUnit,
    InspectText,
    WalkText,
)
from tui.panels.classify import ClassifyPanel
from tui.panels.console import ConsolePanel
from tui.sampling_text import clamps_text
from tui.screens.run_requests import RunRequestsScreen


class AskingScreen(RunRequestsScreen):
    """Serve the wishes of the consoles; the base of the dashboard."""

    def on_draw_sample(self, message: DrawSample) -> None:
        """Ask for a sample."""
        console = self.query_one(ConsolePanel)
        try:
            console.expect(self.desk.draw(message.prompt, message.decoding))
        except RnnStudioError as error:
            self.tell(str(error))
            return
        if self.desk.shows_other:
            self.desk.show_live()
            self.show_all()

    def on_cancel_sample(self, message: CancelSample) -> None:
        """End the sample that is being drawn."""
        message.stop()
        self.desk.cancel_sample()

    def on_classify_text(self, message: ClassifyText) -> None:
        """Ask for the class of what is typed."""
        message.stop()
        self.desk.classify(message.text)

    def on_inspect_text(self, message: InspectText) -> None:
        """Ask for a text under the microscope, as long as that can be seen."""
        message.stop()
        self.desk.inspect(message.question)

    def on_walk_text(self, message: WalkText) -> None:
        """Ask what else was probable in a text of the console."""
        message.stop()
        self.desk.walk(message.text)

    def on_hold_unit(self, message: HoldUnit) -> None:
        """Hold a unit in the console's next sample, or no longer, and say so."""
        message.stop()
        console = self.query_one(ConsolePanel)
        clamp = turned(console.decoding.clamp, message.layer, message.unit)
        console.set_clamp(clamp)
        if clamp:
            self.tell(tr("the next sample holds {units}", units=clamps_text(clamp)))
        else:
            self.tell(tr("the next sample holds no unit"))

    def on_explain_text(self, message: ExplainText) -> None:
        """Take a text into the console, which asks for its class."""
        message.stop()
        self.focus_panel(6)
        self.query_one(ClassifyPanel).take_text(message.text)
