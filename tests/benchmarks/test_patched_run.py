import numpy as np
import pytest
import tensorflow as tf

from benchmarks import patched_run, settings_study
from srgan_report.networks import accelerate, build_generator, fused, generator
from srgan_report.training import auxiliary_losses


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Takes every patch back after the test."""
    for place, name in (
        (auxiliary_losses, "lattice_loss"),
        (generator._Layers, "activate"),
        (fused, "LAST_LAYERS"),
    ):
        monkeypatch.setattr(place, name, getattr(place, name))


def test_the_study_names_no_other_patches():
    named = {patch for study in settings_study.STUDIES.values() for patch in study.patches.values()}
    assert named == set(patched_run.PATCHES)


def test_windows_reach_the_losses_that_are_weighed():
    patched_run.PATCHES["windows_2_1"]()
    others = dict.fromkeys(
        ("total_variation_weight", "spectral_weight", "chroma_weight", "consistency_weight"), 0
    )
    (_, loss) = auxiliary_losses.weigh_losses(others | {"lattice_weight": 30})["lattice_loss"]
    noise = tf.random.stateless_normal((4, 96, 96, 3), (1, 2))
    assert float(loss(tf.zeros_like(noise), noise)) == pytest.approx(15 / 16 / 2**2, rel=0.05)


def test_the_kernel_averages_four_pixels():
    image = np.zeros((1, 4, 4, 1), np.float32)
    image[0, 1, 1] = 4
    expected = np.zeros((4, 4))
    expected[1:3, 1:3] = 1
    layer = patched_run.AveragedLeakyReLU(negative_slope=0.3)
    np.testing.assert_array_equal(layer(image)[0, ..., 0], expected)


def test_the_kernel_removes_what_sub_pixel_convolutions_draw():
    image = np.full((1, 24, 24, 3), 0.5, np.float32)  # flat: what varies away from the border is the pattern

    def build():
        return build_generator(residual_blocks=1, skip_kernel_size=3, output_activation="linear")

    def pattern(network):
        inside = network(image, training=False).numpy()[0, 40:-40, 40:-40]
        return inside.std(axis=(0, 1)).max()

    plain = build()
    patched_run.average_sub_pixels()
    averaged = build()
    assert pattern(plain) > 1e-2
    assert pattern(averaged) < 1e-5
    np.testing.assert_allclose(accelerate(averaged)(image, training=False), averaged(image), atol=1e-5)
