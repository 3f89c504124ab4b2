"""The article's networks and training step, transcribed: the yardstick of the benchmarks.

Independent of the project's own code on purpose. It keeps whatever decides what a step computes and costs:
residual blocks as ``Sequential`` models, a VGG loss that walks the layers one by one, two tapes, and a
``tf.function`` that XLA does not compile. It departs from the article only where Keras 3 requires it.
Everywhere ``lr`` is a batch in [0, 1]; ``hr`` and ``sr`` are four times as high and wide, in [-1, 1].
"""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers, ops

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
Step = Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]

_cross_entropy = keras.losses.BinaryCrossentropy()


def build_generator() -> keras.Model:
    """Builds the generator, from ``lr`` to ``sr`` (article, "Model definition")."""
    lr = layers.Input((None, None, 3))
    x = first = layers.LeakyReLU()(layers.Conv2D(64, 9, padding="same")(lr))
    for _ in range(5):
        block = keras.Sequential(_convolution_block(64) + _convolution_block(64))
        x = layers.Add()([x, block(x)])
    x = layers.BatchNormalization()(layers.Conv2D(64, 9, padding="same")(x))
    x = layers.Add()([x, first])
    for _ in range(2):
        x = layers.Conv2D(256, 3, padding="same")(x)
        x = layers.LeakyReLU()(ops.depth_to_space(x, 2))  # Keras 3 refuses tf.nn.depth_to_space itself
    return keras.Model(lr, layers.Conv2D(3, 9, padding="same", activation="tanh")(x))


def build_discriminator(size: int) -> keras.Model:
    """Builds the discriminator, from ``hr`` or ``sr`` to probabilities (article, "Model definition")."""
    crops = layers.Input((size, size, 3))
    x = layers.LeakyReLU()(layers.Conv2D(64, 3, padding="same")(crops))
    for filters, strides in ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2)):
        x = keras.Sequential(_convolution_block(filters, strides))(x)
    x = layers.LeakyReLU()(layers.Dense(1024)(layers.Flatten()(x)))
    return keras.Model(crops, layers.Dense(1, activation="sigmoid")(x))


def _convolution_block(filters: int, strides: int = 1) -> list[keras.Layer]:
    convolution = layers.Conv2D(filters, 3, strides=strides, padding="same")
    return [convolution, layers.BatchNormalization(), layers.LeakyReLU()]


def pixel_mse(hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Mean squared error (article, "Losses", ``pixel_MSE``)."""
    return tf.reduce_mean((hr - sr) ** 2)


def vgg_loss(vgg: keras.Model, last: tuple[int, int], hr: tf.Tensor, sr: tf.Tensor) -> tf.Tensor:
    """Adds up differences on a walk through the layers, up to pooling and convolution ``last`` ("Losses")."""
    total, pooling, convolution = 0.0, 0, 0
    for layer in vgg.layers[1:]:  # in Keras 3 the first, an InputLayer, can't be called
        convolves = isinstance(layer, layers.Conv2D)
        pooling, convolution = (pooling, convolution + 1) if convolves else (pooling + 1, 0)
        if (pooling, convolution) == last:
            break
        hr, sr = layer(hr), layer(sr)
        if convolves:
            total += 0.006 * pixel_mse(hr, sr)
    return total


def build_step(generator: keras.Model, content_loss: Loss, discriminator: keras.Model | None = None) -> Step:
    """Makes the step that updates the networks by one batch of ``lr`` and ``hr`` (article, "Training").

    Its results have the article's names: ``reconstruction``, ``PSNR`` (in dB, of the whole batch, with a
    peak of 1) and, where there is a discriminator, ``adv_g`` (weighted) and ``adv_d``.
    """
    optimizers = [_adam(network) for network in (generator, discriminator) if network is not None]

    @tf.function
    def step(lr: tf.Tensor, hr: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            sr = generator(lr, training=True)
            generator_loss = content_loss(hr, sr)
            logs = {"reconstruction": generator_loss}
            if discriminator is not None:
                real, fake = discriminator(hr, training=True), discriminator(sr, training=True)
                logs["adv_g"] = 0.001 * _cross_entropy(tf.ones_like(fake), fake)
                logs["adv_d"] = _cross_entropy(tf.ones_like(real), real)
                logs["adv_d"] += _cross_entropy(tf.zeros_like(fake), fake)
                generator_loss += logs["adv_g"]
        _descend(generator_tape, generator_loss, generator, optimizers[0])
        if discriminator is not None:
            _descend(discriminator_tape, logs["adv_d"], discriminator, optimizers[1])
        return logs | {"PSNR": -10 * ops.log10(pixel_mse(hr, sr))}

    return step


def _adam(model: keras.Model) -> keras.Optimizer:
    optimizer = keras.optimizers.Adam(0.001)
    # Keras would do it in the first step. Done before it on every side of the benchmarks, so that the memory
    # of a step is the same things' everywhere.
    optimizer.build(model.trainable_variables)
    return optimizer


def _descend(tape: tf.GradientTape, loss: tf.Tensor, model: keras.Model, optimizer: keras.Optimizer) -> None:
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
