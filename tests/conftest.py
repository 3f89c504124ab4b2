"""Results of a run that never was: tiny, and with numbers that are easy to recognise."""

import html.parser
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from srgan_report.report import Results
from srgan_report.variants import VARIANTS

METHODS = ["nearest", "bicubic", *VARIANTS]


@pytest.fixture
def make_results() -> Callable[..., Results]:
    return _make_results


@pytest.fixture
def results() -> Results:
    return _make_results()


@pytest.fixture
def assert_self_contained() -> Callable[[str], None]:
    """Fails if an HTML page loads anything; links that a reader may follow are no loading."""

    def check(page: str) -> None:
        parsed = _Page(page)
        assert not {"script", "link", "iframe", "object", "embed", "base"} & set(parsed.tags)
        assert all(source.startswith("data:") for source in parsed.loaded)
        assert not re.search(r"@import|url\s*\(", page)

    return check


class _Page(html.parser.HTMLParser):
    """The tags of a page, and what it loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        loading = {"src", "srcset", "poster", "data", "background"} | ({"href"} if tag != "a" else set())
        self.loaded += [value or "" for name, value in attributes if name in loading]


def _make_results(size: int = 16, count: int = 4, epochs: int = 2) -> Results:
    """Two crops of each photograph. The k-th method has 20 + k dB and an SSIM of 0.5 + k/100."""
    random = np.random.default_rng(0)
    validation_crops = {
        "high_resolution": random.integers(0, 256, (count, size, size, 3), dtype=np.uint8),
        "low_resolution": random.random((count, size // 4, size // 4, 3), dtype=np.float32),
        "photograph_id": np.array([f"photograph {index // 2}" for index in range(count)]),
        "position": np.arange(count) // 2,
        "crop": np.arange(count) % 2,
    }
    return Results(
        environment="sample",
        split=pd.DataFrame({"position": range(5), "subset": ["validation"] * 2 + ["training"] * 3}),
        validation_crops=validation_crops,
        comparison=_comparison(),
        summaries={name: _summary(name) for name in VARIANTS},
        histories={name: _history(name, epochs) for name in VARIANTS},
        super_resolved={
            name: random.integers(0, 256, (count, size, size, 3), dtype=np.uint8) for name in METHODS
        },
        photograph_metrics=pd.DataFrame(
            {
                "method": name,
                "photograph_id": validation_crops["photograph_id"][index],
                "position": index // 2,
                "crop": index % 2,
                "psnr": 20.0 + rank,
                "ssim": 0.5 + rank / 100,
            }
            for rank, name in enumerate(METHODS)
            for index in range(count)
        ),
        crops=[0, 1],
        versions={"split": "2026-01-31T12.00.00.000Z"},
    )


def _comparison() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": name,
            "label": VARIANTS[name].label if name in VARIANTS else name.capitalize(),
            "psnr": 20.0 + rank,
            "ssim": 0.5 + rank / 100,
            "psnr_over_bicubic": rank - 1.0,
        }
        for rank, name in enumerate(METHODS)
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
        }
    )
    if VARIANTS[name].adversarial:
        history = history.assign(adversarial_loss=0.7 * epoch, discriminator_loss=1.4 / epoch)
    return history


def _summary(name: str) -> dict:
    return {
        "variant": name,
        "seed": 2017,
        "photographs": {"source": "sample", "name": None, "path": None},
        "training_photographs": 3,
        "parameters": {
            "crops": {"size": 16},
            "training": {"batch_size": 8, "epochs": 2, "learning_rate": 0.001},
            "perceptual": {"network": "vgg16", "preprocessing": "network", "scale": 0.006}
            if VARIANTS[name].perceptual
            else None,
        },
        "steps": 20,
        "images": 160,
        "seconds": 75.4,
    }
