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

PROJECT = Path(__file__).parents[1]
LAYERS = ["raw", "intermediate", "primary", "model_input", "models", "model_output", "reporting"]


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
        assert {node.name for node in nodes} >= {"split_photographs", "srgan_mse.train", "render_report"}

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
        assert sorted(layers["all_variants_from_mse"]) == sorted(LAYERS)
        assert layers["all_variants"][0] == "raw"
        assert layers["all_variants"][-3:] == ["models", "model_output", "reporting"]


class TestNamespaces:
    def test_variants_baselines_and_figures_can_be_collapsed(self, viz):
        tree = viz.create_modular_pipelines_tree_for_registered_pipeline("all_variants")
        inside = {child.id for child in tree["__root__"].children if child.type == "modularPipeline"}
        assert inside >= {"baselines", "srresnet_mse", "srgan_vgg54", "figures"}


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
