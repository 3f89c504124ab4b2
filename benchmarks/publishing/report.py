"""Publishes an environment's report as Markdown with pictures: docs/report is the flagship's.

Runs the report's notebook on the latest results, as the pipeline does, and writes README.md and its pictures,
at most 1,600 pixels wide, in place of what is there.
"""

import base64
import io
import os
import re
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure
from nbconvert import MarkdownExporter
from nbformat import NotebookNode

from srgan_report.pipelines.reporting.results import describe_session, load_results, open_catalog
from srgan_report.reporting.display import CHART_DPI, cite
from srgan_report.reporting.figures.crops import FOOTNOTE, cut_regions
from srgan_report.reporting.figures.panels import Block, Panel, PanelFigure, draw_panels
from srgan_report.reporting.figures.style import PAGE_DPI
from srgan_report.reporting.rendering import execute_notebook, prepare
from srgan_report.reporting.report import Report
from srgan_report.reporting.text.results import Results
from srgan_report.storage.atomic import whole_folder
from srgan_report.variants import FAITHFUL, METHOD_LABELS, SHARP

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "docs" / "report"
NOTEBOOK = PROJECT / "notebooks" / "report.ipynb"

_REPORT = "from srgan_report.reporting.report import Report"  # as the notebook imports it
_PICTURE_REPORT = "from benchmarks.publishing.report import PictureReport as Report"

_SIDE = 160  # five in a row; saved at twice the resolution, with text that a README still shows legibly
_SHARES = (0, 0.5, 0.8, 1)


@dataclass(frozen=True)
class Picture:
    """A figure as a notebook keeps it for Markdown: WebP, with its caption, name and sources (HTML)."""

    figure: Figure
    caption: str
    name: str
    source: str

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        encoded = base64.b64encode(save_picture(self.figure, "webp")).decode("ascii")
        described = {"caption": self.caption, "name": self.name, "source": self.source}
        return {"image/webp": encoded}, described


class PictureReport(Report):
    """The report with a picture of each figure, which Markdown can show, instead of HTML."""

    def show(self, figure: Figure, caption: str, name: str, *datasets: str) -> Any:
        """Shows the figure as a ``Picture``."""
        return Picture(figure, caption, name, cite(HTML(""), self.results.versions, *datasets).data)


def save_picture(figure: Figure, kind: str, scale: int = 1) -> bytes:
    """A figure as ``png`` or ``webp``: panels with their very pixels, each ``scale`` pixels wide and high."""
    picture = io.BytesIO()
    dpi = scale * PAGE_DPI if isinstance(figure, PanelFigure) else CHART_DPI
    figure.savefig(picture, format=kind, dpi=dpi, pil_kwargs={"lossless": True} if kind == "webp" else {})
    return picture.getvalue()


def draw_teaser(results: Results) -> PanelFigure:
    """Draws a row for each photograph: LR, bicubic, SRResNet-MSE, SRGAN-VGG54 and HR."""
    regions = cut_regions(
        results.figure_photograph,
        results.upscaled_photograph,
        results.upscaled_photograph_metrics,
        results.diverged,
    )
    shown = ("LR", "bicubic", FAITHFUL, SHARP, "HR")
    return _draw_rows(results, [[region[method] for method in shown] for region in regions], FOOTNOTE)


def draw_blend(results: Results) -> PanelFigure:
    """Draws a row for each photograph: averages of SRResNet-MSE's and SRGAN-VGG54's picture, and HR."""
    rows: list[list[Panel | None]] = []
    for index, original in enumerate(results.figure_photograph["high_resolution"]):
        first, second = (results.upscaled_photograph[name][index].astype(float) for name in (FAITHFUL, SHARP))
        blends = [(share, np.rint((1 - share) * first + share * second)) for share in _SHARES]
        panels = [Panel(blend.astype(np.uint8), f"blend {share}") for share, blend in blends]
        rows.append([*panels, Panel(original, "HR")])
    footnote = f"Averages of pictures: 0 is {METHOD_LABELS[FAITHFUL]}'s, 1 is {METHOD_LABELS[SHARP]}'s."
    return _draw_rows(results, rows, footnote)


def _draw_rows(results: Results, rows: list[list[Panel | None]], footnote: str) -> PanelFigure:
    side = results.figure_photograph["high_resolution"].shape[1]
    return draw_panels([Block("", rows)], footnote=footnote, zoom=max(1, _SIDE // side))


# Figures of photographs, drawn again for documents: what a run saves has pixels for print.
DRAWN: dict[str, Callable[[Results], PanelFigure]] = {"teaser.png": draw_teaser, "blend.png": draw_blend}


def write_report(environment: str, folder: Path) -> None:
    """Writes the report of the latest results of an environment, whole or not at all.

    Args:
        environment: Such as ``flagship``.
        folder: Where to; what is there is replaced.

    Raises:
        InputError: Results are missing.
        NotebookError: The notebook failed.
    """
    session = describe_session({"environment": environment, "runtime_params": {}})
    variables = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ | session
    with TemporaryDirectory() as copies:
        copy = Path(copies, NOTEBOOK.name)
        text = NOTEBOOK.read_text(encoding="utf-8").replace(_REPORT, _PICTURE_REPORT)
        copy.write_text(text, encoding="utf-8")
        notebook = execute_notebook(copy, directory=PROJECT, environment=variables)
    text, pictures = convert_to_markdown(notebook)
    with whole_folder(folder) as new:
        (new / "README.md").write_text(text, encoding="utf-8")
        for name, picture in pictures.items():
            (new / name).write_bytes(picture)


def convert_to_markdown(notebook: NotebookNode) -> tuple[str, dict[str, bytes]]:
    """Converts an executed notebook to Markdown.

    Returns:
        The text, and its pictures by their file names, which it expects next to it.
    """
    exporter = MarkdownExporter(template_file=str(Path(__file__).with_suffix(".md.j2")))
    text, _ = exporter.from_notebook_node(prepare(notebook))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    pictures = {
        f"{output.metadata.name}.webp": base64.b64decode(output.data["image/webp"])
        for output in outputs
        if "image/webp" in output.data
    }
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", pictures


def draw(environment: str, folder: Path, names: Sequence[str]) -> None:
    """Draws figures of photographs from the latest results of an environment.

    Args:
        environment: Such as ``flagship``.
        folder: Where to save them.
        names: Keys of ``DRAWN``.
    """
    if not names:
        return
    results = load_results(open_catalog(environment))
    for name in names:
        (folder / name).write_bytes(save_picture(DRAWN[name](results), "png", scale=2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the report of one environment."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("environment", nargs="?", default="flagship", help="such as sample")
    parser.add_argument("folder", nargs="?", default=FOLDER, type=Path, help="where to (docs/report)")
    chosen = parser.parse_args(arguments)
    write_report(chosen.environment, chosen.folder)


if __name__ == "__main__":
    main()
