"""A text that changes while a run learns it: the run goes on, and is marked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.events import Evaluated, Event, Noticed, RunEnded, RunStarted
from session_cases import Studio
from training_cases import TEXT
from workspace import large_texts


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return an empty studio."""
    return Studio(tmp_path)


def remove(path: Path) -> None:
    """Take the text away."""
    path.unlink()


def change(path: Path) -> None:
    """Write another text over it."""
    path.write_text("another text\n" * 200)


def once_started(act: Callable[[Path], None], path: Path) -> Callable[[Event], None]:
    """Return what acts on the text when training begins."""

    def see(event: Event) -> None:
        if isinstance(event, RunStarted):
            act(path)

    return see


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("act", "said"), [(remove, "is gone"), (change, "has changed")])
def test_a_run_is_marked_and_goes_on(
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Path], None],
    said: str,
    large: bool,
) -> None:
    """It is told once, kept with the run, and the losses are those of the text as it was."""
    if large:
        monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    text = studio.root / "jugs.txt"
    studio.start()
    untouched = studio.losses
    ended = studio.start(on_event=once_started(act, text))
    assert ended.reason == "finished"
    assert studio.losses == untouched
    (started,) = studio.of(RunStarted)
    marks = [event for event in studio.of(Noticed) if said in event.message]
    (mark,) = marks
    assert mark.message.startswith(f"jugs.txt {said} since it was read")
    assert started.corpus_digest[:16] in mark.message
    assert ended.run is not None
    assert mark in list(studio.store.events(ended.run))
    assert studio.events.index(mark) < studio.events.index(studio.of(Evaluated)[0])


def test_nothing_is_said_of_a_text_that_stays(studio: Studio) -> None:
    """A run on a quiet text has no such mark."""
    studio.start()
    assert not [event for event in studio.of(Noticed) if "since it was read" in event.message]


def test_large_and_small_learn_the_same(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tokens from a file, mapped or just read, every loss is the same bit for bit."""
    studio.start()
    small = studio.losses
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    for _ in range(2):
        studio.start()
        assert studio.losses == small
    for values in ({"stateful": False}, {"vocab_type": "word"}):
        monkeypatch.setattr(large_texts, "LARGE_BYTES", 2**40)
        studio.start(**values)
        small = studio.losses
        monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
        studio.start(**values)
        assert studio.losses == small


def test_a_run_resumes_with_kept_tokens(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was trained on a small text goes on with the tokens of a large one, and back."""
    studio.start(epochs=1)
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    assert studio.resume(epochs=2).reason == "finished"
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 2**40)
    assert studio.resume(epochs=3).reason == "finished"


def test_tokens_are_kept_when_a_run_ends(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a run waits for its tokens, so that the next start finds them."""
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    assert isinstance(studio.start(), RunEnded)
    names = [path.suffix for path in studio.workspace.tokens_dir.iterdir()]
    assert names == [".tokens"]
    assert len(TEXT) < sum(path.stat().st_size for path in studio.workspace.tokens_dir.iterdir())
