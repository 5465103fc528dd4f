"""Texts that a run can be trained on, by name or by file, the ones from the web included."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from core.config import Config
from core.errors import InputError
from core.text.corpora import BUILTIN_CORPORA
from core.text.reading import read_bytes, read_text
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
    "list_corpora",
    "load_text",
]


class CorpusInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a text that a run can name."""

    name: str
    description: str
    kind: Literal["built-in", "web"]
    ready: bool
    """Whether it can be trained on now; a text on the web must be fetched first."""
    size: int | None
    """Bytes; None where it is made when asked for."""
    licence: str


def list_corpora(workspace: Workspace) -> list[CorpusInfo]:
    """Return every text that `corpus` can name, the built-in ones first."""
    built_in = [
        CorpusInfo(
            name=corpus.name,
            description=corpus.description,
            kind="built-in",
            ready=True,
            size=None,
            licence="",
        )
        for corpus in BUILTIN_CORPORA.values()
    ]
    web = [
        CorpusInfo(
            name=corpus.name,
            description=corpus.description,
            kind="web",
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
    corpus = web_corpus(name)
    path = fetched_path(workspace, corpus)
    if not path.exists():
        raise InputError(
            f"the corpus {name} is not here yet; `rnnstudio corpora fetch {name}` gets it"
        )
    data = read_bytes(path, should_stop)
    if hashlib.sha256(data).hexdigest() != corpus.sha256:
        raise InputError(
            f"{path} is not the text it should be; remove it and run "
            f"`rnnstudio corpora fetch {name}` again"
        )
    return data.decode()


def load_text(
    workspace: Workspace, config: Config, should_stop: Callable[[], bool] | None = None
) -> tuple[str, str, str | None]:
    """Read what a config trains on; `data_file` goes before `corpus`.

    Returns:
        The text's name, the text, and the separate validation text if there is one.

    Raises:
        DataError: A file cannot be read or decoded.
        InputError: No corpus has this name, or it was not fetched yet.
        StopRequested: `should_stop` became true.
    """
    if config.data_file:
        name = Path(config.data_file).name
        text = read_text(config.data_file, config.encoding, should_stop)
    else:
        name = config.corpus
        text = corpus_text(workspace, name, should_stop)
    val_text = None
    if config.val_file:
        val_text = read_text(config.val_file, config.encoding, should_stop)
    return name, text, val_text
