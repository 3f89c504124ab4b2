"""Trains variants with several seeds, all else the same, to tell what chance in training does to the metrics.

Each starts from the flagship's SRResNet-MSE, in the environment ``flagship`` with fewer steps. All are
measured on the same validation crops, cut with the flagship's own seed. What is measured
already is not trained again.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import settings_study
from benchmarks.command import Command
from benchmarks.publishing.markdown_tables import to_table
from srgan_report.variants import VARIANTS

SEEDS = (2017, 2018, 2019)
SEEDED = ("srresnet_mse", "srresnet_vgg54", "srgan_vgg54")
STEPS = 1000  # of 16 crops

_PREPARED = ("02_intermediate", "03_primary")
_METRICS = {"psnr": ("PSNR, dB", ".2f"), "ssim": ("SSIM", ".4f"), "lpips": ("LPIPS", ".4f")}


def plan(variant: str, seed: int, root: Path) -> dict[str, Any]:
    """The parameters of one training, as ``--params`` takes them."""
    return {
        "data_root": str(_folder(variant, seed, root)),
        "seed": seed,
        f"{variant}.training.epochs": 2,
        f"{variant}.training.steps_per_epoch": STEPS // 2,
    }


def measure(variant: str, seed: int, root: Path) -> dict[str, Any]:
    """Trains and measures a variant with one seed, unless that is done.

    Returns:
        ``variant``, ``seed``, and of each metric the mean over the validation crops.
    """
    folder = settings_study.PROJECT / _folder(variant, seed, root)
    path = f"07_model_output/{variant}/metrics.json"
    if not list((folder / path).glob("*/metrics.json")):
        _train(variant, seed, root)
    metrics = settings_study.read_latest(folder, path)[variant]
    return {"variant": variant, "seed": seed} | {name: metrics[name] for name in _METRICS}


def _folder(variant: str, seed: int, root: Path) -> Path:
    return root / variant / str(seed)


def _train(variant: str, seed: int, root: Path) -> None:
    prepared, folder = root / "prepared", _folder(variant, seed, root)
    if not (settings_study.PROJECT / prepared / _PREPARED[-1]).is_dir():
        _run("--pipelines=preparation", f"--params=data_root={prepared}")
    for part in _PREPARED:
        shutil.copytree(
            settings_study.PROJECT / prepared / part,
            settings_study.PROJECT / folder / part,
            dirs_exist_ok=True,
        )
    if variant != settings_study.START.name:
        settings_study.link_start(folder)
    params = settings_study.to_params(plan(variant, seed, root))
    _run("--pipelines=all_variants_from_mse", f"--namespaces={variant}", f"--params={params}")


def _run(*options: str) -> None:
    command = [sys.executable, "-m", "kedro", "run", "--env=flagship", *options]
    subprocess.run(command, cwd=settings_study.PROJECT, check=True)


def to_markdown(seeds: pd.DataFrame) -> str:
    """Writes a table: each metric's mean over the seeds, and its range."""
    rows = []
    for variant, table in seeds.groupby("variant", sort=False):
        row = {"": VARIANTS[str(variant)].label, "seeds": str(len(table))}
        for name, (title, form) in _METRICS.items():
            low, high = (format(value, form) for value in (table[name].min(), table[name].max()))
            row[title] = f"{table[name].mean():{form}} ({low} to {high})"
        rows.append(row)
    return to_table(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures every variant with every seed and saves the table."""
    parser = Command(__doc__)
    parser.add_argument("--root", type=Path, default="data/seeds", help="where trainings are saved")
    root = parser.parse_args(arguments).root
    table = pd.DataFrame([measure(variant, seed, root) for variant in SEEDED for seed in SEEDS])
    settings_study.RESULTS.mkdir(parents=True, exist_ok=True)
    table.to_csv(settings_study.RESULTS / "seeds.csv", index=False)
    print(to_markdown(table))


if __name__ == "__main__":
    main()
