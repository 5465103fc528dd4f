"""The question that is asked when a run has diverged: back to its last good state, slower?"""

from core.language import tr
from tui.closing import slower_rate, way_back
from tui.history import History
from tui.screens.choice import Choice, ChoiceDialog


def way_back_question(history: History) -> ChoiceDialog:
    """Return the question; its answers are `back`, `on` and `stay`.

    Args:
        history: A run that has diverged.
    """
    rate, back = slower_rate(history), way_back(history)
    choices = [
        Choice(
            "on",
            tr("Go on from step {step} with learning_rate {rate:g}", step=history.step, rate=rate),
            "g",
        ),
        Choice("stay", tr("Leave it as it is"), "c"),
    ]
    if back is not None:
        label = tr("Go back to step {step} with learning_rate {rate:g}", step=back.step, rate=rate)
        choices.insert(0, Choice("back", label, "b"))
    title = tr("Run {run} diverged", run=history.run)
    message = history.diverged.message if history.diverged is not None else ""
    return ChoiceDialog(title, choices, intro=message)
