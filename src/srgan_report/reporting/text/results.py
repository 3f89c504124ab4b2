"""All that a run saved and the report shows."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from srgan_report.evaluation.comparison import has_diverged
from srgan_report.reporting.words import flatten

_PARAMETERS = ("seed", "photographs", "data_sha256", "threads")


@dataclass(frozen=True)
class Results:
    """What the report is made of: mostly datasets of the catalog, by their names there; None is not saved.

    In ``comparison`` and ``benchmark_comparison`` variants that diverged have no metrics.

    Attributes:
        environment: The Kedro environment that it comes from: ``sample``, ``article``, …
        split: A row for each photograph; ``subset`` is ``training`` or ``validation``.
        validation_crops: ``high_resolution`` uint8 ``(N, S, S, 3)``, ``low_resolution`` float32 in
            [0, 1] ``(N, S/4, S/4, 3)``, ``photograph_id``, ``position`` and ``crop`` ``(N,)``.
        figure_photograph: The middle of some photographs, as ``validation_crops`` has crops.
        summaries: Each variant's ``training_summary``; ``histories`` likewise.
        super_resolved: What each method made of the validation crops, uint8 ``(N, S, S, 3)``.
        upscaled_photograph: What each made of ``figure_photograph``; ``…_metrics`` are lists, by metric.
        photograph_metrics: The metrics of each method on each validation crop.
        crops: Which validation crops the figures show.
        versions: The version of each dataset that was loaded.
        provenance: How the run came about that makes the report, or the latest one.
        pretrained: The ``training_summary`` of each generator that comes with the project.
        blends: Averages of two variants' pictures, measured on the validation crops.
    """

    environment: str
    split: pd.DataFrame
    validation_crops: dict[str, Any]
    figure_photograph: dict[str, Any]
    comparison: pd.DataFrame
    differences: pd.DataFrame
    published_results: pd.DataFrame
    benchmark_comparison: pd.DataFrame | None
    summaries: dict[str, dict[str, Any]]
    histories: dict[str, pd.DataFrame]
    super_resolved: dict[str, np.ndarray]
    upscaled_photograph: dict[str, np.ndarray]
    upscaled_photograph_metrics: dict[str, dict[str, list[float]]]
    photograph_metrics: pd.DataFrame
    crops: list[int]
    versions: dict[str, str]
    provenance: dict[str, Any] | None
    pretrained: dict[str, dict[str, Any]]
    power_spectra: pd.DataFrame
    lattice_peaks: pd.DataFrame
    blends: pd.DataFrame
    benchmark_blends: pd.DataFrame | None = None

    @property
    def photographs(self) -> int:
        """How many photographs are held out for validation."""
        return len(set(self.validation_crops["position"].tolist()))

    @property
    def diverged(self) -> list[str]:
        """The names of the variants whose training was given up."""
        return [name for name, summary in self.summaries.items() if has_diverged(summary)]


def group_by_value(summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Of each parameter, photographs and seed too, by its dotted name: who was trained with which value."""
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, summary in summaries.items():
        trained_with = {key: summary[key] for key in _PARAMETERS} | summary["parameters"]
        for parameter, value in flatten(trained_with).items():
            values[parameter][value].append(name)
    return values
