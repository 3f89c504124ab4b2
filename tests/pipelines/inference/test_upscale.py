import shutil

import keras
import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.runner import SequentialRunner
from PIL import Image

from srgan_report.datasets import PretrainedGeneratorsDataset, TensorFlowModelDataset
from srgan_report.errors import InputError
from srgan_report.inference.pretrained import PretrainedGenerator
from srgan_report.networks import build_generator, initialize
from srgan_report.parameters.sections import UpscaleParameters
from srgan_report.pipelines.inference.pipeline import create_upscale_pipeline
from tests.running import complete, find_saved

NOISE = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def save_generator(models, name, version, inverts):
    """A generator that repeats pixels, or the negative of each."""
    slope = -2.0 if inverts else 2.0
    layers = [
        keras.Input((None, None, 3)),
        keras.layers.UpSampling2D(4),
        keras.layers.Rescaling(slope, -slope / 2),
    ]
    path = str(models / name / "generator.keras")
    TensorFlowModelDataset(filepath=path, version=Version(None, version)).save(keras.Sequential(layers))
    complete(models.parent, name, version)


@pytest.fixture
def upscale(tmp_path):
    """Runs the pipeline on one photograph; two variants are saved, one of them in two versions."""
    models = tmp_path / "06_models"
    save_generator(models, "srresnet_mse", "2026-01-01T00.00.00.000Z", inverts=False)
    save_generator(models, "srgan_mse", "2026-01-01T00.00.00.000Z", inverts=False)
    save_generator(models, "srgan_mse", "2026-01-02T00.00.00.000Z", inverts=True)
    (tmp_path / "in").mkdir()
    Image.fromarray(NOISE).save(tmp_path / "in" / "a.bmp")

    def run(**parameters):
        asked = {"input": str(tmp_path / "in"), "output": str(tmp_path / "out"), "variant": "srgan_mse"}
        switches = {"blend": 1.0, "overwrite": False, "preview": False}
        upscale = UpscaleParameters(**asked | switches | parameters)
        catalog = DataCatalog(
            {
                "pretrained_generators": PretrainedGeneratorsDataset(filepath=tmp_path / "pretrained"),
                "generators": MemoryDataset(find_saved(tmp_path), copy_mode="assign"),
                "params:upscale": MemoryDataset(upscale),
            }
        )
        SequentialRunner().run(create_upscale_pipeline(), catalog)
        return {path.name: np.asarray(Image.open(path)) for path in (tmp_path / "out").iterdir()}

    return run


def repeated(image):
    return image.repeat(4, axis=0).repeat(4, axis=1)


def test_reads_generators_and_parameters_and_makes_no_dataset():
    pipeline = create_upscale_pipeline()
    assert pipeline.inputs() == {"generators", "pretrained_generators", "params:upscale"}
    assert pipeline.all_outputs() == set()


def test_what_a_killed_run_left_is_removed(upscale, tmp_path):
    part = tmp_path / "out" / f".{'0' * 32}.part"
    part.mkdir(parents=True)
    (part / "a.png").write_bytes(b"half")
    assert list(upscale()) == ["a.png"]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.8, 1.0])
def test_blends_with_srresnet_mse(upscale, share):
    # SRResNet-MSE repeats pixels, and SRGAN-MSE's latest generator inverts them.
    expected = (1 - share) * NOISE + share * (255 - NOISE.astype(float))
    np.testing.assert_allclose(upscale(blend=share)["a.png"], repeated(expected), atol=1.5)


def test_a_blend_needs_srresnet_mse(upscale, tmp_path):
    shutil.rmtree(tmp_path / "06_models" / "srresnet_mse")
    with pytest.raises(
        InputError, match=r"^upscale\.blend below 1 must be a variant .* Received: srresnet_mse"
    ):
        upscale(blend=0.5)
    assert list(upscale(blend=1.0)) == ["a.png"]


def test_upscales_with_the_latest_generator_of_the_variant(upscale, tmp_path, caplog):
    caplog.set_level("INFO")
    (name, upscaled), *others = upscale().items()
    assert (name, others) == ("a.png", [])
    np.testing.assert_allclose(upscaled, repeated(255 - NOISE.astype(int)), atol=1)
    assert f"SRGAN-MSE of 2026-01-02T00.00.00.000Z upscales 1 file to {tmp_path / 'out'}" in caplog.text


