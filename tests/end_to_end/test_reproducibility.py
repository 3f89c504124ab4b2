"""Real runs, killed and resumed, and made twice: they end alike to the last bit."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

PROJECT = Path(__file__).parents[2]
KEDRO = Path(sys.executable).with_name("kedro")
VARIANT = "srgan_vgg22"
STEPS = 24
CHECKPOINT_EVERY = 3
SMALL = (
    "crops.size=64,crops.validation_per_photograph=1,figures.crops=[0],"
    "training.start_from=scratch,training.learning_rate=0.0002,"
    f"training.batch_size=4,training.epochs=2,training.steps_per_epoch={STEPS // 2},"
    f"training.checkpoint_every={CHECKPOINT_EVERY}"
)


def command(data_root, pipeline=VARIANT, params=""):
    every_param = ",".join(filter(None, [f"data_root={data_root}", SMALL, params]))
    return [str(KEDRO), "run", f"--pipeline={pipeline}", f"--params={every_param}"]


def environment():
    wide = {"COLUMNS": "500"}  # each message on a line of its own
    return {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"} | wide


def start(data_root, log, **kwargs) -> subprocess.Popen:
    with log.open("a") as output:
        return subprocess.Popen(
            command(data_root, **kwargs),
            cwd=PROJECT,
            env=environment(),
            stdout=output,
            stderr=output,
            # A shell's background jobs ignore Ctrl-C, and so would what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )


def finish(data_root, **kwargs) -> str:
    run = subprocess.run(
        command(data_root, **kwargs), cwd=PROJECT, env=environment(), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
    return " ".join((run.stdout + run.stderr).split())


def latest(data_root, path) -> Path:
    return max((data_root / path).glob(f"*/{Path(path).name}"))


def weights_of(path):
    import keras

    return keras.models.load_model(path).get_weights()


class Ending:
    """What a run of a variant left: everything but times, versions and paths."""

    def __init__(self, data_root, name=VARIANT):
        self.networks = [
            weights_of(latest(data_root, f"06_models/{name}/{network}.keras"))
            for network in ("generator", "discriminator")
        ]
        history = pd.read_csv(latest(data_root, f"06_models/{name}/training_history.csv"))
        self.history = history.drop(columns="seconds")
        self.summary = json.loads(latest(data_root, f"06_models/{name}/training_summary.json").read_text())
        del self.summary["seconds"]
        metrics = latest(data_root, f"07_model_output/{name}/metrics.json").read_text()
        self.metrics = json.loads(metrics)
        with np.load(latest(data_root, f"07_model_output/{name}/super_resolved.npz")) as arrays:
            self.super_resolved = arrays[name]

    def assert_is(self, other):
        for network, others in zip(self.networks, other.networks, strict=True):
            for ours, theirs in zip(network, others, strict=True):
                np.testing.assert_array_equal(ours, theirs)
        pd.testing.assert_frame_equal(self.history, other.history, check_exact=True)
        assert self.summary == other.summary
        assert self.metrics == other.metrics
        np.testing.assert_array_equal(self.super_resolved, other.super_resolved)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("uninterrupted")
    finish(root)
    return Ending(root)


@pytest.mark.slow
class TestSameTwice:
    @pytest.mark.parametrize(
        "settings", ["", "training.jit_compile=true", "training.precision=mixed_bfloat16"]
    )
    def test_in_two_processes_and_two_data_roots(self, tmp_path, settings):
        for name in ("first", "second"):
            finish(tmp_path / name, params=settings)
        Ending(tmp_path / "first").assert_is(Ending(tmp_path / "second"))

    def test_whichever_variants_run_beside_it(self, tmp_path, uninterrupted):
        finish(tmp_path, pipeline="all_variants")
        Ending(tmp_path).assert_is(uninterrupted)


class After:
    """A moment so many seconds after the first checkpoint."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.begun = None

    def __call__(self, data_root):
        if self.begun is None and list(data_root.glob("06_models/*/checkpoints/*/*.index")):
            self.begun = time.monotonic()
        return self.begun is not None and time.monotonic() - self.begun >= self.seconds


def while_there_is(pattern):
    def has_come(data_root):
        return bool(list(data_root.glob(pattern)))

    return has_come


def checkpoint_after(step):
    def has_come(data_root):
        return steps_done(data_root) > step

    return has_come


SEED = random.Random(2017)
MOMENTS = {
    "before anything is saved": while_there_is("02_intermediate/split.csv"),
    "while the first checkpoint is written": while_there_is("06_models/*/checkpoints/*/*_temp"),
    "while a later checkpoint is written": while_there_is("06_models/*/checkpoints/*/step-00000001*_temp"),
    "while the final checkpoint is written": while_there_is("06_models/*/checkpoints/*/finished*_temp"),
    "while the generator is saved": while_there_is("06_models/*/generator.keras/*/.*.part"),
    "while the discriminator is saved": while_there_is("06_models/*/discriminator.keras/*/.*.part"),
    "while the history is saved": while_there_is("06_models/*/training_history.csv"),
    "while crops are saved": while_there_is("07_model_output/*/super_resolved.npz"),
    **{
        f"after {seconds:.2f} s of training": After(seconds)
        for seconds in (SEED.uniform(0, 14) for _ in range(12))
    },
}


