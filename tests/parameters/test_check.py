import copy
import re

import pytest

from srgan_report.errors import InputError
from srgan_report.parameters.check import check_parameters
from srgan_report.variants import VARIANTS

# What the article would need of every group, written out here so that no configuration file is involved.
ARTICLE = {
    "seed": 1,
    "data_root": "data/test",
    "photographs": {"source": "tfds", "name": "tf_flowers", "path": None, "damaged": "error"},
    "split": {"leave_out": 0, "validation_size": 600},
    "crops": {
        "size": 128,
        "too_small": "error",
        "validation_per_photograph": 1,
        "downscaling": "bilinear",
    },
    "generator": {
        "residual_blocks": 5,
        "activation": "leaky_relu",
        "activate_residual": True,
        "skip_kernel_size": 9,
        "output_activation": "tanh",
        "batch_normalization_momentum": 0.99,
        "initialization": "default",
    },
    "discriminator": {"negative_slope": 0.3, "output": "probability"},
    "training": {
        "start_from": "scratch",
        "batch_size": 128,
        "epochs": 50,
        "steps_per_epoch": None,
        "learning_rate": 0.001,
        "learning_rate_schedule": "constant",
        "ema_momentum": None,
        "shuffle": False,
        "roll": False,
        "adversarial_weight": 0.001,
        "total_variation_weight": 0.0,
        "lattice_weight": 0.0,
        "spectral_weight": 0.0,
        "chroma_weight": 0.0,
        "consistency_weight": 0.0,
        "adversarial_border": 0,
        "augment": False,
        "precision": "float32",
        "jit_compile": "auto",
        "strategy": "default",
        "synchronize_batch_normalization": True,
        "resume": True,
        "checkpoint_every": 100,
        "on_failure": "stop",
    },
    "perceptual": {
        "network": "vgg19",
        "formulation": "article",
        "preprocessing": "none",
        "scale": {"vgg19": 0.006, "vgg16": 0.006},
    },
    "figures": {"photographs": [0, 2], "crops": [0, 1, 2]},
    "benchmark_sets": {"root": None, "sets": ["Set5"], "others": {}},
    "upscale": {
        "input": None,
        "output": None,
        "variant": "srgan_vgg54",
        "blend": 1.0,
        "overwrite": False,
        "preview": False,
    },
    "export": {"variant": None},
}
MISSING = object()


def with_value(name, value):
    """The article's parameters, but for one, named as on the command line."""
    raw = copy.deepcopy(ARTICLE)
    *groups, last = name.split(".")
    group = raw
    for key in groups:
        group = group.setdefault(key, {})
    if value is MISSING:
        del group[last]
    else:
        group[last] = value
    return raw


def message_of(raw):
    with pytest.raises(InputError) as caught:
        check_parameters(raw)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestAccepted:
    def test_shared_parameters_come_back_as_they_were(self):
        checked = check_parameters(ARTICLE)
        assert {name: checked[name] for name in ARTICLE} == ARTICLE

    def test_what_came_in_is_not_changed(self):
        raw = with_value("srgan_mse.training.epochs", 3)
        before = copy.deepcopy(raw)
        check_parameters(raw)
        assert raw == before

    def test_a_variant_gets_all_of_training_and_what_it_is(self):
        assert check_parameters(ARTICLE)["srgan_vgg22"] == {
            "name": "srgan_vgg22",
            "content_loss": "vgg22",
            "adversarial": True,
            "training": ARTICLE["training"],
        }

    def test_nothing_but_groups_variants_and_their_protocol_comes_back(self):
        assert set(check_parameters(ARTICLE)) == {*ARTICLE, *VARIANTS, "protocol"}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("training.learning_rate", 1),  # a whole number is a number
            ("training.adversarial_weight", 0),
            ("training.steps_per_epoch", 7),
            ("crops.size", 32),
            ("srgan_mse.training.start_from", "srresnet_mse"),
            ("benchmark_sets.root", "sets"),
            ("upscale.input", "holidays, 花"),
            ("upscale.output", "large"),
            ("export.variant", "srresnet_mse"),
            ("seed", 0),
            ("seed", 2**31 - 1),
            ("generator.batch_normalization_momentum", 0.0),
            ("srgan_mse", None),  # as "srgan_mse:" with nothing below it is read
            ("srgan_mse.training", None),
        ],
    )
    def test_values_at_the_edge(self, name, value):
        check_parameters(with_value(name, value))


