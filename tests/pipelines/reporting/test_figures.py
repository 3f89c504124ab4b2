import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from srgan_report.pipelines.reporting import create_figures_pipeline
from srgan_report.variants import VARIANTS


def of_each(*datasets, methods=tuple(VARIANTS)):
    return {f"{name}.{dataset}" for name in methods for dataset in datasets}


@pytest.fixture
def catalog(results):
    saved = {
        "validation_crops": results.validation_crops,
        "figure_photograph": results.figure_photograph,
        "comparison": results.comparison,
        "params:figures.crops": [1],
    }
    metrics = results.photograph_metrics
    for owner, methods in (
        {"baselines": ["nearest", "bicubic"]} | {name: [name] for name in VARIANTS}
    ).items():
        for kind in ("super_resolved", "enlarged_photograph", "enlarged_photograph_metrics"):
            saved[f"{owner}.{kind}"] = {name: getattr(results, kind)[name] for name in methods}
        saved[f"{owner}.photograph_metrics"] = metrics[metrics["method"].isin(methods)]
    for name in VARIANTS:
        saved[f"{name}.training_history"] = results.histories[name]
        saved[f"{name}.training_summary"] = results.summaries[name]
    return DataCatalog({name: MemoryDataset(data) for name, data in saved.items()})


def test_figures_read_what_every_method_saved():
    pipeline = create_figures_pipeline()
    assert pipeline.outputs() == {
        "figures.comparison_grid",
        "figures.training_curves",
        "figures.perception_distortion",
        "figures.marked_region",
        "figures.error_maps",
        "figures.extreme_crops",
        "figures.gains_over_bicubic",
        "figures.spectra",
        *of_each("article_rows"),
    }
    assert pipeline.inputs() == {
        "comparison",
        "validation_crops",
        "figure_photograph",
        "params:figures.crops",
        *of_each(
            "super_resolved",
            "enlarged_photograph",
            "enlarged_photograph_metrics",
            "photograph_metrics",
            methods=("baselines", *VARIANTS),
        ),
        *of_each("training_history", "training_summary"),
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_rows_of_a_variant_show_it_beside_the_baselines(name):
    pipeline = create_figures_pipeline().only_nodes_with_outputs(f"{name}.article_rows")
    assert pipeline.inputs() == {
        "validation_crops",
        "params:figures.crops",
        *of_each("super_resolved", "photograph_metrics", methods=("baselines", name)),
        f"{name}.training_summary",
    }


def test_figures_collapse_into_one_namespace():
    assert {node.namespace for node in create_figures_pipeline().nodes} == {"figures"}


def test_figures_show_what_is_saved(catalog):
    drawn = {
        name: data.load() for name, data in SequentialRunner().run(create_figures_pipeline(), catalog).items()
    }
    grid = [text.get_text() for text in drawn["figures.comparison_grid"].texts]
    assert all(variant.label in grid for variant in VARIANTS.values())
    rows = [text.get_text() for text in drawn["srgan_vgg22.article_rows"].texts]
    assert "26.00 · 0.5600" in rows  # the seventh method's
    assert len(drawn["figures.training_curves"].axes[0].lines) == len(VARIANTS)
    labels = [text.get_text() for text in drawn["figures.perception_distortion"].axes[0].texts]
    assert labels == ["Nearest", "Bicubic", *(variant.label for variant in VARIANTS.values())]
    for name in ("figures.marked_region", "figures.error_maps", "figures.extreme_crops"):
        written = {text.get_text() for text in drawn[name].texts}
        assert written >= {variant.label for variant in VARIANTS.values()}, name
    assert "a photograph" in {text.get_text() for text in drawn["figures.marked_region"].texts}
    rows = [label.get_text() for label in drawn["figures.gains_over_bicubic"].axes[0].get_yticklabels()]
    assert rows == ["Nearest", *(variant.label for variant in VARIANTS.values())]
    assert len(drawn["figures.spectra"].axes[0].lines) == 1 + 1 + len(VARIANTS) + 1  # HR, bicubic, LR's limit


def test_spectra_are_measured_of_every_method_and_the_originals(catalog, results):
    tables = SequentialRunner().run(create_figures_pipeline().only_nodes("figures.measure_spectra"), catalog)
    assert set(tables) == {"power_spectra", "lattice_peaks"}
    assert set(tables["lattice_peaks"].load()["method"]) == {
        "high_resolution",
        "nearest",
        "bicubic",
        *VARIANTS,
    }
    pd.testing.assert_frame_equal(tables["power_spectra"].load(), results.power_spectra)


def test_figures_say_what_diverged(catalog, diverged):
    catalog["srgan_mse.training_summary"] = diverged.summaries["srgan_mse"]
    drawn = {
        name: data.load() for name, data in SequentialRunner().run(create_figures_pipeline(), catalog).items()
    }
    notes = {
        name: [text.get_text() for text in drawn[name].texts].count("diverged")
        for name in (
            "figures.comparison_grid",
            "figures.marked_region",
            "figures.error_maps",
            "srgan_mse.article_rows",
            "srgan_vgg22.article_rows",
        )
    }
    assert notes == {
        "figures.comparison_grid": 1,
        "figures.marked_region": 1,
        "figures.error_maps": 1,
        "srgan_mse.article_rows": 1,
        "srgan_vgg22.article_rows": 0,
    }
    assert "SRGAN-MSE" not in {text.get_text() for text in drawn["figures.extreme_crops"].texts}
    for name in ("figures.gains_over_bicubic", "figures.spectra"):
        labels = [label.get_text() for axes in drawn[name].axes for label in axes.get_yticklabels()]
        assert "SRGAN-VGG22" in labels
        assert "SRGAN-MSE" not in labels


def test_figures_of_variants_that_all_diverged(catalog, diverged):
    for name in VARIANTS:
        catalog[f"{name}.training_summary"] = diverged.summaries["srgan_mse"]
    drawn = SequentialRunner().run(create_figures_pipeline(), catalog)
    assert [text.get_text() for text in drawn["figures.extreme_crops"].load().texts] == [
        "No variant finished its training."
    ]
    for data in drawn.values():
        if hasattr(figure := data.load(), "draw_without_rendering"):
            figure.draw_without_rendering()
