"""Two real runs with other parameters in one data_root: the second begins later and ends earlier."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest

from srgan_report.provenance.fingerprints import fingerprint_weights

PROJECT = Path(__file__).parents[2]
PAUSING = Path(__file__).with_name("pausing.py")
VARIANT = "srresnet_mse"
TINY = (
    "crops.size=32,figures.crops=[0],generator.residual_blocks=1,training.start_from=scratch,"
    "training.batch_size=2,training.epochs=1"
)
LONG, SHORT = f"{TINY},training.steps_per_epoch=6", f"{TINY},training.steps_per_epoch=1"


def command(data_root, params):
    return ["run", f"--pipelines={VARIANT}", f"--params=data_root={data_root},{params}"]


def environment():
    return {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"}


def run(data_root, params):
    kedro = Path(sys.executable).with_name("kedro")
    return subprocess.run(
        [kedro, *command(data_root, params)], cwd=PROJECT, env=environment(), check=True, capture_output=True
    )


def run_meanwhile(data_root, folder, params, do):
    """A run that is stopped between training and what reads its generator, until something was done."""
    arguments = [
        sys.executable,
        PAUSING,
        f"{VARIANT}.summarize_training",
        folder,
        *command(data_root, params),
    ]
    process = subprocess.Popen(arguments, cwd=PROJECT, env=environment())
    while not (folder / "reached").exists():
        assert process.poll() is None
        time.sleep(0.05)
    do()
    (folder / "go").touch()
    assert process.wait() == 0


def read(data_root, dataset):
    """Each version's content, by the steps that its training took."""
    contents = {}
    for path in data_root.glob(f"06_models/{VARIANT}/training_summary.json/*/training_summary.json"):
        (file,) = data_root.glob(f"{dataset}/{path.parent.name}/*")
        contents[json.loads(path.read_text())["steps"]] = file
    return contents


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """One for both at once, and one of the longer run alone."""
    both, alone, folder = (tmp_path_factory.mktemp(name) for name in ("both", "alone", "folder"))
    run_meanwhile(both, folder, LONG, lambda: run(both, SHORT))
    run(alone, LONG)
    return both, alone


def test_each_summary_is_of_the_generator_beside_it(roots):
    both, _ = roots
    summaries = read(both, f"06_models/{VARIANT}/training_summary.json")
    generators = read(both, f"06_models/{VARIANT}/generator.keras")
    assert set(summaries) == {1, 6}
    for steps, path in summaries.items():
        weights = keras.models.load_model(generators[steps]).get_weights()
        assert json.loads(path.read_text())["generator_sha256"] == fingerprint_weights(weights)


@pytest.mark.parametrize(
    "dataset", [f"06_models/{VARIANT}/training_summary.json", f"07_model_output/{VARIANT}/metrics.json"]
)
def test_the_longer_one_ends_as_it_does_alone(roots, dataset):
    ours, alone = (json.loads(read(root, dataset)[6].read_text()) for root in roots)
    ours.pop("seconds", None)
    alone.pop("seconds", None)
    assert ours == alone
