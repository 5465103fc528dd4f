"""The question that is asked before the dashboard is left."""

from core.language import tr
from tui.screens.choice import Choice, ChoiceDialog

STAY = Choice("stay", tr("Stay"), "c")


def leaving_question(name: str, *, preparing: bool) -> ChoiceDialog:
    """Return the question; its answers are `save`, `stay` and `drop`.

    Args:
        name: What is in training, in a few words.
        preparing: Whether that has yet to begin, so that there is nothing to save.
    """
    if preparing:
        title = tr("A run is being prepared")
        choices = [Choice("save", tr("Leave; if it has begun by then, save it"), "s"), STAY]
    else:
        title = tr("{run} is in training", run=name)
        choices = [
            Choice("save", tr("Save a checkpoint and leave"), "s"),
            STAY,
            Choice("drop", tr("Leave without saving what came after the last checkpoint"), "x"),
        ]
    return ChoiceDialog(title, choices, on_interrupt="save")
