"""A session leaves a run that can be listed, replayed and resumed, or leaves nothing."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch

from core.config import make_config
from core.errors import (
    CheckpointError,
    DataError,
    InputError,
    RunNotFoundError,
    SettingsError,
    WorkspaceError,
)
from core.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Noticed,
    PhaseChanged,
    RunEnded,
    RunFailed,
    RunStarted,
    StepsDone,
)
from core.settings import Value
from core.training.trainer import Trainer
from session_cases import Studio
from workspace.recording import Recorder
from workspace.requests import StartRequest
from workspace.runs import RunStore


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return an empty studio."""
    return Studio(tmp_path)


def test_a_run_is_stored_as_it_was_told(studio: Studio) -> None:
    """From `RunStarted` to `RunEnded`, what was emitted is what the store replays."""
    ended = studio.start()
    store = studio.store
    run = store.find(None)
    first = next(n for n, event in enumerate(studio.events) if isinstance(event, RunStarted))
    told_before = [event for event in studio.events[:first] if isinstance(event, Noticed)]
    assert list(store.events(run.run)) == told_before + studio.events[first:]
    assert studio.events[-1] == ended
    assert [type(event) for event in studio.events].count(RunEnded) == 1
    assert (run.name, run.status, run.corpus_name) == ("jugs-lstm", "finished", "jugs.txt")
    (started,) = studio.of(RunStarted)
    assert (started.run, started.name, run.parameters) == (1, "jugs-lstm", started.parameters)
    newest = store.checkpoints(1)[0]
    assert (ended.run, ended.checkpoint) == (1, str(newest.path))
    assert (run.step, run.best_val_loss) == (ended.step, ended.best_val_loss)
    phases = [event.phase for event in studio.of(PhaseChanged)]
    assert phases.index("reading_text") < phases.index("building_vocabulary")


def test_an_event_is_in_the_store_before_it_is_told(studio: Studio) -> None:
    """Whoever hears of an evaluation or a checkpoint finds it, from another connection too."""
    checked = []

    def look(event: Event) -> None:
        if isinstance(event, Evaluated | CheckpointSaved | RunEnded):
            store = studio.store
            assert event in list(store.events(1))
            if isinstance(event, CheckpointSaved):
                assert event.path in [str(saved.path) for saved in store.checkpoints(1)]
            store.close()
            checked.append(type(event))

    studio.start(on_event=look)
    assert set(checked) == {Evaluated, CheckpointSaved, RunEnded}


def test_only_so_many_checkpoints_stay(studio: Studio) -> None:
    """`keep_checkpoints` of the newest and the best one stay, as rows and as files."""
    studio.start(epochs=6, keep_checkpoints=2, checkpoint_every=7, sample_length=0)
    kept = studio.store.checkpoints(1)
    assert len(kept) <= 3
    assert any(saved.is_best for saved in kept)
    files = set(studio.workspace.run_dir(1).glob("*.safetensors"))
    assert files == {saved.path for saved in kept}
    assert len(studio.of(CheckpointSaved)) > 6


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"data_file": "/no/such/file"}, DataError, "does not exist"),
        ({"data_file": "", "corpus": "nothing"}, InputError, "unknown corpus 'nothing'"),
        ({"seq_length": 5000}, DataError, "needs at least 5001"),
        ({"encoding": "utf-99"}, DataError, "unknown encoding"),
        ({"save_dir": "/dev/null/x"}, WorkspaceError, "/dev/null is not a folder"),
        ({"data_file": "a\udcff"}, InputError, "is not valid UTF-8; rename it"),
        ({"data_file": "~nobody-at-all/x"}, DataError, "~nobody-at-all/x does not exist"),
        ({"save_dir": "a\0b"}, InputError, "save_dir 'a.*b' holds a null character"),
    ],
)
def test_wrong_input_writes_nothing(
    studio: Studio, changes: dict[str, Value], error: type[Exception], message: str
) -> None:
    """What is refused before training leaves no workspace behind."""
    with pytest.raises(error, match=message):
        studio.run(StartRequest(config=studio.config(**changes)))
    assert not studio.workspace.root.exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_said_before_anything_is_read(studio: Studio) -> None:
    """`device = cuda` without a GPU is wrong input."""
    with pytest.raises(InputError, match="torch sees no GPU"):
        studio.start(device="cuda")
    assert studio.events == []


def test_a_taken_name_is_refused_before_the_text_is_read(studio: Studio) -> None:
    """Nobody waits for a vocabulary to be told of a name."""
    studio.start("mine", max_steps=1)
    with pytest.raises(InputError, match="already called 'mine'"):
        studio.start("mine", data_file="/no/such/file")


