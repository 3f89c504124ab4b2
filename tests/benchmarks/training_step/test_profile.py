import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.training_step import profile

PROJECT = Path(profile.__file__).parents[2]


def test_kinds_add_up_to_the_step(tmp_path):
    # A process of its own: it sets threads, which TensorFlow allows before its first operation alone.
    options = ["srresnet_mse", "--size=32", "--batch-size=2", f"--output={tmp_path}"]
    command = [sys.executable, "-m", "benchmarks.training_step.profile", *options]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    spent = json.loads((tmp_path / "profile.json").read_text())["variants"]["srresnet_mse"]
    step = spent.pop("step")
    assert sum(spent.values()) == pytest.approx(step)
    assert all(milliseconds > 0 for milliseconds in spent.values())
    convolutions = [milliseconds for kind, milliseconds in spent.items() if "convolutions" in kind]
    assert len(convolutions) == 3
    assert {"BatchNorm, forward and gradient", "Adam"} < set(spent)
    assert run.stdout == (tmp_path / "profile.md").read_text()


def test_markdown():
    spent = {"Adam": 30.0, "convolutions, forward": 90.0, "everything else": 80.0, "step": 200.0}
    lines = profile.to_markdown({"variants": {"srgan_mse": spent}}).splitlines()
    assert lines[0] == "| | SRGAN-MSE |"
    assert "| convolutions, forward | 45% |" in lines
    assert "| Adam | 15% |" in lines
    assert lines[-1] == "| step | 0.20 s |"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["srgan"], "argument variants: must be among srresnet_mse, "),
        (
            ["--size=30"],
            "argument --size: must be an integer, at least 32 and a multiple of 4. Received: 30.",
        ),
    ],
)
def test_bad_argument_gets_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        profile.main(arguments)
    assert capsys.readouterr().err.startswith(message)
