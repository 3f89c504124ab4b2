"""The real `kedro run` with its results in a bucket of a real S3 server, on this machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from srgan_report.pipelines.reporting.results import describe_session
from tests.running import own_lines

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
TINY = (
    "crops.size=32,crops.validation_per_photograph=1,figures.crops=[0],generator.residual_blocks=1,"
    "training.start_from=scratch,training.learning_rate=0.001,training.batch_size=2,training.epochs=1,"
    "training.steps_per_epoch=2"
)


def start(*command, **environment) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"}
    return subprocess.run(
        command, cwd=PROJECT, env=kept | environment, capture_output=True, text=True, check=False
    )


def kedro_run(data_root, *arguments):
    return start(KEDRO, "run", *arguments, f"--params=data_root={data_root},{TINY}")


@pytest.fixture(scope="module")
def run(bucket):
    """One run of one variant, and where it has written."""
    root, local = f"s3://{bucket.name}/results/tiny", PROJECT / "data" / "s3" / bucket.name
    try:
        result = kedro_run(root, "--pipelines=srresnet_mse")
        assert result.returncode == 0, result.stderr
        yield SimpleNamespace(root=root, local=local, stdout=result.stdout)
    finally:
        shutil.rmtree(local, ignore_errors=True)


@pytest.fixture
def read(run, bucket):
    """Reads the only version of what is saved, without Kedro."""

    def read(path):
        (version,) = bucket.files.glob(f"{run.root}/{path}/*/*{Path(path).suffix}")
        return bucket.files.open(version)

    return read


def test_everything_saved_is_in_the_bucket_and_whole(run, bucket, read):
    saved = {tuple(path.split("/")[:-2]) for path in bucket.list("results/tiny")}
    assert {"/".join(path) for path in saved} == {
        "02_intermediate/split.csv",
        "03_primary/figure_photograph.npz",
        "03_primary/validation_crops.npz",
        "06_models/srresnet_mse/generator.keras",
        "06_models/srresnet_mse/training_history.csv",
        "06_models/srresnet_mse/training_summary.json",
        *(
            f"07_model_output/srresnet_mse/{name}"
            for name in (
                "upscaled_photograph.npz",
                "upscaled_photograph_metrics.json",
                "metrics.json",
                "photograph_metrics.csv",
                "super_resolved.npz",
            )
        ),
        "08_reporting/figures/srresnet_mse/article_rows.png",
        "08_reporting/provenance.json",
        "08_reporting/results/srresnet_mse.npz",
    }
    with np.load(read("07_model_output/srresnet_mse/super_resolved.npz")) as arrays:
        assert arrays["srresnet_mse"].shape[1:] == (32, 32, 3)
    assert json.load(read("08_reporting/provenance.json"))["status"] == "finished"


def test_checkpoints_and_events_are_on_the_local_disk(run):
    local = run.local / "results" / "tiny"
    assert list(local.glob("06_models/srresnet_mse/checkpoints/*/finished.index"))
    assert list(local.glob("08_reporting/tensorboard/srresnet_mse/*/events.out.tfevents.*"))
    assert sorted(path.name for path in local.iterdir()) == ["06_models", "08_reporting"]


def test_summary_says_where_both_are(run, read):
    psnr = json.load(read("07_model_output/srresnet_mse/metrics.json"))["srresnet_mse"]["psnr"]
    *table, empty, models, curves = run.stdout.splitlines()
    assert f"{psnr:.2f}" in table[1]
    assert empty == ""
    assert models == f"Models: {run.root}/06_models"
    local = run.local.relative_to(PROJECT) / "results" / "tiny"
    assert curves.startswith("Training curves: ")
    assert curves.endswith(f"/tensorboard --logdir {local}/08_reporting/tensorboard")


def test_the_reports_process_reads_it(run, read):
    program = (
        "import json\n"
        "from srgan_report.pipelines.reporting.results import open_catalog\n"
        "print(json.dumps(open_catalog().load('srresnet_mse.metrics')))"
    )
    session = describe_session({"environment": "sample", "runtime_params": {"data_root": run.root}})
    child = start(sys.executable, "-c", program, **session)
    assert child.returncode == 0, child.stderr
    assert child.stdout == json.dumps(json.load(read("07_model_output/srresnet_mse/metrics.json"))) + "\n"


def test_a_run_goes_on_from_what_is_there(run, bucket):
    before = bucket.list("results/tiny")
    again = kedro_run(run.root, "--namespaces=srresnet_mse")
    assert again.returncode == 0, again.stderr
    assert "already trained by an earlier run with the same parameters and data" in again.stderr
    added = set(bucket.list("results/tiny")) - set(before)
    assert {path.split("/")[0] for path in added} == {"06_models", "07_model_output", "08_reporting"}


@pytest.mark.parametrize("denied", [False, True])
def test_a_bucket_that_can_not_be_used_is_one_line(bucket, denied):
    if denied:
        with bucket.denied():
            refused = kedro_run(f"s3://{bucket.name}/other", "--pipelines=preparation")
        reason = "PermissionError: "
    else:
        refused = kedro_run("s3://missing/other", "--pipelines=preparation")
        reason = "there is no bucket missing"
    (line,) = own_lines(refused.stderr)
    assert refused.returncode == 1
    assert line.startswith("Error: data_root=s3://")
    assert f"/other can't be used: {reason}" in line
