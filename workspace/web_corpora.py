"""Texts on the web, pinned by commit and hash, fetched into the workspace on request."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from core.errors import InputError, MissingExtraError, RnnStudioError
from core.language import tr
from core.settings import unknown_name
from core.text.corpora import BUILTIN_CORPORA
from workspace.paths import Workspace

FetchProgress = Callable[[int, int], None]
"""Told the bytes fetched so far and the bytes in all."""

TIMEOUT_S = 30
"""How long a server may stay silent."""


class WebCorpus(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a text on the web, pinned to its very bytes."""

    name: str
    description: str
    """One sentence without a full stop."""
    url: str
    """Pinned to a commit."""
    sha256: str
    size: int
    """Bytes."""
    licence: str


_GITHUB = "https://raw.githubusercontent.com"

WEB_CORPORA: dict[str, WebCorpus] = {
    corpus.name: corpus
    for corpus in (
        WebCorpus(
            name="tiny-shakespeare",
            description=tr(
                "40,000 lines from Shakespeare's plays, the usual text for small models"
            ),
            url=f"{_GITHUB}/karpathy/char-rnn/d1d7aa34fdb3626174bce1d753e6cc6845ce7087"
            "/data/tinyshakespeare/input.txt",
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            size=1_115_394,
            licence=tr("public domain"),
        ),
        WebCorpus(
            name="wikitext-2-valid",
            description=tr(
                "Validation text of WikiText-2: Wikipedia articles as words, rare ones as <unk>"
            ),
            url=f"{_GITHUB}/pytorch/examples/37ce9402ff0cae48d764d7788810fd2ed8238b25"
            "/word_language_model/data/wikitext-2/valid.txt",
            sha256="f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            size=1_121_681,
            licence="CC BY-SA 3.0",
        ),
    )
}
"""The texts on the web, by name."""


def web_corpus(name: str) -> WebCorpus:
    """Return a text on the web by its name.

    Raises:
        InputError: None has this name; the nearest name of any corpus is suggested.
    """
    if name not in WEB_CORPORA:
        unknown = unknown_name(name, [*BUILTIN_CORPORA, *WEB_CORPORA], tr("corpus"))
        raise InputError(
            tr(
                "{unknown}; `rnnstudio corpora` lists them, --data_file takes your own text",
                unknown=unknown,
            )
        )
    return WEB_CORPORA[name]


def fetched_path(workspace: Workspace, corpus: WebCorpus) -> Path:
    """Return where a text from the web is kept, whether or not it is there yet."""
    return workspace.corpora_dir / f"{corpus.name}.txt"


def fetch(name: str, workspace: Workspace, progress: FetchProgress | None = None) -> Path:
    """Get a text from the web into the workspace, unless it is there already.

    Args:
        name: A key of `WEB_CORPORA`.
        workspace: Where to put it.
        progress: Told how far it is.

    Returns:
        The file, whose hash has been checked.

    Raises:
        InputError: No corpus on the web has this name.
        MissingExtraError: The library that fetches is not installed.
        WorkspaceError: The workspace cannot be written.
        RnnStudioError: It could not be fetched, or is not what it should be.
    """
    if name in BUILTIN_CORPORA:
        raise InputError(tr("the corpus {name} is built in; there is nothing to fetch", name=name))
    corpus = web_corpus(name)
    try:
        import pooch
        import requests
    except ImportError:
        raise MissingExtraError(
            tr("fetching a corpus needs the extra 'web'; pip install 'rnnstudio[web]'")
        ) from None
    workspace.require_writable()
    path = fetched_path(workspace, corpus)
    # It logs to stderr what the progress bar shows better.
    pooch.get_logger().setLevel("ERROR")
    bar = _ProgressBar(corpus.size, progress) if progress else False
    try:
        pooch.retrieve(
            corpus.url,
            known_hash=f"sha256:{corpus.sha256}",
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_S),
        )
    except (requests.RequestException, OSError) as error:
        raise RnnStudioError(
            tr(
                "cannot fetch {name} from {url}: {why}; check the network, or save the text "
                "yourself and name it with --data_file",
                name=name,
                url=corpus.url,
                why=_first_line(error),
            )
        ) from None
    except ValueError:
        raise RnnStudioError(
            tr(
                "what {url} sent is not the text it should be (its SHA-256 differs); nothing was "
                "kept, try again",
                url=corpus.url,
            )
        ) from None
    return path


class _ProgressBar:
    """Pass on what the fetching library tells the progress bar that it thinks it has."""

    def __init__(self, size: int, progress: FetchProgress) -> None:
        self.total = 0
        """Set by the library to what the server says, compressed maybe; we know better."""
        self._size = size
        self._done = 0
        self._progress = progress

    def update(self, count: int) -> None:
        """Count bytes that have come, rounded up by the library."""
        self._done = min(self._done + count, self._size)
        self._progress(self._done, self._size)

    def reset(self) -> None:
        """Keep the count, which the library would begin anew to fill a bar that fell short."""

    def close(self) -> None:
        """Tell that all of it has come."""
        self._progress(self._size, self._size)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