class TestVariantOverrides:
    def test_override_one_parameter_and_keep_the_others(self):
        checked = check_parameters(with_value("srgan_mse.training.epochs", 3))
        assert checked["srgan_mse"]["training"] == ARTICLE["training"] | {"epochs": 3}

    def test_leave_the_other_variants_alone(self):
        checked = check_parameters(with_value("srgan_mse.training.epochs", 3))
        assert checked["training"]["epochs"] == 50
        assert {name for name in VARIANTS if checked[name]["training"]["epochs"] == 50} == {*VARIANTS} - {
            "srgan_mse"
        }

    def test_null_overrides_too(self):
        raw = with_value("training.steps_per_epoch", 9)
        raw["srgan_mse"] = {"training": {"steps_per_epoch": None}}
        checked = check_parameters(raw)
        assert checked["srgan_mse"]["training"]["steps_per_epoch"] is None
        assert checked["srgan_vgg22"]["training"]["steps_per_epoch"] == 9

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("srgan_mse.content_loss", "vgg22"),
            ("srgan_mse.adversarial", False),
            ("srgan_mse.adversarial", True),
            ("srresnet_mse.name", "mine"),
        ],
    )
    def test_what_a_variant_is_can_not_be_set(self, name, value):
        assert message_of(with_value(name, value)).startswith(f"{name} can't be set: ")

    @pytest.mark.parametrize("name", ["srgan_mse", "srgan_mse.training"])
    def test_a_value_in_place_of_a_group_is_an_error(self, name):
        expected = f"{name} should hold parameters of its own. Received: 'mse'."
        assert message_of(with_value(name, "mse")) == expected


class TestUnknown:
    def test_group(self):
        message = message_of(with_value("trainnig.epochs", 3))
        assert message == "Unknown parameter trainnig. Did you mean training?"
        message = message_of(with_value("nonsense", 3))
        assert message.startswith("Unknown parameter nonsense. Known: seed, data_root, ")
        assert message.endswith("srgan_vgg54.")

    @pytest.mark.parametrize("name", ["variants", "run"])
    def test_names_that_only_the_program_itself_uses(self, name):
        message = message_of(with_value(name, {}))
        assert message.startswith(f"Unknown parameter {name}. ")
        assert not re.search(rf"Known: .*\b{name}\b", message)

    def test_variant(self):
        message = message_of(with_value("srgan_vgg33.training.epochs", 3))
        assert re.fullmatch(r"Unknown parameter srgan_vgg33. Did you mean srgan_vgg(22|54)\?", message)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("training.epoch", "training.epochs"),
            ("trainig", "training"),
            ("epochs", "training.epochs"),
            ("crops.batch_size", "training.batch_size"),
            ("srgan_mse.epochs", "srgan_mse.training.epochs"),
            ("srgan_mse.training.epoch", "srgan_mse.training.epochs"),
        ],
    )
    def test_says_which_was_meant(self, name, meant):
        assert message_of(with_value(name, 3)) == f"Unknown parameter {name}. Did you mean {meant}?"

    def test_names_none_where_none_is_like_it(self):
        assert message_of(with_value("training.xyzzy", 3)) == "Unknown parameter training.xyzzy."


