"""Trains a variant with one setting after another changed, on a fixed budget of training crops.

SRResNet-MSE is trained from scratch, the others from the flagship's SRResNet-MSE, in the environment
``flagship``. The 600 photographs that judge in the end are left out; the 200 after them validate, and the
others train. What is measured already is not trained again.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Before Keras and TensorFlow, whose settings the package chooses.
from srgan_report.evaluation.metrics import average, measure_crops  # isort: split

import keras
import numpy as np
import pandas as pd

from benchmarks.command import Command
from benchmarks.publishing.markdown_tables import to_table
from srgan_report.evaluation.spectra import measure_spectra
from srgan_report.inference.upscaler import Upscaler, interpolate
from srgan_report.networks import load_lpips
from srgan_report.reporting.figures.panels import Block, Panel, PanelFigure, draw_panels
from srgan_report.reporting.figures.style import PAGE_DPI

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "docs" / "results" / "settings_study"
START = PROJECT / "data" / "flagship" / "06_models" / "srresnet_mse"


@dataclass(frozen=True)
class Study:
    """What to train how.

    Attributes:
        variant: What is trained.
        from_mse: Whether it starts from the trained SRResNet-MSE.
        images: How many crops each training sees.
        reference: Parameters against which all others differ in what follows their names.
        settings: The names of the trainings, and what differs in them.
        patches: What else differs in some of them and is no parameter (see ``patched_run``).
    """

    variant: str
    from_mse: bool
    images: int
    reference: Mapping[str, Any]
    settings: Mapping[str, Mapping[str, Any]]
    patches: Mapping[str, str] = field(default_factory=dict)


_HELD_OUT = {"split.leave_out": 600, "split.validation_size": 200}
_PLAIN = {
    "training.augment": False,
    "training.lattice_weight": 0,
    "training.spectral_weight": 0,
    "training.chroma_weight": 0,
    "training.consistency_weight": 0,
    "training.adversarial_border": 0,
}
_FROM_MSE = (
    _HELD_OUT
    | _PLAIN
    | {
        "training.start_from": "srresnet_mse",
        "training.batch_size": 8,
        "training.learning_rate": 0.0001,
        "training.learning_rate_schedule": "cosine",
        "training.ema_momentum": None,
        "training.roll": False,
        "training.adversarial_weight": 0.001,
        "training.epochs": 1,
    }
)
_SCALED = {"perceptual.scale.vgg16": 0.12}
_FASTER = _SCALED | {"training.learning_rate": 0.0002}
_ROLLED = _FASTER | {"training.roll": True}
_WEIGHTED = {"training.learning_rate": 0.0002, "training.roll": True, "training.adversarial_weight": 0.008}

_AVERAGED = "an averaging kernel after each shuffle"


def _study_lattice(variant: str, weight: int) -> Study:
    """Weights, windows and strides of the lattice loss around the flagship's, and what others propose."""
    weights = {
        "lattice loss": weight,
        "lattice loss, 1/3 of the weight": weight // 3,
        "lattice loss, 10/3 of the weight": weight * 10 // 3,
    }
    patches = {
        "lattice loss, windows of 2, stride 1": "windows_2_1",
        "lattice loss, stride 6": "windows_6_6",
        "lattice loss, windows of 12, stride 6": "windows_12_6",
    }
    return Study(
        variant,
        from_mse=True,
        images=1600,
        reference=_FROM_MSE | _ROLLED,
        settings={
            "reference": {},
            **{
                name: {"training.lattice_weight": each}
                for name, each in (weights | dict.fromkeys(patches, weight)).items()
            },
            "total variation 4e-7": {"training.total_variation_weight": 4e-7},
            _AVERAGED: {},
        },
        patches=patches | {_AVERAGED: "average_sub_pixels"},
    )


