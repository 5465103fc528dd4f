"""A run that was cut equals the run that was not, to the last bit, whatever its settings are."""

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from program_cases import SMALL, served, start
from resume_cases import CHANGE_AT, FORGETTING, STEPS_PER_EPOCH, cut_run, plan, whole_run

from core.config import Config, make_config
from core.events import CheckpointSaved, Event, RunStarted, StepsDone
from core.settings import Value

CUTS = (CHANGE_AT + 3, STEPS_PER_EPOCH - 1, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 6)
"""In an epoch, just before its end, at it, and in the next one."""

MATRIX: list[dict[str, Value]] = [
    {
        "model_type": cell, "dropout": dropout, "stateful": stateful, "schedule": schedule,
        "teacher_forcing_ratio": ratio,
    }
    for cell, dropout, stateful, schedule, ratio in product(
        ("rnn", "lstm", "gru"), (0.0, 0.3), (True, False), ("constant", "cosine", "plateau"),
        (1.0, 0.5),
    )
]  # fmt: skip
"""Every combination: 72."""

FORGETFUL = plan(
    model_type="lstm", dropout=0.3, teacher_forcing_ratio=0.5, schedule="plateau",
    warmup_steps=60, learning_rate=3.0, eval_every=3, plateau_patience=1,
)  # fmt: skip
"""Settings under which all that can be forgotten shows."""

QUICK = ("dropout's generator", "the schedule")
"""What is tried in the short suite."""

FORGET_AT = STEPS_PER_EPOCH + 13


@pytest.mark.torture
@pytest.mark.parametrize("settings", MATRIX, ids=lambda s: "-".join(map(str, s.values())))
def test_every_combination_resumes_to_the_last_bit(
    settings: dict[str, Value], tmp_path: Path
) -> None:
    """At each cut, with and without a live change before it, losses and weights are equal."""
    config = plan(**settings)
    for changed in (False, True):
        whole = whole_run(config, changed=changed)
        assert len(whole.losses) == 2 * STEPS_PER_EPOCH
        for cut in CUTS:
            file = tmp_path / f"{changed}-{cut}.safetensors"
            assert cut_run(config, cut, file, changed=changed) == whole, (changed, cut)


@pytest.mark.parametrize("number", random.Random(6).sample(range(len(MATRIX)), 3))
def test_some_combinations_resume_to_the_last_bit(number: int, tmp_path: Path) -> None:
    """Three of the combinations, each at one cut after a live change."""
    config, cut = plan(**MATRIX[number]), CUTS[number % len(CUTS)]
    whole = whole_run(config, changed=True)
    assert cut_run(config, cut, tmp_path / "cut.safetensors", changed=True) == whole


def forgetful(what: str) -> Config:
    """Return settings under which it shows that one thing was forgotten."""
    # Streams are read in the same order in each epoch; windows are not.
    return make_config({"stateful": what != "the epoch"}, base=FORGETFUL)


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=[] if what in QUICK else [pytest.mark.torture])
        for what in FORGETTING
    ],
)
def test_a_program_that_forgets_is_found_out(what: str, tmp_path: Path) -> None:
    """Whatever one thing a checkpoint loses, the resumed run is another one; else the same."""
    config, file = forgetful(what), tmp_path / "cut.safetensors"
    whole = whole_run(config, changed=False)
    assert whole.plateau_scale < 1, "the schedule never acts, so that nothing would be forgotten"
    assert cut_run(config, FORGET_AT, file, changed=False) == whole
    assert cut_run(config, FORGET_AT, file, changed=False, forget=FORGETTING[what]) != whole


def killed_and_resumed(root: Path, seed: int, cell: str) -> Iterator[tuple[int, float | None]]:
    """Kill a run again and again until it is done; yield each step and its loss, as last told."""
    dice, losses = random.Random(seed), dict[int, float | None]()
    with served() as server:
        program = start(server, root, ["train", *_words_of(cell)])
        for _ in range(dice.randrange(1, 4)):
            program.read_until("CheckpointSaved", dice.randrange(1, 4))
            program.kill()
            program.wait()
            _take(program.told, losses)
            assert any(isinstance(event, CheckpointSaved) for event in program.told)
            program = start(server, root, ["resume", "1"])
        assert program.wait() == 0, program.errors
        _take(program.told, losses)
    yield from losses.items()


def _take(told: list[Event], losses: dict[int, float | None]) -> None:
    for event in told:
        if isinstance(event, RunStarted):
            for lost in [step for step in losses if step > event.start_step]:
                del losses[lost]
        if isinstance(event, StepsDone):
            losses.update(enumerate(event.losses, start=event.first_step))


@pytest.mark.torture
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_killed_processes_resume_to_the_last_bit(cell: str, tmp_path: Path) -> None:
    """The real program, killed up to three times and resumed, tells the losses of one that was not.

    What a killed process had not told yet is made up for by the next one.
    """
    runs = []
    for number in range(4):
        losses = dict(killed_and_resumed(tmp_path / str(number), number, cell))
        assert sorted(losses) == list(range(1, 61))
        runs.append([losses[step].hex() for step in sorted(losses)])  # type: ignore[union-attr]
    with served() as server:
        program = start(server, tmp_path / "whole", ["train", *_words_of(cell)])
        assert program.wait() == 0, program.errors
    whole: dict[int, float | None] = {}
    _take(program.told, whole)
    expected = [whole[step].hex() for step in sorted(whole)]  # type: ignore[union-attr]
    assert runs == [expected] * 4


def _words_of(cell: str) -> list[str]:
    return [
        *SMALL, "--model_type", cell, "--dropout", "0.3", "--num_layers", "2",
        "--teacher_forcing_ratio", "0.5", "--max_steps", "60", "--eval_every", "20",
        "--checkpoint_every", "7",
    ]  # fmt: skip
