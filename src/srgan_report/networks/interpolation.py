"""Initial weights with which the untrained generator interpolates bilinearly.

From Keras' default weights a generator needs many minutes on a CPU until it has learnt to copy its input.
These weights start it there instead. Nothing in the architecture changes, and all weights are trained as
ever.
"""

from collections.abc import Callable

import keras
import numpy as np

# A colour x in [0, 1] travels as u = x - 1/2, so that zero padding means grey at the crop's edge and not
# black. It takes two channels, u and -u, since LeakyReLU (l) bends each, but l(u) - l(-u) = (1 + slope) u.
# The last activation is tanh, which must get about artanh(2u) to give 2u = 2x - 1. LeakyReLU can bend
# that too:
#     slope u + bend (l(u - threshold) - l(-u - threshold))
# These three minimise the mean squared error over [0, 1], with 0.018 left (0.058 with a straight line alone).
_SLOPE, _BEND, _THRESHOLD = -1.002, 5.301, 0.321

_Update = Callable[[np.ndarray, np.ndarray, float], None]


def interpolate_at_first(generator: keras.Model, leaky_slope: float) -> None:
    """Sets the generator's weights so that it enlarges its input bilinearly.

    Six channels carry the colours and their opposites: deltas in the first convolution, bilinear weights in
    both sub-pixel convolutions, the second of which gives them once more less a threshold, for the last
    convolution to undo the tanh with. Each residual branch and the one before the long skip ends in a
    BatchNorm whose gamma is zero at first, so that it adds nothing until trained. The other channels keep
    their random weights; only the last convolution does not read them yet.

    Args:
        generator: A generator of ``build_generator``; changed in place.
        leaky_slope: The slope of its LeakyReLUs for negative inputs.
    """
    for layer in generator.layers:
        if layer.name.endswith("_norm2") or layer.name == "skip_norm":
            layer.gamma.assign(np.zeros(layer.gamma.shape, np.float32))
    updates: dict[str, _Update] = {
        "first_conv": _split_colours,
        "upsample1_conv": _enlarge,
        "upsample2_conv": _enlarge_and_shift,
        "last_conv": _undo_tanh,
    }
    for name, update in updates.items():
        kernel, bias = generator.get_layer(name).get_weights()
        update(kernel, bias, 1 + leaky_slope)
        generator.get_layer(name).set_weights([kernel, bias])


def _split_colours(kernel: np.ndarray, bias: np.ndarray, gain: float) -> None:
    """Makes the first six channels u and -u of each colour."""
    kernel[..., :6] = 0
    for colour in range(3):
        _centre(kernel)[colour, [colour, 3 + colour]] = 1, -1
    bias[:6] = [-0.5] * 3 + [0.5] * 3


def _enlarge(kernel: np.ndarray, bias: np.ndarray, gain: float) -> None:
    """Enlarges u and -u bilinearly by two."""
    for colour in range(3):
        _set_bilinear(kernel, bias, colour, target=colour, factor=1 / gain, offset=0)
        _set_bilinear(kernel, bias, colour, target=3 + colour, factor=-1 / gain, offset=0)


def _enlarge_and_shift(kernel: np.ndarray, bias: np.ndarray, gain: float) -> None:
    """Enlarges u and -u bilinearly by two, and adds six channels with both less the threshold."""
    _enlarge(kernel, bias, gain)
    for colour in range(3):
        _set_bilinear(kernel, bias, colour, target=6 + colour, factor=1 / gain, offset=-_THRESHOLD)
        _set_bilinear(kernel, bias, colour, target=9 + colour, factor=-1 / gain, offset=-_THRESHOLD)


def _undo_tanh(kernel: np.ndarray, bias: np.ndarray, gain: float) -> None:
    """Adds up the bent line from the twelve channels."""
    kernel[:] = 0
    for group, weight in enumerate((_SLOPE / gain, -_SLOPE / gain, _BEND, -_BEND)):
        _centre(kernel)[range(3 * group, 3 * group + 3), range(3)] = weight
    bias[:] = 0


def _centre(kernel: np.ndarray) -> np.ndarray:
    """The middle tap of a kernel ``(size, size, inputs, outputs)``, as a view."""
    return kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]


def _set_bilinear(
    kernel: np.ndarray, bias: np.ndarray, colour: int, *, target: int, factor: float, offset: float
) -> None:
    """Makes channel ``target`` of a sub-pixel convolution a colour enlarged by two, from its l(u) and l(-u).

    Sub-pixel (dy, dx) of a channel is output ``(2 dy + dx) channels + channel`` of the kernel, of shape
    ``(3, 3, channels, 4 channels)``; its centre lies a quarter of a pixel before (0) or after (1) the
    input pixel's, which gives the weights below.
    """
    taps = np.array([[0.25, 0.75, 0.0], [0.0, 0.75, 0.25]], np.float32)
    channels = kernel.shape[3] // 4
    for dy in range(2):
        for dx in range(2):
            output = (2 * dy + dx) * channels + target
            kernel[..., output] = 0
            kernel[..., colour, output] = factor * np.outer(taps[dy], taps[dx])
            kernel[..., 3 + colour, output] = -kernel[..., colour, output]
            bias[output] = offset
