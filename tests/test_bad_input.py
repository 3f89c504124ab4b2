"""What a user can get wrong, through the real command: one line that names it, and nothing is written."""

import io
import os
import pickle
import shutil
import struct
import tempfile
import zlib
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from kedro.framework.startup import bootstrap_project
from PIL import Image
from pydantic import BaseModel

from srgan_report.cli import cli
from srgan_report.data.photographs import read_folder
from srgan_report.errors import InputError
from srgan_report.parameters.check import Parameters
from srgan_report.variants import VARIANTS
from tests.running import complete

PROJECT = Path(__file__).parents[1]
SIDE = 64  # of the photographs here, and of the crops of the sample environment


@pytest.fixture(autouse=True, scope="module")
def in_project():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KEDRO_ENV", raising=False)
        patch.chdir(PROJECT)
        bootstrap_project(PROJECT)
        yield


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def folder(tmp_path):
    """Three photographs: as many as a split of the sample environment needs."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(encode(seed=number))
    return folder


def encode(height=SIDE, width=SIDE, *, seed=99, mode="RGB", image_format="PNG", **options) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return save(Image.fromarray(noise).convert(mode), image_format, **options)


def save(image: Image.Image, image_format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def animated(image_format: str) -> bytes:
    frames = [Image.new("RGB", (SIDE, SIDE), color) for color in ("red", "blue")]
    return save(frames[0], image_format, save_all=True, append_images=frames[1:])


def blank_png(height: int, width: int) -> bytes:
    """A black PNG of any size, in a few kilobytes: one bit a pixel."""
    rows = zlib.compress(bytes(height * (1 + -(-width // 8))))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def run(root: Path, *arguments: str, params: str = "") -> Result:
    """``kedro run`` of the data split, or what the arguments say; ``params`` may name another data root."""
    pipeline = [] if any(argument.startswith("--pipelines") for argument in arguments) else ["preparation"]
    return CliRunner().invoke(
        cli,
        [
            "run",
            *(f"--pipelines={name}" for name in pipeline),
            f"--params=data_root={root},{params}",
            *arguments,
        ],
    )


def message_of(result: Result) -> str:
    """The one line of a run that ended as it should."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    *usage, error = result.stderr.splitlines()
    assert all(line.startswith(("Usage:", "Try ")) or not line for line in usage), result.stderr
    assert error.startswith("Error: ")
    return error.removeprefix("Error: ")


def refuse(root: Path, *arguments: str, params: str = "") -> str:
    """The message of a run that is refused before it starts."""
    message = message_of(run(root, *arguments, params=params))
    assert not root.exists()
    return message


def refuse_photographs(root: Path, folder: Path | str, *arguments: str, params: str = "") -> str:
    """The message of a run that fails at the photographs."""
    return refuse(root, *arguments, params=f"{of(folder)},{params}")


def of(folder: Path | str) -> str:
    return f"photographs.source=folder,photographs.path={folder}"


UNDECODABLE = [
    ("cut.jpg", encode(image_format="JPEG")[:-200], "is damaged: it can't be decoded to its end"),
    ("cut.png", encode()[:-200], "is damaged: it can't be decoded to its end"),
    ("head.jpg", encode(image_format="JPEG")[:40], "is damaged: it can't be decoded to its end"),
    ("head.png", encode()[:20], "is damaged: it can't be decoded to its end"),
    ("empty.jpg", b"", "must be a JPEG, PNG, WebP, TIFF or BMP image, or is damaged"),
    ("text.jpg", b"Not a photograph.", "must be a JPEG, PNG, WebP"),
    ("page.png", b"<html>Not found</html>", "must be a JPEG, PNG, WebP"),
    ("moving.png", animated("GIF"), "must be a JPEG, PNG, WebP"),
    ("moving.webp", animated("WEBP"), "must be one image. Received 2, as an animation"),
    ("pages.tif", animated("TIFF"), "must be one image. Received several pages"),
    ("cut.tif", encode(image_format="TIFF")[:-200], "is damaged: it can't be decoded to its end"),
    ("cut.bmp", encode(image_format="BMP")[:-200], "is damaged: it can't be decoded to its end"),
    ("bomb.png", blank_png(20_000, 20_000), "must have at most 178,956,970 pixels"),
    ("two\nlines.jpg", b"", "must be a JPEG, PNG, WebP"),
]


