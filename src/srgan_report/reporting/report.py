"""The report as a notebook calls it: a name for each sentence, table and figure of some results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure

from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS
from srgan_report.reporting import figures
from srgan_report.reporting.display import Shown, cite, show_figure, show_slider
from srgan_report.reporting.figures.panels import Block, Panel, PanelFigure, draw_panels
from srgan_report.reporting.tables import comparison
from srgan_report.reporting.tables import provenance as origin
from srgan_report.reporting.text import Results, benchmark_sets, caveats, claims, cost, findings, protocol
from srgan_report.reporting.text.provenance import describe_provenance

_PICTURES = ("validation_crops", "super_resolved", "photograph_metrics")

_SENTENCES: dict[str, Callable[[Results], str]] = {
    function.__name__.removeprefix("describe_"): function
    for function in (
        benchmark_sets.describe_benchmark,
        benchmark_sets.describe_outdated_benchmark,
        caveats.describe_diverged,
        caveats.describe_mixed_protocols,
        caveats.describe_training_warnings,
        caveats.describe_trust,
        claims.describe_claims,
        findings.describe_baseline_gap,
        findings.describe_checkerboards,
        findings.describe_differences,
        findings.describe_winners,
        describe_provenance,
        protocol.describe_data,
        protocol.describe_start,
        cost.describe_cost,
    )
}

_TABLES: dict[str, tuple[Callable[[Results], Shown | None], tuple[str, ...]]] = {
    "comparison": (comparison.comparison_table, ("comparison",)),
    "lattice_peaks": (findings.lattice_table, ("lattice_peaks",)),
    "packages": (origin.packages_table, ("provenance",)),
    "parameters": (origin.parameters_table, ("training_summary",)),
    "published_results": (benchmark_sets.published_table, ("published_results",)),
    "run": (origin.run_table, ("provenance",)),
    "training": (comparison.training_table, ("training_summary",)),
    "variants": (comparison.variants_table, ("training_summary",)),
    "versions": (origin.versions_table, ()),
    "wall_times": (origin.wall_times_table, ("provenance",)),
}

# What each figure is drawn from: names in the catalog.
_SOURCES: dict[str, tuple[str, ...]] = {
    "benchmark": ("benchmark_comparison",),
    "benchmark_planes": ("benchmark_comparison", "benchmark_blends"),
    "comparison_grid": _PICTURES,
    "crop_pairs": _PICTURES[:1],
    "error_maps": _PICTURES[:2],
    "extreme_crops": _PICTURES,
    "gains_over_bicubic": _PICTURES[2:],
    "perception_distortion": ("comparison", "comparison.blends"),
    "photographs": ("figure_photograph", "upscaled_photograph", "upscaled_photograph_metrics"),
    "spectra": ("power_spectra",),
    "training_curves": ("training_history", "training_summary"),
}


@dataclass(frozen=True)
class Report:
    """What a notebook shows of the results of a run, each by a name.

    Attributes:
        results: All that was saved.
    """

    results: Results

    def say(self, *names: str) -> Markdown:
        """Sentences, each a paragraph; those that have nothing to say are left out."""
        text = "\n\n".join(filter(None, (_SENTENCES[name](self.results) for name in names)))
        return Markdown(text.replace(" dB", "\N{NO-BREAK SPACE}dB"))

    def table(self, name: str) -> Shown | None:
        """A table with its sources; None where there is nothing to show."""
        make, sources = _TABLES[name]
        shown = make(self.results)
        return None if shown is None else cite(shown, self.results.versions, *sources)

    def figure(self, name: str, caption: str) -> Shown | None:
        """A figure with its caption and sources; None where it is of what was not measured, or too little."""
        photographs = set(self.results.validation_crops["position"].tolist())
        if name == "extreme_crops" and len(photographs) < MIN_PHOTOGRAPHS:
            return None
        figure = self._draw(name)
        if figure is None:
            return None
        return cite(show_figure(figure, caption, name), self.results.versions, *_SOURCES[name])

    def _draw(self, name: str) -> Figure | None:
        return figures.draw(name, {**vars(self.results), "diverged": self.results.diverged})

    def slider(self) -> HTML:
        """Two methods over each other, with a divider to drag, of what ``photographs`` shows."""
        return show_slider(cast(PanelFigure, self._draw("photographs")), "Bicubic", "SRGAN-VGG54")

    def pair(self, before: np.ndarray, after: np.ndarray) -> Shown:
        """Shows two images next to each other: ``(height, width, 3)``, float in [0, 1]."""
        panels: list[Panel | None] = [Panel(before, "before"), Panel(np.clip(after, 0, 1), "after")]
        caption = "A crop before and after the generator."
        return show_figure(draw_panels([Block("", [panels])]), caption, "pair")

    def benchmark_sets(self) -> None:
        """Displays a table for each benchmark set that was measured."""
        for shown in benchmark_sets.benchmark_tables(self.results):
            display(cite(shown, self.results.versions, "benchmark_comparison", "published_results"))

    def article_rows(self) -> None:
        """Displays the article's figure of each variant."""
        results = self.results
        for name in results.summaries:
            figure = figures.draw_article_rows(
                results.validation_crops,
                results.super_resolved,
                results.photograph_metrics,
                results.crops,
                name,
                results.diverged,
            )
            caption = f"The article's figure of {figures.METHOD_LABELS[name]}: HR, SR, LR and bicubic."
            kinds = ("super_resolved", "photograph_metrics")
            sources = [f"{owner}.{kind}" for owner in (name, "baselines") for kind in kinds]
            shown = show_figure(figure, caption, f"article_rows_{name}")
            display(cite(shown, results.versions, "validation_crops", *sources))
