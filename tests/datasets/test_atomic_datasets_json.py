"""Strict JSON, as other languages read it."""

import json
import math

import numpy as np
import pytest

from srgan_report.datasets import JSONDataset


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.json"


def test_what_json_does_not_know_is_null_and_comes_back_as_none(path):
    dataset = JSONDataset(filepath=str(path))
    data = {"psnr": math.inf, "low": math.nan, "deep": [{"a": -math.inf}, (1, np.float64("nan"))]}
    dataset.save(data | {"ssim": 0.5, "steps": 3, "status": "NaN", "diverged": None, "ok": True})
    strict = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert strict == {
        "psnr": None,
        "low": None,
        "deep": [{"a": None}, [1, None]],
        "ssim": 0.5,
        "steps": 3,
        "status": "NaN",
        "diverged": None,
        "ok": True,
    }
    assert dataset.load() == strict
    assert data["psnr"] == math.inf  # what was given is left as it was
