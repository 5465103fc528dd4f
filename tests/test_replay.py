"""A steered run, trained again, has the losses that it had."""

import csv
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import torch

from core.errors import InputError
from core.events import (
    Evaluated,
    Event,
    Noticed,
    ReplayCompared,
    RunStarted,
    SettingsChanged,
    StepsDone,
)
from core.models.recurrence import State
from core.settings import Value
from core.training import learner
from core.training.step_result import StepResult
from core.training.trainer import Trainer
from labelled_cases import classifier_config, reviews
from session_cases import Studio
from training_cases import TEXT
from workspace.replaying import Replay
from workspace.requests import ReplayRequest, StartRequest
from workspace.timeline import Timeline

Steering = Mapping[int, Mapping[str, Value]]

STEERING: Steering = {
    0: {"patience": 50},
    3: {"learning_rate": 0.02, "eval_every": 4},
    7: {"dropout": 0.0, "max_grad_norm": 0.1},
    8: {"teacher_forcing_ratio": 0.5},
    12: {"teacher_forcing_ratio": 1.0, "learning_rate": 0.001, "weight_decay": 0.1},
    16: {"schedule": "cosine", "dropout": 0.5},
    20: {"max_steps": 24},
}


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return a studio in an empty folder."""
    return Studio(tmp_path)


@pytest.fixture
def steered(monkeypatch: pytest.MonkeyPatch) -> dict[int, Mapping[str, Value]]:
    """Return what to change after which step, by hand; what is done is taken out."""
    plan: dict[int, Mapping[str, Value]] = {}
    planned = Trainer._planned_end

    def planned_end(trainer: Trainer) -> object:
        # Between two looks for commands, as a user's key comes in.
        if trainer.step in plan:
            trainer._control.change(plan.pop(trainer.step))
            trainer._steering.between_steps(0.0)
        return planned(trainer)

    monkeypatch.setattr(Trainer, "_planned_end", planned_end)
    return plan


def losses_of(studio: Studio, run: str) -> list[str]:
    """Return a run's losses to the last bit, what a resume dropped left out."""
    timeline = Timeline.of(studio.store.events(studio.store.find(run).run))
    return [loss.hex() for loss in timeline.losses.values() if loss is not None]


def replay(studio: Studio, run: str = "steered", **places: Value) -> ReplayCompared:
    """Repeat a run and return the verdict, which is the last event but one."""
    studio.run(ReplayRequest(target=run, name="again", places=places))
    verdict = studio.events[-2]
    assert isinstance(verdict, ReplayCompared)
    return verdict


def equals(studio: Studio, run: str = "steered") -> bool:
    """Repeat a run; tell whether verdict and losses, compared here again, say it is the same."""
    recorded = losses_of(studio, run)
    verdict = replay(studio, run)
    same = losses_of(studio, "again") == recorded
    assert same == (verdict.step is None and verdict.equal_steps == len(recorded))
    return same


@pytest.mark.parametrize(
    ("model_type", "vocab_type", "stateful"),
    [("rnn", "char", True), ("lstm", "word", True), ("gru", "char", False), ("lstm", "char", True)],
)
def test_a_steered_run_replays(
    studio: Studio,
    steered: dict[int, Mapping[str, Value]],
    model_type: str,
    vocab_type: str,
    stateful: bool,
) -> None:
    """Rate, dropout, clipping, teacher forcing and end were changed: every loss is equal."""
    steered |= STEERING
    ended = studio.start(
        "steered",
        model_type=model_type,
        vocab_type=vocab_type,
        stateful=stateful,
        seq_length=4 if vocab_type == "word" else 16,
    )
    assert (ended.step, ended.reason, steered) == (24, "max_steps", {})
    changed = studio.of(SettingsChanged)
    assert equals(studio)
    assert studio.of(SettingsChanged) == changed
    assert studio.of(RunStarted)[0].config["learning_rate"] == 0.001


