import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from srgan_report.datasets import PretrainedGeneratorsDataset
from srgan_report.errors import InputError
from srgan_report.inference.pretrained import PretrainedGenerator
from srgan_report.networks import build_generator
from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[2]
PARAMETERS = {"residual_blocks": 1}


def pretrained(seed):
    weights = {
        weight.path: weight.numpy().astype(np.float16)
        for weight in build_generator(**PARAMETERS, seed=seed).weights
    }
    facts = {"version": f"2026-01-0{seed}", "summary": {"parameters": {"generator": PARAMETERS}}}
    return PretrainedGenerator(weights, facts, f"# Card {seed}\n")


@pytest.fixture
def dataset(tmp_path):
    dataset = PretrainedGeneratorsDataset(filepath=tmp_path / "pretrained")
    dataset.save({"srgan_mse": pretrained(2), "srresnet_mse": pretrained(1)})
    return dataset


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pretrained"


class TestLoad:
    def test_each_variants_version_in_the_articles_order(self, dataset):
        assert [(name, saved.version) for name, saved in dataset.load().items()] == [
            ("srresnet_mse", "pretrained, 2026-01-01"),
            ("srgan_mse", "pretrained, 2026-01-02"),
        ]

    def test_each_is_the_generator_that_was_saved(self, dataset):
        for seed, saved in enumerate(dataset.load().values(), start=1):
            expected = pretrained(seed).weights
            generator = saved.load()
            assert len(generator.weights) == len(expected)
            for weight in generator.weights:
                np.testing.assert_array_equal(weight, expected[weight.path])

    def test_none_where_there_is_none(self, tmp_path):
        dataset = PretrainedGeneratorsDataset(filepath=tmp_path / "nothing")
        assert dataset.load() == {}
        assert not dataset.exists()

    @pytest.mark.parametrize("damage", [b"", b"PK\x03\x04"])
    def test_damaged_weights_are_named_when_they_are_loaded(self, dataset, folder, damage):
        (folder / "srgan_mse.npz").write_bytes(damage)
        saved = dataset.load()
        saved["srresnet_mse"].load()
        with pytest.raises(InputError, match=r"srgan_mse\.npz can't be loaded: its SHA-256 .* git checkout"):
            saved["srgan_mse"].load()

    def test_missing_weights_are_named(self, dataset, folder):
        (folder / "srgan_mse.npz").unlink()
        with pytest.raises(InputError, match=r"srgan_mse\.npz can't be loaded: No such file"):
            dataset.load()["srgan_mse"].load()

    def test_a_damaged_index_is_named(self, dataset, folder):
        (folder / "pretrained.json").write_text("{")
        with pytest.raises(DatasetError) as caught:
            dataset.load()
        assert isinstance(caught.value.__cause__, InputError)
        assert str(caught.value.__cause__).startswith(
            f"{folder / 'pretrained.json'} can't be loaded: JSONDecodeError: Expecting"
        )

    @pytest.mark.parametrize(
        "index",
        [
            "[]",
            "[1]",
            "null",
            '"srgan_mse"',
            '{"srgan_mse": null}',
            '{"srgan_mse": {}}',
            '{"srgan_mse": {"facts": {}, "sha256": "0"}}',
            '{"srgan_mse": {"facts": {"version": "1", "summary": {"parameters": 3}}, "sha256": "0"}}',
            '{"srgan_mse": {"facts": {"version": "1", "summary": {"parameters": {"generator": 3}}}}}',
        ],
    )
    def test_an_index_of_another_form_is_one_line(self, dataset, folder, index):
        (folder / "pretrained.json").write_text(index)
        if index == "[]":  # which dict() takes for an empty one
            assert dataset.load() == {}
            return
        with pytest.raises(DatasetError) as caught:
            dataset.load()
        assert isinstance(caught.value.__cause__, InputError)
        message = str(caught.value.__cause__)
        assert message.startswith(f"{folder / 'pretrained.json'} can't be loaded: ")
        assert "\n" not in message

    @pytest.mark.parametrize("generator", [{}, {"residual_blocks": "many"}, {"unknown": 1}])
    def test_parameters_of_no_generator_are_one_line(self, dataset, folder, generator):
        index = json.loads((folder / "pretrained.json").read_text())
        index["srgan_mse"]["facts"]["summary"]["parameters"]["generator"] = generator
        (folder / "pretrained.json").write_text(json.dumps(index))
        with pytest.raises(InputError) as caught:
            dataset.load()["srgan_mse"].load()
        assert "\n" not in str(caught.value)


