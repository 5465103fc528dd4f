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
    "max_steps": tr("step limit"),
    "max_seconds": tr("time limit"),
    "early_stop": tr("early stopping"),
    "stopped": tr("stopped"),
    "signal": tr("stopped"),
    "diverged": tr("diverged"),
    "failed": tr("failed"),
    "interrupted": tr("interrupted"),
    # What the runs of an experiment get equally.
    "steps": tr("steps"),
    "seconds": tr("seconds"),
    "parameters": tr("parameters"),
    # Groups of settings.
    "model": tr("model"),
    "classification": tr("classification"),
    "data": tr("data"),
    "run": tr("run"),
}
"""By the name inside."""

FINDINGS: dict[str, str] = {
    "memory_runs_out": tr("memory runs out"),
    "too_little_data": tr("too little data"),
    "vocabulary_too_large": tr("vocabulary too large"),
    "spoiled_weights": tr("spoiled weights"),
    "exploding_gradients": tr("exploding gradients"),
    "learning_rate_too_high": tr("learning rate too high"),
    "learning_rate_too_low": tr("learning rate too low"),
    "vanishing_gradients": tr("vanishing gradients"),
    "clipping_every_step": tr("clipping every step"),
    "weight_decay_too_high": tr("weight decay too high"),
    "dropout_too_high": tr("dropout too high"),
    "teacher_forcing_too_low": tr("teacher forcing too low"),
    "overfitting": tr("overfitting"),
    "underfitting": tr("underfitting"),
    "sequence_too_short": tr("sequence too short"),
    "dead_units": tr("dead units"),
    "saturated_units": tr("saturated units"),
    "sampling_too_cold": tr("sampling too cold"),
    "sampling_too_hot": tr("sampling too hot"),
    "sampling_repeats": tr("sampling repeats"),
}
"""What the doctor finds, by the code of the rule."""


def said(name: str) -> str:
    """Say a name that an event carries; one that is not ours, such as a class's, stays."""
    order, dash, gram = name.partition("-")
    if dash and gram == "gram" and order.isdecimal():
        return tr("{order}-gram", order=order)
    return NAMES.get(name, name)


def finding_name(code: str) -> str:
    """Say in words what a rule of the doctor found; also one that a later version added."""
    return FINDINGS.get(code, code.replace("_", " "))
