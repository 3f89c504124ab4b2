"""Trains SRResNet-MSE with one setting after another changed, on a fixed budget of training crops.

The environment ``flagship`` is what each is compared with. The 600 photographs that judge in the end are
left out; the 200 after them validate, and the others train. What is measured already is not trained again.
"""

import json
import subprocess
import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from srgan_report.metrics import average, measure_crops
from srgan_report.networks import load_lpips
from srgan_report.upscaling import interpolate

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "docs" / "results"

# What to compare, against which all others differ in what stands beside their names.
REFERENCE: dict[str, Any] = {
    "split.leave_out": 600,
    "split.validation_size": 200,
    "generator.initialization": "interpolating",
    "generator.batch_normalization_momentum": 0.99,
    "srresnet_mse.training.batch_size": 16,
    "srresnet_mse.training.learning_rate": 0.001,
    "srresnet_mse.training.learning_rate_schedule": "cosine",
    "srresnet_mse.training.ema_momentum": None,
    "srresnet_mse.training.epochs": 1,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "reference": {},
    "another seed": {"seed": 2018},
    "learning rate 0.002": {"srresnet_mse.training.learning_rate": 0.002},
    "learning rate 0.0005": {"srresnet_mse.training.learning_rate": 0.0005},
    "learning rate 0.0002": {"srresnet_mse.training.learning_rate": 0.0002},
    "constant learning rate": {"srresnet_mse.training.learning_rate_schedule": "constant"},
    "learning rate in two steps": {"srresnet_mse.training.learning_rate_schedule": "step"},
    "batch of 4": {"srresnet_mse.training.batch_size": 4},
    "batch of 8": {"srresnet_mse.training.batch_size": 8},
    "batch of 32": {"srresnet_mse.training.batch_size": 32},
    "Keras' initial weights": {"generator.initialization": "default"},
    "ICNR": {"generator.initialization": "interpolating_icnr"},
    "BatchNorm momentum 0.9": {"generator.batch_normalization_momentum": 0.9},
    "EMA 0.99": {"srresnet_mse.training.ema_momentum": 0.99},
    "constant learning rate, EMA 0.99": {
        "srresnet_mse.training.learning_rate_schedule": "constant",
        "srresnet_mse.training.ema_momentum": 0.99,
    },
}

_MEASURES = ("psnr", "ssim", "lpips")


def plan(name: str, images: int, root: Path) -> dict[str, Any]:
    """The parameters of one training, as ``--params`` takes them.

    Args:
        name: One of ``SETTINGS``.
        images: How many crops each training sees.
        root: Below which folder results are saved.
    """
    parameters = REFERENCE | SETTINGS[name]
    return parameters | {
        "srresnet_mse.training.steps_per_epoch": images // parameters["srresnet_mse.training.batch_size"],
        "data_root": str(_folder(name, images, root)),
    }


def to_params(parameters: Mapping[str, Any]) -> str:
    """Writes parameters for ``--params``."""
    return ",".join(f"{key}={'null' if value is None else value}" for key, value in parameters.items())


def _folder(name: str, images: int, root: Path) -> Path:
    words = "".join(letter if letter.isalnum() or letter == "." else " " for letter in name)
    return root / str(images) / "_".join(words.split())


def measure(name: str, images: int, root: Path) -> dict[str, Any]:
    """Trains and measures one setting, unless that is done.

    Returns:
        ``setting``; ``psnr`` (dB), ``ssim`` and ``lpips`` on the validation crops; ``images`` and ``seconds``
        of training.
    """
    folder = _folder(name, images, root)
    if not list(folder.glob("07_model_output/srresnet_mse/metrics.json/*/metrics.json")):
        command = [sys.executable, "-m", "kedro", "run", "--pipelines=srresnet_mse", "--env=flagship"]
        subprocess.run([*command, f"--params={to_params(plan(name, images, root))}"], cwd=PROJECT, check=True)
    metrics = _latest(folder, "07_model_output/srresnet_mse/metrics.json")["srresnet_mse"]
    summary = _latest(folder, "06_models/srresnet_mse/training_summary.json")
    quality = {name: metrics[name] for name in _MEASURES}
    return {"setting": name, **quality, "images": summary["images"], "seconds": summary["seconds"]}


def measure_bicubic(images: int, root: Path) -> dict[str, Any]:
    """Measures bicubic interpolation on the reference's validation crops; returns what ``measure`` does."""
    with np.load(_find_latest(_folder("reference", images, root), "03_primary/validation_crops.npz")) as file:
        crops = dict(file)
    enlarged = {"bicubic": interpolate(crops["low_resolution"], "bicubic")}
    means = average(measure_crops(crops, enlarged, load_lpips()), seed=0)["bicubic"]
    return {"setting": "bicubic interpolation"} | {name: means[name] for name in _MEASURES}


def _latest(folder: Path, path: str) -> dict[str, Any]:
    return json.loads(_find_latest(folder, path).read_text())


def _find_latest(folder: Path, path: str) -> Path:
    return max((PROJECT / folder / path).glob(f"*/{Path(path).name}"))


def to_markdown(study: pd.DataFrame) -> str:
    """Writes the study as a table: what each setting gains over the reference."""
    reference = study.set_index("setting").loc["reference"]
    lines = ["| | PSNR, dB | gain | SSIM | LPIPS |", "| --- | ---: | ---: | ---: | ---: |"]
    for row in study.itertuples():
        gain = "" if row.setting == "reference" else f"{row.psnr - reference.psnr:+.2f}"
        lines.append(f"| {row.setting} | {row.psnr:.2f} | {gain} | {row.ssim:.4f} | {row.lpips:.4f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures every setting and saves the table."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--images", type=int, default=9600, help="crops that each training sees")
    parser.add_argument("--root", type=Path, default="data/study", help="where results are saved")
    options = parser.parse_args(arguments)
    rows = [measure(name, options.images, options.root) for name in SETTINGS]
    rows.append(measure_bicubic(options.images, options.root))
    RESULTS.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(RESULTS / "settings_study.csv", index=False)


if __name__ == "__main__":
    main()
