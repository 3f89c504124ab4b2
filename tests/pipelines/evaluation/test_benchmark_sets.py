from functools import partial

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.runner import SequentialRunner
from kedro_datasets.pandas import CSVDataset
from kedro_datasets.tensorflow import TensorFlowModelDataset
from PIL import Image

from srgan_report.datasets import BenchmarkSetsDataset
from srgan_report.networks import build_generator
from srgan_report.networks.saved import SavedGenerator
from srgan_report.pipelines.evaluation import nodes
from srgan_report.pipelines.evaluation.pipeline import create_benchmark_sets_pipeline
from tests.running import complete, find_saved

VERSION = "2026-01-31T12.00.00.000Z"


@pytest.fixture
def catalog(tmp_path, monkeypatch):
    """Two images, a generator with random weights, and tables that go through files as they do in a run."""
    monkeypatch.setattr(nodes, "load_lpips", lambda: lambda images: tf.zeros(images[0].shape[:1]))
    random = np.random.default_rng(0)
    folder = tmp_path / "sets" / "007"
    folder.mkdir(parents=True)
    for name in ("001", "002"):
        for end, side in (("HR", 40), ("LR", 10)):
            pixels = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{name}_{end}.png")
    TensorFlowModelDataset(
        filepath=str(tmp_path / "06_models/srgan_vgg22/generator.keras"), version=Version(None, VERSION)
    ).save(build_generator(residual_blocks=1))
    complete(tmp_path, "srgan_vgg22", VERSION)
    return DataCatalog(
        {
            "benchmark_images": BenchmarkSetsDataset(root=str(tmp_path / "sets"), sets=["007"]),
            "generators": MemoryDataset(find_saved(tmp_path), copy_mode="assign"),
            "pretrained_generators": MemoryDataset({}, copy_mode="assign"),
            "params:benchmark_sets.others": MemoryDataset({}),
            "params:seed": MemoryDataset(2017),
            **{
                name: CSVDataset(filepath=str(tmp_path / f"{name}.csv"), save_args={"index": False})
                for name in ("benchmark_metrics", "benchmark_comparison")
            },
        }
    )


def test_reads_images_and_generators_and_makes_tables_and_a_figure():
    pipeline = create_benchmark_sets_pipeline()
    assert pipeline.inputs() == {
        "benchmark_images",
        "generators",
        "pretrained_generators",
        "params:benchmark_sets.others",
        "params:seed",
    }
    tables = {"benchmark_metrics", "benchmark_comparison", "benchmark_blends"}
    assert pipeline.all_outputs() == {*tables, "figures.benchmark", "figures.benchmark_planes"}


def test_measures_what_ships_where_nothing_is_saved(catalog, tmp_path):
    pretrained = {"srgan_mse": SavedGenerator("pretrained", partial(build_generator, residual_blocks=1))}
    catalog["pretrained_generators"] = MemoryDataset(pretrained, copy_mode="assign")
    catalog["generators"] = MemoryDataset({}, copy_mode="assign")
    SequentialRunner().run(create_benchmark_sets_pipeline(), catalog)
    metrics = catalog.load("benchmark_metrics")
    assert metrics["method"].unique().tolist() == ["nearest", "bicubic", "srgan_mse"]
    assert metrics["generator_version"].dropna().unique().tolist() == ["pretrained"]


def test_measures_and_averages_what_is_saved(catalog):
    figure = SequentialRunner().run(create_benchmark_sets_pipeline(), catalog)["figures.benchmark"].load()
    metrics, comparison = (catalog.load(name) for name in ("benchmark_metrics", "benchmark_comparison"))
    assert metrics["method"].tolist() == ["nearest"] * 2 + ["bicubic"] * 2 + ["srgan_vgg22"] * 2
    assert metrics["generator_version"].fillna("").tolist() == [""] * 4 + [VERSION] * 2
    assert comparison["method"].tolist() == ["nearest", "bicubic", "srgan_vgg22"]
    assert comparison["generator_version"].fillna("").tolist() == ["", "", VERSION]
    means = metrics.groupby("method", sort=False)["psnr_y"].mean()
    pd.testing.assert_series_equal(comparison.set_index("method")["psnr_y"], means)
    drawn = [float(line.get_xdata()[0]) for line in figure.axes[0].lines]
    assert drawn == pytest.approx(comparison["psnr_y"].tolist())
