import hashlib
import json
from functools import partial
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import LoadedPhotographs
from srgan_report.errors import InputError
from srgan_report.networks.saved import SavedGenerator
from srgan_report.parameters.sections import (
    CropsParameters,
    DiscriminatorParameters,
    GeneratorParameters,
    PerceptualParameters,
    PerceptualScale,
    PhotographsParameters,
    ProtocolParameters,
    TrainingParameters,
    VariantParameters,
)
from srgan_report.pipelines.training import nodes, starting_weights
from srgan_report.pipelines.training.pipeline import create_pipeline
from srgan_report.pipelines.training.records import summarize_training
from srgan_report.training.validation import Validation
from srgan_report.variants import VARIANTS

CROPS = CropsParameters(size=32, too_small="error", validation_per_photograph=1, downscaling="bilinear")
GENERATOR = GeneratorParameters(
    residual_blocks=1,
    activation="leaky_relu",
    activate_residual=True,
    skip_kernel_size=9,
    output_activation="tanh",
    batch_normalization_momentum=0.5,
    initialization="interpolating",
)
DISCRIMINATOR = DiscriminatorParameters(negative_slope=0.3, output="probability")
TRAINING = TrainingParameters(
    start_from="scratch",
    batch_size=2,
    epochs=2,
    steps_per_epoch=2,
    learning_rate=0.001,
    learning_rate_schedule="cosine",
    ema_momentum=None,
    shuffle=False,
    roll=False,
    adversarial_weight=0.001,
    total_variation_weight=0.0,
    lattice_weight=0.0,
    spectral_weight=0.0,
    chroma_weight=0.0,
    consistency_weight=0.0,
    adversarial_border=0,
    augment=False,
    precision="float32",
    jit_compile=False,
    strategy="default",
    synchronize_batch_normalization=True,
    resume=True,
    checkpoint_every=100,
    on_failure="stop",
)
PERCEPTUAL = PerceptualParameters(
    network="vgg16",
    formulation="article",
    preprocessing="network",
    scale=PerceptualScale(vgg19=0.5, vgg16=0.006),
)


def make_protocol(**changed):
    sections = {
        "crops": CROPS,
        "generator": GENERATOR,
        "discriminator": DISCRIMINATOR,
        "perceptual": PERCEPTUAL,
    }
    return ProtocolParameters(**{"seed": 1} | sections | changed)


def make_variant(name, training=TRAINING, **changed):
    variant = VARIANTS[name]
    return VariantParameters(
        name=name,
        content_loss=variant.content_loss,
        adversarial=variant.adversarial,
        training=training.model_copy(update=changed),
    )


def initialize(
    generator, *, name="srgan_mse", start_from="scratch", pretrained=None, mse=None, saved=None, seed=1
):
    variant = make_variant(name, start_from=start_from)
    protocol = make_protocol(generator=generator, seed=seed)
    return starting_weights.initialize_generator(variant, protocol, pretrained or {}, mse, saved)


class KeptDataset(MemoryDataset):
    """Holds its data after the run, as a file would."""

    def _release(self):
        pass


def build_tiny_generator(**kwargs):
    image = keras.Input((None, None, 3))
    mixed = keras.layers.Conv2D(3, 1, kernel_initializer=keras.initializers.GlorotUniform(1))(image)
    return keras.Model(image, keras.layers.UpSampling2D(4)(mixed))


def build_tiny_discriminator(**kwargs):
    crop = keras.Input((32, 32, 3))
    judge = keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotUniform(2))
    return keras.Model(crop, judge(keras.layers.GlobalAveragePooling2D()(crop)))


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


