import shutil
from pathlib import Path

import pytest
from kedro.config import MissingConfigException

from srgan_report.errors import InputError
from srgan_report.framework.config_loader import CheckedConfigLoader
from srgan_report.settings import CONFIG_LOADER_ARGS
from srgan_report.variants import VARIANTS

CONF = Path(__file__).parents[2] / "conf"
ENVIRONMENTS = sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "local")


def load(env=None, conf=CONF, **runtime_params):
    return CheckedConfigLoader(str(conf), env=env, runtime_params=runtime_params, **CONFIG_LOADER_ARGS)


@pytest.fixture
def conf(tmp_path):
    """A copy of conf/base, and an environment that sets one training parameter."""
    shutil.copytree(CONF / "base", tmp_path / "conf" / "base")
    quick = tmp_path / "conf" / "quick"
    quick.mkdir()
    (quick / "parameters.yml").write_text("training: {epochs: 1}\nsrgan_mse: {training: {epochs: 2}}\n")
    return tmp_path / "conf"


class TestPaths:
    def test_a_tilde_is_the_home_directory_wherever_results_lie(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home/somebody")
        configuration = load(data_root="~/results", photographs={"path": "~"})
        assert configuration["parameters"]["data_root"] == "/home/somebody/results"
        catalog = configuration["catalog"]
        for name, path in (("split", "02_intermediate/split.csv"), ("local_folder", "")):
            assert catalog[name]["filepath"] == f"/home/somebody/results/{path}".rstrip("/")

    def test_a_home_that_is_not_there_is_one_line(self):
        with pytest.raises(
            InputError, match=r"existing user's home directory\. Received: ~nobody_here/x\. For a folder"
        ):
            load(data_root="~nobody_here/x")["catalog"]

    @pytest.mark.parametrize("data_root", ["data/{a}", "s3://bucket/{a}"])
    def test_braces_are_refused_before_kedro_takes_them_for_placeholders(self, data_root):
        with pytest.raises(InputError, match=r"data_root must not contain \{ or \}"):
            load(data_root=data_root)["catalog"]

    def test_a_configuration_below_brackets_is_found(self, conf, tmp_path):
        below = tmp_path / "[2026] *? proj"
        shutil.move(conf, below / "conf")
        configuration = load("quick", below / "conf", data_root="data/[1] *")
        assert configuration["parameters"]["training"]["epochs"] == 1
        assert configuration["catalog"]["split"]["filepath"] == "data/[1] */02_intermediate/split.csv"


class TestEnvironments:
    @pytest.mark.parametrize("env", ENVIRONMENTS)
    def test_parameters_are_as_they_must_be(self, env):
        parameters = load(env)["parameters"]
        assert {*VARIANTS, "seed", "training"} <= set(parameters)

    def test_each_writes_to_a_root_of_its_own(self):
        roots = [load(env)["parameters"]["data_root"] for env in ENVIRONMENTS]
        assert roots == [f"data/{env}" for env in ENVIRONMENTS]

    @pytest.mark.parametrize("env", ENVIRONMENTS)
    def test_catalog_writes_below_that_root(self, env):
        catalog = load(env)["catalog"]
        comes_with_the_project = {"published_results", "pretrained_generators", "notebooks"}
        paths = [
            entry["filepath"]
            for name, entry in catalog.items()
            if "filepath" in entry and name not in comes_with_the_project
        ]
        assert paths
        assert all(path == f"data/{env}" or path.startswith(f"data/{env}/0") for path in paths)

    @pytest.mark.parametrize("env", ENVIRONMENTS)
    def test_catalog_reads_the_photographs_that_the_parameters_record(self, env):
        configuration = load(env)
        entry, recorded = configuration["catalog"]["photographs"], configuration["parameters"]["photographs"]
        read = {"source": entry["source"], "name": entry["name"], "path": entry["folder"]}
        assert read | {"damaged": "error"} == recorded

    def test_sample_is_the_default(self):
        run = load()["parameters"]["run"]
        assert run["environment"] == "sample"
        assert load()["parameters"]["data_root"] == "data/sample"

    def test_article_is_as_the_article_writes(self):
        parameters = load("article")["parameters"]
        assert parameters["photographs"] == {
            "source": "tfds",
            "name": "tf_flowers",
            "path": None,
            "damaged": "error",
        }
        assert parameters["split"]["validation_size"] == 600
        assert parameters["crops"]["size"] == 128
        assert parameters["crops"]["downscaling"] == "bilinear"
        assert parameters["generator"] == {
            "residual_blocks": 5,
            "activation": "leaky_relu",
            "activate_residual": True,
            "skip_kernel_size": 9,
            "output_activation": "tanh",
            "batch_normalization_momentum": 0.99,
            "initialization": "default",
        }
        assert parameters["discriminator"] == {"negative_slope": 0.3, "output": "probability"}
        assert parameters["perceptual"] == {
            "network": "vgg19",
            "formulation": "article",
            "preprocessing": "none",
            "scale": {"vgg19": 0.006, "vgg16": 0.006},
        }
        for name in VARIANTS:
            assert parameters[name]["training"] == {
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
            }

    def test_paper_is_as_the_paper_writes(self):
        parameters = load("paper")["parameters"]
        assert parameters["crops"] == {
            "size": 96,
            "too_small": "error",
            "validation_per_photograph": 1,
            "downscaling": "antialiased_bicubic",
        }
        assert parameters["generator"] == {
            "residual_blocks": 16,
            "activation": "prelu",
            "activate_residual": False,
            "skip_kernel_size": 3,
            "output_activation": "linear",
            "batch_normalization_momentum": 0.99,
            "initialization": "default",
        }
        assert parameters["discriminator"] == {"negative_slope": 0.2, "output": "logit"}
        assert parameters["perceptual"]["formulation"] == "paper"
        assert parameters["perceptual"]["preprocessing"] == "network"
        assert parameters["perceptual"]["scale"]["vgg16"] == parameters["perceptual"]["scale"]["vgg19"]
        assert parameters["perceptual"]["scale"]["vgg19"] == pytest.approx(1 / 12.75**2, rel=1e-5)
        for name, variant in VARIANTS.items():
            training = parameters[name]["training"]
            assert (training["batch_size"], training["learning_rate"]) == (16, 1e-4)
            assert (training["shuffle"], training["adversarial_weight"]) == (True, 0.001)
            assert training["epochs"] * training["steps_per_epoch"] == (2e5 if variant.adversarial else 1e6)
            assert (training["start_from"] == "srresnet_mse") is variant.adversarial
            assert (training["learning_rate_schedule"] == "step") is variant.adversarial
            variation = training["total_variation_weight"]
            assert variation == (2e-8 if name == "srresnet_vgg22" else 0)


class TestMerging:
    def test_an_environment_that_sets_one_keeps_bases_others(self, conf):
        base, quick = load("base", conf)["parameters"], load("quick", conf)["parameters"]
        assert quick["training"] == base["training"] | {"epochs": 1}

    def test_variants_inherit_what_the_environment_sets(self, conf):
        quick = load("quick", conf)["parameters"]
        assert quick["srresnet_mse"]["training"]["epochs"] == 1
        assert quick["srgan_mse"]["training"]["epochs"] == 2
        assert quick["srgan_mse"]["training"]["batch_size"] == 128

    def test_bad_files_are_errors_by_the_parameters_name(self, conf):
        (conf / "quick" / "parameters.yml").write_text("training: {epochs: many}\n")
        with pytest.raises(InputError, match=r"^training\.epochs should be a valid integer"):
            load("quick", conf)["parameters"]


class TestRuntimeParams:
    def test_go_over_environment_and_base(self):
        parameters = load("sample", training={"epochs": 7}, split={"validation_size": 3})["parameters"]
        assert parameters["training"]["epochs"] == 7
        assert parameters["split"]["validation_size"] == 3
        assert parameters["training"]["batch_size"] == 8

    def test_reach_a_variant_that_the_environment_does_not_override(self):
        parameters = load("article", training={"epochs": 7})["parameters"]
        assert {parameters[name]["training"]["epochs"] for name in VARIANTS} == {7}

    def test_reach_a_variant_that_the_environment_overrides(self):
        sample = load("sample")["parameters"]
        parameters = load("sample", training={"epochs": 7})["parameters"]
        assert {parameters[name]["training"]["epochs"] for name in VARIANTS} == {7}
        for name in VARIANTS:  # and leave what was not asked for
            assert parameters[name]["training"] == sample[name]["training"] | {"epochs": 7}

    def test_of_a_variant_go_over_those_of_all(self):
        parameters = load("sample", training={"epochs": 7}, srgan_mse={"training": {"epochs": 9}})[
            "parameters"
        ]
        epochs = {name: parameters[name]["training"]["epochs"] for name in VARIANTS}
        assert epochs == dict.fromkeys(VARIANTS, 7) | {"srgan_mse": 9}

    def test_reach_one_variant_alone(self):
        parameters = load("article", srgan_mse={"training": {"epochs": 7}})["parameters"]
        assert [name for name in VARIANTS if parameters[name]["training"]["epochs"] == 7] == ["srgan_mse"]

    def test_move_the_data_root_in_parameters_and_catalog(self):
        configuration = load("sample", data_root="elsewhere")
        assert configuration["parameters"]["data_root"] == "elsewhere"
        assert configuration["catalog"]["split"]["filepath"] == "elsewhere/02_intermediate/split.csv"

    def test_choose_the_photographs_in_parameters_and_catalog(self):
        chosen = {"source": "folder", "path": "holidays"}
        configuration = load("sample", photographs=chosen)
        expected = {"source": "folder", "name": None, "path": "holidays", "damaged": "error"}
        assert configuration["parameters"]["photographs"] == expected
        entry = configuration["catalog"]["photographs"]
        assert (entry["source"], entry["name"], entry["folder"]) == ("folder", None, "holidays")

    def test_are_recorded_beside_the_environment(self):
        run = load("article", training={"epochs": 7})["parameters"]["run"]
        runtime_params = {"training": {"epochs": 7}}
        assert run == {"environment": "article", "conf_source": str(CONF), "runtime_params": runtime_params}

    @pytest.mark.parametrize(
        ("runtime_params", "message"),
        [
            ({"split": {"validation_size": 0}}, r"^split\.validation_size should be greater than 0"),
            ({"trainnig": {"epochs": 1}}, r"^Unknown parameter trainnig\."),
            ({"srgan_mse": {"content_loss": "vgg22"}}, r"^srgan_mse\.content_loss can't be set"),
        ],
    )
    def test_bad_ones_are_errors(self, runtime_params, message):
        with pytest.raises(InputError, match=message):
            load("sample", **runtime_params)["parameters"]


class TestOtherConfiguration:
    def test_is_left_as_it_is(self):
        assert load()["globals"]["photographs"]["source"] == "sample"

    def test_what_is_missing_stays_kedros_own_error(self):
        with pytest.raises(MissingConfigException):
            load()["credentials"]


class TestTexts:
    @pytest.mark.parametrize(
        "text",
        [
            "price ${5}.jpg",
            "${globals:data_root}",
            r"a\${b}",
            "$x {y} [z]",
            "roll #2",
            "a: b",
            "2024",
            "off",
        ],
    )
    def test_of_runtime_parameters_are_as_they_are(self, text):
        photographs = {"source": "folder", "name": None, "path": text}
        sets = {"root": text, "sets": [text, "Set5"]}
        root = text.translate(str.maketrans("", "", "{}"))  # which it must not hold
        configuration = load(
            photographs=photographs, data_root=root, benchmark_sets=sets, upscale={"input": text}
        )
        parameters, catalog = configuration["parameters"], configuration["catalog"]
        assert parameters["photographs"]["path"] == catalog["photographs"]["folder"] == text
        assert parameters["upscale"]["input"] == text
        assert catalog["benchmark_images"]["root"] == text
        assert catalog["benchmark_images"]["sets"] == [text, "Set5"]
        assert parameters["data_root"] == root
        assert catalog["split"]["filepath"] == f"{root}/02_intermediate/split.csv"
        assert parameters["run"]["runtime_params"]["data_root"] == root


class TestWhatTheCatalogReads:
    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ("photographs: {source: folder, path: holidays}", r"^photographs must be set in globals\.yml"),
            ("data_root: elsewhere", r"^data_root must be set in globals\.yml.*'elsewhere'"),
        ],
    )
    def test_must_not_differ_from_what_is_recorded(self, conf, parameters, message):
        (conf / "quick" / "parameters.yml").write_text(parameters)
        with pytest.raises(InputError, match=message):
            load("quick", conf)["parameters"]
