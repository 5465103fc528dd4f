"""A run's events read as lines: what is told, how often, and that nothing hostile gets through."""

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from class_cases import (
    class_evaluated,
    classes_measured,
    classifier_started,
)
from cli_cases import CONTROLS
from core.events import (
    Baseline,
    BaselinesMeasured,
    CheckpointSaved,
    Copied,
    Diagnosed,
    Diverged,
    Event,
    Noticed,
    Paused,
    PhaseChanged,
    Resumed,
    RunFailed,
    SettingChange,
    SettingsChanged,
    TextSampled,
    Yardstick,
    YardsticksMeasured,
)
from event_cases import ended, evaluated, previewed, started, steps
from tui.cli.progress_display import moving_part
from tui.cli.training_log import TrainingLog
from tui.cli.wording import clock, compact, perplexity_text, size_text
from tui.history import History


def lines_of(*events: Event, every_s: float | None = 1.0) -> list[str]:
    """Return all lines that the events give."""
    log = TrainingLog(every_s, None)
    return [line for event in events for line in log.lines(event)]


def sampled(text: str, *, done: bool = True) -> TextSampled:
    """Return a fragment of a sample drawn at an evaluation."""
    return TextSampled(
        sample=1, step=3, origin="training", prompt="", tokens=[text], probabilities=[0.5],
        done=done,
    )  # fmt: skip


def test_a_run_reads_from_start_to_end() -> None:
    """The lines say what is trained, how it goes, what was found and how to go on."""
    lines = lines_of(started(), steps(1, [2.0]), evaluated(10, 1.5, best=1.5), ended())
    assert lines[0].startswith("run 14 shakes-lstm: lstm 256 x 2, 1k parameters, on tiny")
    assert "step 1/1,000" in lines[1]
    assert "loss 2.0000" in lines[1]
    assert lines[2].startswith("step 10: validation loss 1.5000")
    assert any("rnnstudio resume 14" in line for line in lines[3:])


def test_a_first_look_says_that_it_is_no_evaluation() -> None:
    """Nobody takes its figures for those of a whole evaluation."""
    (line,) = lines_of(previewed(20, 2.5))
    assert line.startswith("step 20: first look: validation loss 2.5")
    assert "no evaluation" in line


def test_lines_of_steps_come_at_most_so_often() -> None:
    """A log of many steps stays short: one line for each second of training asked for."""
    reports = [steps(step, [2.0]) for step in range(1, 101)]  # A tenth of a second each.
    lines = lines_of(started(), *reports, every_s=2.0)
    assert len([line for line in lines if "loss" in line]) == 5
    assert lines_of(started(), *reports, every_s=None) == lines[:1]


def test_where_later_commands_need_the_workspace_they_name_it() -> None:
    """The command that resumes works as it is printed."""
    log = TrainingLog(1.0, Path("/my studio"))
    log.lines(started())
    assert any(
        line.endswith("rnnstudio resume 14 --epochs 20 --workspace '/my studio'")
        for line in log.lines(ended())
    )


def test_a_phase_of_preparation_is_told_once() -> None:
    """Progress within a phase gives no more lines, nor do phases that come back."""
    phases = [
        PhaseChanged(phase="reading_text", step=0, detail="a.txt", progress=share)
        for share in (0.0, 0.5, 1.0)
    ]
    assert lines_of(*phases, PhaseChanged(phase="evaluating", step=9)) == ["reading text: a.txt"]


def test_what_is_no_number_is_told_in_words() -> None:
    """A loss that is not finite breaks no line, and a perplexity too large is `inf`."""
    report = steps(1, [None], perplexity=None, grad_norm=None)
    lines = lines_of(started(), report, evaluated(1, None, best=2.0, is_best=False))
    assert "loss not finite" in lines[1]
    assert "grad not finite" in lines[1]
    assert "validation loss not finite" in lines[2]
    assert perplexity_text(None) == "inf"


def test_a_sample_is_printed_whole_when_it_is_done() -> None:
    """Fragments are gathered, and its lines are indented."""
    lines = lines_of(started(), sampled("one\nt", done=False), sampled("wo"))
    assert lines[1:] == ["sample:", "  one", "  two"]


