"""Generators as ``.keras`` files that Keras 3.3 and later load, for inference.

A version of Keras refuses layers, and arguments of layers, that it does not know. Files here name what Keras
3.3 knows, and nothing that matters in training alone.
"""

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras.src.ops.nn import DepthToSpace

# The arguments of layers in Keras 3.3, of those layers that a generator has.
_LAYER = frozenset({"name", "trainable", "dtype"})
_CONVOLUTION = _LAYER | {
    *(
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "activation",
        "use_bias",
    ),
    *("kernel_initializer", "kernel_regularizer", "kernel_constraint", "activity_regularizer"),
    *("bias_initializer", "bias_regularizer", "bias_constraint"),
}
_KNOWN: dict[str, frozenset[str]] = {
    "InputLayer": frozenset({"batch_shape", "dtype", "sparse", "name"}),
    "Conv2D": _CONVOLUTION | {"groups"},
    "Conv2DTranspose": _CONVOLUTION,
    "BatchNormalization": _LAYER
    | {
        *("axis", "momentum", "epsilon", "center", "scale", "synchronized"),
        *("beta_initializer", "beta_regularizer", "beta_constraint"),
        *("gamma_initializer", "gamma_regularizer", "gamma_constraint"),
        *("moving_mean_initializer", "moving_variance_initializer"),
    },
    "LeakyReLU": _LAYER | {"negative_slope"},
    "PReLU": _LAYER | {"alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes"},
    "Add": _LAYER,
}


def save_portable(generator: keras.Model, path: Path) -> None:
    """Saves a generator so that Keras 3.3 and later load it.

    Its layers lose what they had for training, their initializers and the seeds in them. The pixel shuffle,
    which Keras 3.12 did not have yet, becomes a transposed convolution that gives the same values. Images are
    passed in a list of one, as Keras 3.3 saved such models: ``model([images])``. Newer versions take them
    without a list, too, but warn.

    Args:
        generator: A functional or sequential model. Layers of other classes than a generator has are saved as
            they are.
        path: The file to write.
    """
    with TemporaryDirectory() as temporary:
        whole = Path(temporary) / "generator.keras"
        _replace_shuffles(generator).save(whole)
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if name == "config.json":
                    content = json.dumps(_simplify(json.loads(content))).encode()
                target.writestr(name, content)


def _replace_shuffles(generator: keras.Model) -> keras.Model:
    """A copy with a transposed convolution in place of each ``keras.ops.depth_to_space``."""
    weights: list[tuple[keras.Layer, list[np.ndarray]]] = []

    def clone(operation: Any) -> keras.Layer:
        if isinstance(operation, DepthToSpace):
            block, filters = operation.block_size, operation.output.shape[-1]
            layer = keras.layers.Conv2DTranspose(
                filters, block, strides=block, use_bias=False, trainable=False, name=operation.name
            )
            # Each input channel goes to one place of one output channel.
            channels = block**2 * filters
            weights.append(
                (layer, [np.eye(channels, dtype=np.float32).reshape(block, block, filters, channels)])
            )
        else:
            layer = type(operation).from_config(operation.get_config())
            weights.append((layer, operation.get_weights()))
        return layer

    copy = keras.models.clone_model(generator, clone_function=clone)
    for layer, values in weights:
        layer.set_weights(values)
    return copy


def _simplify(value: Any) -> Any:
    """The configuration of a model, or a part of it, in the words of Keras 3.3."""
    if isinstance(value, list):
        return [_simplify(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("module") == "keras.initializers":
        return {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None}
    if value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    simple = {key: _simplify(each) for key, each in value.items()}
    for ends in ("input_layers", "output_layers"):
        if ends in simple and isinstance(simple[ends][0], str):  # in Keras 3.3 a list even where it is one
            simple[ends] = [simple[ends]]
    if value.get("module") == "keras.layers" and value["class_name"] in _KNOWN:
        known = _KNOWN[value["class_name"]]
        simple["config"] = {key: each for key, each in simple["config"].items() if key in known}
    return simple