class TestPhotographs:
    @pytest.mark.parametrize(
        ("name", "content", "message"), UNDECODABLE, ids=[name for name, *_ in UNDECODABLE]
    )
    def test_one_that_can_not_be_decoded(self, root, folder, name, content, message):
        (folder / name).write_bytes(content)
        shown = name if name.isprintable() else repr(name)
        assert refuse_photographs(root, folder).startswith(f"Photograph {shown} {message}")

    @pytest.mark.parametrize(
        ("height", "width", "pipeline"),
        [(1, 1, "preparation"), (SIDE - 1, 500, "preparation"), (500, SIDE - 1, "all_variants")],
    )
    def test_one_too_small_for_the_crops(self, root, folder, height, width, pipeline):
        (folder / "small.png").write_bytes(encode(height, width))
        message = refuse_photographs(root, folder, f"--pipelines={pipeline}")
        assert message.startswith("Photographs must be at least 64 pixels high and wide (crops.size).")
        assert f"small.png is {height} high and {width} wide" in message

    def test_the_same_one_in_both_subsets(self, root, folder):
        (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
        message = refuse_photographs(root, folder)
        assert "0.png (validation) and copy.png (training)" in message

    @pytest.mark.parametrize("target", ["nowhere.png", "link.png"])
    def test_a_link_that_leads_nowhere(self, root, folder, target):
        (folder / "link.png").symlink_to(target)
        assert refuse_photographs(root, folder).startswith(f"Photograph {folder}/link.png can't be read: ")

    def test_a_folder_that_links_to_itself(self, root, folder):
        (folder / "again").symlink_to(folder)
        assert "where again can't be read: a link to a folder that it lies in" in refuse_photographs(
            root, folder
        )

    @pytest.mark.parametrize(
        ("name", "shown"), [(b"caf\xe9.jpg", r"'caf\udce9.jpg'"), (b"a\rb.png", r"'a\rb.png'")]
    )
    def test_a_name_that_split_csv_can_not_hold(self, root, folder, name, shown):
        (folder / os.fsdecode(name)).write_bytes(encode())
        message = refuse_photographs(root, folder)
        assert message.startswith("Names of photographs must be UTF-8")
        assert shown in message

    def test_one_that_changed_since_the_split(self, root, folder):
        assert run(root, params=of(folder)).exit_code == 0
        (folder / "2.png").write_bytes(encode())
        result = run(root, "--pipelines=all_variants", "--nodes=cut_validation_crops", params=of(folder))
        assert "Received 1 that changed since: the first is 2.png." in message_of(result)
        assert len(list((root / "03_primary" / "validation_crops.npz").iterdir())) == 1


class TestFolders:
    def test_an_empty_one(self, root, tmp_path):
        (tmp_path / "empty").mkdir()
        assert refuse_photographs(root, tmp_path / "empty").startswith(
            "photographs.path must contain files of .bmp"
        )

    def test_one_of_other_files_alone(self, root, tmp_path):
        (tmp_path / "moving.gif").write_bytes(animated("GIF"))
        assert refuse_photographs(root, tmp_path).startswith("photographs.path must contain files of .bmp")

    def test_one_that_is_a_file(self, root, folder):
        message = refuse_photographs(root, folder / "0.png")
        assert message.startswith("photographs.path must be a folder. Received a file")

    @pytest.mark.parametrize("path", ["nowhere", "~nobody_of_that_name", "n" * 300])
    def test_one_that_is_missing(self, root, path):
        assert refuse_photographs(root, path).startswith("photographs.path must be a folder")

    def test_one_with_too_few_photographs(self, root, folder):
        (folder / "2.png").unlink()
        message = refuse_photographs(root, folder)
        assert message.startswith("split.validation_size must be below the number of photographs (2).")


def message_without_permission(read) -> str:
    """What ``read`` raises where permissions count, which they do not for root."""
    if os.geteuid() != 0:
        with pytest.raises(InputError) as caught:
            read()
        return str(caught.value)
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.setresuid(65534, 65534, 65534)  # nobody
        try:
            read()
        except InputError as error:
            os.write(sender, str(error).encode())
        finally:
            os._exit(0)
    os.close(sender)
    os.waitpid(child, 0)
    with open(receiver) as pipe:
        return pipe.read()


class TestPermissions:
    @pytest.fixture
    def folder(self, folder):
        for above in folder.parents:  # pytest's own, which nobody else may enter
            if above.is_mount() or above == Path(tempfile.gettempdir()):
                break
            above.chmod(0o755)
        return folder

    def test_a_photograph_that_can_not_be_read(self, folder):
        (folder / "1.png").chmod(0)
        message = message_without_permission(lambda: list(read_folder(folder)))
        assert message == f"Photograph {folder}/1.png can't be read: Permission denied."

    @pytest.mark.parametrize("closed", [".", "inner"])
    def test_a_folder_that_can_not_be_read(self, folder, closed):
        (folder / "inner").mkdir()
        (folder / closed).chmod(0)
        message = message_without_permission(lambda: read_folder(folder))
        (folder / closed).chmod(0o755)
        assert message.endswith(f"Received: {folder}, where {closed} can't be read: Permission denied.")


def leaves(model: type[BaseModel] = Parameters, prefix: str = "") -> dict[str, bool]:
    """The names of all parameters and groups but what the program itself adds: whether each is a group."""
    names = {}
    for name, field in model.model_fields.items():
        if (prefix, name) == ("", "variants"):
            continue
        group = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        names[prefix + name] = group
        if group:
            names |= leaves(field.annotation, f"{prefix}{name}.")
    return names


GROUPS = [name for name, group in leaves().items() if group]

# Of every parameter: values as they are typed, and how the message goes on after its name.
NUMBER = [("many", "should be a valid number"), (".nan", "should be ")]
COUNT = [
    ("many", "should be a valid integer"),
    ("1.5", "should be a valid integer"),
    ("true", "should be a valid integer"),
    ("0", "should be greater than 0"),
]
NON_NEGATIVE = [*NUMBER, ("-0.1", "should be greater than or equal to 0")]
POSITIVE = [*NUMBER, ("0", "should be greater than 0"), ("null", "should be a valid number")]
BELOW_ONE = [*NON_NEGATIVE, ("1.0", "should be less than 1")]
CHOICE = [("other", "should be '"), ("null", "should be '")]
SWITCH = [("1", "should be a valid boolean")]
TEXT: list[tuple[str, str]] = []  # it is taken as it is typed, whatever it is
WRONG = {
    "seed": [
        ("one", "should be a valid integer"),
        ("-1", "should be greater than or equal to 0"),
        ("2147483648", "should be less than 2147483648"),
    ],
    "data_root": [
        *TEXT,
        ("null", "should be a valid string"),
        ("", "should have at least 1 character"),
        ("sftp://host/results", "must be a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX"),
    ],
    "photographs.source": CHOICE,
    "photographs.name": [*TEXT, ("null,photographs.source=tfds", "must be set")],
    "photographs.path": [*TEXT, ("null,photographs.source=folder", "must be set")],
    "photographs.damaged": CHOICE,
    "split.leave_out": [
        ("many", "should be a valid integer"),
        ("-1", "should be greater than or equal to 0"),
    ],
    "split.validation_size": COUNT,
    "crops.size": [
        ("wide", "should be a valid integer"),
        ("28", "should be greater than or equal to 32"),
        ("50", "should be a multiple of 4"),
    ],
    "crops.too_small": CHOICE,
    "crops.validation_per_photograph": COUNT,
    "crops.downscaling": CHOICE,
    "generator.residual_blocks": COUNT,
    "generator.activation": CHOICE,
    "generator.activate_residual": SWITCH,
    "generator.skip_kernel_size": COUNT,
    "generator.output_activation": CHOICE,
    "generator.batch_normalization_momentum": BELOW_ONE,
    "generator.initialization": CHOICE,
    "discriminator.negative_slope": BELOW_ONE,
    "discriminator.output": CHOICE,
    "training.start_from": [*CHOICE, ("srresnet_mse", "must be scratch")],
    "training.batch_size": COUNT,
    "training.epochs": COUNT,
    "training.steps_per_epoch": COUNT,
    "training.learning_rate": POSITIVE,
    "training.learning_rate_schedule": CHOICE,
    "training.ema_momentum": [
        ("many", "should be a valid number"),
        ("0", "should be greater than 0"),
        ("1.0", "should be less than 1"),
    ],
    "training.shuffle": SWITCH,
    "training.roll": SWITCH,
    "training.adversarial_weight": NON_NEGATIVE,
    "training.total_variation_weight": NON_NEGATIVE,
    "training.lattice_weight": NON_NEGATIVE,
    "training.spectral_weight": NON_NEGATIVE,
    "training.chroma_weight": NON_NEGATIVE,
    "training.consistency_weight": NON_NEGATIVE,
    "training.adversarial_border": [
        ("2.5", "should be a valid integer"),
        ("-4", "should be greater than or equal to 0"),
        ("44", "must leave"),
    ],
    "training.augment": SWITCH,
    "training.precision": CHOICE,
    "training.jit_compile": CHOICE,
    "training.strategy": CHOICE,
    "training.synchronize_batch_normalization": SWITCH,
    "training.resume": SWITCH,
    "training.checkpoint_every": COUNT,
    "training.on_failure": CHOICE,
    "perceptual.network": CHOICE,
    "perceptual.formulation": CHOICE,
    "perceptual.preprocessing": CHOICE,
    "perceptual.scale.vgg19": POSITIVE,
    "perceptual.scale.vgg16": POSITIVE,
    "figures.photographs": [
        ("1", "should be a valid list"),
        ("[]", "should have at least 1 item"),
        ("[0,1,0,1,0]", "should have at most 4 items"),
        ("[0,2]", "must be below"),
    ],
    "figures.crops": [
        ("3", "should be a valid list"),
        ("[]", "should have at least 1 item"),
        ("[0,1,2,3,4]", "should have at most 4 items"),
        ("[16]", "must be below 16"),
    ],
    "benchmark_sets.root": TEXT,
    "benchmark_sets.sets": [("Set5", "should be a valid list"), ("[]", "should have at least 1 item")],
    "benchmark_sets.others": [("5", "should hold parameters of its own")],
    "upscale.input": TEXT,
    "upscale.output": TEXT,
    "upscale.variant": [("srgan_vgg33", "should be srresnet_mse, "), ("null", "should be a valid string")],
    "upscale.blend": [
        ("most", "should be a valid number"),
        ("-0.5", "should be greater than or equal to 0"),
        ("1.5", "should be less than or equal to 1"),
    ],
    "upscale.overwrite": SWITCH,
    "upscale.preview": SWITCH,
    "export.variant": [*TEXT, ("srgan_vgg33", "should be srresnet_mse, ")],
}


class TestParameters:
    def test_every_one_is_tried(self):
        assert set(WRONG) == {name for name, group in leaves().items() if not group}

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [(name, value, message) for name, cases in WRONG.items() for value, message in cases],
    )
    def test_a_value_that_can_not_be(self, root, name, value, message):
        assert f"{name} {message}" in refuse(root, params=f"{name}={value}")

    @pytest.mark.parametrize("name", [name for name, cases in WRONG.items() if cases is TEXT])
    def test_a_group_in_place_of_text(self, root, name):
        assert f"{name} should be a valid string" in refuse(root, params=f"{name}.deep=5")

    @pytest.mark.parametrize("name", [*GROUPS, "srgan_mse", "srgan_mse.training"])
    def test_a_value_in_place_of_a_group(self, root, name):
        expected = f"{name} should hold parameters of its own. Received: 3."
        assert refuse(root, params=f"{name}=3").startswith(expected)

    @pytest.mark.parametrize(
        "name", [f"{group}.nonsense" for group in (*GROUPS, "srgan_mse", "srgan_mse.training")]
    )
    def test_one_that_is_not_known(self, root, name):
        assert refuse(root, params=f"{name}=3").startswith(f"Unknown parameter {name}.")

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("nonsense", "Known: seed, "),
            ("trainnig.epochs", "Did you mean training?"),
            ("variants", ""),
            ("run", ""),
            ("srgan_vgg33.training.epochs", "Did you mean srgan_vgg"),
        ],
    )
    def test_one_that_is_not_known_on_top(self, root, name, hint):
        message = refuse(root, params=f"{name}=3")
        assert message.startswith(f"Unknown parameter {name.partition('.')[0]}. {hint}")

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_one_of_a_variant(self, root, variant):
        message = refuse(root, params=f"{variant}.training.epochs=0")
        assert message.startswith(f"{variant}.training.epochs should be greater than 0. Received: 0.")

    def test_what_a_variant_is(self, root):
        message = refuse(root, params="srgan_mse.content_loss=vgg22")
        assert message.startswith("srgan_mse.content_loss can't be set")

    def test_figures_of_crops_that_are_not_cut(self, root):
        message = refuse(root, params="crops.validation_per_photograph=1")
        assert message.startswith("figures.crops must be below 2")


