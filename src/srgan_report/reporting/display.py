"""Tables and figures as a notebook shows them, and which saved datasets they come from."""

import base64
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.reporting.figures.narrow import narrow
from srgan_report.reporting.figures.panels import GAP, PanelFigure
from srgan_report.reporting.figures.style import PAGE_DPI
from srgan_report.reporting.templates import render
from srgan_report.variants import METHOD_LABELS

CHART_DPI = 150  # for fine screens
_MANY = 3  # versions that a source may name


def show_figure(figure: Figure, caption: str, name: str = "") -> HTML:
    """Shows a figure with a caption, which is also what a screen reader says of it.

    Panels are laid out by the page, so that they stack where it is narrow, each picture with its own pixels.
    A chart is one picture for wide pages, and one for phones. ``name`` is the figure's ``id`` on the page.
    """
    look = {"gap": GAP, "page_dpi": PAGE_DPI, "as_webp": as_webp, "as_chart": as_chart, "narrow": narrow}
    return HTML(render("figure.html.j2", figure=figure, caption=caption, name=name, **look))


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
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for dataset in datasets:
        for version, owners in _owners_by_version(dataset, versions).items():
            groups[version].append((dataset, owners))
    known = dict.fromkeys(dataset for group in groups.values() for dataset, _ in group)
    names = [dataset for dataset in datasets if dataset in known]
    return HTML(shown.data + render("source.html.j2", groups=groups, names=names, many=_MANY))


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
        few = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture = io.BytesIO()
    few.convert("RGB").save(picture, "WEBP", lossless=True)
    return _as_uri(picture)


def as_webp(image: np.ndarray) -> str:
    """An image, uint8 or float in [0, 1], as a data URI of lossless WebP."""
    pixels = image if image.dtype == np.uint8 else (255 * np.clip(image, 0, 1)).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=100)
    return _as_uri(file)


def _as_uri(webp: io.BytesIO) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode('ascii')}"
