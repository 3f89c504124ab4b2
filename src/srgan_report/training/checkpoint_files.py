"""The files of one checkpoint: written, read, checked and removed."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from srgan_report.storage.paths import literal_path

FINISHED = "finished"  # the name of what a training ended with

_STATE = "state/.ATTRIBUTES/VARIABLE_VALUE"  # as tf.train.Checkpoint names what write calls state

# What reading a damaged file raises, according to where the damage is.
DAMAGE = (tf.errors.OpError, IndexError, ValueError)


def write(path: Path, state: Mapping[str, Any], **variables: Sequence[tf.Variable]) -> None:
    """Writes variables under these names, and all else as JSON knows it; nothing is left where that fails.

    With names of our own no class of Keras' has a say in them.
    """
    try:
        tf.train.Checkpoint(state=tf.Variable(json.dumps(state), dtype=tf.string), **variables).write(path)
    except BaseException:
        remove(path)
        raise


def read(path: Path, **variables: Sequence[tf.Variable]) -> None:
    """Sets the variables to what the files of this name hold."""
    with literal_path(path) as prefix:
        status = tf.train.Checkpoint(**variables).read(prefix).assert_existing_objects_matched()
        status.expect_partial()  # else TensorFlow warns that the state is left


def list_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a training: paths without suffix, the last one first."""
    paths = [path.with_suffix("") for path in folder.glob("*.index")]
    return sorted(paths, key=lambda path: (path.name == FINISHED, path.name), reverse=True)


def read_state(path: Path) -> dict[str, Any]:
    """Reads all tensors, whose checksums are compared on the way, and gives the state."""
    with literal_path(path) as prefix:
        reader = tf.train.load_checkpoint(prefix)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
        return json.loads(reader.get_tensor(_STATE))


def remove(path: Path) -> None:
    """Removes a checkpoint, its index first: without it the rest counts for nothing."""
    path.with_suffix(".index").unlink(missing_ok=True)
    for part in path.parent.glob(f"{path.name}[._]*"):
        shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)
