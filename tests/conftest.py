"""Results of a run that never was: tiny, and with numbers that are easy to recognise. And a bucket."""

import html.parser
import os
import re
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from srgan_report.evaluation.comparison import leave_out_diverged
from srgan_report.evaluation.spectra import measure_spectra
from srgan_report.reporting.text.results import Results
from srgan_report.variants import VARIANTS

METHODS = ["nearest", "bicubic", *VARIANTS]
VERSION = "2026-01-31T12.00.00.000Z"
PUBLISHED = Path(__file__).parents[1] / "data" / "published_results.csv"


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of a real S3 server, and fsspec's filesystem for it."""

    name: str
    files: Any
    server: str

    def list(self, prefix: str) -> list[str]:
        """What is below the prefix, seen again."""
        self.files.invalidate_cache()
        return [
            path.removeprefix(f"{self.name}/{prefix}/") for path in self.files.find(f"{self.name}/{prefix}")
        ]

    @contextmanager
    def denied(self) -> Iterator[None]:
        """The server knows nobody, and denies all access."""
        self._trust("0")
        try:
            yield
        finally:
            self._trust("inf")

    def _trust(self, requests: str) -> None:
        self.files.invalidate_cache()
        address, headers = f"{self.server}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(address, requests.encode(), headers, method="POST"))


@pytest.fixture(autouse=True)
def plain_logging_ends_with_a_test():
    """``open_catalog`` sets it for its process, and what later tests start would inherit it."""
    yield
    os.environ.pop("KEDRO_LOGGING_CONFIG", None)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(s3_server: str) -> Iterator[Bucket]:
    """A bucket that this process, and those it starts, reach by environment variables."""
    s3fs = pytest.importorskip("s3fs")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
            patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, "/dev/null")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", s3_server)
        s3fs.S3FileSystem.clear_instance_cache()
        files, name = s3fs.S3FileSystem(), f"bucket-{uuid.uuid4().hex}"
        files.mkdir(name)
        yield Bucket(name, files, s3_server)
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def make_results() -> Callable[..., Results]:
    return _make_results


@pytest.fixture
def results() -> Results:
    return _make_results()


@pytest.fixture
def diverged(results: Results) -> Results:
    """The same, but SRGAN-MSE diverged in its first epoch, and has no measures in the comparison."""
    results.summaries["srgan_mse"] |= {
        "status": "diverged",
        "diverged": {"step": 1234, "last_good_step": 1000, "reason": "content_loss is nan"},
        "steps": 0,
        "images": 0,
    }
    results.histories["srgan_mse"] = results.histories["srgan_mse"].head(0)
    return replace(results, comparison=leave_out_diverged(results.comparison, results.summaries))


@pytest.fixture
def make_differences() -> Callable[..., pd.DataFrame]:
    return _differences


@pytest.fixture
def make_benchmark() -> Callable[..., pd.DataFrame]:
    return _benchmark_comparison


@pytest.fixture
def assert_same_history() -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Fails if two trainings' losses differ by more than sums taken in another order make them.

    Adam magnifies that where a gradient is next to nothing, as many of the discriminator's are.
    """
    tolerances = {
        "adversarial_loss": 0.02,
        "discriminator_loss": 0.02,
        "discriminator_gradient_norm": 0.02,
        "gradient_ratio": 0.02,
        "gradient_norm": 2e-3,
    }

    def check(history: dict[str, Any], expected: dict[str, Any]) -> None:
        assert list(history) == list(expected)
        for name in history.keys() - {"seconds"}:
            assert history[name] == pytest.approx(expected[name], rel=tolerances.get(name, 1e-4)), name

    return check


@pytest.fixture
def assert_self_contained() -> Callable[[str], None]:
    """Fails if an HTML page loads anything; links that a reader may follow are no loading."""

    def check(page: str) -> None:
        parsed = _Page(page)
        assert not {"link", "iframe", "object", "embed", "base"} & set(parsed.tags)
        assert not re.search(
            r"\b(fetch|import|XMLHttpRequest|WebSocket|sendBeacon)\b", " ".join(parsed.scripts)
        )
        assert all(source.startswith("data:") for source in parsed.loaded)
        assert not re.search(r"@import|url\s*\(", page)

    return check


class _Page(html.parser.HTMLParser):
    """The tags of a page, what it loads, and its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        loading = {"src", "srcset", "poster", "data", "background"} | ({"href"} if tag != "a" else set())
        self.loaded += [value or "" for name, value in attributes if name in loading]


