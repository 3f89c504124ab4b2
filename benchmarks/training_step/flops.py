"""Counts what a training step computes for one image: the yardstick that no implementation can move.

The sums of convolutions and dense layers alone, by direct convolution, a multiplication and an addition being
two operations. All the rest (normalisation, activations, optimisers) is a few operations a value. An
implementation that needs fewer, say one that folds a convolution, is still measured by this count.
"""

import math

import keras
from keras import layers


def forward_flop(model: keras.Model, size: int) -> list[int]:
    """Counts the operations of a forward pass for one image.

    Args:
        model: A functional model of images whose layers are all its own: those of a model within it would
            not be found.
        size: Pixels of the image's side.

    Returns:
        A number for each convolution and dense layer, in order.
    """
    summing = [layer for layer in model.layers if isinstance(layer, layers.Conv2D | layers.Dense)]
    shapes = keras.Model(model.inputs, [layer.output for layer in summing]).compute_output_shape(
        (1, size, size, 3)
    )
    # Each of the kernel's weights is used once at every position of the output; a dense layer has just one.
    return [
        2 * math.prod(shape[1:-1]) * math.prod(layer.kernel.shape)
        for shape, layer in zip(shapes, summing, strict=True)
    ]


def step_flop(
    size: int,
    generator: keras.Model,
    maps: keras.Model | None = None,
    discriminator: keras.Model | None = None,
) -> int:
    """Counts the operations of a training step for one pair of crops.

    A layer's gradient costs a forward pass for its weights and one for its input. What nobody needs is not
    counted: the gradients of the generator's and the discriminator's input, VGG's weight gradients.

    Args:
        size: Pixels of an HR crop's side.
        generator: From LR to SR.
        maps: The VGG network whose feature maps the content loss compares.
        discriminator: From HR or SR crops to probabilities.
    """
    forward = forward_flop(generator, size // 4)
    flop = 3 * sum(forward) - forward[0]
    if maps is not None:  # HR forward, SR forward, and the gradient of SR
        flop += 3 * sum(forward_flop(maps, size))
    if discriminator is not None:
        # Two passes forward and back to the weights, and one to SR for the generator's adversarial loss.
        forward = forward_flop(discriminator, size)
        flop += 2 * (3 * sum(forward) - forward[0]) + sum(forward)
    return flop
