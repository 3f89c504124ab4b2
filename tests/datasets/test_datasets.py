"""The package: what the catalog uses, what importing costs, and what Kedro-Viz shows."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kedro.io import DatasetError
from kedro_viz.models.flowchart.node_metadata import DataNodeMetadata
from kedro_viz.models.flowchart.nodes import GraphNode

from srgan_report import datasets
from srgan_report.datasets.atomic_datasets import AtomicFileMixin

CATALOG = Path(__file__).parents[2] / "conf" / "base" / "catalog.yml"


class TestImport:
    def test_nothing_slow_is_imported_before_it_is_needed(self):
        slow = "{'tensorflow', 'keras', 'matplotlib', 'pandas'}"
        program = (
            "import sys, srgan_report.datasets\n"
            f"assert not {slow} & sys.modules.keys(), {slow} & sys.modules.keys()\n"
            "srgan_report.datasets.CSVDataset\n"
            f"assert {slow} & sys.modules.keys() == {{'pandas'}}, {slow} & sys.modules.keys()\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_every_name_is_there(self):
        for name in datasets.__all__:
            assert getattr(datasets, name).__name__ == name

    def test_an_unknown_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match="attribute ExcelDataset"):
            datasets.ExcelDataset  # noqa: B018


class TestCatalog:
    def test_all_that_is_versioned_is_saved_whole(self):
        catalog = yaml.safe_load(CATALOG.read_text())
        types = {
            name: entry["type"]
            for name, entry in catalog.items()
            if isinstance(entry, dict) and "versioned" in entry
        }
        assert len(types) > 15
        for name, type in types.items():
            package, _, dataset = type.rpartition(".")
            assert package == "srgan_report.datasets", name
            assert issubclass(getattr(datasets, dataset), AtomicFileMixin), name


class TestKedroViz:
    @pytest.mark.parametrize(
        ("kind", "preview_type", "start"),
        [
            (
                "CSVDataset",
                "TablePreview",
                {"index": [0], "columns": ["name", "rank"], "data": [["a", 0]]},
            ),
            ("JSONDataset", "JSONPreview", '{"psnr": 1}'),
        ],
        indirect=["kind"],
    )
    @pytest.mark.usefixtures("old")
    def test_previews_are_those_of_kedro_datasets(self, kind, tmp_path, preview_type, start):
        dataset = kind.at(tmp_path)
        dataset.metadata = {"kedro-viz": {"layer": "models"}}
        if kind.type == "CSVDataset":
            dataset.metadata["kedro-viz"]["preview_args"] = {"nrows": 1}
        node = GraphNode.create_data_node("id", "saved", "models", set(), dataset, set())
        shown = DataNodeMetadata(data_node=node)
        assert shown.preview_type == preview_type
        assert shown.preview == start or shown.preview.startswith(start)
        assert shown.filepath == f"{tmp_path}/{kind.name}"


class TestFolder:
    def test_is_a_path_that_need_not_be_there(self, tmp_path):
        assert datasets.FolderDataset(filepath=str(tmp_path / "none")).load() == tmp_path / "none"

    def test_is_read_only(self, tmp_path):
        with pytest.raises(DatasetError, match="FolderDataset is read-only"):
            datasets.FolderDataset(filepath=tmp_path).save(tmp_path)


def test_exported_generators_are_write_only(tmp_path):
    with pytest.raises(DatasetError, match="ExportedGeneratorsDataset is write-only"):
        datasets.ExportedGeneratorsDataset(filepath=tmp_path).load()
