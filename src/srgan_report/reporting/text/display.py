"""Tables and figures as a notebook shows them, and which saved datasets they come from."""

import base64
import html
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from IPython.display import HTML
from matplotlib.figure import Figure

from srgan_report.reporting.figures import METHOD_LABELS
from srgan_report.reporting.figures.style import DPI

_SCREEN_DPI = (
    100  # a figure is drawn with three times the pixels that it takes up, for fine screens and print
)


def show_figure(figure: Figure, caption: str) -> HTML:
    """Shows a figure with a caption, which is also what a screen reader says of it.

    IPython's own display would crop the figure and scale it, and pixels would no longer be sharp.

    Args:
        figure: What to show.
        caption: One or two sentences: what is seen, and how to read it.
    """
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI)
    encoded = base64.b64encode(png.getvalue()).decode("ascii")
    text = html.escape(caption)
    width = round(figure.get_figwidth() * _SCREEN_DPI)
    return HTML(
        f'<figure><img src="data:image/png;base64,{encoded}" width="{width}" alt="{text}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def show_table(
    table: pd.DataFrame,
    formats: Mapping[Any, str] | None = None,
    best: Mapping[Any, Literal["highest", "lowest"]] | None = None,
    notes: Mapping[Any, Sequence[str]] | None = None,
    unbroken: Sequence[Any] = (),
    caption: str = "",
) -> HTML:
    """Shows a table without its index: numbers to the right, missing values as dashes.

    Args:
        table: What to show. Columns of two levels have a header of two lines.
        formats: How to write the values of a column, as for ``str.format``: ``{"PSNR": "{:.2f}"}``.
        best: Columns of which the best value is set in bold, and which that is.
        notes: Columns with a small line below each value: as many texts as rows, empty for none.
        unbroken: Columns of text whose values stay on one line, as numbers do.
        caption: A heading for the table.
    """
    table = table.reset_index(drop=True)
    style = table.style.hide(axis="index").format(dict(formats or {}), na_rep="—", escape="html")
    for column, texts in (notes or {}).items():
        for row, text in zip(table.index, texts, strict=True):
            if text:
                cell = _annotate((formats or {}).get(column, "{}"), text)
                style = style.format(cell, subset=([row], [column]), na_rep="—")
    numbers = list(table.select_dtypes("number"))
    style = style.set_table_styles(
        {column: [{"selector": "", "props": "text-align: right"}] for column in numbers}
    ).set_table_styles(
        {column: [{"selector": "td", "props": "white-space: nowrap"}] for column in (*numbers, *unbroken)},
        overwrite=False,
    )
    for column, which in (best or {}).items():
        highlight = style.highlight_max if which == "highest" else style.highlight_min
        style = highlight(subset=[column], props="font-weight: bold")
    return HTML((style.set_caption(html.escape(caption)) if caption else style).to_html())


def cite(shown: HTML, versions: Mapping[str, str], *datasets: str) -> HTML:
    """Adds a small line to a table or figure: the datasets that it was made from, and their versions.

    Args:
        shown: The table or figure.
        versions: Each dataset's version, by its name in the catalog; as ``Results`` holds them.
        *datasets: Names in the catalog; a name such as ``training_summary`` stands for every variant's.
            Those that were not loaded are left out.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for dataset in datasets:
        for version, owners in _owners_by_version(dataset, versions).items():
            groups[version].append(f"<code>{html.escape(dataset)}</code>{owners}")
    sources = [f"{', '.join(names)} {_tell_version(version)}" for version, names in groups.items()]
    line = f'<p class="source"><small>Source: {"; ".join(sources)}</small></p>' if sources else ""
    return HTML(str(shown.data) + line)


def _annotate(form: str, text: str) -> Callable[[Any], str]:
    """Writes a value with a small line below it."""
    return lambda value: f"{html.escape(form.format(value))}<br><small>{html.escape(text)}</small>"


def _owners_by_version(dataset: str, versions: Mapping[str, str]) -> dict[str, str]:
    """For each version of a dataset: whose it is, in brackets, unless all owners have the same."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name, version in versions.items():
        owner, _, kind = name.rpartition(".")
        if dataset in (name, kind):
            owners[version].append(METHOD_LABELS.get(owner, owner))
    if len(owners) == 1:
        return dict.fromkeys(owners, "")
    return {version: f" ({', '.join(names)})" for version, names in owners.items()}


def _tell_version(version: str) -> str:
    if version == "not versioned":
        return f"({version})"
    return f'of <span style="white-space: nowrap">{html.escape(version)}</span>'