class TestMissing:
    @pytest.mark.parametrize(
        "name",
        [
            f"{group}.{name}" if isinstance(value, dict) else group
            for group, value in ARTICLE.items()
            if group != "photographs"
            for name in (value if isinstance(value, dict) else [group])
        ],
    )
    def test_every_parameter_must_be_there(self, name):
        assert message_of(with_value(name, MISSING)) == f"Parameter {name} is missing."

    @pytest.mark.parametrize("name", ["photographs", "split", "training"])
    def test_every_group_must_be_there(self, name):
        assert message_of(with_value(name, MISSING)) == f"Parameter {name} is missing."

    def test_photographs_need_what_their_source_needs(self):
        raw = with_value("photographs", {"source": "tfds"})
        expected = "photographs.name must be set where photographs.source is tfds. Received: None."
        assert message_of(raw) == expected
        raw = with_value("photographs", {"source": "folder", "path": ""})
        expected = "photographs.path must be set where photographs.source is folder. Received: ''."
        assert message_of(raw) == expected


class TestWrong:
    def test_srresnet_mse_does_not_start_from_itself(self):
        raw = with_value("srresnet_mse.training.start_from", "srresnet_mse")
        message = r"^srresnet_mse\.training\.start_from must be scratch, pretrained or saved.*srgan_mse\."
        with pytest.raises(InputError, match=message):
            check_parameters(raw)

    @pytest.mark.parametrize("name", ["srgan_mse", "SRGAN-MSE", "bicubic", "Bicubic", " "])
    def test_others_have_names_of_their_own(self, name):
        raw = with_value("benchmark_sets.others", {name: "folder"})
        message = r"^benchmark_sets\.others\..*should be a name that no method of this project has\."
        with pytest.raises(InputError, match=message):
            check_parameters(raw)

    def test_figures_must_show_a_photograph_that_is_held_out(self):
        raw = with_value("figures.photographs", [0, 600])
        message = r"^figures\.photographs must be below .*\(split\.validation_size=600\).*: \[0, 600\]\.$"
        with pytest.raises(InputError, match=message):
            check_parameters(raw)

    def test_figures_must_show_crops_that_are_cut(self):
        raw = with_value("figures.crops", [0, 600])
        with pytest.raises(InputError, match=r"^figures\.crops must be below 600.*Received: \[0, 600\]\.$"):
            check_parameters(raw)

    @pytest.mark.parametrize(
        ("name", "value", "rule"),
        [
            # Types: what is not a number, or not a whole one, is not made into one.
            ("seed", "1", "be a valid integer"),
            ("seed", 1.0, "be a valid integer"),
            ("training.epochs", True, "be a valid integer"),
            ("training.steps_per_epoch", "all", "be a valid integer"),
            ("training.learning_rate", "fast", "be a valid number"),
            ("training.learning_rate", True, "be a valid number"),
            ("training.shuffle", 1, "be a valid boolean"),
            ("training.roll", 1, "be a valid boolean"),
            ("training.precision", "float16", "be 'float32', 'mixed_bfloat16' or 'mixed_float16'"),
            ("training.jit_compile", "yes", "be 'auto', True or False"),
            ("training.strategy", "tpu", "be 'default', 'mirrored' or 'multi_worker_mirrored'"),
            ("training.synchronize_batch_normalization", "no", "be a valid boolean"),
            ("training.resume", "yes", "be a valid boolean"),
            ("photographs.name", 5, "be a valid string"),
            ("upscale.input", 5, "be a valid string"),
            ("upscale.output", 5, "be a valid string"),
            ("upscale.variant", None, "be a valid string"),
            ("upscale.overwrite", 1, "be a valid boolean"),
            ("upscale.preview", "yes", "be a valid boolean"),
            ("export.variant", 5, "be a valid string"),
            ("figures.crops", 3, "be a valid list"),
            # Ranges
            ("seed", -1, "be greater than or equal to 0"),
            ("seed", 2**31, "be less than 2147483648"),
            ("data_root", "", "have at least 1 character"),
            ("split.validation_size", 0, "be greater than 0"),
            ("crops.size", 28, "be greater than or equal to 32"),
            ("crops.size", 50, "be a multiple of 4"),
            ("crops.validation_per_photograph", 0, "be greater than 0"),
            ("generator.residual_blocks", 0, "be greater than 0"),
            ("generator.batch_normalization_momentum", 1.0, "be less than 1"),
            ("generator.batch_normalization_momentum", -0.1, "be greater than or equal to 0"),
            ("training.batch_size", 0, "be greater than 0"),
            ("training.epochs", 0, "be greater than 0"),
            ("training.steps_per_epoch", 0, "be greater than 0"),
            ("training.checkpoint_every", 0, "be greater than 0"),
            ("training.learning_rate", 0.0, "be greater than 0"),
            ("training.learning_rate", float("inf"), "be a finite number"),
            ("training.adversarial_weight", -0.1, "be greater than or equal to 0"),
            ("training.adversarial_weight", float("nan"), "be a finite number"),
            ("perceptual.scale.vgg16", 0.0, "be greater than 0"),
            ("generator.skip_kernel_size", 0, "be greater than 0"),
            ("discriminator.negative_slope", 1.0, "be less than 1"),
            ("training.total_variation_weight", -1.0, "be greater than or equal to 0"),
            ("training.lattice_weight", -1.0, "be greater than or equal to 0"),
            ("training.spectral_weight", -1.0, "be greater than or equal to 0"),
            ("training.chroma_weight", -1.0, "be greater than or equal to 0"),
            ("training.adversarial_border", 6, "be a multiple of 4"),
            ("benchmark_sets.sets", [], "have at least 1 item"),
            ("benchmark_sets.others.SwinIR", 5, "be a valid string"),
            ("figures.photographs", [], "have at least 1 item"),
            ("figures.crops", [], "have at least 1 item"),
            ("figures.crops", [0, 1, 2, 3, 4], "have at most 4 items"),
            ("figures.crops.0", None, "be a valid integer"),
            # Choices
            ("photographs.source", "web", "be 'tfds', 'folder' or 'sample'"),
            ("crops.too_small", "pad", "be 'error' or 'skip'"),
            ("generator.initialization", "zeros", "be 'default', 'interpolating' or 'interpolating_icnr'"),
            ("training.learning_rate_schedule", "linear", "be 'constant', 'cosine' or 'step'"),
            ("training.start_from", "zero", "be 'scratch', 'pretrained', 'saved' or 'srresnet_mse'"),
            ("training.on_failure", "ignore", "be 'stop' or 'continue'"),
            ("crops.downscaling", "lanczos", "be 'bilinear' or 'antialiased_bicubic'"),
            ("generator.activation", "relu", "be 'leaky_relu' or 'prelu'"),
            ("generator.output_activation", "sigmoid", "be 'tanh' or 'linear'"),
            ("discriminator.output", "score", "be 'probability' or 'logit'"),
            ("upscale.variant", "srgan_vgg33", "be srresnet_mse, srresnet_vgg22, "),
            ("export.variant", "all", "be srresnet_mse, srresnet_vgg22, "),
            ("perceptual.formulation", "vgg", "be 'article', 'all_layers' or 'paper'"),
            ("perceptual.network", "vgg11", "be 'vgg19' or 'vgg16'"),
            ("perceptual.preprocessing", "caffe", "be 'none' or 'network'"),
            ("srgan_mse.training.epochs", 0, "be greater than 0"),
        ],
    )
    def test_message_names_the_parameter_the_rule_and_the_value(self, name, value, rule):
        raw = with_value("figures.crops", [value]) if name == "figures.crops.0" else with_value(name, value)
        message = message_of(raw)
        assert message.startswith(f"{name} should {rule}")
        assert message.endswith(f". Received: {value!r}.")

    @pytest.mark.parametrize("value", [3, [1], None])
    def test_a_value_in_place_of_a_group(self, value):
        expected = f"crops should hold parameters of its own. Received: {value!r}."
        assert message_of(with_value("crops", value)) == expected

    def test_several_are_all_named(self):
        raw = with_value("crops.size", 30)
        raw["perceptual"]["network"] = "vgg11"
        raw["srgan_mse"] = {"training": {"epochs": 0}}
        assert message_of(raw) == (
            "crops.size should be a multiple of 4. Received: 30. "
            "Also wrong: perceptual.network, srgan_mse.training.epochs."
        )
