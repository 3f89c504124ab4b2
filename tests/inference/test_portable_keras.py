"""Files that older versions of Keras load.

Tried for real with every Python in SRGAN_REPORT_OTHER_KERAS (paths, separated by colons), each of an
environment with another Keras and a backend:

    python3 -m venv old && old/bin/pip install 'keras==3.3.*' 'tensorflow==2.16.*'
    SRGAN_REPORT_OTHER_KERAS=$PWD/old/bin/python .venv/bin/pytest tests/inference/test_portable_keras.py
"""

import json
import os
import subprocess
import zipfile

import keras
import numpy as np
import pytest

from srgan_report.inference.export import save_portable
from srgan_report.networks import build_generator

# What Keras 3.3.3 says of its layers: the keys of get_config().
_LAYER = {"name", "trainable", "dtype"}
_CONVOLUTION = _LAYER | {
    *("activation", "activity_regularizer", "bias_constraint", "bias_initializer", "bias_regularizer"),
    *("data_format", "dilation_rate", "filters", "kernel_constraint", "kernel_initializer"),
    *("kernel_regularizer", "kernel_size", "padding", "strides", "use_bias"),
}
KERAS_3_3 = {
    "InputLayer": {"batch_shape", "dtype", "sparse", "name"},
    "Conv2D": _CONVOLUTION | {"groups"},
    "Conv2DTranspose": _CONVOLUTION,
    "BatchNormalization": _LAYER
    | {
        *("axis", "beta_constraint", "beta_initializer", "beta_regularizer", "center", "epsilon"),
        *("gamma_constraint", "gamma_initializer", "gamma_regularizer", "momentum"),
        *("moving_mean_initializer", "moving_variance_initializer", "scale", "synchronized"),
    },
    "LeakyReLU": _LAYER | {"negative_slope"},
    "PReLU": _LAYER | {"alpha_constraint", "alpha_initializer", "alpha_regularizer", "shared_axes"},
    "Add": _LAYER,
}
OTHERS = [path for path in os.environ.get("SRGAN_REPORT_OTHER_KERAS", "").split(":") if path]
LOAD = """
import sys, keras, numpy as np
images = np.load(sys.argv[2])
model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[3], np.asarray(model([images], training=False)))
print(keras.__version__)
"""


@pytest.fixture(scope="module", params=["article", "paper"])
def generator(request):
    """A generator of which no weight is what it is at first, BatchNorm's statistics included."""
    paper = {
        "activation": "prelu",
        "activate_residual": False,
        "skip_kernel_size": 3,
        "output_activation": "linear",
    }
    settings = paper if request.param == "paper" else {}
    generator = build_generator(residual_blocks=1, **settings)
    random = np.random.default_rng(0)
    for weight in generator.weights:
        spread = 0.1 * random.standard_normal(weight.shape)
        weight.assign(
            weight * (1 + spread) if weight.name in ("kernel", "moving_variance") else weight + spread
        )
    return generator


@pytest.fixture(scope="module")
def saved(generator, tmp_path_factory):
    path = tmp_path_factory.mktemp("portable") / "generator.keras"
    save_portable(generator, path)
    return path


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).random((2, 17, 31, 3), np.float32)


def test_gives_the_same_values_to_the_last_bit(generator, saved, images):
    loaded = keras.models.load_model(saved, safe_mode=True)
    expected = generator(images, training=False).numpy()
    assert expected.std() > 0.05
    np.testing.assert_array_equal(loaded([images], training=False), expected)


def test_names_nothing_that_keras_3_3_does_not_know(saved):
    model = json.loads(zipfile.ZipFile(saved).read("config.json"))["config"]
    assert {layer["class_name"] for layer in model["layers"]} <= KERAS_3_3.keys()
    for layer in model["layers"]:
        assert layer["config"].keys() == KERAS_3_3[layer["class_name"]], layer["name"]
        assert layer["config"]["dtype"] == "float32"
        for name, value in layer["config"].items():
            if name.endswith("_initializer"):
                assert (value["class_name"], value["config"]) == ("Zeros", {})
    assert model["input_layers"] == [["low_resolution", 0, 0]]
    assert model["output_layers"] == [["last_conv", 0, 0]]


def test_layers_of_other_classes_are_saved_as_they_are(tmp_path, images):
    model = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), keras.layers.Rescaling(2.0, -1.0)]
    )
    save_portable(model, tmp_path / "generator.keras")
    loaded = keras.models.load_model(tmp_path / "generator.keras")
    np.testing.assert_array_equal(loaded(images), model(images))


@pytest.mark.skipif(not OTHERS, reason="SRGAN_REPORT_OTHER_KERAS names no Python with another Keras")
@pytest.mark.parametrize("python", OTHERS)
def test_another_keras_loads_it(python, generator, saved, images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [python, "-c", LOAD, saved, tmp_path / "images.npy", tmp_path / "upscaled.npy"],
        capture_output=True,
        text=True,
        env=environment | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.split()[-1] != keras.__version__
    expected = generator(images, training=False).numpy()
    np.testing.assert_allclose(np.load(tmp_path / "upscaled.npy"), expected, rtol=0, atol=1e-5)
