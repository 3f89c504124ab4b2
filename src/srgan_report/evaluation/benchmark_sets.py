"""What methods make of benchmark sets: whole photographs, measured as the field measures them."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from srgan_report.data.benchmark_layouts import find_pictures
from srgan_report.data.benchmark_sets import ImagePair, read_picture
from srgan_report.evaluation.comparison import find_exact
from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.metrics import blend, measure, summarize
from srgan_report.inference.upscaler import Upscaler, interpolate
from srgan_report.inference.upscaling import Upscale
from srgan_report.networks.saved import SavedGenerator
from srgan_report.variants import BASELINES, FAITHFUL, METHOD_LABELS, SHARP

# Pixels left out on every side of an image, as usual for four times upscaled ones (Ledig et al. 2017, section
# 3.1): no method can know what lies beyond the edge.
BORDER = 4

Sets = Mapping[str, Sequence[ImagePair]]

STORED, MADE = "stored", "made by bicubic interpolation with antialiasing"  # where a set's LR comes from

_BAR = "{desc} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"

logger = logging.getLogger(__name__)


def measure_sets(
    sets: Sets,
    generators: Mapping[str, SavedGenerator],
    lpips: keras.Model,
    others: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Upscales every LR image by every method, and measures the results, image by image.

    Args:
        sets: For each set by its name, its image pairs.
        generators: For each variant by its name, its generator.
        lpips: A model of ``load_lpips``.
        others: For each other method by its name, the folder of its pictures (see ``find_pictures``).

    Returns:
        A row for each method (baselines first), set and image: ``set``, ``image``, ``method``, each of
        ``METRICS`` without a border of 4 pixels, ``low_resolution`` (``STORED`` with the set or ``MADE`` of
        HR) and ``generator_version``, which is empty where there is none. And for each set and share of a
        ``blend``: ``set``, ``share``, and the mean over images of each of ``METRICS``; none where one of the
        two variants is missing.

    Raises:
        InputError: A picture of another method is missing, or does not fit.
    """
    images = {name: [pair.name for pair in pairs] for name, pairs in sets.items()}
    there = {name: find_pictures(name, folder, images) for name, folder in (others or {}).items()}
    upscale: dict[str, Upscale] = {method: partial(interpolate, method=method) for method in BASELINES}
    upscale |= {
        name: Upscaler(generator.load(), name=f"{name}.generator") for name, generator in generators.items()
    }
    rows: list[dict[str, Any]] = []
    # disable=None: a bar where a person watches; a log file gets one line for each method and set.
    with tqdm(total=sum(map(len, sets.values())), bar_format=_BAR, disable=None) as bar:
        for set_name, pairs in sets.items():
            bar.set_description(set_name)
            theirs = {name: found[set_name] for name, found in there.items() if set_name in found}
            for pair in pairs:
                pictures = {name: paths[pair.name] for name, paths in theirs.items()}
                rows += [{"set": set_name} | row for row in _measure_pair(pair, upscale, pictures, lpips)]
                bar.update()
            _log_means(set_name, pd.DataFrame(rows))
    table = pd.DataFrame(rows)
    blends = table[table["share"].notna()].replace(np.inf, np.nan)
    table = table[table["share"].isna()].drop(columns="share")
    order = {name: rank for rank, name in enumerate((*upscale, *there))}
    table = table.sort_values("method", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    versions = {name: generator.version for name, generator in generators.items()}
    table = table.assign(generator_version=table["method"].map(versions).fillna(""))
    return table, blends.groupby(["set", "share"], sort=False)[list(METRICS)].mean().reset_index()


def _measure_pair(
    pair: ImagePair, upscale: Mapping[str, Upscale], pictures: Mapping[str, Path], lpips: keras.Model
) -> list[dict[str, Any]]:
    """A row for each method, and for each ``share`` of a blend."""
    (original, low_resolution), greyscale = pair.read(), pair.greyscale
    made = {name: make(low_resolution[None])[0] for name, make in upscale.items()}
    made |= {name: read_picture(path, *original.shape[:2]) for name, path in pictures.items()}
    measured: list[tuple[str, float | None, np.ndarray]]
    measured = [(name, None, picture) for name, picture in made.items()]
    if {FAITHFUL, SHARP} <= made.keys():
        blends = blend(made[FAITHFUL], made[SHARP])
        measured += [("", share, picture) for share, picture in blends.items()]
    return [
        {"image": pair.name, "method": name, "share": share}
        | measure(original, picture, lpips=lpips, border=BORDER, greyscale=greyscale)
        | {"low_resolution": STORED if pair.low_resolution else MADE}
        for name, share, picture in measured
    ]


def _log_means(set_name: str, measured: pd.DataFrame) -> None:
    of_set = measured[(measured["set"] == set_name) & measured["share"].isna()]
    for method, values in of_set.groupby("method", sort=False)["psnr_y"]:
        finite = values[np.isfinite(values)]
        mean = f"{finite.mean():.2f} dB" if len(finite) else "unknown"
        label = METHOD_LABELS.get(str(method), str(method))
        logger.info("%s on %s: PSNR-Y %s, mean of %d", label, set_name, mean, len(finite))


def average_by_set(benchmark_metrics: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Means over the images of each set, by method; those that some method reproduces exactly are left out.

    Returns:
        A row for each set and method: ``set``, ``method``, ``label``, ``images`` (how many count),
        ``left_out`` (how many do not), ``low_resolution``, ``generator_version``, and each of
        ``MEAN_COLUMNS`` (see ``metrics.summarize``).
    """
    rows = []
    exact = find_exact(benchmark_metrics, ("set", "image"))
    for set_name, of_set in benchmark_metrics.assign(exact=exact).groupby("set", sort=False):
        for method, table in of_set.groupby("method", sort=False):
            kept = table[~table["exact"]]
            facts = {
                "set": set_name,
                "method": method,
                "label": METHOD_LABELS.get(str(method), str(method)),
                "images": len(kept),
                "left_out": len(table) - len(kept),
                "low_resolution": table["low_resolution"].iloc[0],
                "generator_version": table["generator_version"].iloc[0],
            }
            rows.append(facts | summarize(kept[list(METRICS)], seed))
    return pd.DataFrame(rows)
