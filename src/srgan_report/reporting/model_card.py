"""The model card next to an exported generator: what it is, what it was trained on, how good, how to use."""

import math
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from typing import Any

import yaml

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.templates import render
from srgan_report.variants import Variant


def write_card(
    variant: Variant,
    facts: Mapping[str, Any],
    *,
    differences: Mapping[str, float] | None = None,
    checksums: Mapping[str, str] | None = None,
) -> str:
    """Writes the model card of a generator that is exported, or that comes with the project: Markdown.

    Args:
        variant: What was trained.
        facts: The generator's ``version``; where these are saved with it, ``summary`` (its
            ``training_summary``), and on the validation crops its ``metrics`` and those of ``bicubic``
            interpolation; of a pretrained one all that ``PretrainedGenerator`` has.
        differences: Of each exported file or folder its largest difference from the generator. ``None``: it
            comes with the project.
        checksums: SHA-256 of each exported file, by its path.
    """
    return render(
        "model_card.md.j2",
        variant=variant,
        facts=facts,
        tell=_tell,
        metrics_shown=METRICS,
        differences=differences,
        checksums=checksums,
        version_of=metadata.version,
        as_yaml=partial(yaml.safe_dump, sort_keys=False),
    )


def _tell(metrics: Mapping[str, Any], name: str) -> str:
    values = [metrics[name + end] for end in ("_low", "", "_high")]
    low, mean, high = (
        f"{value:.{METRICS[name].digits}f}" if value is not None and math.isfinite(value) else "—"
        for value in values
    )
    return mean if "—" in (low, high) else f"{mean} ({low} to {high})"
