import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.training.distribution import Replicas, make_strategy

# Trains the same twice, on one device and on two, and prints both histories. In a process of its own, since
# TensorFlow can't divide a CPU any more once it has used it.
TWICE = """
import json, sys, tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from srgan_report.data.crops import TrainingCrops
from srgan_report.training.losses import pixel_mse
from srgan_report.networks import build_discriminator, build_generator, initialize
from srgan_report.data.photographs import FolderPhotographs
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import Replicas
from srgan_report.training.step import TrainingStep
from srgan_report.training.trainer import Trainer
from srgan_report.training.validation import validation_batches

random = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp())
for number in range(10):
    image = np.kron(random.integers(0, 256, (8, 8, 3)), np.ones((8, 8, 1)))
    Image.fromarray(image.astype(np.uint8)).save(folder / f"{number}.png")
crops = TrainingCrops(
    FolderPhotographs(folder, [f"{number}.png" for number in range(10)]), range(10), size=32, batch_size=6,
    steps_per_epoch=None, seed=0, shuffle=True, downscaling="bilinear",
)
high_resolution = random.integers(0, 256, (3, 32, 32, 3), np.uint8)
held_out = {"low_resolution": random.random((3, 8, 8, 3), "float32"), "high_resolution": high_resolution}
validation = validation_batches(held_out, 2)
for strategy in (tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
    step = TrainingStep(
        name="", generator=initialize(build_generator(residual_blocks=1, seed=1), "interpolating"),
        discriminator=build_discriminator(crop_size=32, seed=1), content_loss=pixel_mse, learning_rate=1e-3,
        adversarial_weight=1e-3, replicas=Replicas(strategy),
        synchronize_batch_normalization=sys.argv[1] == "synchronize",
    )
    identity = {"replicas": step.replicas.count}
    checkpoints = Checkpoints(folder / "checkpoints", identity, step, every=100, resume=True)
    progress = Trainer(step, crops, validation, 2, folder / "log", checkpoints).train()
    print(json.dumps(progress.rows), flush=True)
"""


def train_twice(how):
    finished = subprocess.run([sys.executable, "-c", TWICE, how], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr[-5000:]
    one, two = (json.loads(line) for line in finished.stdout.splitlines()[-2:])
    return one, two


class TestTrainingOnTwoDevices:
    def test_is_that_on_one(self, assert_same_history):
        """Four batches of 6 and 4 crops, of which each device takes half."""
        for one, two in zip(*train_twice("synchronize"), strict=True):
            assert one["images"] == two["images"]
            assert_same_history(two, one)

    def test_is_another_where_each_normalizes_its_part(self):
        one, two = (rows[0] for rows in train_twice("apart"))
        assert two["discriminator_loss"] != pytest.approx(one["discriminator_loss"], rel=0.02)


class TestMakeStrategy:
    def test_default_is_one_device_that_saves(self):
        strategy = make_strategy("default")
        assert strategy is tf.distribute.get_strategy()
        replicas = Replicas(strategy)
        assert list(replicas.local) == [0]
        assert replicas.is_chief
        assert not replicas.is_multi_worker

    def test_mirrored_is_made_once(self):
        strategy = make_strategy("mirrored")
        assert isinstance(strategy, tf.distribute.MirroredStrategy)
        assert make_strategy("mirrored") is strategy
        assert len(Replicas(strategy).local) == max(1, len(tf.config.list_logical_devices("GPU")))


class TestCopy:
    @pytest.fixture
    def network(self):
        inputs = keras.Input((2,))
        return keras.Model(
            inputs, keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Dense(3)(inputs))
        )

    def test_one_device_trains_the_network_itself(self, network):
        assert Replicas().copy(network, synchronize_batch_normalization=True) is network

    @pytest.mark.parametrize("synchronize", [False, True])
    def test_copies_have_the_same_weights_and_normalize_as_asked(self, network, synchronize):
        replicas = Replicas(make_strategy("mirrored"))
        copy = replicas.copy(network, synchronize_batch_normalization=synchronize)
        assert copy is not network
        for ours, theirs in zip(copy.get_weights(), network.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert copy.layers[-1].synchronized is synchronize
        assert copy.layers[-1].momentum == 0.5
        assert not network.layers[-1].synchronized