def kill_at(data_root, has_come, log, **kwargs) -> bool:
    """Kills a run when the moment has come; says whether it did before the run was over."""
    process = start(data_root, log, **kwargs)
    while process.poll() is None:
        if has_come(data_root):
            process.kill()
            break
    return process.wait() != 0


def steps_done(data_root):
    """Up to which step there is a checkpoint that can be read."""
    steps = [-1]
    for index in data_root.glob("06_models/*/checkpoints/*/*.index"):
        try:
            reader = tf.train.load_checkpoint(str(index.with_suffix("")))
            state = json.loads(reader.get_tensor("state/.ATTRIBUTES/VARIABLE_VALUE"))
        except (tf.errors.OpError, ValueError):
            continue  # the run has removed it meanwhile
        steps.append(state["step"] + (int(state["rows"][-1]["step"]) if state["rows"] else 0))
    return max(steps)


@pytest.mark.slow
class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_ends_as_if_it_had_never_been(self, tmp_path, uninterrupted, moment):
        root, log = tmp_path / "data", tmp_path / "log"
        assert kill_at(root, MOMENTS[moment], log), f"was over before: {moment}"
        finish(root)
        Ending(root).assert_is(uninterrupted)

    def test_redoes_at_most_what_lies_between_checkpoints(self, tmp_path):
        root, log = tmp_path / "data", tmp_path / "log"
        events, longer = [], {"params": "training.epochs=4"}  # each of which ends with a checkpoint
        for _ in range(3):
            later = checkpoint_after(steps_done(root) + CHECKPOINT_EVERY)
            assert kill_at(root, later, log, **longer)
            events.append(steps_done(root))
        assert events == sorted(set(events))
        output = finish(root, **longer)
        assert f"SRGAN-VGG22: resuming at step {events[-1]} of {2 * STEPS}" in output

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    def test_asked_to_stop_it_saves_and_says_how_to_go_on(self, tmp_path, uninterrupted, number, code):
        root, log = tmp_path / "data", tmp_path / "log"
        process = start(root, log)
        while steps_done(root) < 4:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait() == code
        last = log.read_text().strip().splitlines()[-1]
        assert last.startswith("SRGAN-VGG22 stopped after step ")
        assert last.endswith(f" of {STEPS}, with a checkpoint: the same command resumes there.")
        assert "Traceback" not in log.read_text()
        finish(root)
        Ending(root).assert_is(uninterrupted)


class TestFinishedVariant:
    def test_is_found_again_and_not_with_other_parameters(self, tmp_path):
        quick = "training.epochs=1,training.steps_per_epoch=2,generator.residual_blocks=1"
        finish(tmp_path, params=quick)
        first = Ending(tmp_path)
        output = finish(tmp_path, params=quick)
        assert "SRGAN-VGG22: already trained by an earlier run with the same parameters and data" in output
        Ending(tmp_path).assert_is(first)
        output = finish(tmp_path, params=f"{quick},training.learning_rate=0.002")
        assert "SRGAN-VGG22: starting over, changed: training.learning_rate" in output
        assert (Ending(tmp_path).networks[0][0] != first.networks[0][0]).any()


class TestDivergence:
    RUINOUS = "training.epochs=1,training.steps_per_epoch=2,srgan_vgg22.training.learning_rate=1e30"

    def test_is_one_line_that_names_variant_step_checkpoint_and_remedy(self, tmp_path):
        run = subprocess.run(
            command(tmp_path, params=self.RUINOUS),
            cwd=PROJECT,
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert run.returncode == 1
        last = run.stderr.strip().splitlines()[-1]
        assert last.startswith("Error: SRGAN-VGG22: a loss or gradient is no longer finite in step ")
        assert "The last good checkpoint is of step 0. Lower training.learning_rate or" in last
        assert "Traceback" not in run.stdout + run.stderr
        assert not list(tmp_path.glob("06_models/*/generator.keras"))

    def test_leaves_a_hole_in_a_report_that_goes_on_without_it(self, tmp_path):
        params = f"{self.RUINOUS},training.on_failure=continue,generator.residual_blocks=1,crops.size=32"
        finish(tmp_path, pipeline="all_variants", params=params)
        comparison = pd.read_csv(latest(tmp_path, "08_reporting/comparison.csv")).set_index("method")
        assert comparison["status"]["srgan_vgg22"] == "diverged"
        assert np.isnan(comparison["psnr"]["srgan_vgg22"])
        assert comparison["psnr"].notna().sum() == 7
        assert "diverged" in latest(tmp_path, "08_reporting/report.html").read_text()
        metrics = json.loads(latest(tmp_path, "07_model_output/srgan_vgg22/metrics.json").read_text())
        assert metrics["srgan_vgg22"]["status"] == "diverged"
