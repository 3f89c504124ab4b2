"""Initial weights with which the untrained generator interpolates bilinearly.

From Keras' default weights it needs many minutes on a CPU until it has learnt to copy its input.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np

from srgan_report.choices import Initialization

# A colour x in [0, 1] travels as u = x - 1/2, so that zero padding means grey at the crop's edge and not
# black. It takes two channels, u and -u, since an activation (l, of slope s for negative inputs) bends each,
# but l(u) - l(-u) = (1 + s) u.
#
# A linear output wants 2u = 2x - 1. tanh must get about artanh(2u) to give that: a line, and a steeper one
# from a threshold on,
#     line u + bend sign(u) max(|u| - threshold, 0)
# These three minimise the mean squared error over [0, 1]; its root is 0.018 (0.058 with a straight line
# alone), whatever the activation's slope, as the last convolution makes up for it.
_LINE, _BEND, _THRESHOLD = 2.1786, 3.7107, 0.321


def initialize(generator: keras.Model, initialization: Initialization) -> keras.Model:
    """Gives a new generator the initial weights that parameters choose, and returns it.

    Args:
        generator: A generator of ``build_generator``; changed in place.
        initialization: ``default`` leaves Keras' own. ``interpolating`` has the untrained network interpolate
            bilinearly: with a linear output exactly; with tanh off by 0.02 in the root mean square, 0.06 at
            most, on [-1, 1]. ``interpolating_icnr`` does so too, and starts the other channels of both
            sub-pixel convolutions without checkerboard: ICNR (Aitken et al. 2017, section 3).
    """
    if initialization == "interpolating_icnr":
        _repeat_sub_pixels(generator)
    if initialization != "default":
        _interpolate_at_first(generator)
    return generator


def _interpolate_at_first(generator: keras.Model) -> None:
    """Sets the generator's weights so that it upscales its input bilinearly.

    Six channels carry the colours and their opposites: deltas in the first convolution, bilinear weights in
    both sub-pixel convolutions. Before tanh, the second of these gives them once more less a threshold, for
    the last convolution to undo the tanh with. Each residual branch and the one before the long skip ends in
    a BatchNorm whose gamma is zero at first, so that it adds nothing until trained. The other channels keep
    their random weights; only the last convolution does not read them yet.
    """
    activation = generator.get_layer("first_activation")
    is_leaky = isinstance(activation, keras.layers.LeakyReLU)
    slope = activation.negative_slope if is_leaky else float(activation.alpha.numpy().flat[0])
    for layer in generator.layers:
        if layer.name.endswith("_norm2") or layer.name == "skip_norm":
            layer.gamma.assign(np.zeros(layer.gamma.shape, np.float32))
    offsets, weights = [0.0], [2 / (1 + slope)]
    if generator.get_layer("last_conv").activation is keras.activations.tanh:
        # l(u - threshold) - l(-u - threshold) is 2 slope u up to the threshold, then steeper by 1 - slope.
        bend = _BEND / (1 - slope)
        offsets, weights = [0.0, -_THRESHOLD], [(_LINE - 2 * slope * bend) / (1 + slope), bend]
    updates: dict[str, Callable[[np.ndarray, np.ndarray], None]] = {
        "first_conv": _split_colours,
        "upsample1_conv": partial(_upscale, slope=slope, offsets=[0.0]),
        "upsample2_conv": partial(_upscale, slope=slope, offsets=offsets),
        "last_conv": partial(_add_pairs, weights=weights),
    }
    for name, update in updates.items():
        kernel, bias = generator.get_layer(name).get_weights()
        update(kernel, bias)
        generator.get_layer(name).set_weights([kernel, bias])


def _repeat_sub_pixels(generator: keras.Model) -> None:
    """Gives the four sub-pixels of each channel the same weights: nearest neighbours at first."""
    for name in ("upsample1_conv", "upsample2_conv"):
        convolution = generator.get_layer(name)
        kernel, bias = convolution.get_weights()
        channels = kernel.shape[3] // 4
        convolution.set_weights([np.tile(kernel[..., :channels], 4), np.tile(bias[:channels], 4)])


def _split_colours(kernel: np.ndarray, bias: np.ndarray) -> None:
    """Makes the first six channels u and -u of each colour."""
    kernel[..., :6] = 0
    for colour in range(3):
        _centre(kernel)[colour, [colour, 3 + colour]] = 1, -1
    bias[:6] = [-0.5] * 3 + [0.5] * 3


def _upscale(kernel: np.ndarray, bias: np.ndarray, slope: float, offsets: Sequence[float]) -> None:
    """Upscales u and -u bilinearly by two: into six channels for each offset, which is added.

    Sub-pixel (dy, dx) of a channel is output ``(2 dy + dx) channels + channel`` of the kernel, of shape
    ``(3, 3, channels, 4 channels)``; its centre lies a quarter of a pixel before (0) or after (1) the
    input pixel's, which gives the weights below.
    """
    taps = np.array([[0.25, 0.75, 0.0], [0.0, 0.75, 0.25]], np.float32)
    channels, factor = kernel.shape[3] // 4, 1 / (1 + slope)
    for dy, dx, colour in itertools.product(range(2), range(2), range(3)):
        weights = factor * np.outer(taps[dy], taps[dx])
        for pair, offset in enumerate(offsets):
            for target, sign in ((6 * pair + colour, 1), (6 * pair + 3 + colour, -1)):
                output = (2 * dy + dx) * channels + target
                kernel[..., output] = 0
                kernel[..., colour, output] = sign * weights  # of l(u)
                kernel[..., 3 + colour, output] = -sign * weights  # of l(-u)
                bias[output] = offset


def _add_pairs(kernel: np.ndarray, bias: np.ndarray, weights: Sequence[float]) -> None:
    """Adds up weighted differences of three channels, one for each colour, and the three behind them."""
    kernel[:] = 0
    bias[:] = 0
    for pair, weight in enumerate(weights):
        for colour in range(3):
            _centre(kernel)[[6 * pair + colour, 6 * pair + 3 + colour], colour] = weight, -weight


def _centre(kernel: np.ndarray) -> np.ndarray:
    """The middle tap of a kernel ``(size, size, inputs, outputs)``, as a view."""
    return kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]
