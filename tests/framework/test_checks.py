import hashlib
from typing import ClassVar

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Node, Pipeline
from kedro_datasets.json import JSONDataset

from srgan_report.data.photographs import Photograph
from srgan_report.datasets import JSONDataset as OwnJSONDataset
from srgan_report.errors import InputError
from srgan_report.framework.checks import (
    RunHooks,
    require_inputs,
    require_photographs,
    require_starting_points,
)
from srgan_report.pipeline_registry import register_pipelines
from srgan_report.variants import VARIANTS
from tests.data.numbered_photographs import Listed

SRGANS = ("srgan_mse", "srgan_vgg22", "srgan_vgg54")


def identity(data):
    return data


def gather(**data):
    return data


def reading(*inputs):
    """A pipeline that reads some datasets."""
    return Pipeline(
        [Node(gather, inputs={name.replace(".", "_"): name for name in inputs}, outputs="result")]
    )


def starts(*from_mse):
    """Parameters by which these variants start from SRResNet-MSE, and all others from scratch."""
    return {
        f"params:{name}.training.start_from": MemoryDataset("srresnet_mse" if name in from_mse else "scratch")
        for name in VARIANTS
    }


@pytest.fixture
def make_catalog(tmp_path):
    def make(*names, load_version=None, from_mse=()):
        """A catalog of versioned files, none of which is saved, and of where each variant starts."""
        files = {
            name: JSONDataset(filepath=str(tmp_path / f"{name}.json"), version=Version(load_version, None))
            for name in names
        }
        return DataCatalog(files | starts(*from_mse))

    return make


class TestInputs:
    def check(self, pipeline, catalog, **run_params):
        require_inputs(run_params, pipeline, catalog)

    def test_names_what_is_not_saved_and_the_run_that_makes_it(self, make_catalog):
        with pytest.raises(InputError) as caught:
            self.check(reading("split", "validation_crops"), make_catalog("split", "validation_crops"))
        assert str(caught.value) == (
            "This pipeline reads data that is not saved yet: split, validation_crops. "
            "Make it with: kedro run --pipelines=preparation"
        )

    def test_many_of_one_variant_are_named_together(self, make_catalog):
        names = [f"srgan_mse.{name}" for name in ("generator", "metrics", "super_resolved")]
        with pytest.raises(InputError, match=r"data that is not saved yet: srgan_mse \(3 datasets\)\. Make"):
            self.check(reading(*names), make_catalog(*names))

    @pytest.mark.parametrize(
        ("names", "maker"),
        [
            (["srgan_mse.generator"], "srgan_mse"),
            (["srgan_mse.generator", "srgan_mse.metrics"], "srgan_mse"),
            (["srgan_mse.generator", "srresnet_mse.generator"], "all_variants"),
            (["srgan_mse.generator", "split"], "srgan_mse"),
            (["split", "baselines.metrics"], "all_variants"),
            (["figure_photograph"], "preparation"),
            (["baselines.metrics"], "all_variants"),  # no pipeline goes by that name
        ],
    )
    def test_suggests_a_pipeline_that_makes_all_of_it(self, make_catalog, names, maker):
        with pytest.raises(InputError, match=rf"kedro run --pipelines={maker}$"):
            self.check(reading(*names), make_catalog(*names))

    @pytest.mark.parametrize(
        ("names", "maker"),
        [
            (["srgan_mse.generator"], "all_variants_from_mse"),
            (["srresnet_mse.generator"], "srresnet_mse"),
            (["baselines.metrics"], "all_variants_from_mse"),
        ],
    )
    def test_suggests_a_pipeline_that_starts_as_the_parameters_say(self, make_catalog, names, maker):
        with pytest.raises(InputError, match=rf"kedro run --pipelines={maker} --env=paper$"):
            self.check(reading(*names), make_catalog(*names, from_mse=SRGANS), env="paper")

    def test_suggests_the_pipeline_of_the_namespace_that_was_asked_for(self, make_catalog):
        with pytest.raises(InputError, match=r"--pipelines=srgan_mse --env=article$"):
            self.check(reading("notes"), make_catalog("notes"), namespaces=["srgan_mse.train"], env="article")

    def test_suggests_the_preparation_alone_to_a_namespace_that_lacks_it(self, make_catalog):
        names = ("split", "validation_crops")
        with pytest.raises(InputError, match=r"--pipelines=preparation --env=article$"):
            self.check(reading(*names), make_catalog(*names), namespaces=["srgan_mse"], env="article")

    def test_names_what_is_dated_later_than_the_run(self, tmp_path):
        own, later = "2026-01-01T00.00.00.000000Z", "2099-01-01T00.00.00.000000Z"
        OwnJSONDataset(filepath=tmp_path / "split", version=Version(None, later)).save({})
        of_run = {
            name: OwnJSONDataset(filepath=tmp_path / name, version=Version(None, own))
            for name in ("split", "validation_crops")
        }
        catalog = DataCatalog(of_run | starts())
        with pytest.raises(InputError) as caught:
            self.check(reading("split", "validation_crops"), catalog, run_id=own)
        assert str(caught.value).endswith(
            f"--pipelines=preparation. Versions later than this run's start ({own}) are read only with: "
            f"--load-versions=split:{later}"
        )

    def test_lets_saved_inputs_pass(self, make_catalog):
        make_catalog("split").save("split", {})
        self.check(reading("split"), make_catalog("split"))

    def test_a_version_that_does_not_exist_is_missing(self, make_catalog):
        make_catalog("split").save("split", {})
        with pytest.raises(InputError, match="not saved yet: split"):
            self.check(reading("split"), make_catalog("split", load_version="2026-01-31T12.00.00.000Z"))

    def test_what_the_run_itself_makes_need_not_be_saved(self, make_catalog):
        pipeline = Pipeline([Node(identity, "start", "split", name="make"), *reading("split").nodes])
        catalog = make_catalog("split", "result")
        catalog["start"] = 1
        self.check(pipeline, catalog)

    def test_a_file_without_versions_is_checked_too(self, tmp_path):
        catalog = DataCatalog({"notes": JSONDataset(filepath=str(tmp_path / "notes.json"))} | starts())
        with pytest.raises(InputError, match="not saved yet: notes"):
            self.check(reading("notes"), catalog)
        catalog.save("notes", {})
        self.check(reading("notes"), catalog)

    def test_what_is_no_file_is_not_checked(self):
        self.check(reading("photographs"), DataCatalog({"photographs": MemoryDataset()}))