class TestCommand:
    @pytest.mark.parametrize(
        ("argument", "message"),
        [
            ("--env=nowhere", "Given configuration path either does not exist"),
            ("--pipelines=srgan_vgg33", "Failed to find the pipeline named 'srgan_vgg33'"),
            ("--pipelines=preparation,nothing", "Failed to find the pipeline named 'nothing'"),
            ("--nodes=nothing", "Pipeline does not contain nodes named"),
            ("--from-nodes=nothing", "Pipeline does not contain nodes named"),
            ("--from-inputs=nothing", "Pipeline does not contain datasets named"),
            ("--to-outputs=nothing", "Pipeline does not contain datasets named"),
            ("--tags=nothing", "Pipeline contains no nodes after applying all provided filters"),
            ("--namespaces=nothing", "Pipeline does not contain nodes with the following namespaces"),
            ("--conf-source=nowhere", "Invalid value for '--conf-source'"),
            ("--config=nowhere.yml", "Invalid value for '--config'"),
            ("--nonsense", "No such option"),
            (
                "--params=seed",
                "Invalid value for '--params': it must be NAME=VALUE,NAME=VALUE. Received:",
            ),
            ("--params==3", "Invalid value for '--params': it must be NAME=VALUE,NAME=VALUE. Received:"),
            ("--params=seed=[1", "Invalid value for '--params': 'seed=[1' can't be understood"),
            (
                "--runner=ParallelRunner",
                "Invalid value for '--runner' / '-r': ParallelRunner can't be used: networks pass between "
                "nodes in memory. Use ThreadRunner",
            ),
            ("--runner=NoRunner", "Invalid value for '--runner' / '-r': there is no runner 'NoRunner'"),
            ("--load-versions=spilt:2020", "'load_versions' keys [spilt] are not found in the catalog"),
            ("--load-versions=split:2020", "--load-versions must not name datasets that this run makes"),
            ("--load-versions=split", "Invalid value for '--load-versions' / '-lv': 'split' can't be"),
        ],
    )
    def test_an_option_that_can_not_be(self, root, argument, message):
        assert refuse(root, argument).startswith(message)


