"""Texts brought to a width in terminal cells, of which a Chinese character takes two."""

from rich.cells import cell_len, set_cell_size


def cell_ljust(text: str, width: int) -> str:
    """Fill a text with blanks on its right up to a width; a wider one stays as it is."""
    return text + " " * (width - cell_len(text))


def cell_rjust(text: str, width: int) -> str:
    """Fill a text with blanks on its left up to a width; a wider one stays as it is."""
    return " " * (width - cell_len(text)) + text


def fitting(text: str, width: int, ellipsis: str = "…") -> str:
    """Cut a text to at most a width, an ellipsis in place of what does not fit."""
    if cell_len(text) <= width:
        return text
    mark = set_cell_size(ellipsis, min(cell_len(ellipsis), max(width, 0)))
    return set_cell_size(text, max(width - cell_len(mark), 0)) + mark