class TestPhotographs:
    SPLIT: ClassVar = pd.DataFrame(
        {
            "id": ["a.png", "b.png"],
            "sha256": [hashlib.sha256(b).hexdigest() for b in (b"a", b"b")],
            "subset": ["validation", "training"],
        }
    )
    READS = Pipeline([Node(gather, inputs={"photographs": "photographs", "split": "split"}, outputs="crops")])
    MAKES = Pipeline([Node(identity, "photographs", "split", name="make"), *READS.nodes])

    @pytest.fixture
    def check(self):
        """Checks photographs a.png and b.png with this content."""

        def check(pipeline, *contents, saved=True, **run_params):
            photographs = Listed(
                Photograph(f"{name}.png", content) for name, content in zip("ab", contents, strict=True)
            )
            catalog = DataCatalog(
                {
                    "photographs": MemoryDataset(photographs, copy_mode="assign"),
                    "split": MemoryDataset(self.SPLIT) if saved else MemoryDataset(),
                }
            )
            require_photographs(run_params, pipeline, catalog)

        return check

    def test_the_same_pass(self, check):
        check(self.READS, b"a", b"b")

    def test_changed_ones_are_named(self, check):
        with pytest.raises(InputError, match=r"Received 1 that changed since: the first is b\.png"):
            check(self.READS, b"a", b"changed")

    def test_a_split_that_the_run_makes_is_not_compared(self, check):
        check(self.MAKES, b"other", b"ones")

    def test_one_that_the_run_leaves_as_it_is_is(self, check):
        with pytest.raises(InputError, match="changed since"):
            check(self.MAKES, b"other", b"ones", only_missing_outputs=True)
        check(self.MAKES, b"other", b"ones", saved=False, only_missing_outputs=True)


class TestStartingPoints:
    @pytest.fixture(scope="class")
    def pipelines(self):
        return register_pipelines()

    def check(self, pipeline, *names, **run_params):
        """Checks against parameters by which ``names`` start from SRResNet-MSE."""
        require_starting_points(run_params, pipeline, DataCatalog(starts(*names)))

    def test_pipelines_that_read_what_the_parameters_say_pass(self, pipelines):
        self.check(pipelines["all_variants"])
        self.check(pipelines["srgan_mse"], "srgan_vgg22", "srgan_vgg54")
        for names in ((), SRGANS, ["srgan_vgg22"], VARIANTS.keys() - {"srresnet_mse"}):
            self.check(pipelines["all_variants_from_mse"], *names)

    @pytest.mark.parametrize("name", ["preparation", "comparison", "benchmark_sets"])
    def test_pipelines_that_train_nothing_pass(self, pipelines, name):
        self.check(pipelines[name], *SRGANS)

    @pytest.mark.parametrize("pipeline", ["all_variants", "srgan_mse"])
    def test_others_are_an_error_that_names_the_one_to_run(self, pipelines, pipeline):
        with pytest.raises(InputError) as caught:
            self.check(pipelines[pipeline], "srgan_mse", env="paper", runtime_params={"seed": 1})
        assert str(caught.value) == (
            "This pipeline does not read the SRResNet-MSE to start from "
            "(srgan_mse.training.start_from=srresnet_mse). Run: kedro run "
            "--pipelines=all_variants_from_mse --env=paper (and the same --params)"
        )


def test_the_report_is_told_of_the_run_and_what_it_reads(tmp_path):
    catalog = DataCatalog(
        {
            **starts(),
            "params:data_root": MemoryDataset(str(tmp_path)),
            "params:run": MemoryDataset({"environment": "sample"}),
        }
    )
    run_params = {"project_path": "/project", "run_id": "2026", "load_versions": {"split": "2025"}}
    RunHooks().before_pipeline_run(run_params, Pipeline([]), catalog)
    assert catalog.load("params:run") == {
        "environment": "sample",
        "project": "/project",
        "version": "2026",
        "load_versions": {"split": "2025"},
    }
