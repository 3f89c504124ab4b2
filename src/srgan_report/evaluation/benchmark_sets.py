"""What methods make of benchmark sets: whole photographs, measured as the field measures them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from srgan_report.data.benchmark_sets import ImagePair
from srgan_report.data.method_pictures import MethodPictures, read_picture
from srgan_report.evaluation.exact_pictures import find_exact
from srgan_report.evaluation.metric_names import MEASURES
from srgan_report.evaluation.metrics import measure, summarize
from srgan_report.inference.upscaler import Upscaler, interpolate
from srgan_report.inference.upscaling import Upscale
from srgan_report.networks.saved import SavedGenerator
from srgan_report.variants import BASELINES, SCALE, VARIANTS

# Pixels left out on every side of an image, as usual for four times upscaled ones (Ledig et al. 2017, section
# 3.1): no method can know what lies beyond the edge.
BORDER = 4

Sets = Mapping[str, Sequence[ImagePair]]
# From a set's name, a pair and its LR image (height, width, 3) to the method's picture.
Make = Callable[[str, ImagePair, np.ndarray], np.ndarray]

STORED, MADE = "stored", "made by bicubic interpolation with antialiasing"  # where a set's LR comes from

_BAR = "{desc} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"

logger = logging.getLogger(__name__)


def measure_sets(
    sets: Sets,
    generators: Mapping[str, SavedGenerator],
    lpips: keras.Model,
    others: Mapping[str, MethodPictures] | None = None,
) -> pd.DataFrame:
    """Upscales every LR image by every method, and measures the results.

    One generator and one image are held in memory at a time.

    Args:
        sets: For each set by its name, its image pairs.
        generators: For each variant by its name, its generator.
        lpips: A model of ``load_lpips``.
        others: For each other method by its name, the pictures that it made elsewhere.

    Returns:
        A row for each method (nearest and bicubic first), set and image: ``set``, ``image``, ``method``, each
        of ``MEASURES`` as ``measure`` has it, without a border of 4 pixels, ``low_resolution``, whether that
        came with the set (``STORED``) or was made of HR (``MADE``), and ``generator_version``, which is empty
        where there is none.

    Raises:
        InputError: A picture of another method is missing, or does not fit.
    """
    images = {name: [pair.name for pair in pairs] for name, pairs in sets.items()}
    there = {name: pictures.find(images) for name, pictures in (others or {}).items()}
    total = (len(BASELINES) + len(generators)) * sum(map(len, sets.values()))
    total += sum(len(found) for of_sets in there.values() for found in of_sets.values())
    rows = []
    # disable=None: a bar where a person watches; a log file gets one line for each method and set.
    with tqdm(total=total, bar_format=_BAR, disable=None) as bar:
        for method in BASELINES:
            rows += _measure_method(method, _upscale(partial(interpolate, method=method)), sets, lpips, bar)
        for method, generator in generators.items():
            # Kept in no variable, so that it is given up before the next one is loaded.
            rows += _measure_method(
                method, _upscale(Upscaler(generator.load(), name=f"{method}.generator")), sets, lpips, bar
            )
        for method, found in there.items():
            rows += _measure_method(
                method,
                partial(_read_picture, found),
                {name: pairs for name, pairs in sets.items() if name in found},
                lpips,
                bar,
            )
    table = pd.DataFrame(rows)
    versions = {name: generator.version for name, generator in generators.items()}
    return table.assign(generator_version=table["method"].map(versions).fillna(""))


def average_by_set(benchmark_metrics: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Means over the images of each set, by method; those that some method reproduces exactly are left out.

    Args:
        benchmark_metrics: A table of ``measure_sets``.
        seed: The run's seed.

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
                "label": _label(str(method)),
                "images": len(kept),
                "left_out": len(table) - len(kept),
                "low_resolution": table.get("low_resolution", pd.Series([STORED])).iloc[0],
                "generator_version": table["generator_version"].iloc[0],
            }
            rows.append(facts | summarize(kept[list(MEASURES)], seed))
    return pd.DataFrame(rows)


def _upscale(upscale: Upscale) -> Make:
    """A method of ours: it is given the LR image alone."""
    return lambda set_name, pair, low_resolution: upscale(low_resolution[None])[0]


def _read_picture(
    found: Mapping[str, Mapping[str, Path]], set_name: str, pair: ImagePair, low_resolution: np.ndarray
) -> np.ndarray:
    height, width = (SCALE * side for side in low_resolution.shape[:2])
    return read_picture(found[set_name][pair.name], height, width)


def _measure_method(
    method: str, make: Make, sets: Sets, lpips: keras.Model, bar: "tqdm[NoReturn]"
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    bar.set_description(_label(method))
    for set_name, pairs in sets.items():
        for pair in pairs:
            high_resolution, low_resolution = pair.read()
            super_resolved = make(set_name, pair, low_resolution)
            measures = measure(
                high_resolution, super_resolved, lpips=lpips, border=BORDER, greyscale=pair.greyscale
            )
            rows.append({"set": set_name, "image": pair.name, "method": method, **measures})
            rows[-1]["low_resolution"] = STORED if pair.low_resolution else MADE
            bar.update()
        values = [row["psnr_y"] for row in rows[-len(pairs) :] if np.isfinite(row["psnr_y"])]
        mean = f"{np.mean(values):.2f} dB" if values else "unknown"
        logger.info("%s on %s: PSNR-Y %s, mean of %d", _label(method), set_name, mean, len(values))
    return rows


def _label(method: str) -> str:
    return BASELINES.get(method) or (VARIANTS[method].label if method in VARIANTS else method)
