import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import training_step
from benchmarks.training_step import worker

# Noise comes from Python and from other programs alike.
_NOISY = """
import os
from benchmarks.training_step import worker

def build(variant, size, batch_size):
    print("noise")
    os.system("echo noise")
    return worker.Side(lambda: {"loss": size / batch_size}, lambda: None, {}, {"gpus": 0})

worker.BUILDERS = {"noisy": build}
worker.main(["noisy", "srresnet_mse", "16", "2"])
"""


def test_nothing_but_answers_on_standard_output():
    done = subprocess.run(
        [sys.executable, "-c", _NOISY],
        input="step\nmatrix_product\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(worker.__file__).parents[2],
    )
    ready, step, product, end = map(json.loads, done.stdout.splitlines())
    assert ready.keys() == {"resident_bytes", "gpus"}
    assert step["losses"] == {"loss": 8}
    assert product.keys() == {"seconds"}
    assert end["peak_bytes"] >= ready["resident_bytes"] > 1_000_000
    assert done.stderr.split() == ["noise", "noise"]


def test_articles_side_needs_nothing_of_the_project(monkeypatch):
    monkeypatch.delitem(sys.modules, "benchmarks.training_step.article", raising=False)
    monkeypatch.delattr(training_step, "article", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == "srgan_report"]:
        monkeypatch.setitem(sys.modules, name, None)
    worker.build_article("srgan_vgg22", 16, 2)
    with pytest.raises(ModuleNotFoundError):
        worker.build_project("srgan_vgg22", 16, 2)
