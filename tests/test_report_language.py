"""A report is in the language spoken, and so are its figures, whose texts stay texts."""

import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from core.language import speak
from tui.report.document import Document, Part, Section
from tui.report.drawing import drawn
from tui.report.page import page_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytest.importorskip("matplotlib", reason="the extra 'report' is not installed")

EMPTY = Document("报告", "", [Part("报告", "", [Section("结果", [])])])


@pytest.fixture
def chinese() -> Iterator[None]:
    """Speak Chinese for one test."""
    speak("zh_CN")
    yield
    speak("en")


def test_the_page_names_its_language() -> None:
    """Readers, who hyphenate, read aloud and choose glyphs by it, know it to be English."""
    assert '<html lang="en">' in page_of(EMPTY)


@pytest.mark.usefixtures("chinese")
def test_a_chinese_page_says_so() -> None:
    """By the name that HTML has for the language."""
    assert '<html lang="zh-CN">' in page_of(EMPTY)


def test_chinese_texts_of_a_figure_stay_texts(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """No glyph is drawn and none is missed; fonts that have them are named to the reader."""

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.plot([1, 2], label="训练（平均）")
        axes.set_ylabel("每词元奈特数")
        axes.legend()

    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = drawn("figure", 3.0, paint)
    assert ">每词元奈特数</text>" in svg
    assert ">训练（平均）</text>" in svg
    assert "Noto Sans CJK SC" in svg
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
