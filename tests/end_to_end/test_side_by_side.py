"""Variants trained by real processes at once, on what one preparation has saved."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
PAIR = ["srresnet_mse", "srgan_vgg22"]
TINY = (
    "crops.size=32,figures.crops=[0],generator.residual_blocks=1,"
    "training.start_from=scratch,training.learning_rate=0.001,training.batch_size=2,training.epochs=2,"
    "training.steps_per_epoch=2"
)


def start(data_root, log, *arguments) -> subprocess.Popen:
    environment = {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"}
    command = [KEDRO, "run", *arguments, f"--params=data_root={data_root},{TINY}"]
    with log.open("w") as output:
        return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)


def run_at_once(data_root, folder, *commands):
    logs = [folder / f"{number}.log" for number in range(len(commands))]
    processes = [start(data_root, log, *each) for log, each in zip(logs, commands, strict=True)]
    codes = [process.wait() for process in processes]
    assert codes == [0] * len(commands), [log.read_text()[-5000:] for log in logs]


def load(data_root, dataset):
    """Each version's content of a JSON file."""
    return {path.parent.name: json.loads(path.read_text()) for path in data_root.glob(f"{dataset}/*/*.json")}


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    root, logs = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("logs")
    run_at_once(root, logs, ["--pipelines=preparation"])
    run_at_once(root, logs, *([f"--pipelines={name}", f"--namespaces={name}"] for name in PAIR))
    return root


@pytest.fixture(scope="module")
def records(data_root):
    """The provenance of the two runs, by variant."""
    records = load(data_root, "08_reporting/provenance.json").values()
    return {record["asked"].get("namespaces", ["preparation"])[0]: record for record in records}


def test_each_run_has_a_record_of_what_it_saved(records):
    assert set(records) == {"preparation", *PAIR}
    for name in PAIR:
        assert records[name]["status"] == "finished"
        assert {dataset.partition(".")[0] for dataset in records[name]["saved"]} == {name}
        assert records[name]["loaded"]["split"] == records["preparation"]["saved"]["split"]


def test_everything_is_saved_once_and_whole(data_root):
    files = [path for path in data_root.rglob("*") if path.is_dir() and list(path.glob("????-??-??T*"))]
    versions = {path.relative_to(data_root).as_posix(): len(list(path.iterdir())) for path in files}
    assert versions.pop("08_reporting/provenance.json") == 3
    assert set(versions.values()) == {1}
    models = {f"06_models/{name}/generator.keras" for name in PAIR}
    assert versions.keys() >= {"02_intermediate/split.csv", *models}
    assert not list(data_root.rglob("*.part"))


def test_each_ends_as_if_it_had_prepared_and_trained_alone(data_root, tmp_path):
    name = PAIR[0]
    run_at_once(tmp_path / "alone", tmp_path, [f"--pipelines={name}"])
    for file in (f"06_models/{name}/training_summary.json", f"07_model_output/{name}/metrics.json"):
        ours, alone = (load(root, file).popitem()[1] for root in (data_root, tmp_path / "alone"))
        ours.pop("seconds", None)
        alone.pop("seconds", None)
        assert json.dumps(ours) == json.dumps(alone)  # as text: NaN is not equal to itself