def _make_results(size: int = 16, count: int = 4, epochs: int = 2) -> Results:
    """Two crops of each photograph. ``_measures`` says what the k-th method has."""
    random = np.random.default_rng(0)
    validation_crops = {
        "high_resolution": random.integers(0, 256, (count, size, size, 3), dtype=np.uint8),
        "low_resolution": random.random((count, size // 4, size // 4, 3), dtype=np.float32),
        "photograph_id": np.array([f"photograph {index // 2}" for index in range(count)]),
        "position": np.arange(count) // 2,
        "crop": np.arange(count) % 2,
    }
    figure_photograph = {
        "high_resolution": random.integers(0, 256, (2, 2 * size, 2 * size, 3), dtype=np.uint8),
        "low_resolution": random.random((2, size // 2, size // 2, 3), dtype=np.float32),
        "photograph_id": np.array(["a photograph", "another"]),
    }
    super_resolved = {
        name: random.integers(0, 256, (count, size, size, 3), dtype=np.uint8) for name in METHODS
    }
    originals = {"high_resolution": validation_crops["high_resolution"]}
    power_spectra, lattice_peaks = measure_spectra(originals | super_resolved)
    return Results(
        environment="sample",
        split=pd.DataFrame(
            {"position": range(5), "id": list("abcde"), "subset": ["validation"] * 2 + ["training"] * 3}
        ),
        validation_crops=validation_crops,
        comparison=_comparison(),
        differences=_differences(photographs=count // 2),
        published_results=pd.read_csv(PUBLISHED),
        benchmark_comparison=None,
        summaries={name: _summary(name) for name in VARIANTS},
        histories={name: _history(name, epochs) for name in VARIANTS},
        super_resolved=super_resolved,
        figure_photograph=figure_photograph,
        upscaled_photograph={
            name: figure_photograph["high_resolution"] // 2 + np.uint8(10 * rank)
            for rank, name in enumerate(METHODS)
        },
        upscaled_photograph_metrics={
            name: {measure: [value, value + 1] for measure, value in _measures(rank).items()}
            for rank, name in enumerate(METHODS)
        },
        photograph_metrics=pd.DataFrame(
            {
                "method": name,
                "photograph_id": validation_crops["photograph_id"][index],
                "position": index // 2,
                "crop": index % 2,
                **_measures(rank),
            }
            for rank, name in enumerate(METHODS)
            for index in range(count)
        ),
        crops=[0, 1],
        versions=dict.fromkeys(
            ["split", "comparison", "provenance", *(f"{name}.training_summary" for name in VARIANTS)], VERSION
        ),
        provenance=_provenance(),
        power_spectra=power_spectra,
        lattice_peaks=lattice_peaks,
        blends=pd.DataFrame({"share": [0.5], "psnr": [24.5], "lpips": [0.2]}),
        pretrained={},
    )


def _measures(rank: int) -> dict[str, float]:
    """20 + k dB, 22 + k dB of luminance, SSIMs of 0.5 and 0.6 + k/100, an LPIPS of 0.3 - k/100."""
    return {
        "psnr": 20.0 + rank,
        "ssim": 0.5 + rank / 100,
        "psnr_y": 22.0 + rank,
        "ssim_y": 0.6 + rank / 100,
        "lpips": 0.3 - rank / 100,
    }


def _means(rank: int) -> dict[str, float]:
    """The same as means, each with an interval of a tenth of it to both sides."""
    ends = {"": 1.0, "_low": 0.9, "_high": 1.1}
    return {
        name + end: factor * value for name, value in _measures(rank).items() for end, factor in ends.items()
    }


def _label(name: str) -> str:
    return VARIANTS[name].label if name in VARIANTS else name.capitalize()


def _comparison() -> pd.DataFrame:
    return pd.DataFrame(
        {"method": name, "label": _label(name), **_means(rank), "psnr_over_bicubic": rank - 1.0}
        for rank, name in enumerate(METHODS)
    )


def _differences(photographs: int = 20, alike: tuple[tuple[str, str, str], ...] = ()) -> pd.DataFrame:
    """All pairs of variants differ but those ``alike``, a measure and two variants each."""
    tested = photographs >= 10
    return pd.DataFrame(
        {
            "measure": measure,
            "method_a": a,
            "method_b": b,
            "difference": 1.0,
            "low": 0.5,
            "high": 1.5,
            "photographs": photographs,
            "p": 0.001 if tested else np.nan,
            "p_holm": 0.015 if tested else np.nan,
            "larger_than_chance": tested and (measure, a, b) not in alike,
        }
        for measure in _measures(0)
        for a, b in combinations(VARIANTS, 2)
    )


def _benchmark_comparison(sets: tuple[str, ...] = ("Set5", "Urban100"), version: str = "v1") -> pd.DataFrame:
    """The k-th method as in ``_means``; five images in each set."""
    return pd.DataFrame(
        {
            "set": name,
            "method": method,
            "label": _label(method),
            "images": 5,
            "left_out": 0,
            "low_resolution": "stored",
            "generator_version": version if method in VARIANTS else np.nan,  # as an empty text comes back
            **_means(rank),
        }
        for name in sets
        for rank, method in enumerate(METHODS)
    )


def _history(name: str, epochs: int) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    history = pd.DataFrame(
        {
            "epoch": epoch,
            "step": 10 * epoch,
            "content_loss": 1 / epoch,
            "validation_content_loss": 2 / epoch,
            "validation_psnr": 20.0 + epoch,
            "psnr_article": 14.0 + epoch,
        }
    )
    if VARIANTS[name].adversarial:
        history = history.assign(
            adversarial_loss=0.7 * epoch, discriminator_loss=1.4 / epoch, gradient_ratio=10.0**epoch
        )
    return history


def _summary(name: str) -> dict:
    return {
        "variant": name,
        "seed": 2017,
        "data_sha256": "abc123",
        "initial_generator_sha256": f"before {name}",
        "photographs": {"source": "sample", "name": None, "path": None},
        "training_photographs": 3,
        "damaged_photographs": [],
        "parameters": {
            "crops": {"size": 16, "downscaling": "bilinear"},
            "generator": {"residual_blocks": 5, "skip_kernel_size": 9},
            "training": {
                "batch_size": 8,
                "epochs": 2,
                "learning_rate": 0.001,
                "start_from": "scratch",
                "adversarial_weight": 0.001,
            },
            "perceptual": {
                "network": "vgg16",
                "formulation": "article",
                "preprocessing": "network",
                "scale": {"vgg19": 0.006, "vgg16": 0.007},
            }
            if VARIANTS[name].perceptual
            else None,
        },
        "status": "finished",
        "diverged": None,
        "warnings": [],
        "steps": 20,
        "images": 160,
        "seconds": 75.4,
        "threads": 2,
        "generator_sha256": f"of {name}",
        "generator_parameters": 1_030_531,
    }


def _provenance() -> dict:
    """What the hooks of a run save."""
    return {
        "status": "reporting",
        "started": "2026-01-31T12:00:01.000+00:00",
        "environment": "sample",
        "asked": {"pipeline_names": ["all_variants"]},
        "load_versions": {},
        "runtime_params": {"data_root": "…/data", "training": {"epochs": 2}},
        "parameters": {"seed": 2017},
        "seed": 2017,
        "code": {"version": "0.1.0", "commit": "c0ffee" * 6, "clean": True},
        "machine": {"platform": "Linux-6.1", "processor": "A Processor", "cores": 3},
        "packages": {"python": "3.11.9", "numpy": "2.0.1"},
        "tensorflow": {"intra_op_threads": 2, "inter_op_threads": 0, "gpus": []},
        "data_sha256": "abc123",
        "error": None,
        "total_seconds": 100.0,
        "seconds": {"split_photographs": 0.25, "srgan_mse.train": 75.4, "srgan_mse.evaluate": 2.04},
        "loaded": {},
        "saved": {},
    }
