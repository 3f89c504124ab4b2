"""PSNR and SSIM: one definition each, for training, evaluation and figures alike."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
import tensorflow as tf
from skimage.metrics import structural_similarity


def psnr(reference: tf.Tensor, estimate: tf.Tensor, *, value_range: float) -> tf.Tensor:
    """Peak signal-to-noise ratio in dB of each image, over all pixels and channels, no border left out.

    Args:
        reference: ``(batch, height, width, channels)`` of any numeric dtype.
        estimate: The same shape and dtype.
        value_range: The distance of the largest possible value from the smallest: 2 for [-1, 1], 255 for
            uint8. (The article takes 1 for [-1, 1], which understates by 6.02 dB.)

    Returns:
        ``(batch,)`` float32 in dB; infinite where both are the same.
    """
    return tf.image.psnr(reference, estimate, max_val=value_range)


def ssim(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Structural similarity of two RGB images, the mean over channels (Wang et al. 2004).

    The window is Gaussian, 11 pixels wide with a standard deviation of 1.5; K1 is 0.01 and K2 0.03;
    population covariance; windows that reach over the image's edge do not count.

    Args:
        reference: ``(height, width, 3)`` uint8, at least 11 pixels high and wide.
        estimate: The same shape and dtype.

    Returns:
        A number in [-1, 1]; 1 where both are the same.
    """
    return float(
        structural_similarity(
            reference,
            estimate,
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def measure_crops(
    validation_crops: Mapping[str, np.ndarray], super_resolved: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Measures super-resolved crops against the photographs' own.

    Args:
        validation_crops: ``high_resolution`` ``(crops, size, size, 3)`` uint8, and for each crop
            ``photograph_id``, ``position`` and ``crop``.
        super_resolved: For each method by its name, ``(crops, size, size, 3)`` uint8.

    Returns:
        A row for each method and crop: ``method``, ``photograph_id``, ``position``, ``crop``, ``psnr`` in dB
        (RGB, peak 255, no border) and ``ssim`` (RGB, no border).
    """
    high_resolution = validation_crops["high_resolution"]
    crops = pd.DataFrame({key: validation_crops[key] for key in ("photograph_id", "position", "crop")})
    tables = []
    for method, images in super_resolved.items():
        table = crops.assign(
            psnr=[
                float(psnr(hr, sr, value_range=255)) for hr, sr in zip(high_resolution, images, strict=True)
            ],
            ssim=[ssim(hr, sr) for hr, sr in zip(high_resolution, images, strict=True)],
        )
        table.insert(0, "method", method)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def fingerprint(validation_crops: Mapping[str, np.ndarray]) -> str:
    """Tells validation crops from others: the SHA-256 of their HR and LR pixels, in hexadecimal digits.

    Args:
        validation_crops: ``high_resolution`` uint8 and ``low_resolution`` float32.
    """
    digest = hashlib.sha256()
    for name in ("high_resolution", "low_resolution"):
        digest.update(np.ascontiguousarray(validation_crops[name]).tobytes())
    return digest.hexdigest()


def average(photograph_metrics: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Means over all crops, for each method.

    Args:
        photograph_metrics: A table of ``measure_crops``.

    Returns:
        For each method: ``psnr`` (the mean of the crops' PSNR, in dB), ``ssim``, and the number of
        ``crops`` and of ``photographs`` that they come from.
    """
    return {
        str(method): {
            "psnr": float(table["psnr"].mean()),
            "ssim": float(table["ssim"].mean()),
            "crops": len(table),
            "photographs": int(table["photograph_id"].nunique()),
        }
        for method, table in photograph_metrics.groupby("method", sort=False)
    }
