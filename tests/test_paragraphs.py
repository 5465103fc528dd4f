"""Paragraphs and columns of the command line are laid out by what a terminal shows of them."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cli.paragraphs import wrapped_lines
from tui.cli.tables import fact_lines

CHINESE = st.text(st.sampled_from("梯度裁剪，。（）“”：词元 LSTM"), max_size=200)


@given(st.text(st.sampled_from("abcd-./ "), max_size=200), st.integers(8, 60))
def test_english_breaks_at_blanks_alone(text: str, width: int) -> None:
    """It breaks where the standard library breaks it, and long words stay whole."""
    text = text.strip()
    usual = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    assert wrapped_lines(text, width) == usual


@given(CHINESE)
def test_chinese_breaks_between_characters(text: str) -> None:
    """Nothing is lost, and a line is too long only where a word and its signs are."""
    lines = wrapped_lines(text, 30, indent="  ")
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert cell_len(line) <= 30 or len(wrapped_lines(line.strip(), 1)) == 1


def test_a_sign_stays_with_its_word() -> None:
    """An opening one is not left behind, a closing one does not begin a line."""
    text = "存放检查点的文件夹（默认：$RNNSTUDIO_HOME，否则为“用户”数据文件夹）。"
    assert wrapped_lines(text, 20) == [
        "存放检查点的文件夹",
        "（默认：",
        "$RNNSTUDIO_HOME，否",
        "则为“用户”数据文件",
        "夹）。",
    ]


def test_names_of_measures_take_cells_not_characters() -> None:
    """Values stand below each other, whatever their names are written in."""
    lines = fact_lines([("损失", "1.5"), ("accuracy", "0.9"), ("每字符比特数", "2.2")])
    starts = [cell_len(line) - 3 for line in lines]
    assert starts == [14, 14, 14]
    assert fact_lines([("loss", "1.5")], least=10) == ["loss      1.5"]
