"""The question that is asked when a run has diverged: back to its last good state?"""

from core.language import tr
from tui.history import History
from tui.screens.choice import Choice, ChoiceDialog
from tui.way_back import WayBack


def way_back_question(history: History, back: WayBack) -> ChoiceDialog:
    """Return the question; its answers are `back`, unless nothing is left, `new` and `stay`.

    Args:
        history: A run that has diverged.
        back: What it can go back to.
    """
    anew = tr("Start a new run with {settings}", settings=back.settings)
    ways_out = [Choice("new", anew, "n")]
    if back.step is not None:
        ways_out.insert(0, Choice("back", back.label, "b"))
    title = tr("Run {run} diverged", run=history.run)
    message = history.diverged.message if history.diverged is not None else ""
    return ChoiceDialog(
        title, [*ways_out, Choice("stay", tr("Leave it as it is"), "c")], intro=message
    )
