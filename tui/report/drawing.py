"""Figures as SVG: the look of all of them, and the one door to the plotting library."""

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import MissingExtraError
from core.language import tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE, ALARM = "#1c2331", "#68707f", "#dcdfe6", "#c8322b"
SERIES = ("#2563c9", "#d9622b", "#16875a", "#8a4fc7", "#a9780c", "#c2347a", "#0e8a9a", "#6b7a2a")
"""Colours of the lines, each of which the page's style sheet knows in a light and a dark form."""

WIDTH_INCHES = 9.0

FONTS = (
    "DejaVu Sans",
    "Helvetica",
    "Arial",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""Where the reader's program looks for the glyphs of a text, Chinese ones among them.

The plotting library measures with the first, its own; texts stay texts, so it draws none.
"""

STYLE: dict[str, object] = {
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "font.family": "sans-serif",
    "font.sans-serif": FONTS,
    "font.size": 9,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.5,
    "lines.solid_joinstyle": "round",
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,  # a class may be called $x$
    "text.usetex": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


def require_plotting() -> None:
    """See that the plotting library is there.

    Raises:
        MissingExtraError: It is not.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            tr("a report's figures need the extra 'report'; pip install 'rnnstudio[report]'")
        ) from None


def drawn(name: str, height_inches: float, paint: Callable[["Figure"], None]) -> str:
    """Draw a figure and return it as an `<svg>` element whose ids are its own.

    Args:
        name: Tells its ids from those of the other figures of a document.
        height_inches: Its height; all are of the same width.
        paint: Draws on it.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    target = io.StringIO()
    # The salt makes the ids, and so the file, the same each time.
    style = {**STYLE, "svg.hashsalt": name}
    with rc_context(style), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.simplefilter("ignore")  # of a glyph that no font has: the reader's may
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(target, format="svg", transparent=True, metadata=nothing)
    return _own_ids(target.getvalue(), name)


def _own_ids(svg: str, name: str) -> str:
    """Return the element alone, sized by its frame, with ids that no other figure has."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r'^(<svg\b[^>]*?) width="[^"]*"', r"\1", svg)
    svg = re.sub(r'^(<svg\b[^>]*?) height="[^"]*"', r"\1", svg)
    return re.sub(r'( id="|url\(#|href="#)', rf"\1{name}-", svg)


def number_axis(axes: "Axes", label: str | None = None) -> None:
    """Count along the axis, steps unless it is labelled otherwise, with thousands told apart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel(tr("step") if label is None else label)


def log_axis(axes: "Axes", subs: tuple[float, ...] = (1,)) -> None:
    """Let the upright axis be logarithmic, with its numbers as plain text.

    Args:
        axes: Where.
        subs: Multiples of the powers of ten that get a number.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def legend_above(axes: "Axes") -> None:
    """Name the lines above the frame, where no curve is."""
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1.05), ncols=3, borderaxespad=0)
