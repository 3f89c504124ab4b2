import json
import shutil

import keras
import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError, MemoryDataset, Version
from kedro.runner import SequentialRunner

from srgan_report.datasets import (
    ExportedGeneratorsDataset,
    PretrainedGeneratorsDataset,
    TensorFlowModelDataset,
)
from srgan_report.errors import InputError
from srgan_report.inference import export as formats
from srgan_report.networks import build_generator, initialize
from srgan_report.parameters.sections import ExportParameters
from srgan_report.pipelines.inference.pipeline import create_export_pipeline, create_pretrained_pipeline
from tests.running import complete, find_saved

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"


def save_json(path, version, content):
    file = path / version / path.name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two variants; of one an older version, with other numbers beside it, is saved too."""
    root = tmp_path_factory.mktemp("data")
    for name, version in (("srresnet_mse", NEW), ("srgan_mse", OLD), ("srgan_mse", NEW)):
        path = str(root / "06_models" / name / "generator.keras")
        model = initialize(build_generator(residual_blocks=1, seed=len(version)), "interpolating")
        TensorFlowModelDataset(filepath=path, version=Version(None, version)).save(model)
    for version, steps, psnr in ((OLD, 111, 11.11), (NEW, 222, 22.22)):
        summary = {
            "status": "finished",
            "seed": 2017,
            "photographs": {"source": "sample", "name": None, "path": None},
            "training_photographs": 6,
            "steps": steps,
            "images": 8 * steps,
            "data_sha256": "da7a",
            "generator_sha256": "9e9e",
            "generator_parameters": 1000,
            "parameters": {
                "crops": {"size": 64},
                "generator": {"residual_blocks": 1, "initialization": "interpolating"},
            },
        }
        means = {"psnr": psnr, "ssim": 0.5, "psnr_y": 25.0, "ssim_y": 0.6, "lpips": 0.3}
        intervals = {f"{name}_{end}": float("nan") for name in means for end in ("low", "high")}
        measured = {"crops": 16, "photographs": 2, "validation_crops_sha256": f"c{steps}"}
        metrics = {"srgan_mse": means | intervals | measured}
        bicubic = {"bicubic": means | intervals | measured | {"psnr": psnr + 10}}
        complete(root, "srgan_mse", version, summary, metrics)
        complete(root, "srresnet_mse", version, summary, {"srresnet_mse": metrics["srgan_mse"]})
        # Of another run, but of the same crops.
        save_json(root / "07_model_output" / "baselines" / "metrics.json", f"{version}-later", bicubic)
    return root


def export(root, variant=None):
    catalog = DataCatalog(
        {
            "generators": MemoryDataset(find_saved(root), copy_mode="assign"),
            "params:export": MemoryDataset(ExportParameters(variant=variant)),
            "exported_generators": ExportedGeneratorsDataset(filepath=f"{root}/06_models"),
        }
    )
    SequentialRunner().run(create_export_pipeline(), catalog)


@pytest.fixture(scope="module")
def exported(root):
    export(root, "srgan_mse")
    return root / "06_models" / "srgan_mse" / "export" / NEW


def test_reads_generators_and_parameters():
    pipeline = create_export_pipeline()
    assert pipeline.inputs() == {"generators", "params:export"}
    assert pipeline.all_outputs() == {"exported_generators"}


class TestOneVariant:
    def test_its_latest_version_is_exported_in_every_format_with_a_card(self, exported):
        assert [path.name for path in exported.parent.iterdir()] == [NEW]
        assert {path.name for path in exported.iterdir()} == {
            "README.md",
            "generator.keras",
            "generator.onnx",
            "generator.tflite",
            "saved_model",
        }

    def test_no_other_variant_is(self, root, exported):
        assert not (root / "06_models" / "srresnet_mse" / "export").exists()

    def test_weights_are_the_saved_ones(self, root, exported):
        saved = root / "06_models" / "srgan_mse" / "generator.keras" / NEW / "generator.keras"
        models = [keras.models.load_model(path) for path in (saved, exported / "generator.keras")]
        for layer in models[0].layers:
            weights = models[1].get_layer(layer.name).get_weights()
            for one, other in zip(layer.get_weights(), weights, strict=True):
                np.testing.assert_array_equal(one, other)

    def test_card_has_the_numbers_saved_with_that_version(self, exported):
        card = (exported / "README.md").read_text(encoding="utf-8")
        assert "# SRGAN-MSE" in card
        assert f"Version: {NEW}." in card
        assert "222 steps" in card
        assert "| PSNR (dB) | 22.22 | 32.22 |" in card

    def test_card_has_the_checksum_of_every_file_beside_it(self, exported):
        card = (exported / "README.md").read_text(encoding="utf-8")
        files = formats.checksums(exported)
        files.pop("README.md")
        assert len(files) >= 6
        for path, digest in files.items():
            assert f"| `{path}` | `{digest}` |" in card


class TestOthers:
    @pytest.fixture
    def plain(self, monkeypatch):
        """Keras' own format alone, which is fast."""
        monkeypatch.setattr(formats, "FORMATS", formats.FORMATS[:1])

    def test_null_is_every_variant_that_is_saved(self, root, exported, plain):
        export(root)
        (card,) = root.glob("06_models/srresnet_mse/export/*/README.md")
        assert card.read_text().startswith("# SRResNet-MSE")
        # The one that was exported before, in more formats, has given way.
        assert {path.name for path in exported.iterdir()} == {"README.md", "generator.keras"}

    def test_into_a_bucket_goes_what_would_go_into_a_folder(self, root, bucket, plain):
        url = f"s3://{bucket.name}/export"
        bucket.files.put(f"{root}/", url, recursive=True)
        folder = f"06_models/srgan_mse/export/{NEW}"
        if bucket.list(f"export/{folder}"):  # which a test before this one has made
            bucket.files.rm(f"{url}/{folder}", recursive=True)
        export(url, "srgan_mse")
        assert bucket.list(f"export/{folder}") == ["README.md", "generator.keras"]
        card = bucket.files.cat(f"{url}/{folder}/README.md").decode()
        assert "222 steps" in card
        assert "| PSNR (dB) | 22.22 | 32.22 |" in card

    def test_a_variant_that_is_not_saved_is_an_error_that_says_how_to_train_it(self, root):
        with pytest.raises(InputError, match=r"^export\.variant must be a variant whose generator is saved"):
            export(root, "srgan_vgg54")

    def test_what_is_no_generator_is_an_error_and_leaves_nothing(self, tmp_path, plain):
        path = str(tmp_path / "06_models" / "srgan_mse" / "generator.keras")
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        TensorFlowModelDataset(filepath=path, version=Version(None, NEW)).save(model)
        complete(tmp_path, "srgan_mse", NEW)
        with pytest.raises(DatasetError, match=r"srgan_mse\.generator is not a generator"):
            export(tmp_path, "srgan_mse")
        assert not (tmp_path / "06_models" / "srgan_mse" / "export").exists()