def test_paths_are_kept_absolute(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was started with relative paths goes on from any other folder."""
    studio.config()
    monkeypatch.chdir(studio.root)
    studio.start(data_file="jugs.txt", save_dir="out", max_steps=1)
    monkeypatch.chdir("/")
    assert studio.resume(max_steps=2).step == 2
    assert (studio.root / "out" / "best_lstm_char.pt").is_file()


def test_stopping_while_reading_leaves_nothing(studio: Studio) -> None:
    """A request to stop is heard before the run exists, and ends it without a trace."""

    def stop(event: Event) -> None:
        studio.control.stop("signal")

    ended = studio.start(on_event=stop)
    assert (ended.run, ended.reason, ended.checkpoint) == (None, "signal", None)
    assert studio.events[-1] == ended
    assert studio.store.list_runs() == []


def test_stopping_a_resume_while_reading_says_where_the_run_stands(studio: Studio) -> None:
    """The last event names the step and the best loss that the run has, not those of a new one."""
    before = studio.start(max_steps=2)

    def stop(event: Event) -> None:
        studio.control.stop()

    ended = studio.resume(max_steps=4, on_event=stop)
    assert ended.reason == "stopped"
    assert (ended.step, ended.checkpoint) == (2, before.checkpoint)
    assert ended.best_val_loss == before.best_val_loss


def test_resuming_goes_on_bit_for_bit(studio: Studio) -> None:
    """A run stopped in mid-epoch and resumed has the very losses of one that was not."""
    studio.start("whole")
    whole = studio.losses

    def stop(event: Event) -> None:
        if isinstance(event, StepsDone) and event.step >= 5:
            studio.control.stop()

    studio.start("cut", on_event=stop)
    first = studio.losses
    assert 5 <= len(first) < len(whole)
    assert studio.store.find("cut").status == "stopped"
    ended = studio.resume("cut")
    assert first + studio.losses == whole
    assert (ended.reason, ended.run) == ("finished", 2)
    assert studio.of(RunStarted)[0].start_step == len(first)
    assert [run.run for run in studio.store.list_runs()] == [2, 1]


def test_a_finished_run_says_so_and_goes_on_when_lengthened(studio: Studio) -> None:
    """Resuming a finished run is no error; with more epochs it trains on, to the end it has."""
    before = studio.start()
    again = studio.resume()
    assert (again.reason, again.step, again.checkpoint) == (
        "finished",
        before.step,
        before.checkpoint,
    )
    assert any("larger --epochs" in notice.message for notice in studio.of(Noticed))
    longer = studio.resume(epochs=3)
    assert longer.step == before.step // 2 * 3
    assert studio.store.find(None).config["epochs"] == 3


def test_what_defines_a_model_cannot_change_on_the_way(studio: Studio) -> None:
    """Only live settings and places can be changed; the run stays as it was."""
    studio.start(max_steps=2)
    with pytest.raises(InputError, match="hidden_size, seed cannot change when a run is resumed"):
        studio.resume(hidden_size=99, seed=4, dropout=0.1)
    with pytest.raises(SettingsError, match="epochs must be"):
        studio.resume(epochs=0)
    assert studio.store.find(None).status == "max_steps"
    assert studio.resume(hidden_size=12, max_steps=3).step == 3


def test_another_text_is_refused_and_a_moved_one_is_not(studio: Studio) -> None:
    """A run goes on with the same tokens only, wherever their file is now."""
    studio.start(max_steps=2)
    text = studio.root / "jugs.txt"
    moved = text.rename(studio.root / "moved.txt")
    with pytest.raises(DataError, match=r"jugs\.txt does not exist"):
        studio.resume(max_steps=4)
    assert studio.resume(max_steps=4, data_file=str(moved)).step == 4
    moved.write_text(moved.read_text().replace("fox", "cat"))
    with pytest.raises(InputError, match="is not the text that jugs-lstm was trained on"):
        studio.resume(max_steps=6)
    assert studio.store.find(None).status == "max_steps"


def test_a_damaged_newest_checkpoint_costs_one_notice(studio: Studio) -> None:
    """The run goes on from the checkpoint before it, and the notice is kept with the run."""
    studio.start(max_steps=6, checkpoint_every=2)
    newest, before = studio.store.checkpoints(1)[:2]
    newest.path.write_bytes(newest.path.read_bytes()[:-1] + b"?")
    ended = studio.resume(max_steps=8)
    assert ended.step == 8
    assert studio.of(RunStarted)[0].start_step == before.step
    notices = [notice for notice in studio.of(Noticed) if "damaged" in notice.message]
    assert len(notices) == 1
    assert notices[0] in list(studio.store.events(1))


def test_a_checkpoint_from_elsewhere_begins_a_run_of_its_own(
    studio: Studio, tmp_path: Path
) -> None:
    """A path inside the workspace is its run's; a copy from outside becomes a new run."""
    studio.start(max_steps=2, checkpoint_every=1)
    newest, *_, first = (str(saved.path) for saved in studio.store.checkpoints(1))
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(Path(newest).read_bytes())
    assert studio.resume(first, max_steps=3).run == 1
    assert studio.of(RunStarted)[0].start_step == 1
    ended = studio.resume(str(copy), max_steps=4)
    assert (ended.run, ended.step) == (2, 4)
    assert studio.store.find(2).name == "jugs-lstm-2"
    (tmp_path / "bad.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError, match="is not an rnnstudio checkpoint"):
        studio.resume(str(tmp_path / "bad.safetensors"))
    assert len(studio.store.list_runs()) == 2


def test_a_finished_checkpoint_from_elsewhere_leaves_a_run_that_can_be_used(
    studio: Studio, tmp_path: Path
) -> None:
    """With nothing left to train, the new run still has a checkpoint of its own, the best one."""
    first = studio.start(max_steps=2)
    assert first.checkpoint is not None
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(Path(first.checkpoint).read_bytes())
    ended = studio.resume(str(copy))
    assert (ended.run, ended.reason, ended.step) == (2, "max_steps", 2)
    (kept,) = studio.store.checkpoints(2)
    assert (ended.checkpoint, kept.is_best) == (str(kept.path), True)
    assert [type(event) for event in studio.events].index(RunStarted) < (
        [type(event) for event in studio.events].index(CheckpointSaved)
    )
    assert studio.resume(max_steps=3).step == 3


def test_a_run_that_is_being_trained_cannot_be_resumed(studio: Studio) -> None:
    """The second trainer is refused while the first one goes on, undisturbed."""
    refusals: list[str] = []

    def resume_too(event: Event) -> None:
        if isinstance(event, CheckpointSaved):
            other = Studio(studio.root)
            with pytest.raises(InputError) as refused:
                other.resume()
            refusals.append(str(refused.value))

    assert studio.start(on_event=resume_too).reason == "finished"
    assert refusals
    assert all("run 1 is being trained by process" in refusal for refusal in refusals)


def test_nothing_to_resume_is_said(studio: Studio) -> None:
    """An empty workspace, and a run that is not there, are wrong input."""
    with pytest.raises(RunNotFoundError, match="there is no run in"):
        studio.resume()
    assert not studio.workspace.root.exists()


def test_a_store_that_fails_ends_the_run_as_failed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When events can no longer be stored, the run still ends with `RunFailed`, `RunEnded`."""
    record = RunStore.record

    def full(self: RunStore, run: int, event: Event) -> None:
        if isinstance(event, Evaluated | RunFailed | RunEnded):
            raise WorkspaceError("the disk is full")
        record(self, run, event)

    monkeypatch.setattr(RunStore, "record", full)
    ended = studio.start()
    assert ended.reason == "failed"
    assert [type(event) for event in studio.events[-2:]] == [RunFailed, RunEnded]
    assert studio.of(RunFailed) == [RunFailed(message="the disk is full")]
    assert studio.store.find(1).status == "interrupted"


def test_a_disk_that_stays_full_ends_the_run_as_failed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What still waits for the store when it is closed raises nothing after `RunEnded`."""

    def full(self: Recorder) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recorder, "flush", full)
    ended = studio.start()
    assert (ended.reason, studio.events[-1]) == ("failed", ended)
    assert studio.store.find(1).status == "interrupted"


def test_a_bug_of_ours_ends_the_run_and_is_not_hidden(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen error is recorded with the run and raised all the same."""

    def broken(self: Trainer) -> RunEnded:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Trainer, "run", broken)
    with pytest.raises(ZeroDivisionError):
        studio.start()
    assert studio.store.find(1).status == "failed"
    assert studio.of(RunFailed) == [RunFailed(message="internal error: ZeroDivisionError: oops")]


def test_the_best_model_is_also_written_to_save_dir(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`save_dir` gets the best model; if it fills up, training goes on with a notice."""
    folder = studio.root / "deep" / "checkpoints"
    studio.start(save_dir=str(folder), max_steps=3)
    assert sorted(path.name for path in folder.iterdir()) == [
        "best_lstm_char.pt",
        "char_vocabulary.json",
    ]

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workspace.export.write_durably", full)
    assert studio.start(save_dir=str(folder / "other"), max_steps=3).reason == "max_steps"
    assert any("No space left on device" in told.message for told in studio.of(Noticed))


def test_the_request_is_all_that_a_session_needs(tmp_path: Path) -> None:
    """Requests, store and workspace load no torch, so a screen can come before it."""
    code = (
        "import sys, workspace.requests, workspace.runs, workspace.checkpoints, "
        "workspace.corpora, workspace.preferences; print('torch' in sys.modules)"
    )
    root = Path(__file__).parent.parent
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert found.stdout == "False\n"
    request = StartRequest(config=make_config())
    assert msgspec.structs.replace(request, name="x").name == "x"
