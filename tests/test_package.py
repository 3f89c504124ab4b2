"""What importing the package sets up for TensorFlow, seen from a process of its own."""

import os
import subprocess
import sys

import pytest

NAMES = ["TF_ENABLE_ONEDNN_OPTS", "TF_FORCE_GPU_ALLOW_GROWTH", "TF_CPP_MIN_LOG_LEVEL"]
CODE = f"""
import os, sys, srgan_report
print(*[os.environ[name] for name in {NAMES}], "tensorflow" in sys.modules)
"""


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "1 true 2 False"),
        (dict(zip(NAMES, ["0", "false", "0"], strict=True)), "0 false 0 False"),
    ],
    ids=["defaults", "the user's own"],
)
def test_environment_of_tensorflow(own, expected):
    environment = {key: value for key, value in os.environ.items() if key not in NAMES} | own
    run = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert run.stdout.strip() == expected, run.stderr
