"""Texts that a run can be trained on, by name or by file, the ones from the web included."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from core.config import Config, TaskName
from core.errors import InputError
from core.language import joined, tr
from core.text.corpora import BUILTIN_CORPORA, BuiltinCorpus
from core.text.labelled import LabelledTexts
from core.text.labelled_corpora import BUILTIN_LABELLED, BuiltinLabelled
from core.text.reading import Reading, read_as, read_bytes, with_newlines
from workspace.paths import Workspace
from workspace.web_corpora import (
    WEB_CORPORA,
    FetchProgress,
    WebCorpus,
    fetch,
    fetched_path,
    web_corpus,
)

__all__ = [
    "WEB_CORPORA",
    "CorpusInfo",
    "FetchProgress",
    "WebCorpus",
    "corpus_text",
    "fetch",
    "labelled_texts",
    "list_corpora",
    "load_text",
]


class CorpusInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a text, or labelled texts, that a run can name."""

    name: str
    description: str
    kind: Literal["built-in", "web"]
    task: TaskName
    """Which task can be trained on it."""
    ready: bool
    """Whether it can be trained on now; a text on the web must be fetched first."""
    size: int | None
    """Bytes; None where it is made when asked for."""
    licence: str


BUILT_IN: dict[TaskName, list[BuiltinCorpus | BuiltinLabelled]] = {
    "language": list(BUILTIN_CORPORA.values()),
    "classify": list(BUILTIN_LABELLED.values()),
}
"""The built-in corpora of each task."""


def list_corpora(workspace: Workspace) -> list[CorpusInfo]:
    """Return every text that `corpus` can name, the built-in ones first."""
    built_in = [
        CorpusInfo(
            name=corpus.name,
            description=corpus.description,
            kind="built-in",
            task=task,
            ready=True,
            size=None,
            licence="",
        )
        for task, corpora in BUILT_IN.items()
        for corpus in corpora
    ]
    web = [
        CorpusInfo(
            name=corpus.name,
            description=corpus.description,
            kind="web",
            task="language",
            ready=fetched_path(workspace, corpus).is_file(),
            size=corpus.size,
            licence=corpus.licence,
        )
        for corpus in WEB_CORPORA.values()
    ]
    return built_in + web


def corpus_text(
    workspace: Workspace, name: str, should_stop: Callable[[], bool] | None = None
) -> str:
    """Return the text of a corpus by its name.

    Raises:
        InputError: No corpus has this name, or it was not fetched yet, or is damaged.
        StopRequested: `should_stop` became true.
    """
    if name in BUILTIN_CORPORA:
        return BUILTIN_CORPORA[name].text()
    corpus, path = _fetched(workspace, name)
    data = read_bytes(path, should_stop)
    if hashlib.sha256(data).hexdigest() != corpus.sha256:
        raise InputError(
            tr(
                "{path} is not the text it should be; remove it and run `rnnstudio corpora fetch "
                "{name}` again",
                path=path,
                name=name,
            )
        )
    return data.decode()


def require_corpus(workspace: Workspace, config: Config) -> None:
    """Make sure that the corpus of a config is there, without reading it.

    Raises:
        InputError: No corpus of the task has this name, or it was not fetched yet.
    """
    if config.task == "classify":
        _labelled(config.corpus)
    elif config.corpus not in BUILTIN_CORPORA:
        _fetched(workspace, config.corpus)


def _fetched(workspace: Workspace, name: str) -> tuple[WebCorpus, Path]:
    """Return a text of the web and where it lies.

    Raises:
        InputError: There is no such text, or it was not fetched yet.
    """
    if name in BUILTIN_LABELLED:
        raise InputError(
            tr(
                "the corpus {name} is of labelled texts, for --task classify; for a language model "
                "name one of {known}",
                name=name,
                known=joined(BUILTIN_CORPORA),
            )
        )
    corpus = web_corpus(name)
    path = fetched_path(workspace, corpus)
    if not path.exists():
        raise InputError(
            tr(
                "the corpus {name} is not here yet; `rnnstudio corpora fetch {name}` gets it",
                name=name,
            )
        )
    return corpus, path


def labelled_texts(name: str) -> LabelledTexts:
    """Return the labelled texts of a corpus by its name.

    Raises:
        InputError: No corpus of labelled texts has this name.
    """
    return _labelled(name).texts()


def _labelled(name: str) -> BuiltinLabelled:
    if name not in BUILTIN_LABELLED:
        known = joined(BUILTIN_LABELLED)
        raise InputError(
            tr(
                "there are no labelled texts called {name!r}; name a corpus of {known}, or a file "
                "with --data_file",
                name=name,
                known=known,
            )
        )
    return BUILTIN_LABELLED[name]


class LoadedText(NamedTuple):
    """Hold what a language model is trained on."""

    name: str
    """Of the text."""
    text: str
    val_text: str | None
    """None where validation takes a part of the text."""
    notices: list[str]
    """What the user should know of how it was read, a sentence each."""


def load_text(
    workspace: Workspace, config: Config, should_stop: Callable[[], bool] | None = None
) -> LoadedText:
    """Read what a config trains on; `data_file` goes before `corpus`.

    Raises:
        DataError: A file cannot be read or decoded.
        InputError: No corpus has this name, or it was not fetched yet.
        StopRequested: `should_stop` became true.
    """
    reading = Reading.of(config)
    if config.data_file:
        name = Path(config.data_file).name
        text, notices = read_as(config.data_file, reading, should_stop)
    else:
        name = config.corpus
        found = corpus_text(workspace, name, should_stop)
        text, notices = with_newlines(found, name, reading.newlines)
    val_text = None
    if config.val_file:
        val_text, more = read_as(config.val_file, reading, should_stop)
        notices = [*notices, *more]
    return LoadedText(name, text, val_text, notices)