def test_a_classifier_replays(studio: Studio, steered: dict[int, Mapping[str, Value]]) -> None:
    """Word dropout and the adversarial nudge count as well."""
    table = studio.root / "reviews.tsv"
    data = reviews()
    with table.open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(zip(data.texts, data.labels, strict=True))
    steered |= {2: {"learning_rate": 0.1, "word_dropout": 0.4}, 9: {"adversarial": 0.5}}
    config = classifier_config(data_file=str(table), num_layers=2)
    studio.run(StartRequest(config=config, name="steered"))
    assert not steered
    assert equals(studio)


def test_an_edit_one_step_late_is_caught(
    studio: Studio, steered: dict[int, Mapping[str, Value]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict names the first step that the late edit has touched, and both losses."""
    steered |= {7: {"learning_rate": 0.05}}
    studio.start("steered", max_steps=12, dropout=0.0)
    is_due = Replay._is_due
    monkeypatch.setattr(Replay, "_is_due", lambda self, edit, step: is_due(self, edit, step - 1))
    verdict = replay(studio)
    # Step 8 is taken at another rate; its loss, measured before the update, is still the same.
    assert (verdict.equal_steps, verdict.step, verdict.recorded_steps) == (8, 9, 12)
    assert verdict.loss != verdict.recorded_loss


def test_another_machine_is_caught(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, steered: dict[int, Mapping[str, Value]]
) -> None:
    """A last bit that differs is a difference."""
    steered |= {3: {"dropout": 0.1}}
    studio.start("steered", max_steps=6)
    update = learner.Learner._update

    def elsewhere(of: learner.Learner, result: StepResult, state: State | None) -> State | None:
        nudged = torch.nextafter(result.loss, result.loss + 1)
        result.loss.copy_(nudged)
        return update(of, result, state)

    monkeypatch.setattr(learner.Learner, "_update", elsewhere)
    assert not equals(studio)


def test_a_run_that_was_cut_replays(
    studio: Studio, steered: dict[int, Mapping[str, Value]]
) -> None:
    """Stopped, resumed with other settings, finished and lengthened: one replay of it all."""
    steered |= {3: {"learning_rate": 0.01}, 20: {"max_grad_norm": 0.2}}

    def stop(event: Event) -> None:
        if isinstance(event, SettingsChanged) and event.step == 20:
            studio.control.stop()

    studio.start("steered", on_event=stop, eval_every=5, epochs=1)
    ended = studio.resume("steered", dropout=0.0, plateau_patience=0)
    assert ended.reason == "finished"
    ended = studio.resume("steered", epochs=2, learning_rate=0.005)
    assert ended.step == 54
    assert equals(studio)
    assert studio.store.find("again").config["dropout"] == 0.0


def test_what_a_resume_dropped_is_not_replayed(
    studio: Studio, steered: dict[int, Mapping[str, Value]]
) -> None:
    """A run resumed from an older checkpoint has only the edits and losses that led on."""
    steered |= {3: {"learning_rate": 0.01}, 9: {"learning_rate": 0.5}}
    studio.start("steered", max_steps=12, checkpoint_every=4, keep_checkpoints=9, eval_every=50)
    saved = {saved.step: saved.path for saved in studio.store.checkpoints(1)}
    studio.resume(str(saved[8]), max_steps=14)
    assert [change.step for change in studio.of(SettingsChanged)] == []
    assert studio.of(RunStarted)[0].start_step == 8
    assert equals(studio)
    assert studio.store.find("again").config["learning_rate"] == 0.01


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_an_end_by_the_clock_is_an_end_by_steps(studio: Studio, schedule: str) -> None:
    """What `max_seconds` ended, and a resume lengthened, is repeated whatever the clock says."""
    first = studio.start(
        "steered",
        max_seconds=0.05,
        epochs=500,
        schedule=schedule,
        eval_every=7,
        plateau_patience=0,
    )
    assert first.reason == "max_seconds"
    studio.resume("steered", max_seconds=0.0, max_steps=first.step + 9)
    recorded = [e.val_loss for e in studio.store.events(1) if isinstance(e, Evaluated)]
    assert equals(studio)
    assert [event.val_loss for event in studio.of(Evaluated)] == recorded


def test_a_rate_that_followed_the_clock_is_told(studio: Studio) -> None:
    """A cosine over seconds cannot be repeated: it is tried, and said first."""
    studio.start("steered", schedule="cosine", max_seconds=60.0, max_steps=6)
    replay(studio)
    assert any("followed the clock" in notice.message for notice in studio.of(Noticed))


def test_another_text_is_refused(studio: Studio) -> None:
    """A text that was changed ends in one line, and leaves no run behind; a moved one is named."""
    studio.start("steered", max_steps=3)
    moved = studio.root / "moved.txt"
    moved.write_text(TEXT)
    (studio.root / "jugs.txt").write_text(TEXT.replace("fox", "cat"))
    with pytest.raises(InputError, match=r"jugs.txt is not the text that steered was trained on"):
        replay(studio)
    (studio.root / "jugs.txt").unlink()
    with pytest.raises(InputError, match=r"jugs.txt"):
        replay(studio)
    assert len(studio.store.list_runs()) == 1
    assert replay(studio, data_file=str(moved)).equal_steps == 3


def test_an_older_run_is_compared_by_its_checkpoint(studio: Studio) -> None:
    """Runs from before the hash was told have it in their checkpoints."""
    studio.start("steered", max_steps=3)
    (studio.root / "jugs.txt").write_text(TEXT.replace("fox", "cat"))
    store = studio.store
    started = next(event for event in store.events(1) if isinstance(event, RunStarted))
    older = msgspec.structs.replace(started, corpus_digest="")
    store.close()
    replace_event(studio, older)
    with pytest.raises(InputError, match="is not the text"):
        replay(studio)


def replace_event(studio: Studio, event: RunStarted) -> None:
    """Put another first start into the store."""
    with sqlite3.connect(studio.workspace.database_path) as connection:
        connection.execute(
            "UPDATE events SET body = ? WHERE type = 'RunStarted'",
            (msgspec.json.encode(event).decode(),),
        )
    connection.close()


def test_what_cannot_be_replayed_says_why(studio: Studio) -> None:
    """A run of a stranger's checkpoint, one that took no step, one of other settings."""
    studio.start("steered", max_steps=3)
    copy = studio.root / "copy.safetensors"
    copy.write_bytes(studio.store.checkpoints(1)[0].path.read_bytes())
    studio.resume(str(copy), max_steps=5)
    with pytest.raises(InputError, match="began from a checkpoint of another run at step 3"):
        replay(studio, "2")
    empty = studio.store
    number = empty.create_run("empty", studio.config()).run
    empty.close()
    with pytest.raises(InputError, match="took no step"):
        replay(studio, str(number))
    started = next(event for event in studio.store.events(1) if isinstance(event, RunStarted))
    strange = {**started.config, "warp_factor": 9}
    replace_event(studio, msgspec.structs.replace(started, config=strange))
    with pytest.raises(InputError, match=r"another version of rnnstudio.*warp_factor"):
        replay(studio, "1")


def test_a_replay_has_no_files_outside_and_replays_itself(
    studio: Studio, steered: dict[int, Mapping[str, Value]]
) -> None:
    """The exported model of the run is left alone; the replay is a run like any other."""
    steered |= {2: {"learning_rate": 0.1}}
    studio.start("steered", save_dir=str(studio.root / "out"), max_steps=4)
    before = (studio.root / "out" / "best_lstm_char.pt").stat().st_mtime_ns
    studio.run(ReplayRequest(target="steered"))
    assert studio.store.find(None).name == "steered-replay"
    assert (studio.root / "out" / "best_lstm_char.pt").stat().st_mtime_ns == before
    assert equals(studio, "steered-replay")


def test_a_replay_that_is_stopped_says_how_far_it_came(studio: Studio) -> None:
    """A user may stop it; what was taken is compared."""
    studio.start("steered", max_steps=40, epochs=9)

    def stop(event: Event) -> None:
        if isinstance(event, StepsDone | RunStarted):
            studio.control.stop()

    studio.run(ReplayRequest(target="steered"), stop)
    verdict = studio.of(ReplayCompared)[0]
    assert verdict.step is None
    assert verdict.equal_steps < verdict.recorded_steps == 40
