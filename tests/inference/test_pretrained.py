import numpy as np
import pytest

from srgan_report.errors import InputError
from srgan_report.inference.pretrained import build_pretrained, round_weights
from srgan_report.networks import build_generator, initialize

PARAMETERS = {"residual_blocks": 1, "initialization": "interpolating"}
IMAGES = np.random.default_rng(0).random((70, 6, 7, 3), np.float32)  # more than one batch


def build(**parameters):
    generator = initialize(build_generator(residual_blocks=1, **parameters, seed=3), "interpolating")
    random = np.random.default_rng(1)
    for weight in generator.weights:  # no weight may be one that half precision has exactly
        noise = 1 + 0.01 * random.random(weight.shape, np.float32)
        weight.assign(weight.numpy() * noise)
    return generator


class TestPack:
    def test_weights_are_float16_by_their_paths(self):
        generator = build()
        weights, _ = round_weights(generator, PARAMETERS, IMAGES, name="srgan_mse.generator")
        assert list(weights) == [weight.path for weight in generator.weights]
        for weight in generator.weights:
            half = weights[weight.path]
            assert half.dtype == np.float16
            np.testing.assert_allclose(half, weight, rtol=2**-11, atol=2**-25)

    def test_difference_is_that_of_the_images_in_levels(self):
        generator = build()
        weights, levels = round_weights(generator, PARAMETERS, IMAGES, name="srgan_mse.generator")
        rounded = build()
        rounded.set_weights([weights[weight.path].astype(np.float32) for weight in rounded.weights])
        ours, theirs = (np.clip(network(IMAGES).numpy(), -1, 1) for network in (generator, rounded))
        assert levels == pytest.approx(np.abs(ours - theirs).max() * 127.5, rel=1e-3)
        assert 0 < levels < 0.5

    def test_what_half_precision_would_change_stays_as_it_is(self, caplog):
        generator = build()
        kernel, bias = generator.get_layer("last_conv").get_weights()
        generator.get_layer("last_conv").set_weights([kernel * 1000, bias])
        self.check_unchanged(generator)
        assert "srgan_mse.generator keeps its float32 weights: float16 would change" in caplog.text

    # An infinite variance would leave images finite.
    @pytest.mark.parametrize("weight", ["moving_variance", "gamma"])
    def test_a_weight_beyond_half_precision_stays_as_it_is(self, weight):
        generator = build()
        getattr(generator.get_layer("block1_norm2"), weight).assign([70_000.0] * 64)
        self.check_unchanged(generator)

    def check_unchanged(self, generator):
        weights, levels = round_weights(generator, PARAMETERS, IMAGES, name="srgan_mse.generator")
        assert levels == 0
        for weight in generator.weights:
            assert weights[weight.path].dtype == np.float32
            np.testing.assert_array_equal(weights[weight.path], weight)


class TestUnpack:
    def test_is_a_float32_generator_of_these_weights(self):
        weights, _ = round_weights(build(), PARAMETERS, IMAGES, name="srgan_mse.generator")
        generator = build_pretrained(weights, PARAMETERS, name="srgan_mse.generator")
        for weight in generator.weights:
            assert weight.dtype == "float32"
            np.testing.assert_array_equal(weight, weights[weight.path].astype(np.float32))

    def test_weights_of_other_parameters_are_refused(self):
        weights, _ = round_weights(build(), PARAMETERS, IMAGES, name="srgan_mse.generator")
        with pytest.raises(InputError, match=r"srgan_mse\.generator must match .*: block2_conv1/bias, "):
            build_pretrained(weights, PARAMETERS | {"residual_blocks": 2}, name="srgan_mse.generator")
