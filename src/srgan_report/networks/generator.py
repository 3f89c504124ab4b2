"""The generator: SRResNet as the article builds it, and as the paper does."""

from dataclasses import dataclass

import keras
from keras import layers, ops

from srgan_report.choices import Activation, OutputActivation
from srgan_report.seeding import derive_seed

# The slope for negative inputs that a generator starts with. LeakyReLU keeps it: Keras' default, which the
# article takes over. PReLU trains it: He et al. 2015, section 2.1, which the paper cites, starts with 0.25.
_SLOPES: dict[Activation, float] = {"leaky_relu": 0.3, "prelu": 0.25}


def build_generator(
    *,
    residual_blocks: int = 5,
    activation: Activation = "leaky_relu",
    activate_residual: bool = True,
    skip_kernel_size: int = 9,
    output_activation: OutputActivation = "tanh",
    batch_normalization_momentum: float = 0.99,
    seed: int = 0,
) -> keras.Model:
    """Builds the generator, which upscales images of any size four times.

    Source: article, "Model definition", which the defaults follow: 1,030,531 parameters, BatchNorm statistics
    included. Ledig et al. 2017, figure 4, is 16 blocks, ``prelu``, no activated residual, a skip kernel of 3
    and ``linear`` output: 1,554,883 parameters.

    Args:
        residual_blocks: Number of residual blocks (article: 5; paper: 16).
        activation: ``leaky_relu`` of slope 0.3 (article), or ``prelu`` (paper): a slope for each channel,
            trained, 0.25 at first.
        activate_residual: Whether an activation follows a block's second BatchNorm too (article: yes;
            paper: no).
        skip_kernel_size: Side of the kernel before the long skip's sum, odd (article: 9; paper: 3).
        output_activation: ``tanh`` (article), or ``linear`` for none (paper).
        batch_normalization_momentum: How much of their old value the moving statistics keep at each
            step. 0.99 leaves 70% of the initial statistics after 36 steps.
        seed: Decides the initial weights (Glorot uniform), layer by layer, by each layer's name alone.

    Returns:
        A model from ``(batch, height, width, 3)`` float32 in [0, 1] to ``(batch, 4 height, 4 width, 3)``
        float32 in [-1, 1]. Linear output is trained towards that range, but nothing keeps it inside.
    """
    make = _Layers(activation, batch_normalization_momentum, seed)
    low_resolution = layers.Input((None, None, 3), name="low_resolution")
    first = make.activate(make.convolve(low_resolution, 64, 9, "first_conv"), "first_activation")
    x = first
    for block in range(1, residual_blocks + 1):
        x = make.residual_block(x, f"block{block}", activate_residual)
    x = make.normalize(make.convolve(x, 64, skip_kernel_size, "skip_conv"), "skip_norm")
    x = layers.Add(name="skip_add")([x, first])
    x = make.upsample(make.upsample(x, "upsample1"), "upsample2")
    super_resolution = make.convolve(x, 3, 9, "last_conv", activation=output_activation)
    return keras.Model(low_resolution, super_resolution, name="generator")


@dataclass(frozen=True)
class _Layers:
    """Makes and applies the generator's layers, with what all of one kind have in common."""

    activation: Activation
    momentum: float
    seed: int

    def convolve(
        self, x: keras.KerasTensor, filters: int, size: int, name: str, activation: str = "linear"
    ) -> keras.KerasTensor:
        initializer = keras.initializers.GlorotUniform(seed=derive_seed(self.seed, name))
        return layers.Conv2D(
            filters, size, padding="same", activation=activation, kernel_initializer=initializer, name=name
        )(x)

    def normalize(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return layers.BatchNormalization(momentum=self.momentum, name=name)(x)

    def activate(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        slope = _SLOPES[self.activation]
        if self.activation == "leaky_relu":
            return layers.LeakyReLU(negative_slope=slope, name=name)(x)
        initializer = keras.initializers.Constant(slope)
        # One slope a channel, whatever the image's size.
        return layers.PReLU(alpha_initializer=initializer, shared_axes=[1, 2], name=name)(x)

    def residual_block(self, x: keras.KerasTensor, name: str, activate_residual: bool) -> keras.KerasTensor:
        y = self.normalize(self.convolve(x, 64, 3, f"{name}_conv1"), f"{name}_norm1")
        y = self.activate(y, f"{name}_activation1")
        y = self.normalize(self.convolve(y, 64, 3, f"{name}_conv2"), f"{name}_norm2")
        if activate_residual:
            y = self.activate(y, f"{name}_activation2")
        return layers.Add(name=f"{name}_add")([x, y])

    def upsample(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        x = self.convolve(x, 256, 3, f"{name}_conv")
        x = ops.depth_to_space(x, 2)  # the sub-pixel convolution's shuffle: 256 channels become 64
        return self.activate(x, f"{name}_activation")
