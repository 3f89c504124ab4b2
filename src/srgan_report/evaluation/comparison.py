"""What is compared of all methods, and the table of it: how good they are, and what they cost."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from srgan_report.errors import InputError
from srgan_report.evaluation.metric_names import MEAN_COLUMNS, METRICS
from srgan_report.variants import BASELINES, VARIANTS

_TABLES = "tables"
_COUNTS = ["steps", "epochs", "images"]
_COLUMNS = ["method", "label", "content_loss", "adversarial", "status"]
_COLUMNS += [*MEAN_COLUMNS, "psnr_over_bicubic", *_COUNTS, "training_seconds"]


def pack_results(results: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Makes arrays of pictures (dictionaries of arrays), tables and records (of JSON), without loss.

    Returns:
        The arrays by their names, such as ``super_resolved/srgan_mse``, and all else as JSON, ``tables``: a
        scalar of text.
    """
    arrays: dict[str, np.ndarray] = {}
    tables: dict[str, Any] = {}
    for name, saved in results.items():
        if isinstance(saved, pd.DataFrame):
            tables[name] = {"columns": saved.to_dict("list")}
        elif all(isinstance(each, np.ndarray) for each in saved.values()):
            arrays |= {f"{name}/{method}": images for method, images in saved.items()}
        else:
            tables[name] = {"record": saved}
    return arrays | {_TABLES: np.array(json.dumps(tables))}


def unpack_results(packed: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Gives back what ``pack_results`` was given."""
    results: dict[str, Any] = {}
    for name, saved in json.loads(str(packed[_TABLES])).items():
        results[name] = pd.DataFrame(saved["columns"]) if "columns" in saved else saved["record"]
    for key, images in packed.items():
        if key != _TABLES:
            name, _, method = key.partition("/")
            results.setdefault(name, {})[method] = images
    return results


def find_exact(measured: pd.DataFrame, picture: Sequence[str] = ("position", "crop")) -> pd.Series:
    """Finds the pictures that at least one method reproduces exactly, such as blank ones.

    They say nothing of how methods compare, and leaving them out of that method's mean alone would favour
    the others: they are left out of every mean, of all methods.

    From rows with any of ``METRICS``, each of a method and a ``picture`` (the columns that tell pictures
    apart, by default crops), to whether it is of such a picture: bool, with the table's index.
    """
    metrics = [metric for metric in METRICS if metric in measured]
    infinite = pd.Series(np.isinf(measured[metrics].to_numpy(float)).any(axis=1), measured.index)
    pictures = infinite.groupby([measured[column] for column in picture])
    return pictures.transform("max")


def has_diverged(summary: Mapping[str, Any]) -> bool:
    """Tells by its ``training_summary`` whether a variant's training was given up."""
    return summary.get("status") == "diverged"


def find_start(summary: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """Tells from which weights a variant started, by its summary and SRResNet-MSE's.

    Returns:
        ``scratch``, ``pretrained`` or ``saved``; or where it started from an SRResNet-MSE: ``srresnet_mse``
        (this one as it ended), ``alike`` (what this one started from) or ``another``.
    """
    start = str(summary["parameters"]["training"]["start_from"])
    if start != "srresnet_mse":
        return "pretrained" if start == "shipped" else start  # as it was called when some were trained
    initial = summary["initial_generator_sha256"]
    if initial == first.get("generator_sha256"):
        return start
    return "alike" if initial == first.get("initial_generator_sha256") else "another"


def leave_out_diverged(means: pd.DataFrame, summaries: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Takes the metrics of variants that diverged out of a table of means, so that nobody counts them.

    ``summaries`` are each variant's ``training_summary``; metrics of these variants are missing (NaN) then.
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
        A row for each method, baselines first: ``method``, ``label``, ``content_loss``, ``adversarial``,
        ``status`` (``finished`` or ``diverged``), each of ``MEAN_COLUMNS``, ``psnr_over_bicubic`` (dB),
        ``steps``, ``epochs``, ``images`` (training crops seen) and ``training_seconds``. What a baseline has
        not is missing, and so are the metrics of a variant that diverged.

    Raises:
        InputError: The methods were not measured on the same crops.
    """
    _require_same_crops(metrics)
    rows: list[dict[str, Any]]
    rows = [{"method": name, "label": label, "adversarial": False} for name, label in BASELINES.items()]
    rows += [_describe(name, summaries[name]) for name in VARIANTS if name in summaries]
    table = pd.DataFrame([{**metrics[row["method"]], **row} for row in rows], columns=_COLUMNS)
    # Missing are the baselines' costs, and the means that JSON has as null: no column is one of objects.
    table = table.astype(dict.fromkeys(MEAN_COLUMNS, float) | dict.fromkeys(_COUNTS, "Int64"))
    table["psnr_over_bicubic"] = table["psnr"] - table.loc[table["method"] == "bicubic", "psnr"].item()
    return leave_out_diverged(table, summaries)


def _describe(name: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    variant = VARIANTS[name]
    return {
        "method": name,
        "label": variant.label,
        "content_loss": variant.content_loss,
        "adversarial": variant.adversarial,
        "status": "diverged" if has_diverged(summary) else "finished",
        "steps": summary["steps"],
        "epochs": summary["parameters"]["training"]["epochs"],
        "images": summary["images"],
        "training_seconds": summary["seconds"],
    }


def _require_same_crops(metrics: Mapping[str, Mapping[str, Any]]) -> None:
    crops = {
        # How many, of which some may be left out, and which.
        name: (means["crops"] + means.get("left_out", 0), means.get("validation_crops_sha256"))
        for name, means in metrics.items()
    }
    if others := [name for name, measured in crops.items() if measured != crops["bicubic"]]:
        raise InputError(
            "All methods must be measured on the same validation crops. Received others than bicubic's for: "
            f"{', '.join(others)}. Run their pipelines again, in the same environment (--env) and with "
            "the same photographs, crops and seed."
        )
