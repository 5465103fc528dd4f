"""What the names that events carry are called on the screen; inside they stay as they are."""

from core.language import tr

NAMES: dict[str, str] = {
    # Gates and states.
    "input": tr("input"),
    "forget": tr("forget"),
    "output": tr("output"),
    "reset": tr("reset"),
    "update": tr("update"),
    "hidden": tr("hidden"),
    # Yardsticks and baselines.
    "uniform": tr("uniform"),
    "unigram": tr("unigram"),
    "majority class": tr("majority class"),
    "bag of words": tr("bag of words"),
    # What a hidden unit may follow.
    "inside quotes": tr("inside quotes"),
    "line position": tr("line position"),
    "bracket depth": tr("bracket depth"),
    "after newline": tr("after newline"),
    "digit": tr("digit"),
    "upper case": tr("upper case"),
    # How a text's tokens are shaded.
    "attention": tr("attention"),
    "gradient × input": tr("gradient × input"),
    # Phases and states of a run.
    "loading_torch": tr("loading torch"),
    "reading_text": tr("reading text"),
    "building_vocabulary": tr("building vocabulary"),
    "measuring_baselines": tr("measuring baselines"),
    "first_batch": tr("first batch"),
    "preparing": tr("preparing"),
    "training": tr("training"),
    "evaluating": tr("evaluating"),
    "saving": tr("saving"),
    "sampling": tr("sampling"),
    "ended": tr("ended"),
    # Why a run ended.
    "finished": tr("finished"),
    "max_steps": tr("max_steps"),
    "max_seconds": tr("max_seconds"),
    "early_stop": tr("early_stop"),
    "stopped": tr("stopped"),
    "signal": tr("signal"),
    "diverged": tr("diverged"),
    "failed": tr("failed"),
    "interrupted": tr("interrupted"),
    # Groups of settings.
    "model": tr("model"),
    "classification": tr("classification"),
    "data": tr("data"),
    "run": tr("run"),
}
"""By the name inside."""


def said(name: str) -> str:
    """Say a name that an event carries; one that is not ours, such as a class's, stays."""
    order, dash, gram = name.partition("-")
    if dash and gram == "gram" and order.isdecimal():
        return tr("{order}-gram", order=order)
    return NAMES.get(name, name)
