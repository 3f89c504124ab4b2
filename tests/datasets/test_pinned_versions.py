import pytest
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Node, Pipeline

from srgan_report.datasets import JSONDataset
from srgan_report.datasets.complete_runs import pin_versions
from srgan_report.errors import InputError
from srgan_report.framework.checks import RunHooks
from srgan_report.variants import VARIANTS

EARLIER, LATER, OWN, FUTURE = (f"2026-01-0{day}T00.00.00.000000Z" for day in (1, 2, 3, 4))
TRAINED = [f"srgan_mse.{name}" for name in ("training_history", "training_summary", "metrics")]


@pytest.fixture
def catalog(tmp_path):
    """That of a run, in which two earlier ones have completed a variant, and one is dated after it."""
    names = [*TRAINED, "split", "validation_crops", "benchmark_comparison", "comparison"]
    own = Version(None, OWN)
    catalog = DataCatalog({name: JSONDataset(filepath=tmp_path / name, version=own) for name in names})
    for version in (EARLIER, LATER, FUTURE):
        save(catalog, version, *names)
    return catalog


def save(catalog, version, *names):
    for name in names:
        dataset = JSONDataset(filepath=catalog[name]._filepath, version=Version(None, version))
        dataset.save({"version": version})


def remove(catalog, version, name):
    dataset = catalog[name]
    dataset._fs.rm(str(dataset._get_versioned_path(version)))


def node(inputs, outputs):
    return Node(lambda **data: None, {name.replace(".", "_"): name for name in inputs}, outputs, name="node")


def prepare(catalog, inputs, outputs="comparison", **run_params):
    asked = {"load_versions": None, "run_id": OWN} | run_params
    pipeline = Pipeline([node(inputs, outputs)])
    return pin_versions(asked, pipeline, catalog)


def loaded(catalog, names):
    return {name: catalog.load(name)["version"] for name in names}


def test_reads_one_complete_run_and_says_which(catalog, caplog):
    caplog.set_level("INFO")
    remove(catalog, LATER, "srgan_mse.metrics")
    prepare(catalog, TRAINED)
    assert loaded(catalog, TRAINED) == dict.fromkeys(TRAINED, EARLIER)
    own = [record.getMessage() for record in caplog.records if record.name.startswith("srgan_report")]
    assert own == [
        f"SRGAN-MSE: skipped incomplete results of {LATER}",
        f"Reading results of run {EARLIER} for SRGAN-MSE",
    ]


def test_what_an_earlier_run_saves_meanwhile_is_not_read(catalog):
    names = [*TRAINED, "split", "benchmark_comparison"]
    prepare(catalog, names)
    save(catalog, "2026-01-02T12.00.00.000000Z", *names)
    for name in names:
        catalog[name].release()
    assert loaded(catalog, names) == dict.fromkeys(names, LATER)


def test_what_the_run_makes_is_read_back(catalog):
    prepare(catalog, ["split"], "comparison")
    catalog.save("comparison", {"version": OWN})
    assert loaded(catalog, ["comparison"]) == {"comparison": OWN}


def test_a_run_that_evaluates_reads_what_the_latest_trained(catalog):
    remove(catalog, LATER, "srgan_mse.metrics")
    prepare(catalog, TRAINED[:2], "srgan_mse.metrics")
    assert loaded(catalog, TRAINED[:2]) == dict.fromkeys(TRAINED[:2], LATER)


def test_only_missing_outputs_are_those_of_one_run(catalog):
    remove(catalog, LATER, "srgan_mse.metrics")
    prepare(catalog, TRAINED[:2], "srgan_mse.metrics", only_missing_outputs=True)
    assert loaded(catalog, TRAINED) == dict.fromkeys(TRAINED, EARLIER)
    remove(catalog, EARLIER, "srgan_mse.training_history")
    prepare(catalog, TRAINED[:2], "srgan_mse.metrics", only_missing_outputs=True)
    assert loaded(catalog, TRAINED[:2]) == dict.fromkeys(TRAINED[:2], LATER)
    assert not catalog.exists("srgan_mse.metrics")  # which is made then


def test_where_no_run_is_complete_none_is_mixed_of_two(catalog):
    remove(catalog, EARLIER, "srgan_mse.training_history")
    remove(catalog, LATER, "srgan_mse.metrics")
    prepare(catalog, TRAINED)
    assert [name for name in TRAINED if not catalog.exists(name)] == ["srgan_mse.metrics"]


def test_all_that_was_chosen_or_asked_for_comes_back(catalog):
    chosen = prepare(catalog, [*TRAINED, "split"], load_versions={"split": EARLIER, "report": FUTURE})
    assert chosen == dict.fromkeys(TRAINED, LATER) | {"split": EARLIER, "report": FUTURE}


@pytest.mark.parametrize("version", [EARLIER, FUTURE])
def test_what_is_asked_for_is_read(catalog, version):
    prepare(catalog, [*TRAINED, "split"], load_versions={"split": version, TRAINED[0]: version})
    assert loaded(catalog, [*TRAINED, "split"]) == dict.fromkeys([*TRAINED, "split"], version)


def test_what_the_run_makes_can_not_be_asked_for(catalog):
    with pytest.raises(InputError, match=r"must not name datasets that this run makes.*: comparison\."):
        prepare(catalog, ["split"], load_versions={"comparison": EARLIER, "split": EARLIER})


@pytest.mark.parametrize(("asked", "version"), [({}, LATER), ({"generators": EARLIER}, EARLIER)])
def test_generators_are_the_latest_before_the_run_or_before_what_is_asked_for(
    catalog, tmp_path, asked, version
):
    catalog["generators"] = MemoryDataset(copy_mode="assign")
    catalog["srgan_mse.generator"] = JSONDataset(
        filepath=tmp_path / "srgan_mse.generator", version=Version(None, OWN)
    )
    for saved in (EARLIER, LATER, FUTURE):
        save(catalog, saved, "srgan_mse.generator")
    catalog["params:data_root"], catalog["params:run"] = str(tmp_path), {}
    for name in VARIANTS:
        catalog[f"params:{name}.training.start_from"] = "scratch"
    run_params = {"run_id": OWN, "load_versions": asked, "project_path": tmp_path}
    RunHooks().before_pipeline_run(run_params, Pipeline([node(["generators"], "comparison")]), catalog)
    assert {name: each.version for name, each in catalog.load("generators").items()} == {"srgan_mse": version}
