"""``find_generators``: which generators it finds, and when they are loaded."""

import json
import shutil

import keras
import pytest
from kedro.io import DatasetError, Version

from srgan_report.datasets import TensorFlowModelDataset
from tests.running import complete, find_saved


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
        generators = find_saved(saved)
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
        assert list(find_saved(saved)) == ["srresnet_vgg22"]
        assert "Left out SRGAN-MSE, which diverged" in caplog.text

    @pytest.mark.parametrize("until", ["2026-01-15T12.00.00.000000Z", "2026-01-15"])
    def test_none_is_later_than_the_run_or_what_was_asked_for(self, saved, until):
        generators = find_saved(saved, until)
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
        (generator,) = find_saved(saved).values()
        assert generator.version == "2025-12-31T12.00.00.000Z"
        assert generator.load().output_shape == (None, None, None, 4)
        assert "SRGAN-MSE: skipped incomplete results of 2026-01-31T12.00.00.000Z" in caplog.text

    def test_each_is_loaded_when_it_is_asked_for(self, saved, monkeypatch):
        loaded = []
        load = keras.models.load_model
        monkeypatch.setattr(
            "keras.models.load_model", lambda *args, **kw: loaded.append(1) or load(*args, **kw)
        )
        generators = find_saved(saved)
        assert loaded == []
        assert generators["srgan_mse"].load().output_shape == (None, None, None, 5)
        assert generators["srresnet_vgg22"].load().output_shape == (None, None, None, 3)

    def test_what_is_saved_meanwhile_changes_neither_version_nor_generator(self, saved):
        generator = find_saved(saved)["srgan_mse"]
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
        generators = find_saved(saved)
        with pytest.raises(DatasetError) as caught:
            generators["srgan_mse"].load()
        assert input_error(caught.value) == (
            f"{path} can't be loaded: ValueError: it is not a .keras archive, or truncated. "
            "Remove or replace it if it is damaged or of another kind."
        )

    def test_finds_none_where_none_is_trained(self, tmp_path):
        assert find_saved(tmp_path / "data") == {}
