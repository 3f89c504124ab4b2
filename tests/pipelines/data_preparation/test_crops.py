"""The crop mapping, as Kedro runs it, on a split that was saved and loaded."""

import io

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image

from srgan_report.data.photographs import Photograph
from srgan_report.data.split import split_photographs
from srgan_report.errors import InputError
from srgan_report.parameters.sections import (
    CropsParameters,
    ProtocolParameters,
    TrainingParameters,
    VariantParameters,
)
from srgan_report.pipelines.data_preparation.nodes import choose_photograph, map_training_crops
from srgan_report.pipelines.data_preparation.pipeline import create_pipeline
from tests.data.numbered_photographs import load

SIZES = [(32, 32), (16, 40), (32, 32), (40, 16), (48, 32)]


@pytest.fixture
def photographs():
    generator = np.random.default_rng(0)
    encoded = []
    for number, size in enumerate(SIZES):
        file = io.BytesIO()
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(file, "PNG")
        encoded.append(Photograph(f"{number}.png", file.getvalue()))
    return load(encoded)


@pytest.fixture
def split(photographs, tmp_path):
    split_photographs(photographs, 2, 16, "error").to_csv(tmp_path / "split.csv", index=False)
    return pd.read_csv(tmp_path / "split.csv")


def make_crops(size=16, too_small="error", downscaling="bilinear"):
    """Smaller ones than the schema allows."""
    return CropsParameters.model_construct(
        size=size, too_small=too_small, validation_per_photograph=3, downscaling=downscaling
    )


def run(photographs, split, numbers=(0,), **crops):
    inputs = {
        "photographs": photographs,
        "split": split,
        "params:crops": make_crops(**crops),
        "params:seed": 0,
        "params:figures.photographs": list(numbers),
    }
    catalog = DataCatalog({name: MemoryDataset(data) for name, data in inputs.items()})
    outputs = SequentialRunner().run(create_pipeline().from_inputs("split"), catalog)
    return {name: data.load() for name, data in outputs.items()}


class TestCropMappingPipeline:
    def test_names(self):
        pipeline = create_pipeline().from_inputs("split")
        assert [node.name for node in pipeline.nodes] == ["choose_photograph", "cut_validation_crops"]
        assert pipeline.inputs() == {
            "photographs",
            "split",
            "params:crops",
            "params:seed",
            "params:figures.photographs",
        }
        assert pipeline.outputs() == {"validation_crops", "figure_photograph"}

    def test_crops_come_from_held_out_photographs_only(self, photographs, split):
        validation_crops = run(photographs, split)["validation_crops"]
        assert validation_crops["photograph_id"].tolist() == ["0.png"] * 3 + ["1.png"] * 3
        assert validation_crops["high_resolution"].shape == (6, 16, 16, 3)

    def test_too_small_photographs_are_skipped_on_demand(self, photographs, split):
        validation_crops = run(photographs, split, size=32, too_small="skip")["validation_crops"]
        assert validation_crops["photograph_id"].tolist() == ["0.png"] * 3

    def test_too_small_photographs_are_an_error(self, photographs, split):
        with pytest.raises(InputError, match=r"1\.png is 16 high and 40 wide"):
            run(photographs, split, size=32)

    def test_the_middle_of_held_out_photographs_is_shown(self, photographs, split):
        shown = run(photographs, split, [1, 0], downscaling="antialiased_bicubic")["figure_photograph"]
        assert shown["photograph_id"].tolist() == ["1.png", "0.png"]
        for index, number in enumerate([1, 0]):
            with Image.open(io.BytesIO(photographs[number].encoded)) as image:
                left, top = (image.width - 16) // 2, (image.height - 16) // 2
                middle = image.crop((left, top, left + 16, top + 16))
                np.testing.assert_array_equal(shown["high_resolution"][index], np.asarray(middle))
                smaller = middle.resize((4, 4), Image.Resampling.BICUBIC)
            np.testing.assert_allclose(255 * shown["low_resolution"][index], np.asarray(smaller), atol=1.01)

    def test_one_that_holds_no_crop_is_not_shown(self, photographs, split):
        expected = r"^figures\.photographs must be below .* \(1\)\. Received: \[0, 1\]\."
        with pytest.raises(InputError, match=expected):
            run(photographs, split, [0, 1], size=32, too_small="skip")

    @pytest.mark.parametrize(
        ("height", "width", "size", "side"),
        [
            (333, 500, 16, 152),
            (213, 320, 16, 108),
            (213, 320, 128, 128),
            (43, 33, 16, 16),
            (999, 900, 96, 152),
        ],
    )
    def test_a_region_is_half_the_shortest_side_in_fours(self, height, width, size, side):
        file, large = io.BytesIO(), io.BytesIO()
        pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(pixels).save(file, "PNG")
        Image.new("RGB", (2000, 2000)).save(large, "PNG")
        pair = [Photograph("large.png", large.getvalue()), Photograph("this.png", file.getvalue())]
        sizes = {"height": [2000, height], "width": [2000, width]}
        split = pd.DataFrame({"position": [0, 1], **sizes, "subset": "validation"})
        shown = choose_photograph(pair, split, make_crops(size), [0, 1])
        assert shown["high_resolution"].shape == (2, side, side, 3)
        assert shown["low_resolution"].shape == (2, side // 4, side // 4, 3)
        top, left = (height - side) // 2, (width - side) // 2
        np.testing.assert_array_equal(
            shown["high_resolution"][1], pixels[top : top + side, left : left + side]
        )


class TestMapTrainingCrops:
    def map(self, photographs, split, size=16):
        training = TrainingParameters.model_construct(
            batch_size=3, steps_per_epoch=None, shuffle=True, augment=False
        )
        crops = make_crops(size, "skip", "antialiased_bicubic")
        return map_training_crops(
            photographs,
            split,
            VariantParameters.model_construct(training=training),
            ProtocolParameters.model_construct(crops=crops, seed=5),
        )

    def test_crops_come_from_training_photographs_only(self, photographs, split):
        training_crops = self.map(photographs, split)
        assert list(training_crops.positions) == [2, 3, 4]
        assert (training_crops.size, training_crops.batch_size, training_crops.seed) == (16, 3, 5)
        assert (training_crops.steps, training_crops.steps_per_epoch, training_crops.shuffle) == (
            1,
            None,
            True,
        )
        assert training_crops.downscaling == "antialiased_bicubic"
        ((low, high),) = training_crops.batches(0)
        assert (low.shape, high.shape) == ((3, 4, 4, 3), (3, 16, 16, 3))

    def test_too_small_photographs_are_left_out(self, photographs, split):
        training_crops = self.map(photographs, split, size=32)
        assert list(training_crops.positions) == [2, 4]