STUDIES: dict[str, Study] = {
    "srresnet_mse": Study(
        "srresnet_mse",
        from_mse=False,
        images=9600,
        reference=_HELD_OUT
        | _PLAIN
        | {
            "training.start_from": "scratch",
            "generator.initialization": "interpolating",
            "generator.batch_normalization_momentum": 0.99,
            "training.batch_size": 16,
            "training.learning_rate": 0.001,
            "training.learning_rate_schedule": "cosine",
            "training.ema_momentum": None,
            "training.epochs": 1,
        },
        settings={
            "reference": {},
            "another seed": {"seed": 2018},
            "learning rate 0.002": {"training.learning_rate": 0.002},
            "learning rate 0.0005": {"training.learning_rate": 0.0005},
            "learning rate 0.0002": {"training.learning_rate": 0.0002},
            "constant learning rate": {"training.learning_rate_schedule": "constant"},
            "learning rate in two steps": {"training.learning_rate_schedule": "step"},
            "batch of 8": {"training.batch_size": 8},
            "batch of 32": {"training.batch_size": 32},
            "Keras' initial weights": {"generator.initialization": "default"},
            "ICNR": {"generator.initialization": "interpolating_icnr"},
            "BatchNorm momentum 0.9": {"generator.batch_normalization_momentum": 0.9},
            "EMA 0.99": {"training.ema_momentum": 0.99},
            "constant learning rate, EMA 0.99": {
                "training.learning_rate_schedule": "constant",
                "training.ema_momentum": 0.99,
            },
        },
    ),
    "srgan_vgg54": Study(
        "srgan_vgg54",
        from_mse=True,
        images=4000,
        reference=_FROM_MSE | {"perceptual.scale.vgg16": 0.00615148},
        settings={
            "reference": {},
            "VGG scale 0.03": {"perceptual.scale.vgg16": 0.03},
            "VGG scale 0.12": _SCALED,
            "VGG scale 0.12, EMA 0.99": _SCALED | {"training.ema_momentum": 0.99},
            "VGG scale 0.12, learning rate 0.0002": _FASTER,
            "VGG scale 0.12, learning rate 0.0002, rolled": _ROLLED,
            "the same, lattice loss 30": _ROLLED | {"training.lattice_weight": 30},
            "the same, adversarial weight and border, augmentation, three auxiliary losses": _ROLLED
            | {
                "training.augment": True,
                "training.adversarial_weight": 0.003,
                "training.adversarial_border": 8,
                "training.lattice_weight": 30,
                "training.spectral_weight": 0.05,
                "training.chroma_weight": 5,
            },
        },
    ),
    "srgan_vgg22": Study(
        "srgan_vgg22",
        from_mse=True,
        images=4000,
        reference=_FROM_MSE | _SCALED,
        settings={
            "reference": {},
            "learning rate 0.0002, rolled, adversarial weight 0.008": _WEIGHTED,
            "the same, total variation 4e-7": _WEIGHTED | {"training.total_variation_weight": 4e-7},
        },
    ),
    "srresnet_vgg22": Study(
        "srresnet_vgg22",
        from_mse=True,
        images=4000,
        reference=_FROM_MSE | _ROLLED,
        settings={
            "reference": {},
            "lattice loss 30": {"training.lattice_weight": 30},
            "lattice loss 240": {"training.lattice_weight": 240},
            "spectral excess 4": {"training.spectral_weight": 4},
            "lattice loss 240, spectral excess 4": {
                "training.lattice_weight": 240,
                "training.spectral_weight": 4,
            },
        },
    ),
    "srresnet_vgg22_lattice": _study_lattice("srresnet_vgg22", 240),
    "srresnet_vgg54_lattice": _study_lattice("srresnet_vgg54", 30),
    "srgan_mse_lattice": _study_lattice("srgan_mse", 30),
    "srgan_vgg54_lattice": _study_lattice("srgan_vgg54", 30),
}

_METRICS = ("psnr", "ssim", "lpips")
_SHOWN = 6  # validation crops in a figure


