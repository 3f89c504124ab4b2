"""The generator: SRResNet as the article builds it."""

from typing import Literal

import keras
from keras import layers, ops

from srgan_report.networks.interpolation import interpolate_at_first
from srgan_report.seeding import derive_seed

# Keras' default slope for negative inputs, which the article keeps (the paper's is 0.2).
LEAKY_SLOPE = 0.3


def build_generator(
    *,
    residual_blocks: int = 5,
    batch_normalization_momentum: float = 0.99,
    initialization: Literal["default", "interpolating"] = "default",
    seed: int = 0,
) -> keras.Model:
    """Builds the generator, which enlarges images of any size four times.

    Source: article, "Model definition"; after Ledig et al. 2017, figure 4. With its five blocks it has
    1,030,531 parameters, BatchNorm statistics included.

    Args:
        residual_blocks: Number of residual blocks (article: 5; paper: 16).
        batch_normalization_momentum: How much of their old value the moving statistics keep at each
            step. 0.99 leaves 70% of the initial statistics after 36 steps.
        initialization: ``default`` is Keras' own (Glorot uniform). ``interpolating`` chooses weights
            with which the untrained network interpolates bilinearly (see ``interpolate_at_first``).
        seed: Decides the initial weights, layer by layer, by each layer's name alone.

    Returns:
        A model from ``(batch, height, width, 3)`` float32 in [0, 1] to
        ``(batch, 4 height, 4 width, 3)`` float32 in [-1, 1].
    """

    def convolve(
        x: keras.KerasTensor, filters: int, size: int, name: str, **kwargs: str
    ) -> keras.KerasTensor:
        initializer = keras.initializers.GlorotUniform(seed=derive_seed(seed, name))
        return layers.Conv2D(
            filters, size, padding="same", kernel_initializer=initializer, name=name, **kwargs
        )(x)

    def normalize(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return layers.BatchNormalization(momentum=batch_normalization_momentum, name=name)(x)

    def activate(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return layers.LeakyReLU(negative_slope=LEAKY_SLOPE, name=name)(x)

    def residual_block(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        y = x
        for half in ("1", "2"):
            y = convolve(y, 64, 3, f"{name}_conv{half}")
            y = normalize(y, f"{name}_norm{half}")
            y = activate(y, f"{name}_activation{half}")
        return layers.Add(name=f"{name}_add")([x, y])

    def upsample(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        x = convolve(x, 256, 3, f"{name}_conv")
        x = ops.depth_to_space(x, 2)  # the sub-pixel convolution's shuffle: 256 channels become 64
        return activate(x, f"{name}_activation")

    low_resolution = layers.Input((None, None, 3), name="low_resolution")
    first = activate(convolve(low_resolution, 64, 9, "first_conv"), "first_activation")
    x = first
    for block in range(1, residual_blocks + 1):
        x = residual_block(x, f"block{block}")
    x = normalize(convolve(x, 64, 9, "skip_conv"), "skip_norm")
    x = layers.Add(name="skip_add")([x, first])
    x = upsample(upsample(x, "upsample1"), "upsample2")
    super_resolution = convolve(x, 3, 9, "last_conv", activation="tanh")
    generator = keras.Model(low_resolution, super_resolution, name="generator")
    if initialization == "interpolating":
        interpolate_at_first(generator, LEAKY_SLOPE)
    return generator
