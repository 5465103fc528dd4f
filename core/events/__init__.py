"""What the engine tells the world: one closed union of frozen events.

The same events go to the store, to `--json` and to the screen. Fields that may be non-finite are
`float | None`, with None for 'not a finite number', since JSON and SQLite have no NaN.
Losses are mean nats per token, or per text where texts are classified; perplexity is exp(loss);
norms are L2 before clipping.
"""

from collections.abc import Callable

import msgspec

from core.events.answers import (
    Copied,
    Guess,
    TextClassified,
    TextInspected,
    TextSampled,
    UnitTracker,
)
from core.events.diagnosis import Diagnosed, DiagnosisEnded
from core.events.learning import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Evaluated,
    Mistake,
    Previewed,
    StepsDone,
    Yardstick,
    YardsticksMeasured,
)
from core.events.looks import GatesMeasured, GradientsThroughTime, LayerActivity, ValueShares
from core.events.numbers import finite, perplexity
from core.events.run import (
    CheckpointSaved,
    Diverged,
    Noticed,
    Paused,
    Phase,
    PhaseChanged,
    Reason,
    ReplayCompared,
    Resumed,
    RunEnded,
    RunFailed,
    RunStarted,
    SettingChange,
    SettingsChanged,
)

__all__ = [
    "Baseline",
    "BaselinesMeasured",
    "CheckpointSaved",
    "ClassesMeasured",
    "Copied",
    "Diagnosed",
    "DiagnosisEnded",
    "Diverged",
    "Emit",
    "Evaluated",
    "Event",
    "GatesMeasured",
    "GradientsThroughTime",
    "Guess",
    "LayerActivity",
    "Mistake",
    "Noticed",
    "Paused",
    "Phase",
    "PhaseChanged",
    "Previewed",
    "Reason",
    "ReplayCompared",
    "Resumed",
    "RunEnded",
    "RunFailed",
    "RunStarted",
    "SettingChange",
    "SettingsChanged",
    "StepsDone",
    "TextClassified",
    "TextInspected",
    "TextSampled",
    "UnitTracker",
    "ValueShares",
    "Yardstick",
    "YardsticksMeasured",
    "decode_event",
    "encode_event",
    "finite",
    "perplexity",
]

Event = (
    RunStarted
    | PhaseChanged
    | BaselinesMeasured
    | YardsticksMeasured
    | StepsDone
    | Evaluated
    | Previewed
    | ClassesMeasured
    | GradientsThroughTime
    | GatesMeasured
    | SettingsChanged
    | CheckpointSaved
    | TextSampled
    | TextClassified
    | TextInspected
    | Paused
    | Resumed
    | Noticed
    | Diagnosed
    | DiagnosisEnded
    | Diverged
    | RunFailed
    | ReplayCompared
    | RunEnded
)
"""Every event there is; consume it with `match` and `assert_never`."""

Emit = Callable[[Event], None]
"""The engine's whole outward interface."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def encode_event(event: Event) -> bytes:
    """Write an event as one line of JSON, `type` first, without the line end.

    A lone surrogate, which UTF-8 cannot hold, becomes a question mark.
    """
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(event)))


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(key): _without_surrogates(v) for key, v in value.items()}
        case _:
            return value


def decode_event(line: bytes | str) -> Event:
    """Read an event back.

    Raises:
        msgspec.ValidationError: The line is no event of this version.
    """
    event: Event = _decoder.decode(line)
    return event
