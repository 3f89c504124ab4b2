"""A real run that is asked to stop while it saves, draws, upscales or exports: one line, and its status."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.io import Version
from PIL import Image

from srgan_report.datasets import CSVDataset, TensorFlowModelDataset
from srgan_report.networks import build_generator
from tests.running import complete, own_lines

PROJECT = Path(__file__).parents[2]
VERSION = "2026-01-01T00.00.00.000Z"
STOPPED = "Stopped. Saved results are kept. Rerun the same command: finished variants are skipped."


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A data root with what the phases read, and photographs."""
    root = tmp_path_factory.mktemp("data")
    path = f"{root}/06_models/srgan_mse/generator.keras"
    at = Version(None, VERSION)
    TensorFlowModelDataset(filepath=path, version=at).save(build_generator(residual_blocks=1))
    complete(root, "srgan_mse", VERSION)
    row = {"set": "Set5", "method": "bicubic", "label": "Bicubic", "share": 0.5, "psnr_y": 24.0, "lpips": 0.3}
    for name in ("08_reporting/benchmark_comparison", "07_model_output/benchmark_blends"):
        CSVDataset(filepath=f"{root}/{name}.csv", version=at).save(pd.DataFrame([row]))
    (root / "photographs").mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (96, 96, 3), np.uint8)
        Image.fromarray(pixels).save(root / "photographs" / f"{number}.png")
    return root


# Where it is stopped, and the command.
PHASES = {
    "a file is saved": (
        "srgan_report.storage.atomic:written_in",
        "run --pipelines=preparation --params=photographs.source=folder,photographs.path={0}/photographs",
    ),
    "a file is saved, in a thread": (
        "srgan_report.storage.atomic:written_in",
        "run --pipelines=preparation --runner=ThreadRunner "
        "--params=photographs.source=folder,photographs.path={0}/photographs",
    ),
    "a figure is drawn": (
        "srgan_report.reporting.figures.perception_distortion:_draw_method",
        "run --pipelines=benchmark_sets --nodes=draw_benchmark_planes",
    ),
    "a photograph is upscaled": (
        "srgan_report.inference.upscaling:upscale_photo",
        "upscale {0}/photographs {0}/upscaled --variant=srgan_mse",
    ),
    "a generator is exported": (
        "srgan_report.inference.export:literal_path",
        "run --pipelines=export",
    ),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_is_one_line(root, tmp_path, phase, number, code):
    place, arguments = PHASES[phase]
    command = arguments.format(root).split()
    data_root = f"data_root={root}"
    if command[-1].startswith("--params="):
        command[-1] += f",{data_root}"
    else:
        command.append(f"--params={data_root}")
    before = {path for path in root.rglob("*") if path.is_file()}
    environment = {key: value for key, value in os.environ.items() if key != "KEDRO_ENV"}
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("pausing.py"), place, tmp_path, *command],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore Ctrl-C, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (tmp_path / "reached").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(number)
    try:
        _, printed = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code, printed
    assert own_lines(printed)[-1] == STOPPED
    assert "Traceback" not in printed
    assert {path for path in root.rglob("*") if path.is_file()} == before


# Python ignores what a destructor raises, and with it the signal that came there.
IN_A_DESTRUCTOR = """
import signal, sys, time
from srgan_report.cli import _Run

class Leaving:
    def __del__(self):
        signal.raise_signal(int(sys.argv[1]))
        sum(range(9))  # the handler runs

def work():
    Leaving()
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)
_Run("work", callback=work).main([])
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_is_not_lost_in_a_destructor(number, code):
    command = [sys.executable, "-c", IN_A_DESTRUCTOR, str(int(number))]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (code, f"{STOPPED}\n")
