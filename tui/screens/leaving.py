"""What is asked before what is in training is stopped, or the dashboard left."""

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
        title = tr("{run} is still training", run=name)
        choices = [
            Choice("save", tr("Save a checkpoint and leave"), "s"),
            STAY,
            Choice("drop", tr("Quit and discard the steps since the last checkpoint"), "x"),
        ]
    return ChoiceDialog(title, choices, on_interrupt="save")


def leaving_bench_question(run: str, bench: str) -> ChoiceDialog:
    """Return the question where an experiment is in progress; its answers are the same.

    Args:
        run: The run in training, in a few words; empty where there is none.
        bench: The experiment or the range test, in a few words.
    """
    if not run:
        return ChoiceDialog(
            tr("{name} is in progress", name=bench),
            [Choice("save", tr("Save and leave; it can be resumed later"), "s"), STAY],
            on_interrupt="save",
        )
    choices = [
        Choice("save", tr("Save both and leave; they can be resumed later"), "s"),
        STAY,
        Choice("drop", tr("Leave; of the run, only its last checkpoint is kept"), "x"),
    ]
    return ChoiceDialog(
        tr("Two things are training"),
        choices,
        intro=tr("{run}, and {bench}.", run=run, bench=bench),
        on_interrupt="save",
    )


def stopping_question(run: str, bench: str, *, keeps: bool) -> ChoiceDialog:
    """Return the question of what to stop: `both`, `save` or `now` for the run, `bench`, `stay`.

    Args:
        run: The run in training, in a few words; empty where there is none.
        bench: The experiment or the range test, in a few words.
        keeps: Whether anything is kept of it: of a range test nothing is.
    """
    if not run:
        saves = tr("Save and stop; R resumes an experiment")
        choices = [Choice("bench", saves if keeps else tr("Stop; nothing of it is kept"), "s")]
        title = tr("Stop {name}?", name=bench)
    else:
        choices = [
            Choice("save", tr("{run}: finish the step, save and stop", run=run), "s"),
            Choice("now", tr("{run}: stop now without saving", run=run), "n"),
            Choice(
                "bench",
                tr("{bench}: save and stop", bench=bench)
                if keeps
                else tr("{bench}: stop; nothing of it is kept", bench=bench),
                "e",
            ),
            Choice("both", tr("Both: save what can be resumed, and stop"), "b"),
        ]
        title = tr("Stop what? Two things are training")
    interrupt = "both" if run else "bench"
    choices.append(Choice("stay", tr("Cancel"), "c"))
    return ChoiceDialog(title, choices, on_interrupt=interrupt)
