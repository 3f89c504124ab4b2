from pathlib import Path

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.parameters.sections import (
    PhotographsParameters,
)
from srgan_report.pipelines.training import nodes, starting_weights
from srgan_report.pipelines.training.pipeline import create_pipeline
from srgan_report.variants import VARIANTS
from tests.pipelines.training.tiny import (
    GENERATOR,
    build_tiny_discriminator,
    build_tiny_generator,
    make_protocol,
    make_variant,
)


class KeptDataset(MemoryDataset):
    """Holds its data after the run, as a file would."""

    def _release(self):
        pass


class TestPipeline:
    @pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
    def test_has_the_networks_that_the_variant_needs(self, variant):
        pipeline = create_pipeline(variant)
        names = {node.name.removeprefix(f"{variant.name}.") for node in pipeline.nodes}
        assert names == {"prepare_training", "initialize_generator", "train", "summarize_training"}
        made = {name.removeprefix(f"{variant.name}.") for name in pipeline.all_outputs()}
        assert ("initial_discriminator" in made) is ("discriminator" in made) is variant.adversarial
        assert ("perceptual_network" in made) is variant.perceptual

    @pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
    def test_prepares_what_its_training_reads(self, variant, prepare, tiny_vgg, monkeypatch):
        monkeypatch.setattr(nodes, "build_discriminator", build_tiny_discriminator)
        monkeypatch.setattr(nodes, "build_perceptual_network", lambda vgg, **options: vgg)
        prepared = prepare(variant.name)
        node = next(node for node in create_pipeline(variant).nodes if node.name.endswith("prepare_training"))
        assert set(node._outputs) == set(prepared)
        assert prepared["training_crops"] == "crops"

    def test_shares_data_and_protocol_and_keeps_the_rest_to_itself(self):
        inputs = create_pipeline(VARIANTS["srgan_vgg54"]).inputs()
        assert {name for name in inputs if not name.startswith("params:srgan_vgg54")} == {
            "photographs",
            "pretrained_generators",
            "generators",
            "split",
            "validation_crops",
            "local_folder",
            "params:protocol",
            "params:photographs",
        }
        assert {name for name in inputs if name.startswith("params:srgan_vgg54")} == {"params:srgan_vgg54"}

    def test_from_mse_reads_the_trained_srresnet_mse_too(self):
        scratch, from_mse = (
            create_pipeline(VARIANTS["srgan_mse"], from_mse=start) for start in (False, True)
        )
        assert from_mse.inputs() - scratch.inputs() == {"srresnet_mse.generator"}
        assert scratch.inputs() < from_mse.inputs()

    def test_runs(self, photographs, split, validation_crops, tiny_vgg, tmp_path, monkeypatch):
        monkeypatch.setattr(starting_weights, "build_generator", build_tiny_generator)
        monkeypatch.setattr(nodes, "build_discriminator", build_tiny_discriminator)
        pipeline = create_pipeline(VARIANTS["srgan_vgg22"])
        inputs = {
            "photographs": photographs,
            "split": split,
            "validation_crops": validation_crops,
            "local_folder": tmp_path,
            "params:photographs": PhotographsParameters(source="sample"),
            "params:protocol": make_protocol(
                generator=GENERATOR.model_copy(update={"initialization": "default"})
            ),
            "params:srgan_vgg22": make_variant("srgan_vgg22", epochs=1, steps_per_epoch=1),
            "pretrained_generators": {},
            "generators": {},
        }
        assert set(inputs) == pipeline.inputs()
        catalog = DataCatalog(
            {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
        )
        for name in pipeline.all_outputs():
            catalog[name] = KeptDataset(copy_mode="assign")
        SequentialRunner().run(pipeline, catalog)
        assert tiny_vgg == ["vgg16"]
        assert catalog.load("srgan_vgg22.training_summary")["steps"] == 1
        assert len(catalog.load("srgan_vgg22.training_history")) == 1
        start = build_tiny_generator(), build_tiny_discriminator()
        for name, initial in zip(("generator", "discriminator"), start, strict=True):
            trained = catalog.load(f"srgan_vgg22.{name}")
            assert (trained.get_weights()[0] != initial.get_weights()[0]).any()
        assert len(list(Path(tmp_path).glob("08_reporting/tensorboard/srgan_vgg22/*/*"))) == 1
