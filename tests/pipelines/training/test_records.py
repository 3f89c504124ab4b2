import json
from typing import ClassVar

import pandas as pd
import pytest

from srgan_report.data.crops import TrainingCrops
from srgan_report.parameters.sections import (
    PhotographsParameters,
)
from srgan_report.pipelines.training.records import summarize_training
from tests.pipelines.training.tiny import CROPS, DISCRIMINATOR, GENERATOR, PERCEPTUAL, TRAINING, initialize


class TestSummarizeTraining:
    ENDED: ClassVar = {
        "fingerprint": "f" * 64,
        "status": "finished",
        "diverged": None,
        "warnings": ["The discriminator has won."],
        "steps": 6,
    }

    @pytest.fixture
    def arguments(self, photographs):
        return {
            "training_history": pd.DataFrame({"step": [3, 6], "images": [6, 12], "seconds": [1.5, 0.5]}),
            "training_crops": TrainingCrops(photographs, [2, 3, 4], 32, 2, None, 1, False, "bilinear"),
            "generator": initialize(GENERATOR),
            "photographs": PhotographsParameters(source="folder", path="photos"),
        }

    def test_records_data_and_budget(self, arguments, identify):
        summary = summarize_training(identify() | self.ENDED, **arguments)
        expected = {
            "variant": "srresnet_mse",
            "seed": 1,
            "photographs": {"source": "folder", "name": None, "path": "photos"},
            "training_photographs": 3,
            "images": 12,
            "seconds": 2.0,
            # Four blocks of 74,368 parameters less than the article's generator.
            "generator_parameters": 1_030_531 - 4 * 74_368,
            "discriminator_parameters": None,
            **self.ENDED,
        }
        assert {name: summary[name] for name in expected} == expected

    def test_records_the_photographs_that_are_damaged(self, arguments, identify, split):
        assert summarize_training(identify() | self.ENDED, **arguments)["damaged_photographs"] == []
        damaged = split.assign(subset=["damaged", *split["subset"][1:]])
        summary = summarize_training(identify(split=damaged) | self.ENDED, **arguments)
        assert summary["damaged_photographs"] == [split["id"][0]]

    def test_records_the_parameters_that_took_part(self, arguments, identify):
        parameters = summarize_training(identify() | self.ENDED, **arguments)["parameters"]
        how = {"strategy", "synchronize_batch_normalization", "resume", "checkpoint_every", "on_failure"}
        assert parameters["training"] == TRAINING.model_dump(exclude=how)
        assert parameters["crops"] == CROPS.model_dump()
        assert parameters["discriminator"] is None
        assert parameters["perceptual"] is None
        parameters = summarize_training(identify("srgan_vgg22") | self.ENDED, **arguments)["parameters"]
        assert parameters["perceptual"] == PERCEPTUAL.model_dump()

    def test_counts_the_discriminators_parameters(self, arguments, identify, prepare):
        discriminator = prepare("srgan_mse")["discriminator"]
        summary = summarize_training(
            identify("srgan_mse") | self.ENDED, discriminator=discriminator, **arguments
        )
        # Crops of 32 pixels end as 2·2·512 numbers, where those of 128 pixels end as 8·8·512.
        assert summary["discriminator_parameters"] == 38_249_281 - (64 - 4) * 512 * 1024
        assert summary["parameters"]["discriminator"] == DISCRIMINATOR.model_dump()

    def test_tells_whose_weights_it_started_from_and_ended_with(self, arguments, identify):
        mse = summarize_training(identify() | self.ENDED, **arguments)
        start = initialize(GENERATOR, start_from="srresnet_mse", mse=arguments["generator"], seed=2)
        srgan = summarize_training(identify("srgan_mse", initial_generator=start) | self.ENDED, **arguments)
        assert srgan["initial_generator_sha256"] == mse["generator_sha256"]
        assert mse["initial_generator_sha256"] != mse["generator_sha256"]

    def test_records_the_number_of_threads(self, arguments, identify):
        assert summarize_training(identify() | self.ENDED, **arguments)["threads"] >= 1

    def test_can_be_saved_as_json(self, arguments, identify):
        summary = summarize_training(identify() | self.ENDED, **arguments)
        assert json.loads(json.dumps(summary)) == summary
