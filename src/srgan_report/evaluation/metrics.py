"""The metrics of image quality, of each image and in the mean. PSNR is TensorFlow's."""

from collections.abc import Mapping

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from skimage.color import rgb2ycbcr
from skimage.metrics import structural_similarity

from srgan_report.evaluation.comparison import find_exact
from srgan_report.evaluation.metric_names import METRICS
from srgan_report.evaluation.significance import confidence_intervals
from srgan_report.inference import upscaling

SHARES = (0.2, 0.4, 0.6, 0.8)  # of blends; at the ends are methods of their own

_LPIPS_BATCH_SIZE = 32


def psnr_article(mean_squared_error: tf.Tensor) -> tf.Tensor:
    """The article's own figure: it takes 1 for the range of [-1, 1], and one error for the whole batch.

    Source: article, "Losses", ``PSNR``. It lies 6.02 dB below the PSNR of the batch's mean squared error, and
    at least as far below the mean of its images' PSNR, so it compares with the article's numbers alone. The
    error, a scalar, is that of all images of the batch, on [-1, 1].
    """
    return -10 * tf.math.log(mean_squared_error) / np.log(10)


def ssim(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Structural similarity of two images; of RGB images the mean over channels (Wang et al. 2004).

    The window is Gaussian, 11 pixels wide with a standard deviation of 1.5; K1 is 0.01 and K2 0.03;
    population covariance; windows that reach over the image's edge do not count. This is the window of Wang
    et al. and of most papers since. Ledig et al. 2017 measured with daala, whose window grows with the image
    (1.5 pixels of standard deviation for 256 rows, 3 for 512): all of their values are of another SSIM.

    Args:
        reference: ``(height, width, 3)`` uint8, or ``(height, width)`` in [0, 255], at least 11 pixels high
            and wide.
        estimate: The same shape and dtype.

    Returns:
        A number in [-1, 1]; 1 where both are the same.
    """
    return float(
        structural_similarity(
            reference,
            estimate,
            channel_axis=-1 if reference.ndim == 3 else None,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def luma(image: np.ndarray, *, full_range: bool = False) -> np.ndarray:
    """The brightness of an RGB image: Y of ITU-R BT.601, as MATLAB's ``rgb2ycbcr`` has it, but not rounded.

    From ``(..., 3)`` uint8 to ``(...)`` float64 in [16, 235]; in [0, 255] if ``full_range``, so that a grey
    pixel keeps its level: in the field's protocol a greyscale file is its own Y, and what is compared with it
    must be on its scale.
    """
    y = rgb2ycbcr(image)[..., 0]
    return (y - 16) * (255 / 219) if full_range else y


def measure(
    reference: np.ndarray,
    estimate: np.ndarray,
    *,
    lpips: keras.Model,
    border: int = 0,
    greyscale: bool = False,
) -> dict[str, float]:
    """Measures one image against the photograph's own.

    Args:
        reference: ``(height, width, 3)`` uint8 RGB. Within its border it is at least 31 pixels high and wide:
            LPIPS' network pools twice, and never over an edge.
        estimate: The same shape and dtype.
        lpips: A model of ``load_lpips``.
        border: How many pixels are left out on every side before anything is measured (the benchmark sets'
            protocol for upscaling by four: 4; article: 0).
        greyscale: Whether the photograph is stored as greyscale (see ``luma``).

    Returns:
        A value for each of ``METRICS``: ``psnr`` in dB (RGB, peak 255; infinite where both are the same),
        ``ssim`` (RGB), ``psnr_y`` in dB and ``ssim_y`` (the same of ``luma``, peak 255 too), and ``lpips``
        (0: looks the same).
    """
    height, width = reference.shape[:2]
    inner = np.s_[border : height - border, border : width - border]
    reference, estimate = reference[inner], estimate[inner]
    distance = _measure_lpips(reference[None], estimate[None], lpips)
    return measure_pixels(reference, estimate, greyscale=greyscale) | {"lpips": float(distance[0])}


def measure_crops(
    validation_crops: Mapping[str, np.ndarray], super_resolved: Mapping[str, np.ndarray], lpips: keras.Model
) -> pd.DataFrame:
    """Measures super-resolved crops against the photographs' own, no border left out.

    Args:
        validation_crops: ``high_resolution`` ``(crops, size, size, 3)`` uint8, at least 31 pixels wide, and
            for each crop ``photograph_id``, ``position``, ``crop`` and ``greyscale``.
        super_resolved: For each method by its name, crops of the same shape and dtype.
        lpips: A model of ``load_lpips``.

    Returns:
        A row for each method and crop: ``method``, ``photograph_id``, ``position``, ``crop``, and each of
        ``METRICS`` as ``measure`` has it.
    """
    high_resolution = validation_crops["high_resolution"]
    crops = pd.DataFrame({key: validation_crops[key] for key in ("photograph_id", "position", "crop")})
    greyscale = validation_crops["greyscale"].tolist()
    tables = []
    for method, images in super_resolved.items():
        triples = zip(high_resolution, images, greyscale, strict=True)
        table = pd.DataFrame([measure_pixels(hr, sr, greyscale=grey) for hr, sr, grey in triples])
        table["lpips"] = _measure_lpips(high_resolution, images, lpips)
        table = pd.concat([crops, table], axis="columns")
        table.insert(0, "method", method)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def blend(faithful: np.ndarray, sharp: np.ndarray) -> dict[float, np.ndarray]:
    """Averages two pictures, uint8 of one shape, with each of ``SHARES`` of the second."""
    return {share: upscaling.average(faithful, sharp, share) for share in SHARES}


def measure_crop_blends(
    validation_crops: Mapping[str, np.ndarray], faithful: np.ndarray, sharp: np.ndarray, lpips: keras.Model
) -> pd.DataFrame:
    """Measures averages of what two variants made of the validation crops, ``(crops, size, size, 3)`` uint8.

    Returns:
        A row for each of ``SHARES``: ``share``, and the mean over crops of each of ``METRICS``.
    """
    blends = {str(share): crops for share, crops in blend(faithful, sharp).items()}
    table = measure_crops(validation_crops, blends, lpips).replace(np.inf, np.nan)
    means = table.groupby("method", sort=False)[list(METRICS)].mean()
    return means.reset_index(drop=True).assign(share=SHARES)[["share", *METRICS]]


def average(
    photograph_metrics: pd.DataFrame, seed: int, exact: np.ndarray | None = None
) -> dict[str, dict[str, float]]:
    """Means over photographs, for each method; of several crops of one photograph the mean counts.

    Crops that some method reproduces exactly are left out, for all methods (see ``find_exact``).

    Args:
        photograph_metrics: A table of ``measure_crops``.
        seed: The run's seed.
        exact: ``(rows,)`` bool, which rows are of crops that a method which is not in the table reproduces.

    Returns:
        For each method: each of ``MEAN_COLUMNS`` (see ``summarize``), the number of ``crops`` and of
        ``photographs`` that they come from, and of crops that are ``left_out``.
    """
    left_out = find_exact(photograph_metrics).to_numpy()
    if exact is not None:
        left_out = left_out | exact
    averages = {}
    for method, table in photograph_metrics.assign(left_out=left_out).groupby("method", sort=False):
        kept = table[~table["left_out"]]
        photographs = kept.groupby("photograph_id")[list(METRICS)].mean()
        counts = {"crops": len(kept), "photographs": len(photographs), "left_out": len(table) - len(kept)}
        averages[str(method)] = summarize(photographs, seed) | counts
    return averages


def summarize(values: pd.DataFrame, seed: int) -> dict[str, float]:
    """Means of metrics over photographs, a row each, and how far chance could move them.

    Returns:
        Each of ``MEAN_COLUMNS``: for each metric ``m`` its mean ``m`` (of PSNR that of the images' dB), and
        ``m_low`` and ``m_high``, its interval (see ``confidence_intervals``). Of no photograph all are NaN.
    """
    summary: dict[str, float] = {}
    intervals = confidence_intervals(values[list(METRICS)].to_numpy(np.float64).T, seed)
    for name, low, high in zip(METRICS, *intervals, strict=True):
        summary |= {name: float(values[name].mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
    return summary


def measure_pixels(
    reference: np.ndarray, estimate: np.ndarray, *, greyscale: bool = False
) -> dict[str, float]:
    """All metrics except LPIPS of two images ``(height, width, 3)`` uint8; arguments as for ``measure``."""
    reference_y, estimate_y = (luma(image, full_range=greyscale) for image in (reference, estimate))
    return {
        "psnr": float(tf.image.psnr(reference, estimate, max_val=255)),
        "ssim": ssim(reference, estimate),
        "psnr_y": float(tf.image.psnr(reference_y[..., None], estimate_y[..., None], max_val=255)),
        "ssim_y": ssim(reference_y, estimate_y),
    }


def _measure_lpips(references: np.ndarray, estimates: np.ndarray, lpips: keras.Model) -> np.ndarray:
    """LPIPS of image pairs ``(images, height, width, 3)`` uint8: ``(images,)`` float64, a batch at a time."""
    distances = []
    for start in range(0, len(references), _LPIPS_BATCH_SIZE):
        batch = [images[start : start + _LPIPS_BATCH_SIZE] for images in (references, estimates)]
        distances.append(lpips([images.astype(np.float32) / 127.5 - 1 for images in batch]))  # to [-1, 1]
    return np.concatenate(distances).astype(np.float64)