class TestInitialize:
    def test_generator_is_built_as_the_parameters_say(self):
        generator = initialize(GENERATOR)
        norm = generator.get_layer("block1_norm2")
        assert norm.momentum == 0.5
        assert not norm.gamma.numpy().any()  # interpolating
        assert "block2_conv1" not in [layer.name for layer in generator.layers]

    def test_generator_is_the_same_whenever_it_is_built(self):
        first, second = (initialize(GENERATOR) for _ in range(2))
        for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_another_seed_gives_another_generator(self):
        first, second = (initialize(GENERATOR, seed=seed) for seed in (1, 2))
        assert (
            (first.get_layer("block1_conv1").kernel != second.get_layer("block1_conv1").kernel).numpy().any()
        )

    def test_discriminator_is_built_for_the_crops(self, prepare):
        discriminator = prepare("srgan_mse")["discriminator"]
        assert discriminator.input_shape == (None, 32, 32, 3)
        assert discriminator.get_layer("block1_norm").momentum == 0.5

    def test_perceptual_network_is_what_the_parameters_choose(self, prepare, tiny_vgg):
        network = prepare("srresnet_vgg22")["perceptual_network"]
        assert tiny_vgg == ["vgg16"]
        assert network.name == "vgg16_vgg22"
        assert len(network(np.zeros((1, 4, 4, 3), np.float32))) == 2


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


