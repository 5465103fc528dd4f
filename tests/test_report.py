"""`rnnstudio report`: all of a run in one document, which runs nothing that a text says."""

import os
import re
import sys
from pathlib import Path

import pytest

from cli_cases import CONTROLS, Shell, is_one_line
from core.events import Diagnosed, SettingChange, SettingsChanged
from core.settings import Value
from event_cases import started, steps
from page_cases import DRAWN, HEAD, VISIBLE, tags_of
from report_cases import ATTACKS, language_run, report, report_shell
from tui.report.document import Listing
from tui.report.page import POLICY
from tui.report.record import gather
from tui.report.run_tables import remarks_blocks
from workspace.paths import Workspace
from workspace.runs import RunStore


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell with runs to report."""
    return report_shell(tmp_path, capsys)


@pytest.mark.parametrize("runs", [["1"], ["2"], ["3"], ["1", "2", "3"], []])
def test_no_text_becomes_markup(shell: Shell, runs: list[str]) -> None:
    """Corpus, name, sample, label and notice are full of HTML: no element of it is in the page."""
    page = report(shell, *runs)
    found = tags_of(page)
    assert found.tags <= VISIBLE | DRAWN | HEAD
    assert not [name for name in found.attributes if name.startswith("on")]
    # What is linked to is in the page itself, but for the icon, which is empty.
    links = {*found.attributes.get("href", set()), *found.attributes.get("xlink:href", set())}
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert not found.attributes.keys() & {"src", "srcdoc", "srcset", "action", "formaction"}
    assert found.attributes["content"] >= {POLICY}
    assert not CONTROLS & set(page)
    assert page.count("</style>") == page.count("<style")


def test_it_tells_all_of_a_language_model(shell: Shell) -> None:
    """Results, edits on the curves, gradients, gates, samples, notes, settings and the command."""
    page = report(shell, "1")
    for heading in ("Results", "Notes", "Learning", "Live edits", "Gradients",
                    "Gates and hidden states", "Samples by training step", "How to do it again",
                    "Settings"):  # fmt: skip
        assert f"<h3>{heading}</h3>" in page
    assert page.count("<svg") == 5
    assert "The end." in page
    assert "0.0123" in page
    assert "rnnstudio replay 1 --workspace" in page
    assert "# rnnstudio train --data_file /texts/novel.txt" in page
    assert "1 of 12 in layer 1" in page
    for attack in ATTACKS[:3]:
        assert attack.split("'")[0].replace("<", "&lt;").replace(">", "&gt;").split('"')[0] in page


def test_it_tells_all_of_a_classifier(shell: Shell) -> None:
    """Accuracy in place of perplexity, the classes, the worst mistakes, the simple methods."""
    page = report(shell, "2")
    assert "<h3>Classes</h3>" in page
    assert "perplexity" not in page.split("<h3>Settings</h3>")[0]
    assert "bag of words" in page
    assert "80.00 %" in page


def test_several_runs_are_compared(shell: Shell) -> None:
    """One table and one figure first, the settings that differ, then each run; each named once."""
    store = RunStore(Workspace(shell.workspace))
    language_run(store, "rival")
    store.close()
    page = report(shell, "1", "rival", "#1")
    assert "2 runs</h1>" in page
    assert page.count('<h2 id="part-') == 3
    assert "None: the runs have the same settings." in page
    assert page.count("<svg") == 11
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(set(ids)) == len(ids)
    mixed = report(shell, "1", "2")
    assert "<td>task</td>" in mixed
    assert "different texts" in mixed


def test_a_run_that_goes_on_is_told_as_far_as_it_is(shell: Shell) -> None:
    """Neither a run that is trained now nor one without a step is an error."""
    store = RunStore(Workspace(shell.workspace))
    run = language_run(store, "busy")
    try:
        assert "running at step" in report(shell, str(run))
    finally:
        store.close()
    assert "<svg" not in report(shell, "3")


@pytest.mark.parametrize(
    ("fix", "mends"),
    [({"learning_rate": 0.01, "tie_weights": True}, " fix: --learning_rate 0.01 --tie_weights"),
     ({}, "")],
)  # fmt: skip
def test_what_the_doctor_found_is_a_note(shell: Shell, fix: dict[str, Value], mends: str) -> None:
    """It stands first, in a sentence with its evidence and, if there is one, the fix as options."""
    store = RunStore(Workspace(shell.workspace))
    record = gather(store.find(1), store.events(1))
    record.take(
        Diagnosed(step=1200, code="slow", message="It crawls.", evidence="2.4 at last", fix=fix)
    )
    [notes] = remarks_blocks(record)
    assert isinstance(notes, Listing)
    assert notes.items[0] == f"doctor: step 1,200: It crawls. (2.4 at last){mends}"


def test_the_same_run_is_the_same_file(shell: Shell) -> None:
    """Nothing in it depends on when it was written; a file that is there is replaced."""
    assert report(shell, "1") == report(shell, "1")


def test_a_resumed_run_is_one_curve(shell: Shell) -> None:
    """Edits of a part that a resume dropped are in no table."""
    store = RunStore(Workspace(shell.workspace))
    late = SettingsChanged(step=100, changes=[SettingChange(name="dropout", old=0.3, new=0.987)])
    run = language_run(store, "cut", more=[late])
    config = {**store.find(run).config, "dropout": 0.3}
    again = started(run=run, name="cut", start_step=60, config=config)
    for event in (again, steps(61, [1.0] * 5)):
        store.record(run, event)
    store.close()
    page = report(shell, "cut")
    assert "0.987" not in page
    assert "The end." not in page
    assert "<dt>best at step</dt><dd>40</dd>" in page
    assert "0.0123" in page
    assert "Dotted lines are where the run was resumed." in page


def test_what_cannot_be_written_is_one_line(shell: Shell, tmp_path: Path) -> None:
    """A folder, a pipe, an unknown ending, no such run: exit code 2, nothing written."""
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    refusals = {
        ("1", "-o", str(tmp_path)): "is a folder",
        ("1", "-o", str(tmp_path), "--format", "md"): "is a folder",
        ("1", "-o", str(tmp_path / "pipe"), "--format", "html"): "is no regular file",
        ("1", "-o", "x" * 5000 + ".html"): "File name too long",
        ("1", "-o", str(tmp_path / "file" / "report.html")): "cannot write",
        ("1", "-o", "report.pdf"): "add --format html, md or ipynb",
        ("1", "-o", ""): "-o must name a file",
        ("99",): "there is no run '99'",
    }
    for words, why in refusals.items():
        done = shell.run("report", *words)
        assert (done.code, is_one_line(done.err)) == (2, True), words
        assert why in done.err
    assert not list(tmp_path.glob("*.html"))


def test_without_the_extra_it_says_what_to_install(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, before anything is read."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = shell.run("report", "1", "-o", str(shell.root / "r.html"))
    assert (done.code, is_one_line(done.err)) == (2, True)
    assert "pip install 'rnnstudio[report]'" in done.err


def test_the_format_is_told_by_the_ending_or_the_option(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a name the file is `report.` and the format, in the folder where one is."""
    monkeypatch.chdir(shell.root)
    assert shell.run("report", "1").lines == [str(shell.root / "report.html")]
    assert shell.run("report", "1", "--format", "ipynb").lines == [str(shell.root / "report.ipynb")]
    shell.run("report", "1", "-o", "notes.txt", "--format", "md")
    assert (shell.root / "notes.txt").read_text().startswith("# ")


def test_a_name_that_is_not_utf8_is_one_all_the_same(shell: Shell) -> None:
    """The figures are named by the bytes of their folder's name."""
    path = shell.root / "\udcff.md"
    assert shell.run("report", "1", "-o", str(path)).code == 0
    assert "(%FF_files/" in path.read_text(encoding="utf-8")
    assert list((shell.root / "\udcff_files").iterdir())


def test_markdown_has_its_figures_beside_it(shell: Shell) -> None:
    """Every figure that it names is a file, and no text of a run is markup in it."""
    text = report(shell, "1", "2", name="my report.md")
    images = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text)
    assert len(images) == 9
    for image in images:
        svg = (shell.root / image.replace("%20", " ")).read_text()
        assert svg.startswith("<?xml")
        assert "<script" not in svg
        assert not CONTROLS & set(svg)
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", outside)
    assert "\\<img" in outside
    assert not CONTROLS & set(text)
