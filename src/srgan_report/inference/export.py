"""Generators in formats that other software reads, each loaded again and checked against the generator."""

import hashlib
import json
import logging
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.ops.nn import DepthToSpace

from srgan_report.errors import InputError
from srgan_report.storage.paths import literal_path

TOLERANCE = 1e-4  # of outputs in [-1, 1]: a hundredth of the step between two of 256 levels

# Arguments of a generator's layers that came after Keras 3.3.
_NEWER = frozenset({"optional", "ragged", "output_padding", "renorm", "renorm_clipping", "renorm_momentum"})

# Images of two sizes and counts, so that a format that has fixed either shows.
_SHAPES = ((1, 24, 16, 3), (2, 17, 31, 3))

Upscale = Callable[[np.ndarray], np.ndarray]  # as a generator: [0, 1] to [-1, 1]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """A generator's version, and what writes its export to an empty folder."""

    version: str
    write: Callable[[Path], None]


@dataclass(frozen=True)
class Format:
    """A format to export to, and the packages that writing and loading need next to TensorFlow."""

    title: str
    file: str
    write: Callable[[keras.Model, Path], None]
    load: Callable[[Path], Upscale]
    packages: tuple[str, ...] = ()


def save_portable(generator: keras.Model, path: Path) -> None:
    """Saves a generator for inference, so that Keras 3.3 and later load it: a version refuses what it lacks.

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


def _load_keras(path: Path) -> Upscale:
    model = keras.models.load_model(path, compile=False)
    return lambda images: model([images], training=False).numpy()


def _load_saved_model(path: Path) -> Upscale:
    with literal_path(path) as folder:
        model = tf.saved_model.load(folder)
    return lambda images: model.serve(images).numpy()


def _load_tflite(path: Path) -> Upscale:
    with warnings.catch_warnings():
        # It is to move to a package of its own, ai-edge-litert; TensorFlow 2.21 still has it.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated")
        run = tf.lite.Interpreter(str(path)).get_signature_runner()
    (source,) = run.get_input_details()
    return lambda images: next(iter(run(**{source: images}).values()))


def _load_onnx(path: Path) -> Upscale:
    import onnxruntime  # of the extra "export"

    session = onnxruntime.InferenceSession(path)
    (source,) = session.get_inputs()
    return lambda images: session.run(None, {source.name: images})[0]


def _write_as(name: str, **options: Any) -> Callable[[keras.Model, Path], None]:
    def write(model: keras.Model, path: Path) -> None:
        try:
            with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of np.object
                model.export(path, format=name, verbose=False, **options)
        except tf.errors.OpError as error:  # as of a full disk
            raise OSError(error.message) from error

    return write


_write_onnx = _write_as("onnx", opset_version=15)  # which runtimes from 2021 on read

FORMATS = (
    Format("Keras", "generator.keras", save_portable, _load_keras),
    Format("TensorFlow SavedModel", "saved_model", _write_as("tf_saved_model"), _load_saved_model),
    Format("LiteRT (TFLite)", "generator.tflite", _write_as("litert"), _load_tflite),
    Format("ONNX", "generator.onnx", _write_onnx, _load_onnx, ("tf2onnx", "onnxruntime")),
)


def export_formats(generator: keras.Model, folder: Path, *, name: str) -> dict[Format, float]:
    """Writes a generator, called ``name`` in messages, to an empty folder in all formats; checks each.

    Returns:
        For each format, loaded again, the largest absolute difference from the generator's output in [-1, 1]
        for random images. One whose packages are not installed is left out, with a warning.

    Raises:
        InputError: A format differs by ``TOLERANCE`` or more.
    """
    random = np.random.default_rng(0)
    images = [random.random(shape, np.float32) for shape in _SHAPES]
    expected = [generator(each, training=False).numpy() for each in images]
    differences = {}
    for kind in FORMATS:
        if missing := [package for package in kind.packages if find_spec(package) is None]:
            logger.warning(
                "%s: skipped %s, which needs %s. Install with: "
                "pip install 'srgan-report[export]'", name, kind.title, " and ".join(missing),
            )  # fmt: skip
            continue
        kind.write(generator, folder / kind.file)
        upscale = kind.load(folder / kind.file)
        pairs = zip(images, expected, strict=True)
        difference = max(float(np.abs(upscale(each) - wanted).max()) for each, wanted in pairs)
        if not difference < TOLERANCE:
            raise InputError(
                f"{name} as {kind.title} must agree with the generator within {TOLERANCE:g}. Received a "
                f"difference of {difference:.2g}. Install the locked packages: make install"
            )
        logger.info("%s as %s: largest difference from the generator: %.1e", name, kind.title, difference)
        differences[kind] = difference
    return differences


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder, by its POSIX path relative to it, sorted."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)}
