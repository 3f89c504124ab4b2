import hashlib

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import LoadedPhotographs
from srgan_report.parameters.sections import (
    ProtocolParameters,
)
from srgan_report.pipelines.training import nodes
from tests.pipelines.training.tiny import (
    TRAINING,
    build_tiny_generator,
    make_protocol,
    make_variant,
)


@pytest.fixture(scope="module")
def photographs():
    """Two photographs to validate on, three to learn from."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (5, 40, 48, 3), np.uint8)
    encoded = tf.constant([tf.io.encode_png(image).numpy() for image in images])
    return LoadedPhotographs([f"photo{i}" for i in range(5)], encoded)


@pytest.fixture(scope="module")
def split(photographs):
    return pd.DataFrame(
        {
            "position": range(5),
            "id": [f"photo{i}" for i in range(5)],
            "height": 40,
            "width": 48,
            "sha256": [hashlib.sha256(photograph.encoded).hexdigest() for photograph in photographs],
            "subset": ["validation"] * 2 + ["training"] * 3,
        }
    )


@pytest.fixture(scope="module")
def validation_crops():
    random = np.random.default_rng(2)
    return {
        "low_resolution": random.random((3, 8, 8, 3), np.float32),
        "high_resolution": random.integers(0, 256, (3, 32, 32, 3), np.uint8),
        "position": np.array([0, 0, 1]),
        "downscaling": np.array("bilinear"),
    }


@pytest.fixture
def tiny_vgg(monkeypatch):
    """Stands in for the pretrained network; says which one was asked for."""
    asked = []

    def load(network):
        asked.append(network)
        convolutions = [keras.layers.Conv2D(4, 3, padding="same", name=f"block1_conv{i}") for i in (1, 2)]
        vgg = keras.Sequential([keras.Input((None, None, 3)), *convolutions], name=network)
        return keras.Model(vgg.inputs, vgg.outputs, name=network)

    monkeypatch.setattr(nodes, "load_vgg", load)
    return asked


@pytest.fixture
def prepare(monkeypatch):
    """Prepares a training, except for its crops."""

    def prepare(name, protocol=None, **changed):
        return nodes.prepare_training([], None, make_variant(name, **changed), protocol or make_protocol())

    monkeypatch.setattr(nodes, "map_training_crops", lambda *arguments: "crops")
    return prepare


@pytest.fixture(scope="module")
def identify(split, validation_crops):
    def identify(name="srresnet_mse", training=TRAINING, **changed):
        arguments = {
            "split": split,
            "validation_crops": validation_crops,
            "initial_generator": build_tiny_generator(),
        }
        protocol = make_protocol(
            **{key: changed.pop(key) for key in changed.keys() & ProtocolParameters.model_fields.keys()}
        )
        return nodes.identify_training(make_variant(name, training), protocol, **arguments | changed)

    return identify


@pytest.fixture(scope="module")
def data(photographs, split, validation_crops):
    """What trains SRResNet-MSE, except for its networks and the folder."""
    return {
        "variant": make_variant("srresnet_mse"),
        "protocol": make_protocol(),
        "split": split,
        "training_crops": TrainingCrops(photographs, [2, 3, 4], 32, 2, 2, 1, False, "bilinear"),
        "validation_crops": validation_crops,
    }
