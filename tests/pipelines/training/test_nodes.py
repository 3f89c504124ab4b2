import json
from typing import ClassVar

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from srgan_report.errors import InputError
from srgan_report.parameters.sections import (
    PerceptualScale,
    PhotographsParameters,
)
from srgan_report.pipelines.training import nodes
from srgan_report.pipelines.training.records import summarize_training
from srgan_report.training.validation import Validation
from tests.pipelines.training.tiny import (
    CROPS,
    DISCRIMINATOR,
    GENERATOR,
    PERCEPTUAL,
    TRAINING,
    build_tiny_discriminator,
    build_tiny_generator,
    initialize,
    make_protocol,
    make_variant,
)


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
        with pytest.raises(InputError, match=r"validation photographs alone.*, 1 training photographs\. To"):
            nodes.train(**arguments)

    def test_refuses_validation_crops_of_another_size(self, arguments, validation_crops):
        small = validation_crops["high_resolution"][:, :12, :12]
        arguments["validation_crops"] = validation_crops | {"high_resolution": small}
        with pytest.raises(InputError, match=r"crops\.size=32 and .* Received .*: crops\.size=12, "):
            nodes.train(**arguments)

    def test_refuses_validation_crops_downscaled_otherwise(self, arguments, validation_crops):
        arguments["validation_crops"] = validation_crops | {"downscaling": np.array("antialiased_bicubic")}
        with pytest.raises(InputError, match=r"downscaling=bilinear\. Received .*downscaling=antialias"):
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

    def test_trains_again_where_it_is_told_to(self, arguments):
        first = nodes.train(generator=build_tiny_generator(), **arguments)
        arguments["variant"] = make_variant("srresnet_mse", resume=False)
        second = nodes.train(generator=build_tiny_generator(), **arguments)
        assert (second["training_history"]["seconds"] != first["training_history"]["seconds"]).any()

    def test_trains_again_with_another_seed(self, arguments, tmp_path):
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