class TestSavePretrained:
    def save_pretrained(self, root, folder):
        low_resolution = np.random.default_rng(0).random((3, 6, 6, 3), np.float32)
        pretrained = PretrainedGeneratorsDataset(filepath=folder)
        catalog = DataCatalog(
            {
                "generators": MemoryDataset(find_saved(root), copy_mode="assign"),
                "validation_crops": MemoryDataset({"low_resolution": low_resolution}),
                "pretrained_generators": pretrained,
            }
        )
        SequentialRunner().run(create_pretrained_pipeline(), catalog)
        return pretrained.load()

    @pytest.fixture
    def recorded(self, root, tmp_path):
        """Only the variant whose training was recorded."""
        for path in ("06_models/srgan_mse", "07_model_output/srgan_mse", "07_model_output/baselines"):
            shutil.copytree(root / path, tmp_path / "data" / path)
        return tmp_path / "data"

    def test_the_latest_generator_is_packed_with_what_is_known_of_it(self, recorded, tmp_path, caplog):
        caplog.set_level("INFO")
        pretrained = self.save_pretrained(recorded, tmp_path / "pretrained")
        assert [(name, each.version) for name, each in pretrained.items()] == [
            ("srgan_mse", f"pretrained, {NEW}")
        ]
        path = recorded / "06_models" / "srgan_mse" / "generator.keras" / NEW / "generator.keras"
        trained, loaded = keras.models.load_model(path), pretrained["srgan_mse"].load()
        for one, other in zip(trained.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=2**-11, atol=2**-25)
        facts = json.loads((tmp_path / "pretrained" / "pretrained.json").read_text())["srgan_mse"]["facts"]
        assert (facts["summary"]["steps"], facts["metrics"]["psnr"]) == (222, 22.22)
        assert 0 <= facts["levels"] < 0.5
        assert facts["bicubic"]["psnr"] == 32.22
        assert "| PSNR (dB) | 22.22 | 32.22 |" in (tmp_path / "pretrained" / "srgan_mse.md").read_text()
        assert facts["dtype"] == "float16"
        assert "srgan_mse: float16, which changes its images by" in caplog.text

    def test_nothing_to_ship_is_an_error(self, tmp_path):
        with pytest.raises(InputError, match=r"^At least one variant must be trained"):
            self.save_pretrained(tmp_path, tmp_path / "pretrained")