class TestSave:
    def test_writes_weights_cards_and_checksums(self, dataset, folder):
        assert {path.name for path in folder.iterdir()} == {
            "pretrained.json",
            *(f"{name}.{kind}" for name in ("srgan_mse", "srresnet_mse") for kind in ("npz", "md")),
        }
        assert (folder / "srgan_mse.md").read_text() == "# Card 2\n"
        index = json.loads((folder / "pretrained.json").read_text())
        for name, facts in index.items():
            assert facts["sha256"] == hashlib.sha256((folder / f"{name}.npz").read_bytes()).hexdigest()

    def test_takes_the_place_of_what_was_there(self, dataset, folder):
        dataset.save({"srgan_vgg54": pretrained(3)})
        assert list(dataset.load()) == ["srgan_vgg54"]
        assert not (folder / "srgan_mse.npz").exists()

    def test_leaves_what_was_there_where_it_fails(self, dataset):
        broken = PretrainedGenerator({"a": np.zeros(3, np.float16)}, {}, None)  # a card that is no text
        with pytest.raises(DatasetError):
            dataset.save({"srgan_vgg54": broken})
        assert list(dataset.load()) == ["srresnet_mse", "srgan_mse"]

    def test_the_same_generators_give_the_same_bytes(self, dataset, folder, tmp_path):
        other = PretrainedGeneratorsDataset(filepath=tmp_path / "other")
        other.save({"srgan_mse": pretrained(2), "srresnet_mse": pretrained(1)})
        for path in folder.iterdir():
            assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_catalog_finds_the_projects_own(tmp_path):
    entry = {"type": "srgan_report.datasets.PretrainedGeneratorsDataset", "filepath": str(tmp_path)}
    catalog = DataCatalog.from_config({"pretrained_generators": entry})
    assert catalog.load("pretrained_generators") == {}
    assert catalog["pretrained_generators"]._describe() == {"filepath": str(Path(tmp_path))}


class TestWhatComesWithTheProject:
    """On a photograph that none was trained on; LR by Pillow, PSNR by scikit-image."""

    @pytest.fixture(scope="class")
    def generators(self):
        return PretrainedGeneratorsDataset(filepath=PROJECT / "data" / "pretrained").load()

    @pytest.fixture(scope="class")
    def photograph(self):
        return Image.fromarray(data.chelsea()[:256, 100:356])

    @pytest.fixture(scope="class")
    def upscaled(self, generators, photograph):
        small = np.asarray(photograph.resize((64, 64), Image.Resampling.BICUBIC), np.float32) / 255
        return {
            name: np.clip((saved.load()(small[np.newaxis]).numpy()[0] + 1) * 127.5, 0, 255)
            .round()
            .astype(np.uint8)
            for name, saved in generators.items()
        }

    def test_is_every_variant_with_a_card(self, generators):
        assert list(generators) == list(VARIANTS)
        for name, variant in VARIANTS.items():
            assert (PROJECT / f"data/pretrained/{name}.md").read_text().startswith(f"# {variant.label}\n")

    def test_pixel_mse_is_well_above_bicubic(self, upscaled, photograph):
        original = np.asarray(photograph)
        small = photograph.resize((64, 64), Image.Resampling.BICUBIC)
        bicubic = np.asarray(small.resize(photograph.size, Image.Resampling.BICUBIC))
        gain = peak_signal_noise_ratio(original, upscaled["srresnet_mse"]) - peak_signal_noise_ratio(
            original, bicubic
        )
        assert gain > 0.7

    @pytest.mark.parametrize("name", sorted(set(VARIANTS) - {"srresnet_mse"}))
    def test_others_are_that_photograph_with_other_detail(self, upscaled, photograph, name):
        assert peak_signal_noise_ratio(np.asarray(photograph), upscaled[name]) > 22
        assert np.abs(upscaled[name].astype(int) - upscaled["srresnet_mse"]).mean() > 1
