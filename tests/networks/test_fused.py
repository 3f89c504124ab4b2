import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.networks import accelerate, build_discriminator, build_generator, build_perceptual_network

PAPER = {
    "residual_blocks": 2,
    "activation": "prelu",
    "activate_residual": False,
    "skip_kernel_size": 3,
    "output_activation": "linear",
}


def shake(network, seed=1):
    """Moves every weight, BatchNorm's and the biases too, which start as zeros and ones."""
    random = np.random.default_rng(seed)
    network.set_weights(
        [
            random.uniform(0.5, 1.5, weight.shape)
            if weight.path.endswith(("gamma", "moving_variance", "alpha"))
            else weight + random.normal(0, 0.01, weight.shape)
            for weight in network.weights
        ]
    )
    return network


def images(*shape, low=0.0, seed=7):
    return tf.constant(np.random.default_rng(seed).uniform(low, 1, shape), tf.float32)


def vgg19():
    # A tenth of the depth would do; the network's own names decide which layers are compared.
    keras.utils.set_random_seed(3)
    vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    return build_perceptual_network(vgg, content_loss="vgg22", preprocessing="network")


NETWORKS = {
    "article's generator": lambda: (shake(build_generator(residual_blocks=2)), images(2, 9, 7, 3)),
    "paper's generator": lambda: (shake(build_generator(**PAPER)), images(2, 9, 7, 3)),
    "discriminator": lambda: (shake(build_discriminator(crop_size=32)), images(3, 32, 32, 3, low=-1)),
    "logit": lambda: (
        shake(build_discriminator(crop_size=32, output="logit", negative_slope=0.2)),
        images(3, 32, 32, 3, low=-1),
    ),
}


@pytest.fixture(params=NETWORKS)
def network_and_inputs(request):
    return NETWORKS[request.param]()


