"""A chart for a phone: what a page shows side by side stands in one column, with text as large as before."""

import pickle
from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from matplotlib.text import Text

from srgan_report.reporting.figures.style import PAGE_DPI, TEXT_COLOUR, TEXT_SIZE

_WIDTH = 358 / PAGE_DPI  # inches: a phone's 390 pixels without the page's margins
_LEAST_HEIGHT = 1.6  # inches of a panel without its labels
_LABELS = 0.75  # inches of a panel's title and axis labels
_LINE = 0.19  # inches of a line of text below all panels
_LETTERS = 46  # of a line below the panels
_TITLE_LETTERS = 36  # of a line of a title, which begins right of the names
_LEGEND_LETTERS = 22  # of a line of the legend


def narrow(figure: Figure) -> Figure:
    """Copies a chart, its panels below each other.

    Panels of a grid may share titles (above the first row) and names (left of the first column): each panel
    of the copy has its own. The figure has a constrained layout, and all its axes in one grid.
    """
    copy: Figure = pickle.loads(pickle.dumps(figure))  # figures can't be copied otherwise
    if not copy.axes:  # a note
        return copy
    copy.draw_without_rendering()
    panels = {}
    for axes in copy.axes:
        spec = axes.get_subplotspec()
        assert spec is not None
        panels[spec.rowspan.start, spec.colspan.start] = axes
    heights = [max(axes.get_position().height * copy.get_figheight(), _LEAST_HEIGHT) for axes in copy.axes]
    for (row, column), axes in panels.items():
        title = axes.get_title(loc="left") or panels[0, column].get_title(loc="left")
        axes.set_title(fill(title, _TITLE_LETTERS), loc="left", size=TEXT_SIZE, color=TEXT_COLOUR)
        axes.set_ylabel(axes.get_ylabel() or panels[row, 0].get_ylabel(), size=TEXT_SIZE, color=TEXT_COLOUR)
        axes.tick_params(labelleft=True)
    grid = GridSpec(len(heights), 1, copy, height_ratios=heights)
    for row, axes in enumerate(copy.axes):
        axes.set_subplotspec(grid[row])
    lines = _wrap(copy.texts) + _move_legends(copy)
    copy.set_size_inches(_WIDTH, sum(heights) + _LABELS * len(heights) + _LINE * lines)
    return copy


def _wrap(texts: list[Text]) -> int:
    """Wraps texts to the width of a phone, and counts their lines."""
    for text in texts:
        text.set_text(fill(text.get_text(), _LETTERS))
    return sum(text.get_text().count("\n") + 1 for text in texts)


def _move_legends(figure: Figure) -> int:
    """Moves legends below the panels, in two columns, and counts their lines."""
    lines = 0
    for legend in filter(Legend.get_texts, list(figure.legends)):
        labels = [fill(text.get_text(), _LEGEND_LETTERS) for text in legend.get_texts()]
        size = legend.get_texts()[0].get_fontsize()
        handles = [handle for handle in legend.legend_handles if handle is not None]
        legend.remove()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=size)
        lines += 1 + sum(label.count("\n") + 1 for label in labels) // 2
    return lines
