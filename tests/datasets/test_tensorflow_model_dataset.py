"""``TensorFlowModelDataset``: plain Keras files, and no code from a stranger's."""

import pickle
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from kedro.io import DatasetError, Version

from srgan_report.datasets import TensorFlowModelDataset


@pytest.fixture
def filepath(tmp_path):
    return tmp_path / "generator.keras"


def load_error(filepath, input_error):
    with pytest.raises(DatasetError) as caught:
        TensorFlowModelDataset(filepath=str(filepath)).load()
    return input_error(caught.value)


class TestFile:
    def test_plain_keras_loads_it(self, tmp_path):
        image = keras.Input((None, None, 3))
        model = keras.Model(image, keras.layers.Conv2D(4, 3)(image))
        version = Version(None, "2026-01-01T00.00.00.000Z")
        TensorFlowModelDataset(filepath=f"{tmp_path}/generator.keras", version=version).save(model)
        loaded = keras.models.load_model(tmp_path / "generator.keras" / version.save / "generator.keras")
        batch = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
        np.testing.assert_array_equal(loaded(batch), model(batch))


class TestStrangersFiles:
    def test_a_lambda_layer_is_refused(self, filepath, input_error):
        image = keras.Input((3,))
        keras.Model(image, keras.layers.Lambda(lambda batch: 2 * batch)(image)).save(filepath)
        message = load_error(filepath, input_error)
        assert message.startswith(
            f"{filepath} can't be loaded: ValueError: Requested the deserialization of a `Lambda` layer"
        )
        assert "safe_mode" not in message  # Keras would advise to turn it off

    @pytest.mark.parametrize("member", [None, "model.weights.npz", "config.json"])
    def test_a_pickle_is_refused_and_not_run(self, filepath, tmp_path, member, input_error):
        trace = tmp_path / "trace"
        content = pickle.dumps(Trap(trace))
        pickle.loads(content)
        assert trace.exists()
        trace.unlink()
        if member is None:
            filepath.write_bytes(content)
        else:
            keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(filepath)
            replace(filepath, member, content)
        assert load_error(filepath, input_error).startswith(f"{filepath} can't be loaded: ")
        assert not trace.exists()

    def test_an_archive_of_something_else_is_refused(self, filepath, input_error):
        with filepath.open("wb") as file:
            np.savez(file, crop=np.ones(3))
        assert "There is no item named 'config.json'" in load_error(filepath, input_error)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def replace(filepath, member, content):
    """Puts ``content`` into the archive; weights take the place of other weights."""
    with zipfile.ZipFile(filepath) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if member.startswith("model.weights"):
        del members["model.weights.h5"]
    members[member] = content
    with zipfile.ZipFile(filepath, "w") as archive:
        for name, each in members.items():
            archive.writestr(name, each)
