"""The data split, as Kedro runs it."""

import io

import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image

from srgan_report.data.photographs import Photograph
from srgan_report.errors import InputError
from srgan_report.parameters.sections import CropsParameters, SplitParameters
from srgan_report.pipelines.data_preparation.pipeline import create_pipeline
from tests.data.numbered_photographs import Listed


@pytest.fixture
def photographs():
    encoded = Listed()
    for number in range(4):
        file = io.BytesIO()
        Image.fromarray(np.full((8, 9, 3), number, np.uint8)).save(file, "PNG")
        encoded.append(Photograph(f"{number}.png", file.getvalue()))
    return encoded


def run(photographs, validation_size, crop_size=8, leave_out=0, damaged="error"):
    inputs = {
        "photographs": photographs,
        "params:split": SplitParameters(leave_out=leave_out, validation_size=validation_size),
        "params:crops": CropsParameters.model_construct(size=crop_size, too_small="error"),
        "params:photographs.damaged": damaged,
    }
    catalog = DataCatalog({name: MemoryDataset(data) for name, data in inputs.items()})
    return SequentialRunner().run(create_pipeline().only_nodes("split_photographs"), catalog)["split"].load()


class TestDataSplitPipeline:
    def test_names(self):
        pipeline = create_pipeline().only_nodes("split_photographs")
        assert [node.name for node in pipeline.nodes] == ["split_photographs"]
        assert pipeline.inputs() == {
            "photographs",
            "params:split",
            "params:crops",
            "params:photographs.damaged",
        }
        assert pipeline.outputs() == {"split"}

    def test_run(self, photographs):
        split = run(photographs, 3)
        assert split["id"].tolist() == ["0.png", "1.png", "2.png", "3.png"]
        assert split["subset"].tolist() == ["validation", "validation", "validation", "training"]

    def test_leaves_out(self, photographs):
        split = run(photographs, 1, leave_out=1)
        assert split["subset"].tolist() == ["left_out", "validation", "training", "training"]

    def test_skips_what_is_damaged(self, photographs):
        photographs[1] = Photograph("1.png", photographs[1].encoded[:-20])
        split = run(photographs, 1, damaged="skip")
        assert split["subset"].tolist() == ["validation", "damaged", "training", "training"]

    def test_input_error_reaches_the_caller(self, photographs):
        with pytest.raises(
            InputError, match=r"must be below the number of photographs \(4\)\. Received: 600\."
        ):
            run(photographs, 600)

    def test_photographs_too_small_for_the_crops_stop_it(self, photographs):
        with pytest.raises(InputError, match=r"0\.png is 8 high and 9 wide"):
            run(photographs, 3, crop_size=12)
