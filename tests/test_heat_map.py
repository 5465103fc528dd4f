"""The confusion matrix reads without colour, at any size and with any number of classes."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from class_cases import CONFUSION, LABELS, many_classes
from core.confusion import class_scores
from scripted_classifier import TOPICS, confusion
from tui.widgets.canvas import Grid
from tui.widgets.glyphs import ASCII
from tui.widgets.heat_layout import LEAST_CELL, Matrix, layout_of
from tui.widgets.heat_map import HeatMap


def matrix_of(labels: list[str], counts: list[list[int]]) -> Matrix:
    """Return a matrix with its scores."""
    return Matrix(labels, counts, class_scores(counts))


def painted(matrix: Matrix, width: int, height: int, first: int = 0) -> list[str]:
    """Return the map as lines of text."""
    heat = HeatMap(empty="nothing yet")
    heat._matrix, heat._first = matrix, first
    grid = Grid(width, height)
    heat.draw(grid)
    return [row.tobytes().decode("utf-32").replace("\0", "") for row in grid.codes]


def test_each_cell_has_its_share_of_the_row() -> None:
    """Rows are true classes, columns given ones; a dot stands for no text at all."""
    lines = painted(matrix_of(LABELS, CONFUSION), 60, 8)
    assert lines[0].split() == ["pred→", *LABELS, "F1", "prec", "texts", "rec"]
    assert lines[1].split() == ["negative", "80", "15", "5", "84", "89", "100", "80"]
    assert lines[2].split() == ["neutral", "10", "60", "30", "69", "80", "100", "60"]
    assert lines[3].split() == ["positive", "·", "·", "100", "85", "74", "100", "100"]


def test_long_names_give_way_to_numbers() -> None:
    """Where names have no room over the columns, both rows and columns are numbered."""
    lines = painted(matrix_of(TOPICS, confusion(600)), 48, 11)
    assert lines[0].split()[2:] == [*map(str, range(1, 11)), "F1"]
    assert lines[1].startswith(" 1 compound s… ")
    assert lines[10].startswith("10 types ")
    assert all(label in painted(matrix_of(TOPICS, confusion(600)), 118, 11)[row]
               for row, label in enumerate(TOPICS, start=1))  # fmt: skip


def test_of_many_classes_the_most_confused_are_shown() -> None:
    """The rest has a column of its own, and every class can be scrolled to."""
    matrix = matrix_of(*many_classes(57))
    layout = layout_of(matrix, 48, 12)
    assert (layout.shown[0], len(layout.shown), layout.left_out) == (56, 10, 47)
    lines = painted(matrix, 48, 12)
    assert lines[0].split()[-1] == "rest"
    assert lines[1].split()[0] == "57"
    assert lines[1].split()[-1] == "36"
    seen = {index for first in range(48) for index in layout_of(matrix, 48, 12, first).shown}
    assert seen == set(range(57))


def test_two_classes_named_by_digits() -> None:
    """Short names do not make the map too small to read."""
    lines = painted(matrix_of(["0", "1"], [[400, 28], [60, 384]]), 46, 9)
    assert lines[0].split()[:3] == ["pred→", "0", "1"]
    assert lines[1].split() == ["0", "93", "7", "90", "87", "428", "93"]


def test_a_class_without_texts_has_no_shares() -> None:
    """Nothing is divided by nothing."""
    lines = painted(matrix_of(["a", "b"], [[0, 0], [3, 1]]), 30, 4)
    assert lines[1].split()[:3] == ["a", "—", "—"]


def test_an_empty_map_says_why() -> None:
    """Before there is a matrix, its place says what is missing."""
    assert "nothing yet" in "".join(painted(Matrix(), 40, 9))


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(0, 70),
    label=st.text(min_size=0, max_size=30),
    size=st.tuples(st.integers(1, 130), st.integers(1, 40)),
    first=st.integers(0, 80),
)
def test_any_matrix_at_any_size(count: int, label: str, size: tuple[int, int], first: int) -> None:
    """From one class to seventy, from one cell to a whole screen, nothing is cut into."""
    width, height = size
    shown = "".join(c for c in label if c.isprintable())
    counts = [[(row * column) % 7 for column in range(count)] for row in range(count)]
    matrix = matrix_of([f"{shown}{n}" for n in range(count)], counts)
    lines = painted(matrix, width, height, first)
    assert all(cell_len(line) <= width for line in lines)
    layout = layout_of(matrix, width, height, first)
    assert len(layout.shown) + layout.left_out == count
    assert len(layout.shown) <= max(height - 1, 0)
    assert layout.cell >= LEAST_CELL
    if layout.shown:
        total = layout.first_cell + layout.cell * len(layout.shown)
        assert total + sum(cells for _, cells in layout.scores) <= width


def test_shades_differ_by_share_and_by_right_or_wrong() -> None:
    """The shade of a cell follows its share; right answers have another one than wrong ones."""
    heat = HeatMap()
    heat._matrix = matrix_of(LABELS, CONFUSION)
    grid = Grid(60, 5)
    heat.draw(grid)
    styles = [[heat.STYLES[index] for index in row] for row in grid.styles]
    assert "heat--hit-4" in styles[1]
    assert "heat--miss-2" in styles[1]
    assert "heat--miss-1" in styles[1]
    assert "heat--hit-4" in styles[3]
    assert "heat--miss-1" not in styles[3]


def test_columns_stand_apart() -> None:
    """Between two shades there is a cell without one, also where cells are narrow."""
    for width, height in ((60, 5), (48, 11)):
        labels, counts = (LABELS, CONFUSION) if width == 60 else (TOPICS, confusion(600))
        heat = HeatMap()
        heat._matrix = matrix_of(labels, counts)
        grid = Grid(width, height)
        heat.draw(grid)
        layout = layout_of(heat._matrix, width, height)
        firsts = [layout.first_cell + layout.cell * n for n in range(len(layout.shown))]
        for row in range(1, len(layout.shown) + 1):
            for first in firsts:
                text = grid.codes[row].tobytes().decode("utf-32")[first : first + layout.cell]
                shade = heat.STYLES[grid.styles[row][first]]
                assert not shade.startswith(("heat--hit", "heat--miss")) or text == "100"


def test_ascii_is_ascii() -> None:
    """Our own signs have plain ones in their place."""
    lines = painted(matrix_of(TOPICS, confusion(600)), 48, 11)
    assert "".join(ASCII.text(line) for line in lines).isascii()