class TestConfigurationFiles:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("trainnig: {epochs: 1}", "Unknown parameter trainnig."),
            ("training: {epoch: 1}", "Unknown parameter training.epoch."),
            ("srgan_mse: {epochs: 1}", "Unknown parameter srgan_mse.epochs."),
            ("srgan_mse: {training: {epoch: 1}}", "Unknown parameter srgan_mse.training.epoch."),
            ("srgan_mse: {adversarial: false}", "srgan_mse.adversarial can't be set"),
            ("training: {epochs: many}", "training.epochs should be a valid integer"),
            ("training: 3", "training should hold parameters of its own"),
            ("seed: '1'", "seed should be a valid integer"),
            ("only words", "Unknown parameter only words."),
            ("photographs: {path: holidays}", "photographs must be set in globals.yml or with --params"),
        ],
    )
    def test_parameters_that_can_not_be(self, root, tmp_path, content, message):
        conf = tmp_path / "conf"
        shutil.copytree(PROJECT / "conf", conf)
        (conf / "sample" / "parameters.yml").write_text(content)
        assert refuse(root, f"--conf-source={conf}").startswith(message)

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("parameters", "seed: [1", "Invalid YAML or JSON file"),
            ("parameters", "training:\n\tepochs: 1", "Invalid YAML or JSON file"),
            ("parameters", "seed: 1\nseed: 2", "found duplicate key seed"),
            ("parameters", "- 1", "'list' object has no attribute"),
            ("parameters", "seed: ${nope}", "Interpolation key 'nope' not found"),
            ("globals", "photographs: {path: '${globals:nope}'}", "while resolving interpolation"),
            ("catalog", "split: {filepath: '${nope}'}", "Interpolation key 'nope' not found"),
        ],
    )
    def test_files_that_can_not_be_read(self, root, tmp_path, name, content, reason):
        conf = tmp_path / "conf"
        shutil.copytree(PROJECT / "conf", conf)
        (conf / "sample" / f"{name}.yml").write_text(content)
        message = refuse(root, f"--conf-source={conf}")
        assert message.startswith(f"The configuration ({name}) can't be read: ")
        assert reason in message
        assert message.endswith(f" Fix it in {conf}.")

    def test_a_catalog_that_is_not_there(self, root, tmp_path):
        conf = tmp_path / "conf"
        shutil.copytree(PROJECT / "conf", conf)
        (conf / "base" / "catalog.yml").unlink()
        assert refuse(root, f"--conf-source={conf}").startswith("No files of YAML or JSON format found in ")

    def test_a_dataset_of_an_unknown_type(self, root, tmp_path):
        conf = tmp_path / "conf"
        shutil.copytree(PROJECT / "conf", conf)
        (conf / "sample" / "catalog.yml").write_text("split: {type: pandas.NoDataset, filepath: split.csv}")
        message = refuse(root, f"--conf-source={conf}")
        assert message.startswith("An exception occurred when parsing config for dataset 'split': ")


