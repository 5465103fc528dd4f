"""How a `Plot` is laid out on a grid of cells: axes, dots, marks, crosshair and legend."""

import math
from collections.abc import Callable

import numpy as np
from rich.cells import cell_len

from tui.cells import fitting
from tui.widgets.axes import (
    decade_texts,
    linear_ticks,
    log_minor_ticks,
    log_ticks,
    number_texts,
    row_scale,
    short_number,
)
from tui.widgets.canvas import Grid
from tui.widgets.chart_frame import INDEX, Frame
from tui.widgets.chart_lines import LinePainter
from tui.widgets.curve_looks import swatch_of
from tui.widgets.glyphs import Glyphs
from tui.widgets.plot import Curve, LevelLine, MarkLine, Plot, value_text
from tui.widgets.raster import LARGEST, Extent, Floats, dots_of, extent_of

_GUTTER = 6
"""Cells of the value axis: five for a label, one for the line. Fixed, so that nothing jumps."""

_BLANK = ord(" ")

_SIGN_COLUMNS = 24
"""Cells between two signs of a curve that has one."""


class ChartPainter:
    """Paint one plot on one grid; made anew for each picture."""

    def __init__(self, grid: Grid, plot: Plot, glyphs: Glyphs) -> None:
        self.grid, self.plot, self.glyphs = grid, plot, glyphs
        self.scale: Callable[[Floats], Floats] = _log10 if plot.log else _bounded
        header = 1 if grid.height >= 6 else 0
        footer = 0 if grid.height < 4 else 1 if grid.height < 12 else 2
        left = _GUTTER if grid.width >= 24 else 0
        self.frame = Frame(
            left=left,
            top=header,
            width=grid.width - left,
            height=grid.height - header - footer,
            footer=footer,
            bottom=0.0,
            ceiling=1.0,
            start=plot.start,
            end=plot.end,
        )
        self.lines = np.zeros((self.frame.height, self.frame.width), dtype=bool)
        """Cells of the frame that hold a curve or a label, which no mark may hide."""

    def paint(self) -> None:
        """Paint everything, or the message where there is no curve to see."""
        plot, frame = self.plot, self.frame
        columns = frame.width * self.glyphs.dot_columns
        extents = [self._extent(curve, columns) for curve in plot.curves]
        ends = self._value_range(extents)
        if ends is None:
            self._message()
            return
        self._axis_line()
        self._value_axis(self._fit(*ends))
        if frame.footer:
            self._position_axis()
        self._curves(extents)
        self._signs(extents)
        self._points()
        self._levels()
        self._marks()
        self._crosshair()
        if frame.top:
            self._legend()

    def _extent(self, curve: Curve, columns: int) -> Extent:
        extent = extent_of(curve.x, curve.y, self.plot.start, self.plot.end, columns)
        return Extent(self.scale(extent.low), self.scale(extent.high), extent.joined)

    def _value_range(self, extents: list[Extent]) -> tuple[float, float] | None:
        """Return the smallest and largest value to show, or None if there is no curve to see.

        Noise counts only where nearly all of it lies, so that one spike does not flatten the rest.
        """
        lows, highs = [], []
        for curve, extent in zip(self.plot.curves, extents, strict=True):
            seen = np.isfinite(extent.low)
            if not seen.any() or not curve.stretches:
                continue
            cut = int(seen.sum() * 0.03) if curve.stroke == "stipple" else 0
            lows.append(float(np.sort(extent.low[seen])[cut]))
            highs.append(float(np.sort(extent.high[seen])[-1 - cut]))
        if not lows:
            return None
        if self.plot.fit_to < math.inf:
            top = max(self._scaled(self.plot.fit_to), min(lows))
            highs = [min(high, top) for high in highs]
        levels = [self._scaled(line.value) for line in self.plot.levels if line.always_in_view]
        levels = [level for level in levels if np.isfinite(level)]
        return min(lows + levels), max(highs + levels)

    def _scaled(self, value: float) -> float:
        return float(self.scale(np.array([value]))[0])

    def _message(self) -> None:
        text = fitting(self.plot.message, self.grid.width, "")
        column = (self.grid.width - cell_len(text)) // 2
        self.grid.write((self.grid.height - 1) // 2, column, text, INDEX["message"])

    def _fit(self, low: float, high: float) -> list[float]:
        """Fix what the value axis spans, from scaled values, and return its ticks."""
        rows = self.frame.height
        if self.plot.log:
            margin = max((high - low) * 0.04, 0.01)
            self.frame = self.frame._replace(bottom=low - margin, ceiling=high + margin)
            ends = 10.0 ** (low - margin), 10.0 ** (high + margin)
            self._minor_ticks(log_minor_ticks(*ends, rows))
            return log_ticks(*ends, rows)
        bottom, ceiling, step = row_scale(low, high, rows)
        self.frame = self.frame._replace(bottom=bottom, ceiling=ceiling)
        return linear_ticks(bottom, ceiling, rows, step)

    def _axis_line(self) -> None:
        frame = self.frame
        if frame.left:
            column = np.s_[frame.top : frame.top + frame.height, frame.left - 1]
            self.grid.fill(column, "│", INDEX["axis"])

    def _minor_ticks(self, ticks: list[float]) -> None:
        """Mark on the axis what divides a decade, so that its unevenness is seen."""
        for tick in ticks:
            row = self.frame.row(self._scaled(tick))
            if self.frame.left and self.frame.holds(row):
                self.grid.write(row, self.frame.left - 1, "╡", INDEX["axis"])

    def _value_axis(self, ticks: list[float]) -> None:
        """Write the labels and faint lines through the plot."""
        frame = self.frame
        ticks = [tick for tick in ticks if tick <= self.plot.most]
        in_decades = self.plot.log and len(ticks) > 1 and ticks[-1] >= 9.99 * ticks[0]
        texts = decade_texts(ticks) if in_decades else number_texts(ticks)
        texts = [text + self.plot.unit for text in texts]
        if any(len(text) > _GUTTER - 1 for text in texts):
            texts = [short_number(tick) for tick in ticks]
        for tick, text in zip(ticks, texts, strict=True):
            row = frame.row(self._scaled(tick))
            if frame.holds(row):
                self.grid.fill(np.s_[row, frame.left :], "┈", INDEX["grid"])
                if frame.left:
                    label = text[: _GUTTER - 1].rjust(_GUTTER - 1) + "┤"
                    self.grid.write(row, 0, label, INDEX["axis"])

    def _position_axis(self) -> None:
        plot, frame = self.plot, self.frame
        row = frame.top + frame.height
        self.grid.fill(np.s_[row, max(frame.left - 1, 0) :], "─", INDEX["axis"])
        if frame.left:
            self.grid.write(row, frame.left - 1, "└", INDEX["axis"])
        ticks = plot.x_axis.ticks(plot.start, plot.end, max(1, frame.width // 10))
        texts = plot.x_axis.texts(ticks)
        free_from = 0
        for tick, text in zip(ticks, texts, strict=True):
            column = self.frame.column(tick)
            start = min(max(column - len(text) // 2, 0), self.grid.width - len(text))
            if start < free_from:
                continue
            free_from = start + len(text) + 1
            if frame.footer == 2:
                self.grid.write(row, column, "┬", INDEX["axis"])
            self.grid.write(row + frame.footer - 1, start, text, INDEX["axis"])

    def _curves(self, extents: list[Extent]) -> None:
        """Set the dots; a cell shows one curve only, the last but for noise, so that it reads."""
        frame = self.frame
        rows = frame.height * self.glyphs.dot_rows
        window = np.s_[frame.top : frame.top + frame.height, frame.left :]
        codes, styles = self.grid.codes[window], self.grid.styles[window]
        for curve, extent in zip(self.plot.curves, extents, strict=True):
            dots = dots_of(extent, frame.bottom, frame.ceiling, rows, curve.stroke)
            cells = self.glyphs.cells(dots)
            noise = curve.stroke == "stipple" or curve.role == "ghost"
            drawn = (cells != _BLANK) & ~self.lines if noise else cells != _BLANK
            codes[drawn] = cells[drawn]
            styles[drawn] = INDEX["noise" if curve.stroke == "stipple" else curve.role]
            if not noise:
                self.lines |= drawn

    def _signs(self, extents: list[Extent]) -> None:
        """Write each curve's sign on it now and then, side by side rather than on each other."""
        frame, dots = self.frame, self.glyphs.dot_columns
        signed = [pair for pair in zip(self.plot.curves, extents, strict=True) if pair[0].sign]
        for at, (curve, extent) in enumerate(signed):
            first = (2 * at + 1) * _SIGN_COLUMNS // (2 * len(signed))
            for column in range(first, frame.width, _SIGN_COLUMNS):
                height = float(extent.high[column * dots])
                if np.isfinite(height):
                    self._put(frame.left + column, frame.row(height), curve.sign, curve.role)

    def _points(self) -> None:
        """Draw the signs of curves with few points."""
        plot, frame = self.plot, self.frame
        for curve in plot.curves:
            inside = (curve.x >= plot.start) & (curve.x <= plot.end) if curve.point else None
            if inside is None or int(inside.sum()) > frame.width // 3:
                continue
            heights = self.scale(curve.y[inside])
            for x, height in zip(curve.x[inside], heights, strict=True):
                if np.isfinite(height):
                    self._put(self.frame.column(x), frame.row(height), curve.point, curve.role)

    def _put(self, column: int, row: int, sign: str, style: str) -> None:
        frame = self.frame
        if frame.holds(row):
            self.grid.write(row, column, sign, INDEX[style])
            self.lines[row - frame.top, column - frame.left] = True

    def _levels(self) -> None:
        plot, lines = self.plot, self._line_painter()
        if plot.level is not None:
            lines.level(self._scaled(plot.level), "╌", "level")
        by_row: dict[int, list[LevelLine]] = {}
        for line in plot.levels:
            height = self._scaled(line.value)
            row = self.frame.row(height) if np.isfinite(height) else -1
            if self.frame.holds(row):
                by_row.setdefault(row, []).append(line)
        lines.labelled_levels(by_row)

    def _marks(self) -> None:
        plot = self.plot
        shown = [mark for mark in plot.marks if plot.start <= mark.x <= plot.end]
        self._line_painter().marks(shown)

    def _line_painter(self) -> LinePainter:
        return LinePainter(self.grid, self.frame, self.lines)

    def _crosshair(self) -> None:
        plot, frame = self.plot, self.frame
        if plot.crosshair is None or not plot.start <= plot.crosshair <= plot.end:
            return
        column = self.frame.column(plot.crosshair)
        self._line_painter().vertical(column, "│", "crosshair")
        for curve in plot.curves:
            value = self._scaled(curve.value_at(plot.crosshair))
            if curve.label and np.isfinite(value):
                self._put(column, frame.row(value), "●", curve.role)

    def _legend(self) -> None:
        """Write the readout on the left and the legend on the right, as far as there is room."""
        plot, frame = self.plot, self.frame
        free_from = frame.left
        if plot.crosshair is not None:
            there = [mark.label for mark in plot.marks if self._is_at_crosshair(mark)]
            readout = " · ".join([plot.x_axis.readout(plot.crosshair), *there[-1:]])
            self.grid.write(0, free_from, readout, INDEX["crosshair"])
            free_from += cell_len(readout) + 2
        texts = self._entries(self.grid.width - free_from)
        column = self.grid.width - sum(cell_len(text) + 2 for text, _ in texts) + 2
        for text, style in texts:
            self.grid.write(0, column, text, style)
            column += cell_len(text) + 2

    def _is_at_crosshair(self, mark: MarkLine) -> bool:
        column = self.frame.column
        crosshair = self.plot.crosshair
        return crosshair is not None and column(mark.x) == column(crosshair)

    def _entries(self, room: int) -> list[tuple[str, int]]:
        """Return the legend's entries, the uppermost curve first, each with its style.

        Every curve is named, so that values are left out, and then labels cut, where it is narrow,
        as long as that tells them apart. With a crosshair the values stay, and swatches go instead.
        """
        curves = [curve for curve in reversed(self.plot.curves) if curve.label]
        styles = [INDEX[curve.role] for curve in curves]
        reads = self.plot.crosshair is not None
        widest = max((cell_len(curve.label) for curve in curves), default=0)
        different = len({curve.label for curve in curves})
        forms = [[self._entry(curve, widest, value=True) for curve in curves]]
        for cells in range(widest, -1, -1):
            labels = {fitting(curve.label, cells, "") for curve in curves}
            if cells == widest or len(labels) == different:
                forms.append([self._entry(curve, cells, value=reads) for curve in curves])
        if reads:
            forms.append([text.partition(" ")[2] for text in forms[-1]])
        for texts in forms:
            if sum(cell_len(text) + 2 for text in texts) - 2 <= room:
                return list(zip(texts, styles, strict=True))
        # Far more curves than cells: as many as there is room for, and how many they are.
        texts = forms[-1] if reads else forms[1]
        kept = max((room - 6) // (max(map(cell_len, texts)) + 2), 0)
        rest = f"+{len(curves) - kept}"
        if cell_len(rest) > room:
            return []
        return [*zip(texts[:kept], styles, strict=False), (rest, INDEX["axis"])]

    def _entry(self, curve: Curve, cells: int, *, value: bool) -> str:
        """Write the swatch of a curve, at most so many cells of its label, and its value."""
        swatch = swatch_of(curve.stroke, curve.point or curve.sign)
        parts = [swatch, fitting(curve.label, cells, "")]
        if value:
            crosshair = self.plot.crosshair
            height = curve.last_value() if crosshair is None else curve.value_at(crosshair)
            parts.append(value_text(height, self.plot.unit))
        return " ".join(filter(None, parts))


def _bounded(values: Floats) -> Floats:
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def _log10(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 1 / LARGEST, np.log10(_bounded(values)), np.nan)
