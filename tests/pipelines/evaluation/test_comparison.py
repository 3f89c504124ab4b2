import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.pipelines.evaluation import nodes
from srgan_report.pipelines.evaluation.nodes import gather_results
from srgan_report.pipelines.evaluation.pipeline import create_comparison_pipeline
from srgan_report.variants import VARIANTS

NAMES = ["psnr", "ssim", "psnr_y", "ssim_y", "lpips"]


@pytest.fixture
def saved():
    """What is saved of each method: the k-th variant has 23 + k dB, and 1 more on every other photograph."""

    def measures(psnr):
        columns = [f"{name}{end}" for name in NAMES for end in ("", "_low", "_high")]
        return dict.fromkeys(columns, psnr) | {"crops": 2, "photographs": 1}

    saved = {"params:seed": 2017, "baselines.metrics": {"nearest": measures(20.0), "bicubic": measures(22.0)}}
    for rank, name in enumerate(VARIANTS):
        saved[f"{name}.metrics"] = {name: measures(23.0 + rank)}
        saved[f"{name}.training_summary"] = {
            "steps": 10 + rank,
            "images": 80,
            "seconds": 1.5,
            "parameters": {"training": {"epochs": 2}},
        }
        saved[f"{name}.photograph_metrics"] = of_photographs(name, 23.0 + rank)
    baselines = [of_photographs("nearest", 20.0), of_photographs("bicubic", 22.0)]
    return saved | {"baselines.photograph_metrics": pd.concat(baselines, ignore_index=True)}


def of_photographs(method, psnr):
    positions = np.arange(12)
    facts = {"method": method, "photograph_id": positions, "position": positions, "crop": 0}
    return pd.DataFrame(facts | {measure: psnr + positions % 2 for measure in NAMES})


def run(saved):
    packed = {
        f"{owner}.results": MemoryDataset(
            gather_results(
                **{
                    name.partition(".")[2]: data
                    for name, data in saved.items()
                    if name.startswith(f"{owner}.")
                }
            )
        )
        for owner in ("baselines", *VARIANTS)
    }
    catalog = DataCatalog({"params:seed": MemoryDataset(saved["params:seed"])} | packed)
    return SequentialRunner().run(create_comparison_pipeline().only_nodes("comparison.compare"), catalog)


def test_reads_what_is_saved_of_every_method_and_makes_both_tables(saved):
    pipeline = create_comparison_pipeline()
    assert pipeline.outputs() == {"comparison", "differences", "comparison.blends"}
    results = {f"{name}.results" for name in ("baselines", *VARIANTS)}
    assert pipeline.inputs() == {"params:seed", "validation_crops", *results}


def test_table_holds_each_methods_own_numbers(saved):
    table = run(saved)["comparison"].load()
    assert isinstance(table, pd.DataFrame)
    assert table["method"].tolist() == ["nearest", "bicubic", *VARIANTS]
    assert table["psnr"].tolist() == [20.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0]
    assert table["steps"].tolist()[2:] == [10, 11, 12, 13, 14, 15]


def test_differences_are_of_every_pair_of_variants_by_every_measure(saved):
    table = run(saved)["differences"].load()
    names = list(VARIANTS)
    pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
    assert list(zip(table["method_a"], table["method_b"], strict=True)) == 5 * pairs
    assert table["measure"].tolist() == [name for name in NAMES for _ in pairs]
    assert table["difference"].tolist() == pytest.approx(
        5 * [names.index(a) - names.index(b) for a, b in pairs]
    )
    assert table["larger_than_chance"].all()
    assert set(table["photographs"]) == {12}


def test_a_variant_that_diverged_is_in_no_pair_and_has_no_measures(saved):
    saved["srgan_mse.training_summary"]["status"] = "diverged"
    tables = {name: data.load() for name, data in run(saved).items()}
    pairs = tables["differences"][["method_a", "method_b"]]
    assert len(pairs) == 5 * 10
    assert not (pairs == "srgan_mse").any(axis=None)
    assert tables["comparison"].set_index("method")["psnr"].isna().to_dict()["srgan_mse"]


def test_a_crop_that_one_method_reproduces_exactly_counts_for_none(saved):
    """Photograph 11, which has 1 dB more than the mean of the others, is exact for one variant alone."""
    saved["srgan_mse.photograph_metrics"].loc[11, ["psnr", "psnr_y"]] = np.inf
    saved["srgan_mse.metrics"]["srgan_mse"] |= {"crops": 1, "left_out": 1}
    tables = {name: data.load() for name, data in run(saved).items()}
    means = tables["comparison"].set_index("method")
    # Of photographs 0 to 10 five have 1 dB more.
    expected = {"nearest": 20.0, "bicubic": 22.0, **{name: 23.0 + rank for rank, name in enumerate(VARIANTS)}}
    for name, psnr in expected.items():
        assert means.loc[name, ["psnr", "psnr_y", "ssim"]].tolist() == pytest.approx([psnr + 5 / 11] * 3)
    assert means["psnr_over_bicubic"].tolist() == pytest.approx([-2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert set(tables["differences"]["photographs"]) == {11}
    assert np.isfinite(tables["differences"][["difference", "low", "high", "p"]]).all(axis=None)


def test_of_crops_that_are_all_exact_nothing_is_compared(saved):
    saved["baselines.photograph_metrics"]["psnr"] = np.inf
    tables = {name: data.load() for name, data in run(saved).items()}
    assert tables["comparison"][["psnr", "lpips", "psnr_over_bicubic"]].isna().all(axis=None)
    assert set(tables["differences"]["photographs"]) == {0}


def test_seed_is_the_runs(saved):
    saved["srgan_mse.photograph_metrics"]["psnr"] = np.random.default_rng(1).normal(23, 5, 12)
    tables = [run(saved | {"params:seed": seed})["differences"].load() for seed in (1, 2)]
    assert (tables[0]["low"] != tables[1]["low"]).any()


def test_blends_are_of_srresnet_mse_and_srgan_vgg54(monkeypatch):
    """Black and white pictures of a grey crop: the PSNR is that of the grey level between."""
    monkeypatch.setattr(nodes, "load_lpips", lambda: lambda images: tf.zeros(images[0].shape[:1]))
    crop = np.full((1, 32, 32, 3), 100, np.uint8)
    facts = {name: np.zeros(1, int) for name in ("photograph_id", "position", "crop", "greyscale")}
    crops = {"high_resolution": crop} | facts
    pictures = {"srresnet_mse": np.zeros_like(crop), "srgan_vgg54": np.full_like(crop, 250)}
    packed = {
        f"{name}.results": MemoryDataset(gather_results(super_resolved={name: images}))
        for name, images in pictures.items()
    }
    catalog = DataCatalog({"validation_crops": MemoryDataset(crops)} | packed)
    pipeline = create_comparison_pipeline().only_nodes("comparison.measure_blends")
    table = SequentialRunner().run(pipeline, catalog)["comparison.blends"].load()
    expected = [20 * np.log10(255 / abs(250 * share - 100)) for share in (0.2, 0.6, 0.8)]
    assert table["share"].tolist() == [0.2, 0.4, 0.6, 0.8]
    assert table["psnr"].drop(1).tolist() == pytest.approx(expected, abs=1e-3)
    assert np.isnan(table["psnr"][1])  # the very level of the crop: infinite, and no number to average
