"""Corpora are listed, fetched with a checked hash, and read; a test server stands for the web."""

import gzip
import hashlib
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from core.config import make_config
from core.errors import DataError, InputError, MissingExtraError, RnnStudioError
from workspace.corpora import LoadedText, corpus_text, fetch, list_corpora, load_text
from workspace.paths import Workspace
from workspace.web_corpora import WEB_CORPORA, WebCorpus

TEXT = "Speak, speak.\r\n" * 20_000


class Web(BaseHTTPRequestHandler):
    """Serve the text at any path but `/none`; compressed, as the real server does."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/none":
            self.send_error(404)
            return
        body = gzip.compress(TEXT.encode())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a server on this machine."""
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(variable, "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace that does not exist yet."""
    return Workspace(tmp_path / "studio")


def pin(monkeypatch: pytest.MonkeyPatch, url: str, text: str = TEXT) -> None:
    """Put a corpus called `speech` on the web."""
    corpus = WebCorpus(
        name="speech",
        description="A test",
        url=url,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text.encode()),
        licence="none",
    )
    monkeypatch.setitem(WEB_CORPORA, "speech", corpus)


def test_a_corpus_is_fetched_once_and_then_read(
    web: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress runs up to the whole; the text is exact; it is not fetched a second time."""
    pin(monkeypatch, web)
    assert {c.name: c.ready for c in list_corpora(workspace)}["speech"] is False
    with pytest.raises(InputError, match="not here yet; `rnnstudio corpora fetch speech` gets it"):
        load_text(workspace, make_config({"corpus": "speech"}))
    told: list[tuple[int, int]] = []
    path = fetch("speech", workspace, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == TEXT.encode()
    assert told == sorted(told)
    assert told[-1] == (len(TEXT), len(TEXT))
    assert {c.name: c.ready for c in list_corpora(workspace)}["speech"] is True
    exact = make_config({"corpus": "speech", "newlines": "keep"})
    assert load_text(workspace, exact) == LoadedText("speech", TEXT, None, [])
    pin(monkeypatch, web + "/none")
    assert fetch("speech", workspace) == path


def test_another_text_than_the_pinned_one_is_not_kept(
    web: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong hash is refused and leaves no file; a file changed later is refused too."""
    pin(monkeypatch, web, "something else")
    with pytest.raises(RnnStudioError, match="is not the text it should be"):
        fetch("speech", workspace)
    assert list(workspace.corpora_dir.iterdir()) == []
    for damage in (b"changed", b"", b"\xff"):
        (workspace.corpora_dir / "speech.txt").write_bytes(damage)
        with pytest.raises(
            InputError, match=r"speech\.txt is not the text it should be; remove it"
        ):
            corpus_text(workspace, "speech")


def test_a_web_that_does_not_answer_is_one_line(
    web: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing page and a closed port are said with the way out."""
    for url in (web + "/none", "http://127.0.0.1:9"):
        pin(monkeypatch, url)
        with pytest.raises(RnnStudioError, match=r"cannot fetch speech from .*--data_file") as told:
            fetch("speech", workspace)
        assert "\n" not in str(told.value)
    assert not list(workspace.root.rglob("*.txt"))


def test_without_the_extra_the_command_to_install_it_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library that fetches is optional."""
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'rnnstudio\[web\]'"):
        fetch("tiny-shakespeare", workspace)
    assert not workspace.root.exists()


def test_an_unknown_corpus_gets_the_nearest_name(workspace: Workspace) -> None:
    """Misspelt names are refused, in `corpus` and in `fetch`."""
    for attempt in (fetch, lambda name, w: corpus_text(w, name)):
        with pytest.raises(InputError, match="'tiny-shakespear'; did you mean tiny-shakespeare"):
            attempt("tiny-shakespear", workspace)
    with pytest.raises(InputError, match="python-reference is built in"):
        fetch("python-reference", workspace)


def test_the_pins_are_whole() -> None:
    """Each text on the web has a commit in its address, a SHA-256, a size and a licence."""
    for name, corpus in WEB_CORPORA.items():
        assert corpus.name == name
        assert len(corpus.url.split("/")[5]) == 40
        assert len(bytes.fromhex(corpus.sha256)) == 32
        assert corpus.size > 0
        assert all(msgspec.structs.astuple(corpus))


def test_a_file_goes_before_a_corpus(workspace: Workspace, tmp_path: Path) -> None:
    """`data_file` wins over `corpus`, has its base name, and keeps its line ends if it is to."""
    text, val = tmp_path / "novel.txt", tmp_path / "val.txt"
    text.write_bytes(b"caf\xe9\r\n")
    val.write_bytes(b"th\xe9")
    config = make_config(
        {"data_file": str(text), "val_file": str(val), "encoding": "latin-1", "corpus": "nothing"}
    )
    config = make_config({"newlines": "keep"}, base=config)
    assert load_text(workspace, config) == LoadedText("novel.txt", "café\r\n", "thé", [])
    with pytest.raises(DataError, match=r"not valid utf-8 at byte 3 .*--encoding"):
        load_text(workspace, make_config({"data_file": str(text)}))


def test_the_built_in_corpora_need_nothing(workspace: Workspace) -> None:
    """The default corpus is read without a workspace on the disk."""
    name, text, val_text, _ = load_text(workspace, make_config())
    assert (name, val_text) == ("python-reference", None)
    assert len(text) > 100_000
    assert not workspace.root.exists()
