"""The discriminator: the article's network that tells photographs from super-resolved ones."""

import keras
from keras import layers

from srgan_report.choices import DiscriminatorOutput
from srgan_report.seeding import derive_seed

# Filters and strides of the first convolution and of the seven blocks that follow it.
_CONVOLUTIONS = ((64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2))


def build_discriminator(
    *,
    crop_size: int = 128,
    negative_slope: float = 0.3,
    output: DiscriminatorOutput = "probability",
    batch_normalization_momentum: float = 0.99,
    seed: int = 0,
) -> keras.Model:
    """Builds the discriminator for crops of one size.

    Source: article, "Model definition"; after Ledig et al. 2017, figure 4. For the article's crops of 128
    pixels it has 38,249,281 parameters, of which 33,555,456 are the first dense layer's; for the paper's of
    96 pixels, 23,569,217.

    Args:
        crop_size: Height and width of the crops in pixels (article: 128; paper: 96).
        negative_slope: The slope of LeakyReLU for negative inputs (article: Keras' default, 0.3;
            paper, section 2.1: 0.2).
        output: ``probability`` ends in a sigmoid, as in article and paper; ``logit`` leaves it to the loss
            (see ``adversarial_loss``). The initial weights are the same.
        batch_normalization_momentum: How much of their old value the moving statistics keep at each step.
        seed: Decides the initial weights, layer by layer, each layer's by its purpose alone.

    Returns:
        A model from ``(batch, crop_size, crop_size, 3)`` float32 in [-1, 1] to ``(batch, 1)`` float32: the
        probability in (0, 1) that a crop is a photograph's own, or its logit. The last layer is named
        ``probability`` or ``logit``.
    """
    x = crops = layers.Input((crop_size, crop_size, 3), name="crops")
    for block, (filters, stride) in enumerate(_CONVOLUTIONS):
        name = f"block{block}" if block else "first"
        options = {"padding": "same", "kernel_initializer": _initializer(seed, f"{name}_conv")}
        x = layers.Conv2D(filters, 3, strides=stride, name=f"{name}_conv", **options)(x)
        if block:
            x = layers.BatchNormalization(momentum=batch_normalization_momentum, name=f"{name}_norm")(x)
        x = layers.LeakyReLU(negative_slope=negative_slope, name=f"{name}_activation")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(1024, kernel_initializer=_initializer(seed, "dense"), name="dense")(x)
    x = layers.LeakyReLU(negative_slope=negative_slope, name="dense_activation")(x)
    last = layers.Dense(
        1,
        activation="sigmoid" if output == "probability" else "linear",
        kernel_initializer=_initializer(seed, "probability"),  # whatever the layer's name: see ``output``
        name=output,
    )
    return keras.Model(crops, last(x), name="discriminator")


def _initializer(seed: int, purpose: str) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=derive_seed(seed, purpose))
