"""How far a generator sees, which is how wide the halo of a tile must be."""

import math
from fractions import Fraction

import keras
from keras import layers

from srgan_report.variants import SCALE

# Of these, in inference mode, each pixel depends on itself alone.
_POINTWISE = (
    layers.InputLayer,
    layers.BatchNormalization,
    layers.LeakyReLU,
    layers.PReLU,
    layers.Activation,
    layers.Rescaling,
    layers.Add,
)


def receptive_radius(generator: keras.Model) -> int:
    """How far a generator sees: 21 pixels for the article's, 40 for the paper's.

    Args:
        generator: A model of known operations (see ``_reach_and_scale``), none of which is applied twice.

    Returns:
        How many LR pixels to each side of its own an SR pixel depends on.

    Raises:
        ValueError: It holds another operation, or does not upscale four times.
    """
    scale, radius = 1, Fraction(0)
    # From input to output. All that upscale lie on every way, for else the sizes would not fit together.
    for operation in getattr(generator, "operations", generator.layers):
        reach, times = _reach_and_scale(operation)
        radius += Fraction(reach, scale)
        scale *= times
    if scale != SCALE:
        raise ValueError(f"The generator must upscale {SCALE} times. Received: {scale} times.")
    return math.ceil(radius)


def _reach_and_scale(operation: keras.Operation) -> tuple[int, int]:
    """How many of its own pixels away an operation sees, and how many times it upscales."""
    match operation:
        case layers.Conv2D(padding="same", strides=(1, 1), dilation_rate=(1, 1)):
            return max(operation.kernel_size) // 2, 1
        case layers.UpSampling2D(interpolation="nearest", size=(times, also)) if times == also:
            return 0, times
        case keras.Operation(block_size=times) if type(operation).__name__ == "DepthToSpace":
            return 0, times  # Keras has no public name for this class
        case _ if isinstance(operation, _POINTWISE):
            return 0, 1
    raise ValueError(
        "It must be known how far each operation of a generator sees (receptive_radius.py lists them). "
        f"Received: {type(operation).__name__} {operation.name!r}."
    )
