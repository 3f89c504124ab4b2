import base64
import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from srgan_report.reporting.text.rendering import NotebookError, convert_to_html, execute_notebook

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


class TestRendering:
    def test_notebook_runs_in_this_interpreter_where_and_with_what_it_is_told(self, tmp_path):
        path = tmp_path / "notebook.ipynb"
        cell = "import os, sys; print(sys.executable, os.getcwd(), os.environ['TOLD'], sep='\\n')"
        nbformat.write(new_notebook(cells=[new_code_cell(cell)]), path)
        before = path.read_text()
        executed = execute_notebook(path, directory=tmp_path, environment={**os.environ, "TOLD": "this"})
        assert executed.cells[0].outputs[0].text.splitlines() == [
            sys.executable,
            str(tmp_path.resolve()),
            "this",
        ]
        assert path.read_text() == before

    def test_a_failing_cell_is_named(self, tmp_path):
        path = tmp_path / "notebook.ipynb"
        cells = [new_markdown_cell("# Title"), new_code_cell("fine = 1"), new_code_cell("fine / 0")]
        nbformat.write(new_notebook(cells=cells), path)
        with pytest.raises(NotebookError) as raised:
            execute_notebook(path, directory=tmp_path, environment=os.environ)
        message = str(raised.value)
        assert message.startswith("notebook.ipynb: cell 3 failed with ZeroDivisionError: division by zero")
        assert "fine / 0" in message
        assert "\x1b" not in message

    def test_page_holds_prose_tables_and_images_but_no_code_and_nothing_from_elsewhere(
        self, assert_self_contained
    ):
        png = base64.b64encode(b"any image").decode()
        outputs = [
            new_output("stream", name="stderr", text="a warning"),
            new_output("display_data", {"text/html": "<table><tr><td>24.13</td></tr></table>"}),
            new_output("display_data", {"text/markdown": "> **Undertrained.** By far."}),
            new_output("display_data", {"image/png": png}),
        ]
        cells = [
            new_markdown_cell("# A title\n\n[A link](https://arxiv.org/abs/1609.04802), $x$."),
            new_code_cell("secret = 1", outputs=outputs, execution_count=1),
        ]
        notebook = new_notebook(cells=cells, metadata={"title": "Less & more"})
        page = convert_to_html(notebook, NOTEBOOKS / "report.html.j2")
        assert page.lstrip().lower().startswith("<!doctype html>")
        assert "<title>Less &amp; more</title>" in page
        for expected in ("A title</h1>", "24.13", "<strong>Undertrained.</strong>", png):
            assert expected in page
        for absent in ("secret", "a warning", "In&nbsp;[", "¶"):
            assert absent not in page
        assert len(cells[1].outputs) == 4  # the notebook itself is as it was
        assert_self_contained(page)
