import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from skimage.metrics import peak_signal_noise_ratio

from srgan_report.errors import InputError
from srgan_report.pipelines.evaluation.nodes import gather_results
from srgan_report.pipelines.reporting import nodes
from srgan_report.pipelines.reporting.pipeline import create_pipeline, create_variant_pipeline
from srgan_report.variants import VARIANTS


def figure_nodes(*names):
    names = names or ("measure_spectra", "draw_figures")
    return create_pipeline().only_nodes(*(f"comparison.{name}" for name in names))


@pytest.fixture
def saved(results):
    """What is saved of the baselines and of each variant."""
    metrics = results.photograph_metrics
    saved = {}
    for owner, methods in (
        {"baselines": ["nearest", "bicubic"]} | {name: [name] for name in VARIANTS}
    ).items():
        saved[owner] = {
            kind: {name: getattr(results, kind)[name] for name in methods}
            for kind in ("super_resolved", "upscaled_photograph", "upscaled_photograph_metrics")
        }
        saved[owner]["photograph_metrics"] = metrics[metrics["method"].isin(methods)]
        if owner in VARIANTS:
            saved[owner]["training_history"] = results.histories[owner]
            saved[owner]["training_summary"] = results.summaries[owner]
    return saved


@pytest.fixture
def draw(saved, results):
    """Draws all figures, or runs one node, and returns what they are, or the tables."""

    def draw(pipeline=None):
        data = {
            "validation_crops": results.validation_crops,
            "figure_photograph": results.figure_photograph,
            "comparison": results.comparison,
            "comparison.blends": results.blends,
            "params:figures.crops": [1],
        }
        data |= {f"{owner}.results": gather_results(**of_owner) for owner, of_owner in saved.items()}
        catalog = DataCatalog({name: MemoryDataset(each) for name, each in data.items()})
        drawn = SequentialRunner().run(pipeline or figure_nodes(), catalog)
        return {name.removeprefix("figures."): dataset.load() for name, dataset in drawn.items()}

    return draw


@pytest.fixture
def draw_rows(saved, results):
    def draw_rows(name, crops=(1,)):
        kinds = ("super_resolved", "photograph_metrics", "training_summary")
        return nodes.draw_rows(
            results.validation_crops, *(saved[name][kind] for kind in kinds), crops=list(crops)
        )

    return draw_rows


def test_figures_read_the_results_of_every_method():
    pipeline = figure_nodes()
    assert pipeline.outputs() == {"lattice_peaks", *(f"figures.{name}" for name in nodes.FIGURES)}
    assert pipeline.inputs() == {
        "comparison",
        "comparison.blends",
        "validation_crops",
        "figure_photograph",
        "params:figures.crops",
        *(f"{name}.results" for name in ("baselines", *VARIANTS)),
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_rows_of_a_variant_read_nothing_of_another(name):
    pipeline = create_variant_pipeline(name)
    assert pipeline.outputs() == {f"{name}.article_rows"}
    assert pipeline.inputs() == {
        "validation_crops",
        "params:figures.crops",
        *(f"{name}.{kind}" for kind in ("super_resolved", "photograph_metrics", "training_summary")),
    }


def test_rows_of_a_variant_show_it_beside_bicubic_interpolation(draw_rows, results):
    written = [text.get_text() for text in draw_rows("srgan_vgg22").texts]
    assert written.count("SRGAN-VGG22") == written.count("Bicubic") == 1
    assert "26.00 · 0.5600" in written  # the seventh method's
    low = results.validation_crops["low_resolution"][1]
    bicubic = tf.image.resize(low, (16, 16), "bicubic").numpy().clip(0, 1)
    original = results.validation_crops["high_resolution"][1]
    psnr = peak_signal_noise_ratio(original, (bicubic * 255).round().astype(np.uint8))
    assert [text for text in written if text.startswith(f"{psnr:.2f} · ")]


def test_rows_of_a_crop_that_there_is_not(draw_rows):
    with pytest.raises(InputError, match="from 0 to 3"):
        draw_rows("srgan_vgg22", crops=[4])


def test_figures_collapse_into_the_namespace_of_the_comparison():
    assert {node.namespace for node in figure_nodes().nodes} == {"comparison"}


def test_figures_show_what_is_saved(draw):
    drawn = draw()
    grid = [text.get_text() for text in drawn["comparison_grid"].texts]
    assert all(variant.label in grid for variant in VARIANTS.values())
    labels = [line.get_label() for line in drawn["perception_distortion"].axes[0].lines]
    methods = ["Nearest", "Bicubic", *(variant.label for variant in VARIANTS.values())]
    assert labels == [*methods, "Averages of SRResNet-MSE\nand SRGAN-VGG54"]
    for name in ("photographs", "error_maps", "extreme_crops"):
        written = {text.get_text() for text in drawn[name].texts}
        assert written >= {variant.label for variant in VARIANTS.values()}, name
    assert "a photograph" in {text.get_text() for text in drawn["photographs"].texts}
    rows = [label.get_text() for label in drawn["gains_over_bicubic"].axes[0].get_yticklabels()]
    assert rows == ["Nearest", *(variant.label for variant in VARIANTS.values())]
    assert len(drawn["spectra"].axes[0].lines) == 1 + 1 + len(VARIANTS) + 1  # HR, bicubic, LR's limit


def test_spectra_are_measured_of_every_method_and_the_originals(draw, results):
    tables = draw(figure_nodes("measure_spectra"))
    assert set(tables) == {"power_spectra", "lattice_peaks"}
    assert set(tables["lattice_peaks"]["method"]) == {
        "high_resolution",
        "nearest",
        "bicubic",
        *VARIANTS,
    }
    pd.testing.assert_frame_equal(tables["power_spectra"], results.power_spectra)


def test_figures_say_what_diverged(draw, draw_rows, saved, diverged):
    saved["srgan_mse"]["training_summary"] = diverged.summaries["srgan_mse"]
    drawn = draw() | {f"{name}.article_rows": draw_rows(name) for name in ("srgan_mse", "srgan_vgg22")}
    notes = {
        name: [text.get_text() for text in drawn[name].texts].count("diverged")
        for name in (
            "comparison_grid",
            "photographs",
            "error_maps",
            "srgan_mse.article_rows",
            "srgan_vgg22.article_rows",
        )
    }
    assert notes == {
        "comparison_grid": 1,
        "photographs": 2,
        "error_maps": 1,
        "srgan_mse.article_rows": 1,
        "srgan_vgg22.article_rows": 0,
    }
    assert "SRGAN-MSE" not in {text.get_text() for text in drawn["extreme_crops"].texts}
    for name in ("gains_over_bicubic", "spectra"):
        labels = [label.get_text() for axes in drawn[name].axes for label in axes.get_yticklabels()]
        assert "SRGAN-VGG22" in labels
        assert "SRGAN-MSE" not in labels


def test_figures_of_variants_that_all_diverged(draw, saved, diverged):
    for name in VARIANTS:
        saved[name]["training_summary"] = diverged.summaries["srgan_mse"]
    drawn = draw()
    assert [text.get_text() for text in drawn["extreme_crops"].texts] == ["No variant finished its training."]
    for name in nodes.FIGURES:
        drawn[name].draw_without_rendering()
