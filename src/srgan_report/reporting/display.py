"""Tables and figures as a notebook shows them, and which saved datasets they come from."""

import base64
import io
import pickle
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from PIL import Image

from srgan_report.reporting.figures.panels import GAP, PanelFigure
from srgan_report.reporting.figures.style import PAGE_DPI, TEXT_COLOUR, TEXT_SIZE
from srgan_report.reporting.templates import render
from srgan_report.variants import METHOD_LABELS

CHART_DPI = 150  # for fine screens
_MANY = 3  # versions that a source may name

# Of a chart for a phone.
_WIDTH = 358 / PAGE_DPI  # inches: a phone's 390 pixels without the page's margins
_LEAST_HEIGHT = 1.6  # inches of a panel without its labels
_LABELS = 0.75  # inches of a panel's title and axis labels
_LINE = 0.19  # inches of a line of text below all panels
_LETTERS = 46  # of a line below the panels
_TITLE_LETTERS = 36  # of a line of a title, which begins right of the names
_LEGEND_LETTERS = 22  # of a line of the legend


def show_figure(figure: Figure, caption: str, name: str = "") -> HTML:
    """Shows a figure with a caption, which is also what a screen reader says of it.

    Panels are laid out by the page, so that they stack where it is narrow, each picture with its own pixels.
    A chart is one picture for wide pages, and one for phones. ``name`` is the figure's ``id`` on the page.
    """
    look = {"gap": GAP, "page_dpi": PAGE_DPI, "as_webp": as_webp, "as_chart": as_chart, "narrow": narrow}
    return HTML(render("figure.html.j2", figure=figure, caption=caption, name=name, **look))


def narrow(figure: Figure) -> Figure:
    """Copies a chart for a phone: its panels below each other, with text as large as before.

    Panels of a grid may share titles (above the first row) and names (left of the first column): each panel
    of the copy has its own. The figure has a constrained layout, and all its axes in one grid.
    """
    copy: Figure = pickle.loads(pickle.dumps(figure))  # figures can't be copied otherwise
    if not copy.axes:  # a note
        return copy
    copy.draw_without_rendering()
    specs: list[Any] = [axes.get_subplotspec() for axes in copy.axes]
    places = [(spec.rowspan.start, spec.colspan.start) for spec in specs]
    panels = dict(zip(places, copy.axes, strict=True))
    heights = [max(axes.get_position().height * copy.get_figheight(), _LEAST_HEIGHT) for axes in copy.axes]
    for (row, column), axes in panels.items():
        title = axes.get_title(loc="left") or panels[0, column].get_title(loc="left")
        axes.set_title(fill(title, _TITLE_LETTERS), loc="left", size=TEXT_SIZE, color=TEXT_COLOUR)
        axes.set_ylabel(axes.get_ylabel() or panels[row, 0].get_ylabel(), size=TEXT_SIZE, color=TEXT_COLOUR)
        axes.tick_params(labelleft=True)
    grid = GridSpec(len(heights), 1, copy, height_ratios=heights)
    for row, axes in enumerate(copy.axes):
        axes.set_subplotspec(grid[row])
    for text in copy.texts:
        text.set_text(fill(text.get_text(), _LETTERS))
    lines = sum(text.get_text().count("\n") + 1 for text in copy.texts) + _move_legends(copy)
    copy.set_size_inches(_WIDTH, sum(heights) + _LABELS * len(heights) + _LINE * lines)
    return copy


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


def show_slider(figure: PanelFigure, left: str, right: str) -> HTML:
    """Shows two methods over each other, of the panels of a figure that the page has as ``photographs``.

    ``left`` and ``right`` are the titles of those that are shown first.
    """
    panels = {panel.title: panel.image for row in figure.blocks[0].rows for panel in row if panel}
    return HTML(
        render("slider.html.j2", figure=figure, panels=panels, left=left, right=right, as_webp=as_webp)
    )


def show_table(
    table: pd.DataFrame,
    formats: Mapping[Any, str] | None = None,
    best: Mapping[Any, bool] | None = None,
    notes: Mapping[Any, Sequence[str]] | None = None,
    unbroken: Sequence[Any] = (),
    caption: str = "",
) -> HTML:
    """Shows a table without its index: numbers to the right, missing values as dashes.

    Args:
        table: What to show. Columns of two levels have a header of two lines.
        formats: How to write the values of a column, as for ``str.format``: ``{"PSNR": "{:.2f}"}``.
        best: Columns of which the best value is bold and the second underlined: is it the highest?
        notes: Columns with a small line below each value: as many texts as rows, empty for none.
        unbroken: Columns of text whose values stay on one line, as numbers and the first column do.
        caption: A heading for the table.
    """
    groups = [(group, len(list(of))) for group, of in groupby(table.columns.get_level_values(0))]
    return HTML(
        render(
            "table.html.j2",
            table=table,
            groups=groups if table.columns.nlevels == 2 else [],
            numbers=set(table.select_dtypes("number")),
            formats=formats or {},
            marks={column: _mark(table[column], highest) for column, highest in (best or {}).items()},
            notes=notes or {},
            unbroken=unbroken,
            caption=caption,
            missing=pd.isna,
        )
    )


def cite(shown: HTML, versions: Mapping[str, str], *datasets: str) -> HTML:
    """Adds a small line to a table or figure: the datasets that it was made from, and their versions.

    Args:
        shown: The table or figure.
        versions: Each dataset's version, by its name in the catalog; as ``Results`` holds them.
        *datasets: Names in the catalog; a name such as ``training_summary`` stands for every variant's.
            Those that were not loaded are left out. Of many versions the number is given.
    """
    known = {dataset: of for dataset in datasets if (of := _owners_by_version(dataset, versions))}
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for dataset, by_version in known.items():
        for version, owners in by_version.items():
            groups[version].append((dataset, owners))
    return HTML(shown.data + render("source.html.j2", groups=groups, names=known, many=_MANY))


def _mark(values: pd.Series, higher_is_better: bool) -> list[str]:
    """``b`` for the best of some values, ``u`` for the second best."""
    ranks = values.rank(method="dense", ascending=not higher_is_better)
    return [{1.0: "b", 2.0: "u"}.get(rank, "") for rank in ranks]


def _owners_by_version(dataset: str, versions: Mapping[str, str]) -> dict[str, str]:
    """For each version of a dataset: whose it is, unless all owners have the same."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name, version in versions.items():
        owner, _, kind = name.rpartition(".")
        if dataset in (name, kind):
            owners[version].append(METHOD_LABELS.get(owner, owner))
    return {version: "" if len(owners) == 1 else ", ".join(names) for version, names in owners.items()}


def as_chart(figure: Figure) -> str:
    """A chart as a data URI of WebP with 256 colours, which is as sharp and a third as large."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=CHART_DPI)
    with Image.open(picture) as drawn:
        return _as_uri(drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE).convert("RGB"))


def as_webp(image: np.ndarray) -> str:
    """An image, uint8 or float in [0, 1], as a data URI of lossless WebP."""
    pixels = image if image.dtype == np.uint8 else (255 * np.clip(image, 0, 1)).round().astype(np.uint8)
    return _as_uri(Image.fromarray(pixels), quality=100)


def _as_uri(image: Image.Image, **options: Any) -> str:
    webp = io.BytesIO()
    image.save(webp, "WEBP", lossless=True, **options)
    return f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode('ascii')}"
