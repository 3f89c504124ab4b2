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

# Arguments of a generator's layers that came after Keras 3.3.
_NEWER = frozenset({"optional", "ragged", "output_padding", "renorm", "renorm_clipping", "renorm_momentum"})


def save_portable(generator: keras.Model, path: Path) -> None:
    """Saves a generator so that Keras 3.3 and later load it, without its layers' initializers.

    The pixel shuffle, which Keras 3.12 did not have yet, becomes a transposed convolution that gives the same
    values. Images are passed in a list of one, as Keras 3.3 saved such models: ``model([images])``. Newer
    versions take them without a list, too, but warn.
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
            channels = block**2 * filters  # each goes to one place of one output channel
            kernel = np.eye(channels, dtype=np.float32).reshape(block, block, filters, channels)
            weights.append((layer, [kernel]))
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
    if value.get("module") == "keras.layers":
        simple["config"] = {key: each for key, each in simple["config"].items() if key not in _NEWER}
    return simple