def plan(study: str, name: str, root: Path) -> dict[str, Any]:
    """The parameters of one training, as ``--params`` takes them.

    Args:
        study: One of ``STUDIES``.
        name: One of its settings.
        root: Below which folder results are saved.
    """
    planned = STUDIES[study]
    parameters = {**planned.reference, **planned.settings[name]}
    parameters["training.steps_per_epoch"] = planned.images // parameters["training.batch_size"]
    # A variant's own training parameters win over those for all.
    renamed = {
        f"{planned.variant}.{key}" if key.startswith("training.") else key: value
        for key, value in parameters.items()
    }
    return renamed | {"data_root": str(_folder(study, name, root))}


def to_params(parameters: Mapping[str, Any]) -> str:
    """Writes parameters for ``--params``."""
    return ",".join(
        f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in parameters.items()
    )


def _folder(study: str, name: str, root: Path) -> Path:
    words = "".join(letter if letter.isalnum() or letter == "." else " " for letter in name)
    return root / study / "_".join(words.split())


def measure(study: str, name: str, root: Path) -> dict[str, Any]:
    """Trains and measures one setting, unless that is done.

    Returns:
        ``setting``; ``psnr`` (dB), ``ssim`` and ``lpips`` on the validation crops; ``beyond_db``, the highest
        power beyond the originals' at any frequency; ``images`` and ``seconds`` of training.
    """
    folder, variant = _folder(study, name, root), STUDIES[study].variant
    if not list(folder.glob(f"07_model_output/{variant}/metrics.json/*/metrics.json")):
        _train(study, name, root)
    metrics = read_latest(folder, f"07_model_output/{variant}/metrics.json")[variant]
    summary = read_latest(folder, f"06_models/{variant}/training_summary.json")
    quality = {name: metrics[name] for name in _METRICS}
    quality["beyond_db"] = _highest_beyond(
        _load_latest(folder, "03_primary/validation_crops.npz"),
        _load_latest(folder, f"07_model_output/{variant}/super_resolved.npz")[variant],
    )
    return {"setting": name, **quality, "images": summary["images"], "seconds": summary["seconds"]}


def _highest_beyond(crops: Mapping[str, np.ndarray], super_resolved: np.ndarray) -> float:
    images = {"high_resolution": crops["high_resolution"], "estimate": super_resolved}
    curves, _ = measure_spectra(images)
    return float(curves.loc[curves["method"] == "estimate", "beyond_db"].max())


def _train(study: str, name: str, root: Path) -> None:
    variant = STUDIES[study].variant
    runs = [[f"--pipelines={variant}"]]
    if STUDIES[study].from_mse:
        runs = [["--pipelines=preparation"], ["--pipelines=all_variants_from_mse", f"--namespaces={variant}"]]
        link_start(_folder(study, name, root))
    params = f"--params={to_params(plan(study, name, root))}"
    patch = STUDIES[study].patches.get(name)
    program = ["benchmarks.patched_run", patch] if patch else ["kedro"]
    for run in runs:
        command = [sys.executable, "-m", *program, "run", *run, "--env=flagship", params]
        subprocess.run(command, cwd=PROJECT, check=True)


def link_start(folder: Path) -> None:
    """Makes the flagship's SRResNet-MSE that of a data root, to start from."""
    _find_start()
    models = PROJECT / folder / "06_models"
    models.mkdir(parents=True, exist_ok=True)
    if not (models / START.name).exists():
        (models / START.name).symlink_to(START)


def _find_start() -> Path:
    """Where the weights are that SRResNet-MSE's successors start from."""
    if not list(START.glob("generator.keras/*/generator.keras")):
        raise SystemExit(
            f"The study starts from the flagship's SRResNet-MSE, which is not in {START}. "
            "Train it: kedro run --pipelines=srresnet_mse --env=flagship"
        )
    return _find_latest(START.parent, f"{START.name}/generator.keras")


