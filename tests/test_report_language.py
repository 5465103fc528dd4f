"""A report is in the language spoken, and so are its figures, whose texts stay texts."""

import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from core.language import speak
from tui.report.document import Document, Part, Section
from tui.report.drawing import drawn
from tui.report.page import page_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEXT = "{http://www.w3.org/2000/svg}text"
"""How a parser of XML calls the element that holds a text of a figure."""

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

    with caplog.at_level(logging.WARNING), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        svg = drawn("figure", 3.0, paint)
    # What matplotlib itself tells, such as missing glyphs; parts of it have warnings of their own.
    assert [str(warning) for warning in told if warning.category is UserWarning] == []
    texts = {"".join(text.itertext()).strip() for text in ElementTree.fromstring(svg).iter(TEXT)}
    assert {"每词元奈特数", "训练（平均）"} <= texts
    assert "Noto Sans CJK SC" in svg
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