def test_the_yardsticks_are_told_and_the_end_compares_with_them() -> None:
    """A line says what each reaches on how much text, and the last lines where the model lies."""
    measured = YardsticksMeasured(
        yardsticks=[
            Yardstick(name="unigram", loss=2.0, bits_per_char=2.9),
            Yardstick(name="xz", loss=1.25, bits_per_char=1.8),
        ],
        counted_tokens=1_000_000,
        measured_tokens=46_500,
    )
    lines = lines_of(started(), measured, ended())
    assert lines[1] == (
        "baselines, nats per token: unigram 2.000, xz 1.250 "
        "(46.5k validation tokens, n-grams of 1M training tokens)"
    )
    assert "beside baselines: better than a unigram by 0.50 nats per token, 0.25 behind xz" in lines
    none = YardsticksMeasured(yardsticks=[], counted_tokens=0, measured_tokens=0)
    assert lines_of(none) == []


def test_a_sample_says_what_it_copied() -> None:
    """Where that is known, it stands in the heading."""
    copied = Copied(longest=44, start=0, share=0.5, is_partial=False)
    told = msgspec.structs.replace(sampled("one"), copied=copied)
    assert lines_of(started(), told)[1] == "sample (verbatim from training text: 50% (longest 44)):"


@given(st.text())
def test_nothing_hostile_is_printed(text: str) -> None:
    """Whatever a name, a text or a message holds, no control character gets through."""
    events: list[Event] = [
        started(name=text, corpus_name=text, device=text),
        PhaseChanged(phase="reading_text", step=0, detail=text),
        sampled(text),
        SettingsChanged(step=1, changes=[SettingChange(name=text, old=text, new=text)]),
        CheckpointSaved(step=1, path=text, sha256="", size=1, is_best=True),
        Noticed(message=text),
        Diagnosed(step=1, code=text, message=text, evidence=text, fix={"corpus": text}),
        Diverged(step=1, what="loss", parameter=text, message=text),
        Paused(step=1),
        Resumed(step=1),
        RunFailed(message=text),
        classifier_started(labels=[text, text + "b"], name=text, corpus_name=text),
        BaselinesMeasured(baselines=[Baseline(name=text, loss=1.0, accuracy=0.5, macro_f1=0.5)]),
        YardsticksMeasured(
            yardsticks=[Yardstick(name=text, loss=1.0, bits_per_char=None)],
            counted_tokens=1,
            measured_tokens=1,
        ),
        classes_measured(1, [text, text + "b"], [[1, 2], [3, 4]]),
        ended(checkpoint=text or "/c"),
    ]
    for line in lines_of(*events):
        assert "\n" not in line
        assert not CONTROLS & set(line)
        line.encode()


@pytest.mark.parametrize("width", [1, 20, 80, 200])
@pytest.mark.parametrize("stopping", [False, True])
def test_the_moving_part_fits_any_terminal(width: int, stopping: bool) -> None:
    """Every state of a run is drawn in at most two lines, however narrow the terminal."""
    history = History()
    events: list[Event] = [
        PhaseChanged(phase="loading_torch", step=0),
        PhaseChanged(phase="reading_text", step=0, detail="[/]\x1b[2J", progress=0.5),
        started(planned_steps=None),
        steps(1, [None], perplexity=None, grad_norm=None),
        started(run=15),
        steps(1, [2.0] * 5),
        steps(6, [2.0] * 5),
        evaluated(10, 1.5, best=1.5),
        Paused(step=10),
        classifier_started(run=16),
        PhaseChanged(phase="measuring_baselines", step=0),
        steps(1, [0.7], accuracy=0.5),
        class_evaluated(10, 0.8, best=0.8),
        ended(),
    ]
    for event in [None, *events]:
        if event is not None:
            history.fold(event)
        output = io.StringIO()
        console = Console(file=output, width=width, color_system=None, markup=False)
        console.print(moving_part(history, stopping=stopping))
        lines = output.getvalue().splitlines()
        assert len(lines) <= 2
        assert not CONTROLS & set(output.getvalue())


def test_the_moving_part_says_that_it_is_saving() -> None:
    """After ctrl+c the user sees that it was heard, and what a second one does."""
    history = History()
    history.fold(started())
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as captured:
        console.print(moving_part(history, stopping=True))
    assert "ctrl+c again ends at once" in captured.get()


def test_numbers_read_well() -> None:
    """Durations, counts and sizes are short, and never round to four digits before a unit."""
    assert [clock(s) for s in (0, 59.6, 3599.4, 3600)] == ["0:00", "1:00", "59:59", "1:00:00"]
    counts = [0, 999, 999.6, 31_249, 999_499, 999_500, 2e9]
    assert [compact(n) for n in counts] == ["0", "999", "1k", "31.2k", "999k", "1M", "2G"]
    assert [size_text(n) for n in (5, 4_200, 1_115_394)] == ["5 B", "4.2 kB", "1.12 MB"]
