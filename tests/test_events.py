"""Events are the one vocabulary of store, script and screen."""

import json
import math
from typing import get_args

import msgspec

from core.events import (
    Event,
    Noticed,
    RunEnded,
    SettingChange,
    SettingsChanged,
    StepsDone,
    decode_event,
    encode_event,
    finite,
    perplexity,
)
from core.events.base import EventBase


def steps_done(**changes: object) -> StepsDone:
    """Make a `StepsDone` of two steps."""
    fields: dict[str, object] = {
        "first_step": 1, "step": 2, "epoch": 1, "loss": 2.0, "grad_norm": None,
        "losses": [2.5, None], "perplexity": math.exp(2.0), "learning_rate": 1e-3,
        "tokens_per_s": 1e4, "elapsed_s": 0.1, "tokens": 64, "clipped": 1, "max_grad_norm": 1.0,
        "grad_norms": {"output": 0.5}, "update_ratios": {"output": None},
    }  # fmt: skip
    return StepsDone(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_line_of_json_has_the_type_first_and_null_for_what_is_not_finite() -> None:
    """`--json` readers find `type` in front and never a NaN."""
    line = encode_event(steps_done()).decode()
    assert line.startswith('{"type":"StepsDone",')
    assert json.loads(line)["losses"] == [2.5, None]
    assert "\n" not in line


def test_every_event_is_part_of_the_union() -> None:
    """An event that is defined but not in the union would never be decoded."""
    assert set(get_args(Event)) == set(EventBase.__subclasses__())


def test_events_survive_the_store() -> None:
    """What was encoded is decoded equal, floats to the last bit."""
    events: list[Event] = [
        steps_done(loss=0.1 + 0.2),
        SettingsChanged(step=3, changes=[SettingChange(name="dropout", old=0.3, new=0.0)]),
        RunEnded(run=4, reason="signal", step=9, best_val_loss=1.5, checkpoint="/c"),
    ]
    assert [decode_event(encode_event(event)) for event in events] == events


def test_what_only_a_classifier_says_is_left_out_elsewhere() -> None:
    """A language model's lines have no accuracy, rather than one that is null."""
    assert b"accuracy" not in encode_event(steps_done(loss=1.0))
    known = msgspec.structs.replace(steps_done(loss=1.0), accuracy=0.5)
    assert b'"accuracy":0.5' in encode_event(known)


def test_a_lone_surrogate_does_not_break_the_line() -> None:
    """What a file name or a prompt can hold, but UTF-8 cannot, is replaced."""
    line = encode_event(Noticed(message="not found: caf\udce9"))
    assert json.loads(line) == {"type": "Noticed", "message": "not found: caf?"}


def test_perplexity_of_a_huge_loss_is_unknown_rather_than_an_error() -> None:
    """exp(1000) does not fit a float: the field is null and the screen shows inf."""
    assert perplexity(1000.0) is None
    assert perplexity(math.inf) is None
    assert perplexity(None) is None
    assert perplexity(0.0) == 1.0
    assert finite(math.nan) is None
