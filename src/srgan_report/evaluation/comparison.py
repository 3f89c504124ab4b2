"""The table that compares all methods: how good they are, and what they cost."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from srgan_report.errors import InputError
from srgan_report.evaluation.metric_names import MEAN_COLUMNS
from srgan_report.variants import BASELINES, VARIANTS

_COUNTS = ["steps", "epochs", "images"]
_SUMMARY = ("steps", "images", "seconds", "parameters")  # what the table needs of a training_summary


def has_diverged(summary: Mapping[str, Any]) -> bool:
    """Tells whether a variant's training was given up: its networks are the last good ones.

    Args:
        summary: Its ``training_summary``. One from before this was recorded is of a training that finished.
    """
    return summary.get("status", "finished") == "diverged"


def started_alike(summary: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tells whether two variants are known to have started from the same weights.

    Then neither was fine-tuned from what the other ended with.

    Args:
        summary: The ``training_summary`` of one. Earlier versions did not record where it started.
        other: That of the other one.
    """
    initial = summary.get("initial_generator_sha256")
    return initial is not None and initial == other.get("initial_generator_sha256")


def leave_out_diverged(means: pd.DataFrame, summaries: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Takes the metrics of variants that diverged out of a table, so that nobody counts them.

    Args:
        means: A row for each method: ``method``, ``MEAN_COLUMNS`` and, of validation crops,
            ``psnr_over_bicubic``.
        summaries: Each variant's ``training_summary``.

    Returns:
        The table with all metrics of these variants missing (NaN).
    """
    diverged = [name for name, summary in summaries.items() if has_diverged(summary)]
    metrics = [column for column in (*MEAN_COLUMNS, "psnr_over_bicubic") if column in means]
    left_out = means["method"].isin(diverged)
    return means.assign(**{column: means[column].mask(left_out) for column in metrics})


def compare(
    metrics: Mapping[str, Mapping[str, Any]], summaries: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Makes the comparison table.

    Args:
        metrics: Each method's ``MEAN_COLUMNS`` over the same validation crops, as ``average`` gave them; of
            the baselines and of every variant in ``summaries``.
        summaries: Each variant's ``training_summary``.

    Returns:
        A row for each method, nearest and bicubic first, then the variants in the order of
        variants.py: ``method``, ``label``, ``content_loss``, ``adversarial``, ``status`` (``finished`` or
        ``diverged``), each of ``MEAN_COLUMNS`` (the mean of each metric, and its 95% interval),
        ``psnr_over_bicubic`` (dB), ``steps``, ``epochs``, ``images`` (training crops seen) and
        ``training_seconds``. What a baseline has not is missing, and so are the metrics of a variant that
        diverged.

    Raises:
        InputError: The methods were not measured on the same crops, or an earlier version of the project
            saved their results, without some that the table needs.
    """
    variants = [name for name in VARIANTS if name in summaries]
    measured = {name: metrics.get(name, {}) for name in (*BASELINES, *variants)}
    _require_complete(measured, {name: summaries[name] for name in variants})
    _check_same_crops(measured)
    means = {name: _numbers(metrics) for name, metrics in measured.items()}
    rows = []
    for name, quality in means.items():
        quality["psnr_over_bicubic"] = quality["psnr"] - means["bicubic"]["psnr"]
        rows.append(_facts(name, summaries.get(name)) | quality | _cost(summaries.get(name)))
    # Nullable integers: one missing count would otherwise turn a column's 1200 into 1200.0.
    table = pd.DataFrame(rows).astype(dict.fromkeys(_COUNTS, "Int64"))
    return leave_out_diverged(table, summaries)


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The means and their intervals; JSON has null for NaN."""
    return {column: np.nan if metrics[column] is None else float(metrics[column]) for column in MEAN_COLUMNS}


def _facts(name: str, summary: Mapping[str, Any] | None) -> dict[str, Any]:
    if summary is None:
        return {
            "method": name,
            "label": BASELINES[name],
            "content_loss": None,
            "adversarial": False,
            "status": None,
        }
    variant = VARIANTS[name]
    return {
        "method": name,
        "label": variant.label,
        "content_loss": variant.content_loss,
        "adversarial": variant.adversarial,
        "status": "diverged" if has_diverged(summary) else "finished",
    }


def _cost(summary: Mapping[str, Any] | None) -> dict[str, Any]:
    if summary is None:
        return dict.fromkeys(_COUNTS) | {"training_seconds": np.nan}
    return {
        "steps": summary["steps"],
        "epochs": summary["parameters"]["training"]["epochs"],
        "images": summary["images"],
        "training_seconds": summary["seconds"],
    }


def _require_complete(
    measured: Mapping[str, Mapping[str, Any]], summaries: Mapping[str, Mapping[str, Any]]
) -> None:
    lacking = {
        name: [key for key in MEAN_COLUMNS if key not in metrics]
        + [key for key in _SUMMARY if name in summaries and key not in summaries[name]]
        for name, metrics in measured.items()
    }
    found = [f"{name} without {', '.join(keys)}" for name, keys in lacking.items() if keys]
    if found:
        raise InputError(
            "All methods must be trained and measured by this version of the project. Received results of "
            f"an earlier one: {'; '.join(found)}. Run their pipelines again, in the same environment (--env)."
        )


def _check_same_crops(measured: Mapping[str, Mapping[str, Any]]) -> None:
    reference = measured["bicubic"]
    others = [
        name for name, metrics in measured.items() if _identify_crops(metrics) != _identify_crops(reference)
    ]
    if others:
        raise InputError(
            "All methods must be measured on the same validation crops. Received others than bicubic's for: "
            f"{', '.join(others)}. Run their pipelines again, in the same environment (--env) and with "
            "the same photographs, crops and seed."
        )


def _identify_crops(metrics: Mapping[str, Any]) -> tuple[Any, ...]:
    """How many crops were measured, and which: those that count and those that are left out."""
    return metrics.get("crops", 0) + metrics.get("left_out", 0), metrics.get("validation_crops_sha256")
