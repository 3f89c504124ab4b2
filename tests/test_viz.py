"""What Kedro-Viz makes of the project, by the very objects that answer its pages."""

import inspect
import json
import logging
from pathlib import Path

import pandas as pd
import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro_viz.data_access import DataAccessManager
from kedro_viz.models.flowchart.node_metadata import DataNodeMetadata
from kedro_viz.models.flowchart.nodes import DataNode
from matplotlib.figure import Figure

from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[1]
LAYERS = [
    "01_raw",
    "02_intermediate",
    "03_primary",
    "05_model_input",
    "06_models",
    "07_model_output",
    "08_reporting",
]


@pytest.fixture(scope="module")
def viz(tmp_path_factory):
    """Kedro-Viz's view of all pipelines, with a catalog of which nothing is saved yet."""
    bootstrap_project(PROJECT)
    runtime_params = {"data_root": str(tmp_path_factory.mktemp("viz"))}
    session = KedroSession.create(PROJECT, save_on_close=False, env="sample", runtime_params=runtime_params)
    manager = DataAccessManager()
    manager.add_catalog(session.load_context().catalog, dict(pipelines))
    manager.add_pipelines(dict(pipelines))
    return manager


@pytest.fixture(scope="module")
def datasets(viz):
    """Every dataset that a pipeline reads or writes, by its name."""
    return {node.name: node for node in viz.nodes.as_list() if isinstance(node, DataNode)}


class TestNodes:
    def test_each_has_a_name_of_its_own(self, viz):
        nodes = {node for pipeline in dict(pipelines).values() for node in pipeline.nodes}
        assert [node for node in nodes if node._name is None] == []
        assert {node.name for node in nodes} >= {
            "split_photographs",
            "srgan_mse.train",
            "comparison.render_report",
        }

    def test_each_functions_docstring_begins_with_a_sentence(self):
        functions = {node.func for pipeline in dict(pipelines).values() for node in pipeline.nodes}
        first = {function: (inspect.getdoc(function) or "").partition("\n")[0] for function in functions}
        assert [
            f.__name__ for f, line in first.items() if not (line[:1].isupper() and line.endswith("."))
        ] == []


class TestLayers:
    def test_each_dataset_has_one(self, datasets):
        assert [name for name, node in datasets.items() if node.layer not in LAYERS] == []

    def test_they_go_round_in_circles_in_no_pipeline(self, viz):
        # Kedro-Viz shows none of a pipeline in which they do.
        layers = {name: viz.get_sorted_layers_for_registered_pipeline(name) for name in dict(pipelines)}
        assert [name for name, sorted_layers in layers.items() if not sorted_layers] == []

    @pytest.mark.parametrize("name", ["all_variants", "all_variants_from_mse", "srgan_vgg54", "comparison"])
    def test_they_are_in_order_from_top_to_bottom(self, viz, name):
        layers = viz.get_sorted_layers_for_registered_pipeline(name)
        assert layers == [layer for layer in LAYERS if layer in layers]


class TestNamespaces:
    def names(self, viz, pipeline, namespace="__root__"):
        """What Kedro-Viz shows in a namespace while all below it are collapsed, without parameters."""
        tree = viz.create_modular_pipelines_tree_for_registered_pipeline(pipeline)
        names = [viz.nodes.get_node_by_id(child.id).name for child in tree[namespace].children]
        return sorted(name for name in names if not name.startswith("params:"))

    def test_all_variants_opens_on_a_graph_that_fits_a_screen(self, viz):
        assert self.names(viz, "all_variants") == sorted(
            [
                *("photographs", "published_results", "generators", "pretrained_generators", "local_folder"),
                "notebooks",
                *("split_photographs", "split", "cut_validation_crops", "validation_crops"),
                *("choose_photograph", "figure_photograph"),
                *(name for variant in VARIANTS for name in (variant, f"{variant}.results")),
                *("comparison", "report"),
            ]
        )
        assert len(self.names(viz, "all_variants_from_mse")) == 26 + 1  # srresnet_mse.generator
        assert len(pipelines["all_variants"].nodes) <= 60

    def test_comparison_reads_one_dataset_of_each_variant(self, viz):
        shown = set(self.names(viz, "comparison"))
        assert {name for name in shown if "." in name} == {f"{name}.results" for name in VARIANTS}
        assert len(shown) == 13

    def test_a_variants_own_figure_and_networks_are_inside(self, viz):
        inside = set(self.names(viz, "all_variants", "srgan_mse"))
        assert inside >= {"srgan_mse.article_rows", "srgan_mse.generator", "srgan_mse.discriminator"}

    def test_baselines_figures_and_tables_are_inside_the_comparison(self, viz):
        inside = set(self.names(viz, "all_variants", "comparison"))
        assert inside >= {"comparison.baselines", "figures.comparison_grid", "figures.spectra", "differences"}


class TestPreviews:
    def preview(self, datasets, name):
        return DataNodeMetadata(data_node=datasets[name])

    def test_a_metrics_is_json_that_a_browser_can_parse(self, datasets):
        metrics = {"srgan_mse": {"psnr": 25.5, "psnr_low": float("nan"), "status": "finished"}}
        datasets["srgan_mse.metrics"].kedro_obj.save(metrics)
        shown = self.preview(datasets, "srgan_mse.metrics")
        assert shown.preview_type == "JSONPreview"
        strict = json.loads(shown.preview, parse_constant=pytest.fail)
        assert strict == {"srgan_mse": {"psnr": 25.5, "psnr_low": None, "status": "finished"}}

    def test_a_tables_is_its_rows(self, datasets):
        table = pd.DataFrame({"method": ["bicubic", "srgan_mse"], "psnr": [26.5, 25.5]})
        datasets["comparison"].kedro_obj.save(table)
        shown = self.preview(datasets, "comparison")
        assert shown.preview_type == "TablePreview"
        assert shown.preview["columns"] == ["method", "psnr"]
        assert shown.preview["data"] == [["bicubic", 26.5], ["srgan_mse", 25.5]]

    def test_a_figures_is_a_png(self, datasets):
        figure = Figure(figsize=(0.1, 0.1))
        datasets["figures.comparison_grid"].kedro_obj.save(figure)
        shown = self.preview(datasets, "figures.comparison_grid")
        assert shown.preview_type == "ImagePreview"
        assert shown.preview.startswith("iVBORw0KGgo")  # what a PNG begins with, in base 64

    def test_of_what_is_not_saved_there_is_none(self, datasets, caplog):
        with caplog.at_level(logging.WARNING):
            assert self.preview(datasets, "split").preview is None
        assert "'split' could not be previewed" in caplog.text