def measure_bounds(study: str, root: Path) -> list[dict[str, Any]]:
    """Measures, on the reference's validation crops, bicubic interpolation and what training starts from.

    Returns:
        Rows as those of ``measure``, without ``images`` and ``seconds``.
    """
    crops = _load_latest(_folder(study, "reference", root), "03_primary/validation_crops.npz")
    upscaled = {"bicubic interpolation": interpolate(crops["low_resolution"], "bicubic")}
    if STUDIES[study].from_mse:
        start = keras.models.load_model(_find_start(), compile=False)
        upscaled["SRResNet-MSE, the start"] = Upscaler(start, name="start")(crops["low_resolution"])
    means = average(measure_crops(crops, upscaled, load_lpips()), seed=0)
    return [
        {"setting": name}
        | {key: means[name][key] for key in _METRICS}
        | {"beyond_db": _highest_beyond(crops, upscaled[name])}
        for name in upscaled
    ]


def read_latest(folder: Path, path: str) -> dict[str, Any]:
    """Reads the latest version of a saved JSON dataset."""
    return json.loads(_find_latest(folder, path).read_text())


def _load_latest(folder: Path, path: str) -> dict[str, np.ndarray]:
    with np.load(_find_latest(folder, path)) as file:
        return dict(file)


def _find_latest(folder: Path, path: str) -> Path:
    return max((PROJECT / folder / path).glob(f"*/{Path(path).name}"))


def draw(study: str, root: Path) -> PanelFigure:
    """Shows the first crops of the validation by every setting, below the originals."""
    crops = _load_latest(_folder(study, "reference", root), "03_primary/validation_crops.npz")
    variant = STUDIES[study].variant
    pictures = {"originals": crops["high_resolution"]} | {
        name: _load_latest(_folder(study, name, root), f"07_model_output/{variant}/super_resolved.npz")[
            variant
        ]
        for name in STUDIES[study].settings
    }
    blocks = [Block(name, [[Panel(image) for image in images[:_SHOWN]]]) for name, images in pictures.items()]
    return draw_panels(blocks, zoom=2)


def to_markdown(results: pd.DataFrame) -> str:
    """Writes the study as a table: what each setting gains over the reference."""
    reference = results.set_index("setting").loc["reference"]
    rows = [
        {
            "": row.setting,
            "PSNR, dB": f"{row.psnr:.2f}",
            "gain": "" if row.setting == "reference" else f"{row.psnr - reference.psnr:+.2f}",
            "SSIM": f"{row.ssim:.4f}",
            "LPIPS": f"{row.lpips:.4f}",
        }
        # Version 0.1.0 did not measure spectra.
        | (
            {"highest power, dB from HR": f"{row.beyond_db:+z.1f}" if pd.notna(row.beyond_db) else "—"}
            if "beyond_db" in results
            else {}
        )
        for row in results.itertuples()
    ]
    return to_table(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures every setting and saves the tables."""
    parser = Command(__doc__)
    parser.add_argument("studies", nargs="*", default=list(STUDIES), help="which to make")
    parser.add_argument("--root", type=Path, default="data/study", help="where results are saved")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.studies) - set(STUDIES))
    if unknown:
        parser.error(f"No study of {', '.join(unknown)}; there are those of {', '.join(STUDIES)}.")
    RESULTS.mkdir(parents=True, exist_ok=True)
    for study in options.studies:
        rows = [measure(study, name, options.root) for name in STUDIES[study].settings]
        rows += measure_bounds(study, options.root)
        pd.DataFrame(rows).to_csv(RESULTS / f"{study}.csv", index=False)
        # At twice the pixels WebP's colours, of half the resolution, are those of every pixel.
        figure = draw(study, options.root)
        figure.savefig(RESULTS / f"{study}.webp", dpi=PAGE_DPI, pil_kwargs={"quality": 90})


if __name__ == "__main__":
    main()
