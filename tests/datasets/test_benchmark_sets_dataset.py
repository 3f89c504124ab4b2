"""``BenchmarkSetsDataset``: what Kedro asks of it; tests/data/test_benchmark_sets.py tests what it reads."""

import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError
from PIL import Image

from srgan_report.datasets import BenchmarkSetsDataset
from srgan_report.errors import InputError


@pytest.fixture
def root(tmp_path):
    for end, side in (("HR", 40), ("LR", 10)):
        (tmp_path / "Set5").mkdir(exist_ok=True)
        Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(tmp_path / "Set5" / f"baby_{end}.png")
    return tmp_path


class TestLoad:
    def test_finds_the_pairs_of_each_set(self, root):
        sets = BenchmarkSetsDataset(root=str(root), sets=["Set5", "Set14"]).load()
        assert {name: [pair.name for pair in pairs] for name, pairs in sets.items()} == {"Set5": ["baby"]}

    def test_input_error_is_the_cause(self):
        with pytest.raises(DatasetError) as caught:
            BenchmarkSetsDataset(root=None, sets=["Set5"]).load()
        assert isinstance(caught.value.__cause__, InputError)
        assert str(caught.value.__cause__).startswith("benchmark_sets.root must be a folder")

    def test_catalog_makes_it(self, root):
        entry = {
            "type": "srgan_report.datasets.BenchmarkSetsDataset",
            "root": str(root),
            "sets": ["Set5"],
            "metadata": {"kedro-viz": {"layer": "raw"}},
        }
        catalog = DataCatalog.from_config({"benchmark_images": entry})
        assert catalog["benchmark_images"].metadata == {"kedro-viz": {"layer": "raw"}}
        assert list(catalog.load("benchmark_images")) == ["Set5"]


class TestDataset:
    def test_is_read_only(self):
        with pytest.raises(DatasetError, match="BenchmarkSetsDataset is read-only"):
            BenchmarkSetsDataset(root=None, sets=["Set5"]).save({})

    def test_str_says_where_it_looks(self):
        described = str(BenchmarkSetsDataset(root="sets", sets=["Set5"]))
        assert described.endswith("BenchmarkSetsDataset(root='sets', sets=('Set5',))")
