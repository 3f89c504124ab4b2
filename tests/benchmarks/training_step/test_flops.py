import keras
import pytest
from keras import layers

from benchmarks.training_step import flops
from srgan_report.networks import build_discriminator, build_generator, build_perceptual_network


def test_forward_by_hand():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(5, 3, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(7),
        ]
    )
    # 4 by 4 places for each of 3 by 3 by 3 by 5 weights, then 80 values by 7.
    assert flops.forward_flop(model, 8) == [2 * 16 * 135, 2 * 560]


def test_step_by_hand():
    generator = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 1), layers.Conv2D(3, 1)])
    maps = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(1, 1)])
    discriminator = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Flatten(), layers.Dense(2), layers.Dense(1)]
    )
    of_generator = (12 + 12) + (12 + 12) + 12  # forward, weights, inputs but the first layer's
    assert flops.step_flop(4, generator) == of_generator
    of_maps = 3 * 96
    assert flops.step_flop(4, generator, maps) == of_generator + of_maps
    of_each_pass = (192 + 4) + (192 + 4) + 4  # as for the generator; of HR and of SR
    of_discriminator = 2 * of_each_pass + (192 + 4)  # and from the adversarial loss to SR
    assert flops.step_flop(4, generator, None, discriminator) == of_generator + of_discriminator


# Counted independently, from the article's lists of layers, for crops of 128 pixels.
@pytest.mark.parametrize(
    ("content_loss", "adversarial", "gflop"),
    [("mse", False, 10.4), ("vgg54", False, 48.7), ("vgg54", True, 70.7)],
)
def test_step(content_loss, adversarial, gflop):
    networks = {"generator": build_generator()}
    if adversarial:
        networks["discriminator"] = build_discriminator(crop_size=128)
    if content_loss != "mse":
        vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
        network = build_perceptual_network(vgg, content_loss=content_loss, preprocessing="none")
        networks["maps"] = network.get_layer("vgg19")
    assert flops.step_flop(128, **networks) / 1e9 == pytest.approx(gflop, rel=0.01)