class TestIdentifyTraining:
    def test_can_be_saved_as_json(self, identify):
        identity = identify()
        assert json.loads(json.dumps(identity)) == identity

    def test_records_the_parameters_that_take_part(self, identify):
        identity = identify()
        assert identity["variant"] == "srresnet_mse"
        assert identity["seed"] == 1
        assert identity["crops"] == CROPS.model_dump()
        assert identity["discriminator"] is None
        assert identity["perceptual"] is None
        identity = identify("srgan_vgg22")
        assert identity["discriminator"] == DISCRIMINATOR.model_dump()
        assert identity["perceptual"] == PERCEPTUAL.model_dump()

    @pytest.mark.parametrize(
        "changed",
        [
            {"seed": 2},
            {"name": "srresnet_vgg22"},
            {"crops": CROPS.model_copy(update={"size": 64})},
            {"generator": GENERATOR.model_copy(update={"residual_blocks": 2})},
            {"training": TRAINING.model_copy(update={"learning_rate": 0.002})},
            {"training": TRAINING.model_copy(update={"epochs": 3})},
            {"training": TRAINING.model_copy(update={"roll": True})},
            {"perceptual_network": build_tiny_generator()},
            {"initial_generator": build_tiny_discriminator()},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_differs_where_something_differs(self, identify, changed):
        assert identify(**changed) != identify()

    def test_differs_by_data(self, identify, split, validation_crops):
        other = split.assign(sha256=["0" * 64, *split["sha256"][1:]])
        assert identify(split=other) != identify()
        other = validation_crops | {"low_resolution": validation_crops["low_resolution"] / 2}
        assert identify(validation_crops=other) != identify()

    def test_is_the_same_however_the_training_goes_about_it(self, identify):
        update = {
            "strategy": "mirrored",
            "resume": False,
            "checkpoint_every": 7,
            "on_failure": "continue",
        }
        assert identify(training=TRAINING.model_copy(update=update)) == identify()

    @pytest.mark.parametrize(("strategy", "differs"), [("default", False), ("mirrored", True)])
    def test_differs_where_replicas_normalize_apart(self, identify, strategy, differs):
        update = {"strategy": strategy, "synchronize_batch_normalization": False}
        assert (identify(training=TRAINING.model_copy(update=update)) != identify()) is differs

    def test_parameters_that_take_no_part_make_no_difference(self, identify):
        other = DISCRIMINATOR.model_copy(update={"negative_slope": 0.1})
        assert identify(discriminator=other) == identify()
        assert identify("srgan_mse", discriminator=other) != identify("srgan_mse")


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


class TestTrain:
    @pytest.fixture(scope="class")
    def local_folder(self, tmp_path_factory):
        return tmp_path_factory.mktemp("data")

    @pytest.fixture(scope="class")
    def trained(self, data, local_folder):
        return nodes.train(generator=build_tiny_generator(), local_folder=local_folder, **data)

    @pytest.fixture
    def arguments(self, data, tmp_path):
        one_epoch = make_variant("srresnet_mse", epochs=1, adversarial_weight=2.0)
        return data | {
            "generator": build_tiny_generator(),
            "local_folder": tmp_path,
            "variant": one_epoch,
        }

    def test_returns_the_trained_generator(self, trained):
        assert sorted(trained) == ["generator", "training_history", "training_outcome"]
        before, after = build_tiny_generator().get_weights(), trained["generator"].get_weights()
        assert (before[0] != after[0]).all()

    def test_refuses_to_train_on_what_it_is_judged_by(self, arguments, validation_crops):
        arguments["validation_crops"] = validation_crops | {"position": np.array([0, 1, 3])}
        with pytest.raises(InputError, match=r"validation photographs.*position 3, from an earlier run"):
            nodes.train(**arguments)

    def test_refuses_validation_crops_of_another_size(self, arguments, validation_crops):
        small = validation_crops["high_resolution"][:, :12, :12]
        arguments["validation_crops"] = validation_crops | {"high_resolution": small}
        with pytest.raises(InputError, match=r"32 pixels wide.*crops of 12 pixels"):
            nodes.train(**arguments)

    def test_refuses_validation_crops_downscaled_otherwise(self, arguments, validation_crops):
        arguments["validation_crops"] = validation_crops | {"downscaling": np.array("antialiased_bicubic")}
        with pytest.raises(
            InputError, match=r"downscaling=bilinear\. Received: crops\.downscaling=antialias"
        ):
            nodes.train(**arguments)

    def test_returns_the_history(self, trained):
        assert list(trained["training_history"]["step"]) == [2, 4]
        assert list(trained["training_history"]["images"]) == [4, 8]

    def test_learning_rate_falls_over_all_steps(self, trained):
        # Steps 1 and 3 of 4, counted from 0.
        expected = [0.0005 * (1 + np.cos(np.pi * step / 4)) for step in (1, 3)]
        assert list(trained["training_history"]["learning_rate"]) == pytest.approx(expected, rel=1e-4)

    def test_content_loss_is_the_mean_squared_error_without_a_perceptual_network(self, trained):
        row = trained["training_history"].iloc[0]
        # A mean squared error of e is 10 log10(4 / e) dB; PSNR is averaged crop by crop.
        assert row["psnr"] == pytest.approx(10 * np.log10(4 / row["content_loss"]), abs=0.5)

    def test_writes_tensorboard_events_below_the_data_root(self, trained, local_folder):
        events = list(local_folder.glob("08_reporting/tensorboard/srresnet_mse/*/events.out.tfevents.*"))
        assert len(events) == 1

    def test_compares_feature_maps_with_one(self, arguments, prepare, tiny_vgg):
        network = prepare("srresnet_vgg22")["perceptual_network"]
        scale = PerceptualScale(vgg19=1e-6, vgg16=1e6)
        perceptual = PERCEPTUAL.model_copy(update={"scale": scale})
        arguments["protocol"] = make_protocol(perceptual=perceptual)
        row = nodes.train(perceptual_network=network, **arguments)["training_history"].iloc[0]
        assert row["content_loss"] > 100

    def test_trains_the_discriminator_where_there_is_one(self, arguments):
        discriminator = build_tiny_discriminator()
        before = discriminator.get_weights()
        trained = nodes.train(discriminator=discriminator, **arguments)
        assert trained["discriminator"] is discriminator
        assert (discriminator.get_weights()[0] != before[0]).all()
        row = trained["training_history"].iloc[0]
        assert row["generator_loss"] == pytest.approx(
            row["content_loss"] + 2 * row["adversarial_loss"], rel=1e-5
        )

    def test_discriminators_logits_are_not_taken_for_probabilities(self, arguments):
        discriminator = build_tiny_discriminator()
        discriminator.layers[-1].activation = keras.activations.linear
        discriminator.set_weights([np.zeros((3, 1)), np.array([-3.0])])
        arguments["variant"] = make_variant("srgan_mse", epochs=1, learning_rate=1e-9)
        discriminates = DISCRIMINATOR.model_copy(update={"output": "logit"})
        arguments["protocol"] = make_protocol(discriminator=discriminates)
        row = nodes.train(discriminator=discriminator, **arguments)["training_history"].iloc[0]
        # A logit of -3 takes all crops for super-resolved: log(1 + e^3) nats from a photograph.
        assert row["adversarial_loss"] == pytest.approx(np.log1p(np.exp(3)), rel=1e-4)

    @pytest.mark.parametrize(
        ("weight", "loss"),
        [
            ("total_variation_weight", "total_variation"),
            ("lattice_weight", "lattice_loss"),
            ("spectral_weight", "spectral_excess"),
            ("chroma_weight", "chroma_mse"),
            ("consistency_weight", "consistency_mse"),
        ],
    )
    def test_other_losses_take_part_by_their_weights(self, arguments, weight, loss):
        weighted = make_variant("srresnet_mse", epochs=1, **{weight: 0.5})
        row = nodes.train(**arguments | {"variant": weighted})["training_history"].iloc[0]
        assert row[loss] > 0
        assert row["generator_loss"] == pytest.approx(row["content_loss"] + 0.5 * row[loss], rel=1e-5)

    def test_the_discriminator_judges_what_the_border_leaves(self, prepare):
        protocol = make_protocol(crops=CROPS.model_copy(update={"size": 48}))
        discriminator = prepare("srgan_mse", protocol, adversarial_border=8)["discriminator"]
        assert discriminator.input_shape == (None, 32, 32, 3)


class TestTrainAgain:
    @pytest.fixture
    def arguments(self, data, tmp_path):
        return data | {"local_folder": tmp_path}

    def test_finds_what_is_trained_already(self, arguments):
        first, second = (nodes.train(generator=build_tiny_generator(), **arguments) for _ in range(2))
        pd.testing.assert_frame_equal(second["training_history"], first["training_history"])  # times too
        for ours, theirs in zip(*(each["generator"].get_weights() for each in (first, second)), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert second["training_outcome"] == first["training_outcome"]

    def test_trains_anew_where_it_is_told_to(self, arguments):
        first = nodes.train(generator=build_tiny_generator(), **arguments)
        arguments["variant"] = make_variant("srresnet_mse", resume=False)
        second = nodes.train(generator=build_tiny_generator(), **arguments)
        assert (second["training_history"]["seconds"] != first["training_history"]["seconds"]).any()

    def test_trains_anew_with_another_seed(self, arguments, tmp_path):
        nodes.train(generator=build_tiny_generator(), **arguments)
        arguments["protocol"] = make_protocol(seed=2)
        nodes.train(generator=build_tiny_generator(), **arguments)
        assert len(list(tmp_path.glob("06_models/srresnet_mse/checkpoints/*/finished.index"))) == 2


class TestDivergence:
    @pytest.fixture
    def arguments(self, data, tmp_path):
        return data | {"local_folder": tmp_path, "generator": build_tiny_generator()}

    # Adam moves every weight by 1e30 in the first step, and the second step's loss is infinite.
    RUINOUS: ClassVar = {"learning_rate": 1e30, "learning_rate_schedule": "constant"}

    def test_stops_the_run(self, arguments):
        arguments["variant"] = make_variant("srresnet_mse", **self.RUINOUS)
        with pytest.raises(FloatingPointError, match=r"^SRResNet-MSE: .* step 2 of epoch 1 .*=continue"):
            nodes.train(**arguments)

    def test_or_returns_the_last_good_networks(self, arguments, caplog):
        arguments["variant"] = make_variant("srresnet_mse", **self.RUINOUS, on_failure="continue")
        trained = nodes.train(**arguments)
        outcome = trained["training_outcome"]
        assert (outcome["status"], outcome["steps"]) == ("diverged", 0)
        assert outcome["diverged"]["step"] == 2
        assert outcome["diverged"]["last_good_step"] == 0
        assert "step 2 of epoch 1" in outcome["diverged"]["reason"]
        assert trained["training_history"].empty
        for ours, theirs in zip(
            trained["generator"].get_weights(), build_tiny_generator().get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
        assert "Continuing with the other variants" in caplog.text
        crops, photographs = arguments["training_crops"], PhotographsParameters(source="sample")
        summary = summarize_training(training_crops=crops, photographs=photographs, **trained)
        assert (summary["status"], summary["images"], summary["seconds"]) == ("diverged", 0, 0)


class TestXla:
    @pytest.mark.parametrize(
        ("jit_compile", "gpus", "compiles"),
        [("auto", [], False), ("auto", ["GPU:0"], True), (True, [], True), (False, ["GPU:0"], False)],
    )
    def test_compiles_by_itself_on_a_gpu(self, monkeypatch, jit_compile, gpus, compiles):
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else [])
        variant = make_variant("srresnet_mse", jit_compile=jit_compile)
        step = nodes._make_step(variant, make_protocol(), 1, generator=build_tiny_generator())
        assert step.jit_compile is compiles


class TestOutOfMemory:
    """Raised by hand: no test can fill the memory of a machine that others use."""

    @pytest.fixture
    def arguments(self, data, tmp_path):
        return data | {"local_folder": tmp_path, "generator": build_tiny_generator()}

    @pytest.mark.parametrize(
        "error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")]
    )
    @pytest.mark.parametrize("what", [(nodes.Trainer, "_train_epoch"), (Validation, "measure_all")])
    def test_says_what_to_lower(self, arguments, monkeypatch, error, what):
        def fail(*images, **options):
            raise error

        monkeypatch.setattr(*what, fail)
        with pytest.raises(InputError) as caught:
            nodes.train(**arguments)
        assert str(caught.value) == (
            "SRResNet-MSE: there is not enough memory to train with training.batch_size=2, crops.size=32 and "
            "training.precision=float32. Lower training.batch_size or crops.size, or set training.precision "
            "to mixed_bfloat16 (on GPUs mixed_float16, too)."
        )

    def test_does_not_advise_what_is_set_already(self, arguments, monkeypatch):
        def fail(*images, **options):
            raise MemoryError

        monkeypatch.setattr(nodes.Trainer, "_train_epoch", fail)
        arguments["variant"] = make_variant("srresnet_mse", precision="mixed_bfloat16")
        with pytest.raises(InputError, match=r"Lower training\.batch_size or crops\.size\.$"):
            nodes.train(**arguments)


class TestStartFromPretrained:
    PRETRAINED: ClassVar = {
        name: SavedGenerator("pretrained, 1", partial(initialize, GENERATOR, seed=seed))
        for name, seed in (("srresnet_mse", 5), ("srgan_mse", 6))
    }

    def test_copies_the_variants_own_weights(self):
        started = initialize(GENERATOR, start_from="pretrained", pretrained=self.PRETRAINED)
        expected = initialize(GENERATOR, seed=6)
        for ours, theirs in zip(started.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def test_a_variant_that_is_not_pretrained_is_an_error(self):
        message = (
            r"^srgan_vgg54\.training\.start_from=pretrained needs .* Received: srresnet_mse, srgan_mse\."
        )
        with pytest.raises(InputError, match=message):
            initialize(GENERATOR, name="srgan_vgg54", start_from="pretrained", pretrained=self.PRETRAINED)

    def test_a_network_of_other_parameters_is_an_error(self):
        other = GENERATOR.model_copy(update={"output_activation": "linear"})
        with pytest.raises(
            InputError, match=r"^The pretrained srgan_mse must have this run's generator .*pretrained\.json"
        ):
            initialize(other, start_from="pretrained", pretrained=self.PRETRAINED)

    def test_from_scratch_loads_none(self):
        def load():
            raise AssertionError

        initialize(GENERATOR, pretrained={"srgan_mse": SavedGenerator("pretrained, 1", load)})


class TestStartFromSaved:
    SAVED: ClassVar = {"srgan_mse": SavedGenerator("2026-01-31", partial(initialize, GENERATOR, seed=7))}

    def test_copies_the_variants_latest_weights_and_says_which(self, caplog):
        with caplog.at_level("INFO", logger="srgan_report"):
            started = initialize(GENERATOR, start_from="saved", saved=self.SAVED)
        expected = initialize(GENERATOR, seed=7)
        for ours, theirs in zip(started.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert caplog.messages == ["SRGAN-MSE starts from its generator 2026-01-31"]

    @pytest.mark.parametrize(("saved", "found"), [(SAVED, "srgan_mse"), ({}, "none")])
    def test_a_variant_that_is_not_saved_is_an_error(self, saved, found):
        message = rf"^srgan_vgg54\.training\.start_from=saved needs .* Received: {found}\. Set it to scratch"
        with pytest.raises(InputError, match=message):
            initialize(GENERATOR, name="srgan_vgg54", start_from="saved", saved=saved)

    def test_a_network_of_other_parameters_is_an_error(self):
        other = GENERATOR.model_copy(update={"output_activation": "linear"})
        with pytest.raises(
            InputError, match=r"^The saved srgan_mse must have this run's generator .* as in that run"
        ):
            initialize(other, start_from="saved", saved=self.SAVED)


class TestStartFromSrresnetMse:
    def test_copies_the_trained_weights(self):
        trained = initialize(GENERATOR)
        copied = initialize(GENERATOR, start_from="srresnet_mse", mse=trained, seed=2)
        assert copied is not trained  # which training would change
        for ours, theirs in zip(copied.get_weights(), trained.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)

    @pytest.mark.parametrize(
        "other", [{"residual_blocks": 2}, {"activate_residual": False}, {"output_activation": "linear"}]
    )
    def test_refuses_a_network_of_other_parameters(self, other):
        trained = initialize(GENERATOR.model_copy(update=other))
        with pytest.raises(InputError, match=r"^srresnet_mse\.generator must have this run's generator"):
            initialize(GENERATOR, start_from="srresnet_mse", mse=trained)

    def test_other_starts_leave_it_alone(self):
        expected = initialize(GENERATOR)
        started = initialize(GENERATOR, mse=initialize(GENERATOR, seed=2))
        np.testing.assert_array_equal(started.get_weights()[0], expected.get_weights()[0])


class TestSummarizeTraining:
    ENDED: ClassVar = {
        "fingerprint": "f" * 64,
        "status": "finished",
        "diverged": None,
        "warnings": ["The discriminator has won."],
        "steps": 6,
    }

    @pytest.fixture
    def arguments(self, photographs):
        return {
            "training_history": pd.DataFrame({"step": [3, 6], "images": [6, 12], "seconds": [1.5, 0.5]}),
            "training_crops": TrainingCrops(photographs, [2, 3, 4], 32, 2, None, 1, False, "bilinear"),
            "generator": initialize(GENERATOR),
            "photographs": PhotographsParameters(source="folder", path="photos"),
        }

    def test_records_data_and_budget(self, arguments, identify):
        summary = summarize_training(identify() | self.ENDED, **arguments)
        expected = {
            "variant": "srresnet_mse",
            "seed": 1,
            "photographs": {"source": "folder", "name": None, "path": "photos"},
            "training_photographs": 3,
            "images": 12,
            "seconds": 2.0,
            # Four blocks of 74,368 parameters less than the article's generator.
            "generator_parameters": 1_030_531 - 4 * 74_368,
            "discriminator_parameters": None,
            **self.ENDED,
        }
        assert {name: summary[name] for name in expected} == expected

    def test_records_the_photographs_that_are_damaged(self, arguments, identify, split):
        assert summarize_training(identify() | self.ENDED, **arguments)["damaged_photographs"] == []
        damaged = split.assign(subset=["damaged", *split["subset"][1:]])
        summary = summarize_training(identify(split=damaged) | self.ENDED, **arguments)
        assert summary["damaged_photographs"] == [split["id"][0]]

    def test_records_the_parameters_that_took_part(self, arguments, identify):
        parameters = summarize_training(identify() | self.ENDED, **arguments)["parameters"]
        how = {"strategy", "synchronize_batch_normalization", "resume", "checkpoint_every", "on_failure"}
        assert parameters["training"] == TRAINING.model_dump(exclude=how)
        assert parameters["crops"] == CROPS.model_dump()
        assert parameters["discriminator"] is None
        assert parameters["perceptual"] is None
        parameters = summarize_training(identify("srgan_vgg22") | self.ENDED, **arguments)["parameters"]
        assert parameters["perceptual"] == PERCEPTUAL.model_dump()

    def test_counts_the_discriminators_parameters(self, arguments, identify, prepare):
        discriminator = prepare("srgan_mse")["discriminator"]
        summary = summarize_training(
            identify("srgan_mse") | self.ENDED, discriminator=discriminator, **arguments
        )
        # Crops of 32 pixels end as 2·2·512 numbers, where those of 128 pixels end as 8·8·512.
        assert summary["discriminator_parameters"] == 38_249_281 - (64 - 4) * 512 * 1024
        assert summary["parameters"]["discriminator"] == DISCRIMINATOR.model_dump()

    def test_tells_whose_weights_it_started_from_and_ended_with(self, arguments, identify):
        mse = summarize_training(identify() | self.ENDED, **arguments)
        start = initialize(GENERATOR, start_from="srresnet_mse", mse=arguments["generator"], seed=2)
        srgan = summarize_training(identify("srgan_mse", initial_generator=start) | self.ENDED, **arguments)
        assert srgan["initial_generator_sha256"] == mse["generator_sha256"]
        assert mse["initial_generator_sha256"] != mse["generator_sha256"]

    def test_records_the_number_of_threads(self, arguments, identify):
        assert summarize_training(identify() | self.ENDED, **arguments)["threads"] >= 1

    def test_can_be_saved_as_json(self, arguments, identify):
        summary = summarize_training(identify() | self.ENDED, **arguments)
        assert json.loads(json.dumps(summary)) == summary


class TestPipeline:
    @pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
    def test_has_the_networks_that_the_variant_needs(self, variant):
        pipeline = create_pipeline(variant)
        names = {node.name.removeprefix(f"{variant.name}.") for node in pipeline.nodes}
        assert names == {"prepare_training", "initialize_generator", "train", "summarize_training"}
        made = {name.removeprefix(f"{variant.name}.") for name in pipeline.all_outputs()}
        assert ("initial_discriminator" in made) is ("discriminator" in made) is variant.adversarial
        assert ("perceptual_network" in made) is variant.perceptual

    @pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
    def test_prepares_what_its_training_reads(self, variant, prepare, tiny_vgg, monkeypatch):
        monkeypatch.setattr(nodes, "build_discriminator", build_tiny_discriminator)
        monkeypatch.setattr(nodes, "build_perceptual_network", lambda vgg, **options: vgg)
        prepared = prepare(variant.name)
        node = next(node for node in create_pipeline(variant).nodes if node.name.endswith("prepare_training"))
        assert set(node._outputs) == set(prepared)
        assert prepared["training_crops"] == "crops"

    def test_shares_data_and_protocol_and_keeps_the_rest_to_itself(self):
        inputs = create_pipeline(VARIANTS["srgan_vgg54"]).inputs()
        assert {name for name in inputs if not name.startswith("params:srgan_vgg54")} == {
            "photographs",
            "pretrained_generators",
            "generators",
            "split",
            "validation_crops",
            "local_folder",
            "params:protocol",
            "params:photographs",
        }
        assert {name for name in inputs if name.startswith("params:srgan_vgg54")} == {"params:srgan_vgg54"}

    def test_from_mse_reads_the_trained_srresnet_mse_too(self):
        scratch, from_mse = (
            create_pipeline(VARIANTS["srgan_mse"], from_mse=start) for start in (False, True)
        )
        assert from_mse.inputs() - scratch.inputs() == {"srresnet_mse.generator"}
        assert scratch.inputs() < from_mse.inputs()

    def test_runs(self, photographs, split, validation_crops, tiny_vgg, tmp_path, monkeypatch):
        monkeypatch.setattr(starting_weights, "build_generator", build_tiny_generator)
        monkeypatch.setattr(nodes, "build_discriminator", build_tiny_discriminator)
        pipeline = create_pipeline(VARIANTS["srgan_vgg22"])
        inputs = {
            "photographs": photographs,
            "split": split,
            "validation_crops": validation_crops,
            "local_folder": tmp_path,
            "params:photographs": PhotographsParameters(source="sample"),
            "params:protocol": make_protocol(
                generator=GENERATOR.model_copy(update={"initialization": "default"})
            ),
            "params:srgan_vgg22": make_variant("srgan_vgg22", epochs=1, steps_per_epoch=1),
            "pretrained_generators": {},
            "generators": {},
        }
        assert set(inputs) == pipeline.inputs()
        catalog = DataCatalog(
            {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
        )
        for name in pipeline.all_outputs():
            catalog[name] = KeptDataset(copy_mode="assign")
        SequentialRunner().run(pipeline, catalog)
        assert tiny_vgg == ["vgg16"]
        assert catalog.load("srgan_vgg22.training_summary")["steps"] == 1
        assert len(catalog.load("srgan_vgg22.training_history")) == 1
        start = build_tiny_generator(), build_tiny_discriminator()
        for name, initial in zip(("generator", "discriminator"), start, strict=True):
            trained = catalog.load(f"srgan_vgg22.{name}")
            assert (trained.get_weights()[0] != initial.get_weights()[0]).any()
        assert len(list(Path(tmp_path).glob("08_reporting/tensorboard/srgan_vgg22/*/*"))) == 1
