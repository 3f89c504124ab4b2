"""``SavedGeneratorsDataset``: which generators it finds, and when it loads them."""

import json
import shutil

import keras
import pytest
from kedro.io import DataCatalog, DatasetError, Version

from srgan_report.datasets import SavedGeneratorsDataset, TensorFlowModelDataset
from tests.running import complete


def save(root, name, version, filters=1, file="generator.keras"):
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(filters, 1)(image))
    path = str(root / "06_models" / name / file)
    TensorFlowModelDataset(filepath=path, version=Version(None, version)).save(model)
    complete(root, name, version)


@pytest.fixture
def saved(tmp_path):
    """Two versions of one variant, one of another, and what is no variant's generator."""
    save(tmp_path, "srgan_mse", "2025-12-31T12.00.00.000Z", filters=4)
    save(tmp_path, "srgan_mse", "2026-01-31T12.00.00.000Z", filters=5)
    save(tmp_path, "srresnet_vgg22", "2026-01-01T12.00.00.000Z", filters=3)
    save(tmp_path, "esrgan", "2026-01-31T12.00.00.000Z")
    save(tmp_path, "srgan_vgg54", "2026-01-31T12.00.00.000Z", file="discriminator.keras")
    return tmp_path


class TestLoad:
    def test_finds_the_latest_of_every_saved_variant_in_the_articles_order(self, saved):
        generators = SavedGeneratorsDataset(filepath=saved).load()
        assert [(name, generator.version) for name, generator in generators.items()] == [
            ("srresnet_vgg22", "2026-01-01T12.00.00.000Z"),
            ("srgan_mse", "2026-01-31T12.00.00.000Z"),
        ]

    def test_one_that_diverged_is_left_out_with_a_warning(self, saved, caplog):
        for name, version, status in (
            ("srgan_mse", "2026-01-31T12.00.00.000Z", "diverged"),
            ("srresnet_vgg22", "2025-01-01T12.00.00.000Z", "diverged"),  # an earlier run of it
        ):
            summary = saved / "06_models" / name / "training_summary.json" / version / "training_summary.json"
            summary.parent.mkdir(parents=True, exist_ok=True)
            summary.write_text(json.dumps({"status": status}))
        assert list(SavedGeneratorsDataset(filepath=saved).load()) == ["srresnet_vgg22"]
        assert "Left out SRGAN-MSE, which diverged" in caplog.text

    @pytest.mark.parametrize(
        "version",
        [Version(None, "2026-01-15T12.00.00.000000Z"), Version("2026-01-15", "2026-02-15T12.00.00.000000Z")],
        ids=["run", "--load-versions"],
    )
    def test_none_is_later_than_the_run_or_what_was_asked_for(self, saved, version):
        generators = SavedGeneratorsDataset(filepath=saved, version=version).load()
        assert {name: generator.version for name, generator in generators.items()} == {
            "srresnet_vgg22": "2026-01-01T12.00.00.000Z",
            "srgan_mse": "2025-12-31T12.00.00.000Z",
        }

    @pytest.mark.parametrize(
        "lacking",
        [
            "06_models/{}/training_summary.json",
            "06_models/{}/training_history.csv",
            "07_model_output/{}/metrics.json",
        ],
    )
    def test_a_run_that_was_broken_off_is_passed_over(self, saved, caplog, lacking):
        shutil.rmtree(saved / lacking.format("srgan_mse") / "2026-01-31T12.00.00.000Z")
        shutil.rmtree(saved / lacking.format("srresnet_vgg22") / "2026-01-01T12.00.00.000Z")
        (generator,) = SavedGeneratorsDataset(filepath=saved).load().values()
        assert generator.version == "2025-12-31T12.00.00.000Z"
        assert generator.load().output_shape == (None, None, None, 4)
        assert "SRGAN-MSE: skipped incomplete results of 2026-01-31T12.00.00.000Z" in caplog.text

    def test_each_is_loaded_when_it_is_asked_for(self, saved, monkeypatch):
        loaded = []
        load = keras.models.load_model
        monkeypatch.setattr(
            "keras.models.load_model", lambda *args, **kw: loaded.append(1) or load(*args, **kw)
        )
        generators = SavedGeneratorsDataset(filepath=saved).load()
        assert loaded == []
        assert generators["srgan_mse"].load().output_shape == (None, None, None, 5)
        assert generators["srresnet_vgg22"].load().output_shape == (None, None, None, 3)

    def test_what_is_saved_meanwhile_changes_neither_version_nor_generator(self, saved):
        generator = SavedGeneratorsDataset(filepath=saved).load()["srgan_mse"]
        save(saved, "srgan_mse", "2026-02-01T12.00.00.000Z", filters=6)
        assert generator.version == "2026-01-31T12.00.00.000Z"
        assert generator.load().output_shape == (None, None, None, 5)

    def test_a_damaged_one_is_one_clear_error(self, saved, input_error):
        path = (
            saved
            / "06_models"
            / "srgan_mse"
            / "generator.keras"
            / "2026-01-31T12.00.00.000Z"
            / "generator.keras"
        )
        path.write_bytes(path.read_bytes()[:1000])
        generators = SavedGeneratorsDataset(filepath=saved).load()
        with pytest.raises(DatasetError) as caught:
            generators["srgan_mse"].load()
        assert input_error(caught.value) == (
            f"{path} can't be loaded: ValueError: it is not a .keras archive, or truncated. "
            "Remove or replace it if it is damaged or of another kind."
        )

    def test_finds_none_where_none_is_trained(self, tmp_path):
        assert SavedGeneratorsDataset(filepath=tmp_path / "data").load() == {}

    def test_catalog_makes_it(self, saved):
        entry = {
            "type": "srgan_report.datasets.SavedGeneratorsDataset",
            "filepath": str(saved),
            "metadata": {"kedro-viz": {"layer": "models"}},
        }
        catalog = DataCatalog.from_config({"generators": entry})
        assert catalog["generators"].metadata == {"kedro-viz": {"layer": "models"}}
        assert list(catalog.load("generators")) == ["srresnet_vgg22", "srgan_mse"]


class TestDataset:
    def test_is_read_only(self, tmp_path):
        with pytest.raises(DatasetError, match="SavedGeneratorsDataset is read-only"):
            SavedGeneratorsDataset(filepath=tmp_path).save({})

    def test_exists_where_one_generator_does(self, saved):
        assert SavedGeneratorsDataset(filepath=saved).exists()
        assert not SavedGeneratorsDataset(filepath=saved / "06_models").exists()

    def test_str_says_where_it_looks(self):
        assert str(SavedGeneratorsDataset(filepath="data")).endswith("(filepath='data')")
