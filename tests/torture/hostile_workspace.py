"""A workspace, models and texts full of what strangers may have put there."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from cli_cases import SMALL_CLASSIFIER_MODEL, SMALL_MODEL
from core.config import make_config
from core.events import (
    Event,
    Noticed,
    PhaseChanged,
    RunFailed,
    TextSampled,
    encode_event,
)
from event_cases import ended, evaluated, started, steps
from scripted_classifier import baselines, measured
from tui.cli.main import run_command_line
from workspace.paths import Workspace
from workspace.runs import RunStore


def in_a_name(text: str) -> str:
    """Return a text as a file may be called."""
    raw = text.replace("/", "∕").replace("\0", "␀").encode("utf-8", "replace")[:200]
    return raw.decode("utf-8", "ignore").strip(".") or "x"


def poisoned(value: object, texts: Iterator[str]) -> object:
    """Return an event with every text in it replaced that is not one of a few words."""
    if not isinstance(value, msgspec.Struct):
        return value
    changes: dict[str, object] = {}
    for field in msgspec.structs.fields(value):
        old = getattr(value, field.name)
        if field.type is str:
            changes[field.name] = next(texts)
        elif isinstance(old, list) and field.name in ("labels", "grad_groups", "tokens"):
            changes[field.name] = [f"{next(texts)}{at}" for at, _ in enumerate(old)]
        elif isinstance(old, list):
            changes[field.name] = [poisoned(item, texts) for item in old]
    return msgspec.structs.replace(value, **changes)


def _events(texts: Iterator[str]) -> Iterator[Event]:
    whole: list[Event] = [
        started(), baselines(), steps(1, [2.0, 1.9]), evaluated(2, 1.8, best=1.8), measured(2),
        ended(),
    ]  # fmt: skip
    for event in whole:
        yield poisoned(event, texts)  # type: ignore[misc]
    text = next(texts)
    yield Noticed(message=text)
    yield PhaseChanged(phase="reading_text", step=0, detail=text)
    yield RunFailed(message=text)
    yield TextSampled(
        sample=1, step=2, origin="training", prompt=text, tokens=[text, next(texts)],
        probabilities=[0.5, 0.5], done=True,
    )  # fmt: skip


def fill_runs(workspace: Workspace, texts: Sequence[str]) -> None:
    """Add a run for each text, named so and with events that say so, past all that checks names."""
    endless = iter(texts[at % len(texts)] for at in range(10**9))
    with closing(sqlite3.connect(workspace.database_path)) as database, database:
        (config,) = database.execute("SELECT config FROM runs LIMIT 1").fetchone()
        for number, text in enumerate(texts):
            settings = {**json.loads(config), "data_file": text, "corpus": text, "save_dir": text}
            run = database.execute(
                "INSERT INTO runs (name, status, created, config, corpus_name, host)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    _storable(part)
                    for part in (
                        f"{text} {number}", "failed", text, json.dumps(settings), text, text
                    )
                ],
            ).lastrowid  # fmt: skip
            database.executemany(
                "INSERT INTO events (run, type, body) VALUES (?, ?, ?)",
                [
                    (run, type(event).__name__, encode_event(event).decode())
                    for event in _events(endless)
                ],
            )


def new_workspace(root: Path) -> Workspace:
    """Make a workspace with a run of no steps."""
    workspace = Workspace(root / "studio")
    store = RunStore(workspace)
    store.create_run(None, make_config())
    store.close()
    return workspace


def make_models(root: Path, texts: Sequence[str]) -> Workspace:
    """Train a model of characters, one of words and a classifier on the texts, really."""
    workspace = Workspace(root / "studio")
    safe = [_storable(text) for text in texts]
    corpus = root / in_a_name(f"{texts[0]}.txt")
    corpus.write_bytes("\n".join([*safe, *safe, "the quick brown fox " * 20]).encode())
    table = root / "labelled.jsonl"
    lines = [
        json.dumps({"text": f"{text} x", "label": safe[at % 3] + f"{at % 3}"})
        for at, text in enumerate(safe * 2)
    ]
    table.write_text("\n".join(lines * 2))
    usual = ["--workspace", str(workspace.root), "--max_steps", "2", "--sample_length", "60"]
    language = ["train", *SMALL_MODEL, "--data_file", str(corpus), *usual]
    words = ["--vocab_type", "word", "--word_split", "whitespace"]
    classifier = ["train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(table), *usual[:4]]
    for line in (language, [*language, *words], classifier):
        assert run_command_line(line) == 0
    return workspace


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
