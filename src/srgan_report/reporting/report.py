"""The report as a notebook calls it: a name for each sentence, table and figure of some results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure

from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting import figures
from srgan_report.reporting.display import cite, show_figure, show_slider
from srgan_report.reporting.figures.panels import Block, Panel, PanelFigure, draw_panels
from srgan_report.reporting.templates import say
from srgan_report.reporting.text import findings, protocol, provenance, published
from srgan_report.reporting.text.results import Results
from srgan_report.variants import METHOD_LABELS

# What sentences are made of, besides the results.
_COMPUTED = {"findings": findings, "protocol": protocol, "provenance": provenance, "published": published}

_TABLES: dict[str, tuple[Callable[[Results], HTML | None], tuple[str, ...]]] = {
    "comparison": (findings.comparison_table, ("comparison",)),
    "lattice_peaks": (findings.lattice_table, ("lattice_peaks",)),
    "packages": (provenance.packages_table, ("provenance",)),
    "parameters": (provenance.parameters_table, ("training_summary",)),
    "published_results": (published.published_table, ("published_results",)),
    "run": (provenance.run_table, ("provenance",)),
    "training": (protocol.training_table, ("training_summary",)),
    "variants": (protocol.variants_table, ("training_summary",)),
    "versions": (provenance.versions_table, ()),
    "wall_times": (provenance.wall_times_table, ("provenance",)),
}

# Where the catalog has what figures are drawn from by another name; and what is of no dataset.
_DATASETS = {"blends": "comparison.blends", "histories": "training_history", "summaries": "training_summary"}
_NO_DATASETS = ("crops", "diverged")


@dataclass(frozen=True)
class Report:
    """What a notebook shows of the saved results of a run, each by a name."""

    results: Results

    def say(self, *names: str) -> Markdown:
        """Blocks of ``sentences.md.j2``; those that have nothing to say are left out."""
        text = "\n\n".join(filter(None, (say(name, results=self.results, **_COMPUTED) for name in names)))
        return Markdown(text.replace(" dB", "\N{NO-BREAK SPACE}dB"))

    def table(self, name: str) -> HTML | None:
        """A table with its sources; None where there is nothing to show."""
        make, sources = _TABLES[name]
        shown = make(self.results)
        return None if shown is None else cite(shown, self.results.versions, *sources)

    def figure(self, name: str, caption: str) -> HTML | None:
        """A figure with its caption and sources; None where it is of what was not measured, or too little."""
        if name == "extreme_crops" and self.results.photographs < MIN_PHOTOGRAPHS:
            return None
        figure = figures.draw(name, self.results)
        if figure is None:
            return None
        drawn = [_DATASETS.get(part, part) for part in figures.parameters(name) if part not in _NO_DATASETS]
        return self.show(figure, caption, name, *drawn)

    def show(self, figure: Figure, caption: str, name: str, *datasets: str) -> HTML:
        """Shows a figure with a caption and the datasets that it was drawn from."""
        return cite(show_figure(figure, caption, name), self.results.versions, *datasets)

    def slider(self) -> HTML:
        """Two methods over each other, with a divider to drag, of what ``photographs`` shows."""
        photographs = cast(PanelFigure, figures.draw("photographs", self.results))
        return show_slider(photographs, "Bicubic", "SRGAN-VGG54")

    def pair(self, before: np.ndarray, after: np.ndarray) -> HTML:
        """Shows two images next to each other: ``(height, width, 3)``, float in [0, 1]."""
        panels: list[Panel | None] = [Panel(before, "before"), Panel(np.clip(after, 0, 1), "after")]
        caption = "A crop before and after the generator."
        return self.show(draw_panels([Block("", [panels])]), caption, "pair")

    def benchmark_sets(self) -> None:
        """Displays a table for each benchmark set that was measured."""
        for shown in published.benchmark_tables(self.results):
            display(cite(shown, self.results.versions, "benchmark_comparison", "published_results"))

    def article_rows(self) -> None:
        """Displays the article's figure of each variant."""
        for name in self.results.summaries:
            figure = cast(Figure, figures.draw("article_rows", self.results, variant=name))
            caption = f"The article's figure of {METHOD_LABELS[name]}: HR, SR, LR and bicubic."
            kinds = ("super_resolved", "photograph_metrics")
            sources = [f"{owner}.{kind}" for owner in (name, "baselines") for kind in kinds]
            display(self.show(figure, caption, f"article_rows_{name}", "validation_crops", *sources))
