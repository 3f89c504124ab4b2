"""The crops for validation."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

from srgan_report.data.crops import downscale
from srgan_report.data.photographs import Photograph
from srgan_report.errors import InputError
from srgan_report.parameters.sections import CropsParameters
from srgan_report.pipelines.data_preparation.nodes import choose_photograph, cut_validation_crops
from tests.data.numbered_photographs import encode, make_photograph, source_of


def hold_out(*positions: int) -> pd.DataFrame:
    """A split of which these are all that is held out."""
    ids = [f"{position}.png" for position in positions]
    return pd.DataFrame({"position": positions, "id": ids, "height": 40, "width": 50, "subset": "validation"})


def make_crops(size=16, count=1, downscaling="bilinear"):
    """Smaller ones than the schema allows."""
    return CropsParameters.model_construct(
        size=size, too_small="error", validation_per_photograph=count, downscaling=downscaling
    )


def cut(photographs, split, *, seed=0, **crops):
    return cut_validation_crops(photographs, split, make_crops(**crops), seed)


class TestValidationCrops:
    @pytest.fixture
    def photographs(self):
        return [make_photograph(number) for number in range(5)]

    def test_arrays(self, photographs):
        arrays = cut(photographs, hold_out(0, 3), count=2)
        assert {key: (array.shape, array.dtype) for key, array in arrays.items()} == {
            "high_resolution": ((4, 16, 16, 3), np.uint8),
            "low_resolution": ((4, 4, 4, 3), np.float32),
            "photograph_id": ((4,), np.dtype("<U5")),
            "position": ((4,), np.int64),
            "crop": ((4,), np.int64),
            "greyscale": ((4,), np.bool_),
            "downscaling": ((), np.dtype("<U8")),
        }
        assert arrays["photograph_id"].tolist() == ["0.png", "0.png", "3.png", "3.png"]
        assert arrays["position"].tolist() == [0, 0, 3, 3]
        assert arrays["crop"].tolist() == [0, 1, 0, 1]
        assert arrays["downscaling"] == "bilinear"

    def test_tells_which_crops_are_of_greyscale_photographs(self, photographs):
        photographs[3] = Photograph("3.png", encode(Image.new("L", (24, 24), 100)))
        arrays = cut(photographs, hold_out(0, 3), count=2)
        assert arrays["greyscale"].tolist() == [False, False, True, True]
        shown = choose_photograph(photographs, hold_out(0, 3), make_crops(), [0, 1])
        assert shown["greyscale"].tolist() == [False, True]

    def test_low_resolution_is_made_as_asked_for(self, photographs):
        arrays = cut(photographs, hold_out(1), downscaling="antialiased_bicubic", count=1, seed=0)
        expected = downscale(tf.constant(arrays["high_resolution"] / np.float32(255)), "antialiased_bicubic")
        np.testing.assert_allclose(arrays["low_resolution"], expected, atol=1e-6)

    def test_every_crop_is_cut_from_its_photograph(self, photographs):
        arrays = cut(photographs, hold_out(0, 3), count=5)
        sources = [source_of(crop) for crop in arrays["high_resolution"]]
        assert [number for *_, number in sources] == arrays["position"].tolist()
        assert len(set(sources)) > 7

    def test_low_resolution_is_not_rounded_to_8_bits(self, photographs):
        arrays = cut(photographs, hold_out(1))
        blocks = arrays["high_resolution"][0].reshape(4, 4, 4, 4, 3)[:, 1:3, :, 1:3] / 255
        np.testing.assert_allclose(arrays["low_resolution"][0], blocks.mean(axis=(1, 3)), atol=1e-6)
        assert not np.allclose(
            arrays["low_resolution"] * 255, np.rint(arrays["low_resolution"] * 255), atol=0.1
        )

    def test_a_crop_is_decided_by_seed_position_and_number_alone(self, photographs):
        few = cut(photographs, hold_out(3))
        many = cut(photographs, hold_out(0, 3), count=3)
        np.testing.assert_array_equal(many["high_resolution"][3], few["high_resolution"][0])
        other = cut(photographs, hold_out(3), count=1, seed=1)
        assert (other["high_resolution"] != few["high_resolution"]).any()

    def test_a_crop_as_large_as_its_photograph(self):
        pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
        photographs = [Photograph("0.png", encode(Image.fromarray(pixels)))]
        arrays = cut(photographs, hold_out(0), size=8)
        np.testing.assert_array_equal(arrays["high_resolution"][0], pixels)

    def test_a_photograph_that_was_damaged_is_named(self, photographs):
        photographs[3] = Photograph("3.png", photographs[3].encoded[:-30])
        with pytest.raises(InputError, match=r"^Photograph 3\.png is damaged"):
            cut(photographs, hold_out(0, 3))