def train_once(call, network, inputs):
    """Outputs, and gradients of an uneven function of them by inputs and variables."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = call(inputs, training=True)
        uneven = tf.reduce_mean(tf.sin(3 * outputs))
    gradients = tape.gradient(uneven, {"inputs": inputs} | {w.path: w.value for w in variables(network)})
    return outputs.numpy(), {name: gradient.numpy() for name, gradient in gradients.items()}


def variables(network):
    # BatchNorm takes away whatever a bias before it adds: its gradient is nothing but rounding errors.
    normalized = {
        f"{layer.name.replace('norm', 'conv')}/bias" for layer in network.layers if "norm" in layer.name
    }
    return [weight for weight in network.trainable_weights if weight.path not in normalized]


class TestAgreement:
    def test_outputs_in_inference(self, network_and_inputs):
        network, inputs = network_and_inputs
        expected = network(inputs, training=False)
        np.testing.assert_allclose(accelerate(network)(inputs, training=False), expected, atol=1e-5)

    def test_outputs_and_gradients_in_training(self, network_and_inputs):
        network, inputs = network_and_inputs
        weights = network.get_weights()
        expected, expected_gradients = train_once(network, network, inputs)
        network.set_weights(weights)  # moving statistics have moved
        outputs, gradients = train_once(accelerate(network), network, inputs)
        np.testing.assert_allclose(outputs, expected, atol=1e-5)
        assert gradients.keys() == expected_gradients.keys()
        for name, gradient in gradients.items():
            # As a whole: a value that rounding moves across an activation's kink moves single gradients.
            size = np.linalg.norm(expected_gradients[name])
            assert np.linalg.norm(gradient - expected_gradients[name]) < 1e-3 * size, name

    def test_moving_statistics(self, network_and_inputs):
        network, inputs = network_and_inputs
        weights = network.get_weights()
        network(inputs, training=True)
        expected = network.get_weights()
        network.set_weights(weights)
        accelerate(network)(inputs, training=True)
        moved = 0
        for name, before, after, theirs in zip(
            [weight.path for weight in network.weights], weights, network.get_weights(), expected, strict=True
        ):
            moved += "moving" in name and not np.array_equal(before, after)
            np.testing.assert_allclose(after, theirs, rtol=1e-5, atol=1e-6, err_msg=name)
        assert moved == sum("moving" in weight.path for weight in network.weights)

    @pytest.mark.parametrize("jit_compile", [False, True])
    def test_compiled(self, network_and_inputs, jit_compile):
        network, inputs = network_and_inputs
        compiled = tf.function(lambda x: accelerate(network)(x, training=False), jit_compile=jit_compile)
        np.testing.assert_allclose(compiled(inputs), network(inputs, training=False), atol=1e-5)

    def test_feature_maps(self):
        network, inputs = vgg19(), images(2, 32, 32, 3, low=-1)
        maps, expected = accelerate(network)(inputs, training=False), network(inputs, training=False)
        assert len(maps) == len(expected) == 5
        for ours, theirs in zip(maps, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())

    def test_batch_of_one_value(self):
        norm = keras.Sequential([keras.Input((1, 1, 2)), keras.layers.BatchNormalization(momentum=0.5)])
        accelerate(norm)(tf.constant([[[[3.0, 5.0]]]]), training=True)
        np.testing.assert_allclose(norm.layers[0].moving_mean, [1.5, 2.5])
        np.testing.assert_allclose(norm.layers[0].moving_variance, [0.5, 0.5])

    def test_saturated_discriminator_keeps_its_gradient(self):
        # Keras finds the logit behind a sigmoid; from a probability of 1 alone there would be no gradient.
        network = build_discriminator(crop_size=32)
        network.layers[-1].bias.assign([-40.0])
        crops = images(2, 32, 32, 3, low=-1)
        with tf.GradientTape() as tape:
            tape.watch(crops)
            fake = accelerate(network)(crops, training=True)
            loss = keras.losses.BinaryCrossentropy()(tf.ones_like(fake), fake)
        assert float(loss) > 35
        assert np.abs(tape.gradient(loss, crops)).max() > 0


class TestOriginal:
    def test_is_left_as_it_was(self, network_and_inputs, tmp_path):
        network, inputs = network_and_inputs
        before = network.to_json()
        accelerate(network, "mixed_bfloat16")(inputs, training=False)
        assert network.to_json() == before
        assert all(layer.compute_dtype == "float32" for layer in network.layers)
        network.save(tmp_path / "network.keras")
        loaded = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
        np.testing.assert_array_equal(loaded(inputs, training=False), network(inputs, training=False))

    def test_variables_are_its_own(self):
        network = build_generator(residual_blocks=1)
        forward = accelerate(network)
        inputs = images(1, 4, 4, 3)
        before = forward(inputs, training=False)
        shake(network)
        after = forward(inputs, training=False)
        assert np.abs(after - before).max() > 0.01
        np.testing.assert_allclose(after, network(inputs, training=False), atol=1e-5)

    @pytest.mark.parametrize(
        "layer",
        [
            keras.layers.Conv2D(4, 3, dilation_rate=2),
            keras.layers.Conv2D(4, 3, strides=2, padding="valid", activation="relu"),
            keras.layers.Conv2D(4, 3, use_bias=False),
            keras.layers.BatchNormalization(axis=1),
            keras.layers.BatchNormalization(scale=False),
            keras.layers.LeakyReLU(negative_slope=0.0),
            keras.layers.Dense(4, use_bias=False),
            keras.layers.UpSampling2D(4),
            keras.layers.Rescaling(3.0, offset=1.0),
        ],
        ids=lambda layer: layer.name,
    )
    def test_other_settings_and_layers_work_too(self, layer):
        network = shake(keras.Sequential([keras.Input((8, 8, 3)), layer]))
        inputs = images(2, 8, 8, 3, low=-1)
        for training in (False, True):
            expected = network(inputs, training=training)
            np.testing.assert_allclose(
                accelerate(network)(inputs, training=training), expected, rtol=1e-4, atol=1e-5
            )


class TestPrecision:
    @pytest.mark.parametrize("name", ["article's generator", "paper's generator", "discriminator"])
    def test_bfloat16_is_near_and_its_output_float32(self, name):
        network, inputs = NETWORKS[name]()
        exact = network(inputs, training=False).numpy()
        outputs = accelerate(network, "mixed_bfloat16")(inputs, training=False)
        assert outputs.dtype == tf.float32
        difference = np.abs(outputs - exact).max()
        assert 1e-6 < difference < 0.05 * max(np.abs(exact).max(), 1)

    def test_feature_maps_are_bfloat16(self):
        maps = accelerate(vgg19(), "mixed_bfloat16")(images(1, 32, 32, 3, low=-1), training=False)
        assert {feature_map.dtype for feature_map in maps} == {tf.bfloat16}

    def test_statistics_stay_float32(self):
        network, inputs = NETWORKS["discriminator"]()
        accelerate(network, "mixed_bfloat16")(inputs, training=True)
        moving = [weight for weight in network.weights if "moving_mean" in weight.path]
        assert {weight.dtype for weight in moving} == {"float32"}
        # Not rounded to the 8 significant bits of bfloat16 on their way.
        assert any(np.any(weight.numpy() != tf.cast(weight, tf.bfloat16).numpy()) for weight in moving)
