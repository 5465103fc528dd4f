"""What a sample copied is told with its end: while training, in the console, by `generate`."""

from pathlib import Path

import pytest

from cli_cases import Shell, is_one_line
from core.control import Control
from core.decoding import Decoding
from core.events import Copied, Event, Noticed, TextSampled
from core.insight import copying
from core.insight.copying import copied_from, whole_lines
from core.text import corpus as corpus_module
from session_cases import Studio
from training_cases import TEXT, Recorder, after_steps, small_config
from tui.backend import StudioBackend
from tui.history import History
from tui.jobs import Draw, Fragments
from tui.samples import copied_text


def test_a_copy_is_found_and_a_cut_one_is_said_to_be_partial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is not looked at, of the sample or of the text, makes the figures a lower bound."""
    sample = "zz" + TEXT[5:55] + "zz"
    found = copied_from(sample, TEXT, text_chars=len(TEXT))
    assert (found.longest, found.start, found.is_partial) == (50, 2, False)
    assert found.share == pytest.approx(50 / 54)
    assert copied_from(sample, TEXT, text_chars=len(TEXT) + 1).is_partial
    monkeypatch.setattr(copying, "LONGEST_SAMPLE", 12)
    assert copied_from(sample, TEXT, text_chars=len(TEXT)) == Copied(
        longest=10, start=2, share=0.0, is_partial=True
    )
    monkeypatch.setattr(copying, "MOST_WORK", 12 * 20)
    assert copied_from(TEXT[:12], TEXT[:-20] + "?" * 20, text_chars=len(TEXT)).longest == 0
    assert copied_from(sample, TEXT, text_chars=len(TEXT), whole=True) == found


def test_blanks_that_are_repeated_count_once() -> None:
    """A long run of them is no copy of another; what stands around them is found as ever."""
    text = f"a\n{' ' * 90}b\n{TEXT}"
    assert copied_from(f"x{' ' * 80}y", text, text_chars=len(text)).longest <= 2
    found = copied_from(f"zz{' ' * 9}{TEXT[:19]}   {TEXT[20:60]}zz", TEXT, text_chars=len(TEXT))
    assert TEXT[19] == " "
    assert (found.longest, found.start) == (60, 11)
    assert found.share == pytest.approx(60 / 65)


def test_whole_lines_of_a_list_are_counted_beside_the_pieces() -> None:
    """Names are too short to be pieces; those that stand in the list are told all the same."""
    names = "Adelheid\nBerthold\nChlodwig\n"
    sample = "Berthold\n\n Chlodwig \nBerthild\nAdel\nAdelheid\nBerth"
    found = copied_from(sample, names, text_chars=len(names))
    assert (found.share, found.lines, found.copied_lines) == (0.0, 5, 3)
    assert copied_text(found).endswith(", 3 of 5 lines")
    assert whole_lines("Adelheid", names) == (0, 0)
    assert whole_lines("Adelheid\n", "") == (1, 0)
    assert "lines" not in copied_text(copied_from("Adel\n", names, text_chars=len(names)))


def test_samples_of_training_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sample drawn at an evaluation says what it copied of the text that was learned."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(sample_length=60))
    trainer.run()
    samples = recorder.of(TextSampled)
    assert samples
    train = trainer.task._corpus.train_tail  # type: ignore[attr-defined]
    for event in samples:
        expected = copied_from("".join(event.tokens), train, text_chars=len(train))
        assert event.copied == expected
        assert expected.longest > 0
    monkeypatch.setattr(corpus_module, "LONGEST_TAIL", 100)
    cut = Recorder()
    cut.trainer(small_config(max_steps=1)).run()
    assert all(event.copied and event.copied.is_partial for event in cut.of(TextSampled))


def test_the_consoles_sample_is_compared_at_its_end() -> None:
    """Only the last fragment says it, of all fragments; the prompt counts for nothing."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(sample_length=0))
    after_steps(
        trainer,
        lambda step: (
            recorder.control.sample(7, "the quick", Decoding(max_length=40)) if step == 2 else None
        ),
    )
    trainer.run()
    fragments = recorder.of(TextSampled)
    assert [event.copied is not None for event in fragments] == [e.done for e in fragments]
    written = "".join(token for event in fragments for token in event.tokens)
    train = trainer.task._corpus.train_tail  # type: ignore[attr-defined]
    assert fragments[-1].copied == copied_from(written, train, text_chars=len(train))


def drawn(studio: Studio) -> list[Event]:
    """Draw from the first run as the dashboard does when no run is in training."""
    events: list[Event] = []
    job = Draw(1, 3, "the", Decoding(max_length=30), Control())
    backend = StudioBackend(studio.workspace)
    for _ in range(2):
        fragments = Fragments(job, events.append)
        fragments.draw(backend)
        fragments.send(done=True)
    return events


def test_a_finished_runs_text_is_read_again(tmp_path: Path) -> None:
    """The console compares with the run's own text, and says once that it has changed."""
    studio = Studio(tmp_path)
    studio.start()
    events = drawn(studio)
    done = [event for event in events if isinstance(event, TextSampled) and event.done]
    assert len(done) == 2
    assert all(event.copied is not None for event in done)
    (tmp_path / "jugs.txt").write_text(TEXT + "more of it\n")
    events = drawn(studio)
    (told,) = [event.message for event in events if isinstance(event, Noticed)]
    assert "is not the text that" in told
    assert not any(isinstance(event, TextSampled) and event.copied for event in events)


def test_history_remembers_and_words_say_it() -> None:
    """A sample keeps what its end told; a lower bound is called one."""
    found = Copied(longest=52, start=0, share=0.254, is_partial=False)
    history = History()
    for done in (False, True):
        history.fold(
            TextSampled(
                sample=1, step=1, origin="training", prompt="", tokens=["a"],
                probabilities=[0.5], done=done, copied=found if done else None,
            )
        )  # fmt: skip
    assert history.sample is not None
    assert history.sample.copied == found
    assert copied_text(found) == "verbatim from training text: 25% (longest 52)"
    partial = Copied(longest=52, start=0, share=0.254, is_partial=True)
    assert copied_text(partial) == "verbatim from training text: 25% or more (longest 52)"
    assert copied_text(None) == ""


def test_generate_says_what_it_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text alone is on standard output; a text that is not there is refused before it."""
    shell = Shell(tmp_path, capsys)
    assert shell.train("--epochs", "2").code == 0
    plain = shell.run("generate", "--max_length", "50")
    done = shell.run("generate", "--max_length", "50", "--memorised")
    assert (done.code, done.out) == (0, plain.out)
    assert is_one_line(done.err)
    assert "stand in the training text; the longest has" in done.err
    shell.text.unlink()
    gone = shell.run("generate", "--memorised")
    assert (gone.code, gone.out) == (2, "")
    assert is_one_line(gone.err)
    assert "jugs.txt" in gone.err
