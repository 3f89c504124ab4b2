from pathlib import Path
from unittest.mock import MagicMock

import nbformat
import numpy as np
import pytest

from srgan_report.evaluation.significance import MIN_PHOTOGRAPHS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


class TestNotebook:
    @pytest.fixture(scope="class")
    def notebook(self):
        return nbformat.read(NOTEBOOKS / "report.ipynb", as_version=4)

    def test_is_valid_and_without_outputs(self, notebook):
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None

    def test_holds_prose_and_short_cells(self, notebook):
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(code) < len(notebook.cells)
        assert all(len(cell.source.splitlines()) <= 15 for cell in code)

    def test_one_visible_cell_loads_from_the_catalog(self, notebook):
        (cell,) = [cell for cell in notebook.cells if "visible" in cell.metadata.get("tags", ())]
        assert 'name = "srgan_vgg54"' in cell.source
        for loaded in ("metrics", "generator"):
            assert f'catalog.load(f"{{name}}.{loaded}")' in cell.source

    def test_says_from_how_many_photographs_there_are_intervals(self, notebook):
        assert MIN_PHOTOGRAPHS == 10
        assert any("ten or more photographs" in cell.source for cell in notebook.cells)

    def test_runs_in_whatever_kernel_is_called_python3(self, notebook):
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.cells[0].source.startswith(f"# {notebook.metadata.title}")

    def test_metrics_may_be_null(self, notebook, capsys):  # where every photograph is left out
        (cell,) = [cell.source for cell in notebook.cells if "resolve_load_version()" in cell.source]
        catalog = MagicMock()
        catalog.load.side_effect = lambda name: {
            "srgan_vgg54.metrics": {"srgan_vgg54": {"psnr": None}},
            "validation_crops": {"low_resolution": np.zeros((1, 4, 4, 3))},
        }.get(name, MagicMock())
        exec(cell, {"catalog": catalog, "report": MagicMock(), "display": print})
        assert "PSNR nan dB" in capsys.readouterr().out
