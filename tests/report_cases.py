"""Stored runs of every kind, for the tests of reports; their texts are hostile."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from class_cases import CONFUSION, class_evaluated, classes_measured, classifier_started
from cli_cases import Shell
from core.config import config_values, make_config
from core.events import (
    Baseline,
    BaselinesMeasured,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    LayerActivity,
    Mistake,
    Noticed,
    SettingChange,
    SettingsChanged,
    TextSampled,
    ValueShares,
    Yardstick,
    YardsticksMeasured,
)
from event_cases import ended, evaluated, started, steps
from workspace.paths import Workspace
from workspace.runs import RunStore

ATTACKS = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</style></svg></pre><svg onload=\"document.title='owned'\">",
    "]]><b>&lt;",
    "-->\n```\n| a | b |\n<iframe srcdoc='x'>",
    "_$\x1b[2J\\frac{x$ hidden\u202e\x00",
)
"""Texts that would act if they were not escaped."""

ATTACK = " ".join(ATTACKS)


def language_run(store: RunStore, name: str = "writer", *, more: Sequence[Event] = ()) -> int:
    """Keep a language model's run of 100 steps with an edit at step 40; return its number."""
    config = make_config({"epochs": 10, "data_file": "/texts/novel.txt", "seed": 3})
    run = store.create_run(name, config).run
    losses = [4.0 * math.exp(-step / 60) + 0.1 * math.sin(step) for step in range(1, 101)]
    events: list[Event] = [
        started(run=run, name=name, config=config_values(config), corpus_name=ATTACK),
        YardsticksMeasured(
            yardsticks=[Yardstick(name="2-gram", loss=2.1, bits_per_char=3.0)],
            counted_tokens=900,
            measured_tokens=90,
        ),
        *(steps(at + 1, losses[at : at + 10], epoch=1) for at in range(0, 40, 10)),
        gradients(40),
        gates(40),
        evaluated(40, 2.2, best=2.2),
        sample(40, ATTACK),
        SettingsChanged(
            step=40, changes=[SettingChange(name="learning_rate", old=0.001, new=0.0123)]
        ),
        *(steps(at + 1, losses[at : at + 10], epoch=1) for at in range(40, 100, 10)),
        gradients(100),
        gates(100),
        evaluated(100, 1.9, best=1.9),
        sample(100, "The end."),
        Noticed(message=ATTACK),
        *more,
    ]
    for event in events:
        store.record(run, event)
    return run


def classifier_run(store: RunStore, name: str = "sorter") -> int:
    """Keep a classifier's run of 20 steps whose classes have hostile names; return its number."""
    labels = [ATTACKS[0], ATTACKS[1], ATTACKS[5]]
    config = make_config({"task": "classify", "vocab_type": "word"})
    run = store.create_run(name, config).run
    begun = classifier_started(run=run, name=name, config=config_values(config), labels=labels)
    wrong = Mistake(text=ATTACK, label=labels[0], predicted=labels[1], probability=0.9)
    baseline = Baseline(name="bag of words", loss=0.8, accuracy=0.6, macro_f1=0.55)
    events: list[Event] = [
        begun,
        BaselinesMeasured(baselines=[baseline]),
        steps(1, [1.1] * 20, accuracy=0.5),
        class_evaluated(20, 0.8, best=0.8),
        classes_measured(20, labels, CONFUSION, [wrong]),
        msgspec.structs.replace(ended(step=20), best_accuracy=0.8),
    ]
    for event in events:
        store.record(run, event)
    return run


def only_started(store: RunStore) -> int:
    """Keep a run that has begun and done nothing yet; return its number."""
    run = store.create_run("begun", make_config()).run
    store.record(run, started(run=run, name="begun"))
    return run


def gradients(step: int) -> GradientsThroughTime:
    """Return a look at gradients through time, of two layers, one of them vanished."""
    norms = [[0.9**lag for lag in range(20)], [0.5**lag if lag < 15 else 0.0 for lag in range(20)]]
    return GradientsThroughTime(
        step=step, lags=list(range(20)), norms=[[*norms[0]], [*norms[1]]], half_lives=[6.6, None]
    )


def gates(step: int) -> GatesMeasured:
    """Return a look at the gates of two layers."""
    values = [
        ValueShares(name=name, low=low, shares=[0.05] * 20, at_low=0.1, at_high=0.1)
        for name, low in (("reset", 0.0), ("update", 0.0), ("hidden", -1.0))
    ]
    return GatesMeasured(step=step, layers=[LayerActivity(values=values, units=12, dead=1)] * 2)


def sample(step: int, text: str) -> TextSampled:
    """Return a sample drawn at an evaluation."""
    return TextSampled(
        sample=step, step=step, origin="training", prompt="", tokens=list(text),
        probabilities=[0.5] * len(text), done=True,
    )  # fmt: skip


def report_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell whose workspace holds a language model (1), a classifier (2), a start (3)."""
    shell = Shell(tmp_path, capsys)
    store = RunStore(Workspace(shell.workspace))
    language_run(store, "<img src=x onerror=owned()> $x$ & 'q'")
    classifier_run(store, "_sorter`<b>")
    only_started(store)
    store.close()
    return shell


def report(shell: Shell, *words: str, name: str = "report.html") -> str:
    """Write a report and return its text."""
    path = shell.root / name
    done = shell.run("report", *words, "-o", str(path))
    assert (done.code, done.err, done.lines[0]) == (0, "", str(path))
    return path.read_text(encoding="utf-8")