def save_generator(root: Path, model: keras.Model) -> Path:
    version = "2026-01-01T00.00.00.000Z"
    path = root / "06_models" / "srresnet_mse" / "generator.keras" / version / "generator.keras"
    path.parent.mkdir(parents=True)
    complete(root, "srresnet_mse", version)
    model.save(path)
    return path


@pytest.fixture
def sets(tmp_path):
    folder = tmp_path / "sets" / "Set1"
    folder.mkdir(parents=True)
    (folder / "noise_HR.png").write_bytes(encode(64, 64))
    (folder / "noise_LR.png").write_bytes(encode(16, 16))
    return f"benchmark_sets.root={folder.parent},benchmark_sets.sets=[Set1]"


class TestModels:
    """Every model that a run starts from is refused before it writes anything."""

    def refuse(self, root: Path, *arguments: str, params: str = "") -> str:
        message = message_of(run(root, *arguments, params=params))
        assert {path.name for path in root.iterdir()} == {"06_models", "07_model_output"}
        return message

    @pytest.mark.parametrize(
        "content", [b"", b"no model", pickle.dumps({"a": 1})], ids=["empty", "text", "pickle"]
    )
    def test_a_file_of_another_kind(self, root, content):
        path = save_generator(root, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
        path.write_bytes(content)
        message = self.refuse(root, "--pipelines=export")
        assert message.startswith(f"{path} can't be loaded: ")

    def test_a_truncated_one(self, root):
        path = save_generator(root, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
        path.write_bytes(path.read_bytes()[:-50])
        message = self.refuse(root, "--pipelines=export")
        assert message.startswith(f"{path} can't be loaded: ")

    def test_one_that_would_run_code(self, root):
        code = keras.layers.Lambda(lambda image: image)
        path = save_generator(root, keras.Sequential([keras.Input((None, None, 3)), code]))
        message = self.refuse(root, "--pipelines=export")
        assert message.startswith(f"{path} can't be loaded: ")

    def test_one_of_another_shape_on_benchmark_sets(self, root, sets):
        save_generator(root, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
        message = self.refuse(root, "--pipelines=benchmark_sets", params=sets)
        assert message.startswith("srresnet_mse.generator is not a generator that can upscale images: ")

    def test_one_of_another_shape_to_upscale_photographs(self, root, folder, tmp_path):
        save_generator(root, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
        message = self.refuse(
            root,
            "--pipelines=upscale",
            params=f"upscale.input={folder},upscale.output={tmp_path / 'large'},upscale.variant=srresnet_mse",
        )
        assert message.startswith("srresnet_mse.generator is not a generator that can upscale images: ")
        assert not (tmp_path / "large").exists()

    def test_one_of_another_shape_to_export(self, root):
        save_generator(root, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
        before = {file for file in root.rglob("*") if file.is_file()}
        message = self.refuse(root, "--pipelines=export")
        assert message.startswith("srresnet_mse.generator is not a generator that can upscale images: ")
        assert {file for file in root.rglob("*") if file.is_file()} == before


ROTATED = Image.Exif()
ROTATED[0x0112] = 6  # by 90 degrees, to be viewed
KINDS = [
    ("cmyk.jpg", encode(64, 80, mode="CMYK", image_format="JPEG")),
    ("gray.jpg", encode(64, 80, mode="L", image_format="JPEG")),
    ("progressive.JPEG", encode(64, 80, image_format="JPEG", progressive=True)),
    (
        "rotated.jpg",
        encode(
            80,
            64,
            image_format="JPEG",
            exif=ROTATED,
        ),
    ),
    ("gray.png", encode(64, 80, mode="L")),
    ("gray_alpha.png", encode(64, 80, mode="LA")),
    ("alpha.PNG", encode(64, 80, mode="RGBA")),
    ("palette.png", encode(64, 80, mode="P", transparency=0)),
    ("bits.png", encode(64, 80, mode="1")),
    ("deep.png", encode(64, 80, mode="I;16")),
    ("really_a_jpeg.png", encode(64, 80, image_format="JPEG")),
    ("really_a_bitmap.jpg", encode(64, 80, image_format="BMP")),
    ("scan.tif", encode(64, 80, image_format="TIFF", compression="tiff_lzw")),
    ("web.webp", encode(64, 80, image_format="WEBP")),
    ("phone.jfif", encode(64, 80, image_format="JPEG")),
]


class TestWhatWorks:
    def split(self, root, folder) -> pd.DataFrame:
        result = run(root, params=of(folder))
        assert result.exit_code == 0, result.output
        (path,) = root.glob("02_intermediate/split.csv/*/split.csv")
        return pd.read_csv(path).set_index("id")

    @pytest.mark.parametrize(("name", "content"), KINDS, ids=[name for name, _ in KINDS])
    def test_kinds_of_images(self, root, folder, name, content):
        (folder / name).write_bytes(content)
        row = self.split(root, folder).loc[name]
        assert (row["height"], row["width"]) == (64, 80)  # as a viewer shows them

    def test_an_animated_png(self, root, folder):
        (folder / "moving.png").write_bytes(animated("PNG"))
        assert self.split(root, folder).loc["moving.png", "height"] == SIDE

    def test_names_come_back_from_the_saved_split(self, root, folder):
        names = [
            "with space.png",
            "comma, 'quoted' \"twice\".png",
            "größe 花.png",
            "two\nlines.png",
            "NA.png",
        ]
        for number, name in enumerate(names):
            (folder / name).write_bytes(encode(seed=100 + number))
        assert set(names) < set(self.split(root, folder).index)
        result = run(root, "--pipelines=all_variants", "--nodes=cut_validation_crops", params=of(folder))
        assert result.exit_code == 0, result.output

    def test_files_of_other_kinds_are_left_out_with_one_line(self, root, folder, caplog):
        (folder / "moving.gif").write_bytes(animated("GIF"))
        assert self.split(root, folder).index.tolist() == ["0.png", "1.png", "2.png"]
        assert [message for message in caplog.messages if message.startswith("Skipped in")]

    def test_damaged_photographs_may_be_skipped(self, root, folder, caplog):
        (folder / "0a.png").write_bytes(encode()[:-200])
        (folder / "1a.jpg").write_bytes(b"Not a photograph.")
        assert "2 of 5 photographs can't be read" in refuse_photographs(root, folder)
        caplog.clear()
        result = run(root, params=f"{of(folder)},photographs.damaged=skip")
        assert result.exit_code == 0, result.output
        (path,) = root.glob("02_intermediate/split.csv/*/split.csv")
        assert pd.read_csv(path)["subset"].tolist() == [
            "validation", "damaged", "validation", "damaged", "training"
        ]  # fmt: skip
        (told,) = [message for message in caplog.messages if message.startswith("Left out 2 of 5")]
        assert "0a.png is damaged" in told
        cut = ("--pipelines=all_variants", "--nodes=cut_validation_crops")
        result = run(root, *cut, params=f"{of(folder)},photographs.damaged=skip")
        assert result.exit_code == 0, result.output

    def test_photographs_too_small_may_be_skipped(self, root, folder):
        (folder / "small.png").write_bytes(encode(1, 1))
        result = run(root, params=f"{of(folder)},crops.too_small=skip")
        assert result.exit_code == 0, result.output