def test_what_a_run_left_that_was_broken_off_is_passed_over(upscale, tmp_path, caplog):
    caplog.set_level("INFO")
    broken_off, complete_one = "2026-01-02T00.00.00.000Z", "2026-01-01T00.00.00.000Z"
    (metrics,) = (tmp_path / "07_model_output/srgan_mse/metrics.json" / broken_off).iterdir()
    metrics.unlink()
    np.testing.assert_allclose(upscale()["a.png"], repeated(NOISE.astype(int)), atol=1)
    assert f"SRGAN-MSE of {complete_one} upscales" in caplog.text
    assert f"SRGAN-MSE: skipped incomplete results of {broken_off}" in caplog.text


def test_says_how_many_it_upscales(upscale, tmp_path, caplog):
    caplog.set_level("INFO")
    Image.fromarray(NOISE).save(tmp_path / "in" / "b.bmp")
    assert set(upscale()) == {"a.png", "b.png"}
    assert " upscales 2 files to " in caplog.text


def test_loads_and_announces_nothing_where_all_is_there(upscale, caplog, monkeypatch):
    upscale()
    caplog.clear()
    caplog.set_level("INFO", "srgan_report")
    monkeypatch.setattr("srgan_report.pipelines.inference.nodes.Upscaler", None)
    upscale()
    (message,) = [record.getMessage() for record in caplog.records if record.name.startswith("srgan_report")]
    assert message.startswith("Kept existing files, from whichever network: 1 of 1 (to replace them: --")


def test_upscales_with_the_variant_that_is_asked_for(upscale):
    np.testing.assert_allclose(upscale(variant="srresnet_mse")["a.png"], repeated(NOISE.astype(int)), atol=1)


def test_does_as_its_switches_say(upscale):
    assert set(upscale()) == {"a.png"}
    written = upscale(variant="srresnet_mse", preview=True)
    assert set(written) == {"a.png", "a.preview.png"}
    np.testing.assert_allclose(written["a.png"], repeated(255 - NOISE.astype(int)), atol=1)
    written = upscale(variant="srresnet_mse", overwrite=True)
    np.testing.assert_allclose(written["a.png"], repeated(NOISE.astype(int)), atol=1)


class TestPretrained:
    @pytest.fixture
    def pretrained(self, tmp_path):
        """Generators that come with the project, of a variant that is not saved and of one that is."""
        generator = initialize(build_generator(residual_blocks=1), "interpolating")
        weights = {weight.path: weight.numpy().astype(np.float16) for weight in generator.weights}
        facts = {"version": "1", "summary": {"parameters": {"generator": {"residual_blocks": 1}}}}
        PretrainedGeneratorsDataset(filepath=tmp_path / "pretrained").save(
            {name: PretrainedGenerator(weights, facts, "") for name in ("srgan_vgg54", "srgan_mse")}
        )
        return generator

    def test_upscales_where_none_is_saved(self, pretrained, upscale, caplog):
        caplog.set_level("INFO")
        upscaled = upscale(variant="srgan_vgg54")["a.png"]
        expected = (pretrained(NOISE[None] / np.float32(255))[0].numpy() + 1) * 127.5
        np.testing.assert_allclose(upscaled, expected.clip(0, 255), atol=1)
        assert "SRGAN-VGG54 of pretrained, 1 upscales 1 file to " in caplog.text

    def test_gives_way_to_what_is_saved(self, pretrained, upscale, caplog):
        caplog.set_level("INFO")
        upscale(variant="srgan_mse")
        assert "SRGAN-MSE of 2026-01-02T00.00.00.000Z upscales" in caplog.text

    def test_is_used_where_nothing_at_all_is_saved(self, pretrained, upscale, tmp_path):
        shutil.rmtree(tmp_path / "06_models")
        assert set(upscale(variant="srgan_vgg54")) == {"a.png"}


def test_a_variant_that_is_not_saved_is_an_error_that_says_how_to_train_it(upscale, tmp_path):
    with pytest.raises(InputError) as caught:
        upscale(variant="srgan_vgg54")
    assert str(caught.value) == (
        "upscale.variant must be a variant whose generator is saved (srresnet_mse, srgan_mse). Received: "
        "srgan_vgg54. Train it first, in the same environment (--env): kedro run --pipelines=srgan_vgg54"
    )
    assert not (tmp_path / "out").exists()
