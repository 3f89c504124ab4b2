"""Enlarging LR crops four times, by a generator or by interpolation, to 8-bit images."""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from srgan_report.crops import SCALE


def super_resolve(generator: keras.Model, low_resolution: np.ndarray, *, batch_size: int = 16) -> np.ndarray:
    """Enlarges crops with a generator in inference mode.

    Args:
        generator: A model from [0, 1] to [-1, 1] that enlarges four times.
        low_resolution: ``(crops, height, width, 3)`` float32 in [0, 1].
        batch_size: How many are held in memory at a time.

    Returns:
        ``(crops, 4 height, 4 width, 3)`` uint8, rounded to the nearest level.
    """
    signed = generator.predict(low_resolution, batch_size=batch_size, verbose=0)
    return to_8_bits((signed + 1) / 2)


def interpolate(low_resolution: np.ndarray, method: Literal["nearest", "bicubic"]) -> np.ndarray:
    """Enlarges crops four times by interpolation: the baselines.

    Args:
        low_resolution: ``(crops, height, width, 3)`` float32 in [0, 1].
        method: ``nearest``, or ``bicubic`` (Keys' cubic with a = -0.5, half-pixel centres).

    Returns:
        ``(crops, 4 height, 4 width, 3)`` uint8, clipped and rounded to the nearest level.
    """
    height, width = low_resolution.shape[1:3]
    return to_8_bits(tf.image.resize(low_resolution, (SCALE * height, SCALE * width), method=method).numpy())


def to_8_bits(image: np.ndarray) -> np.ndarray:
    """Clips values to [0, 1] and rounds them to uint8 in [0, 255]."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
