"""Figures and tables as they stand in a notebook and on the page made from it."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import pandas as pd
from IPython.display import HTML
from matplotlib.figure import Figure

from srgan_report.figures.style import DPI

_SCREEN_DPI = 100  # a figure is drawn with twice the pixels that it takes up, for fine screens and print


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
    table: pd.DataFrame, formats: Mapping[str, str] | None = None, best: Sequence[str] = ()
) -> HTML:
    """Shows a table without its index: numbers to the right, missing values as dashes.

    Args:
        table: What to show.
        formats: How to write the values of a column, as for ``str.format``: ``{"PSNR": "{:.2f}"}``.
        best: Columns whose highest value is set in bold.
    """
    style = table.style.hide(axis="index").format(dict(formats or {}), na_rep="—", escape="html")
    numbers = list(table.select_dtypes("number"))
    style = style.set_table_styles(
        {column: [{"selector": "", "props": "text-align: right"}] for column in numbers}
    )
    for column in best:
        style = style.highlight_max(subset=[column], props="font-weight: bold")
    return HTML(style.to_html())
