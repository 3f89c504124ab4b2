import base64
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from srgan_report.reporting.rendering import (
    NotebookError,
    convert_to_html,
    execute_notebook,
)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


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


class TestSections:
    @pytest.fixture
    def notebook(self):
        figure = new_output(
            "display_data",
            {"text/html": "<figure>page</figure>", "image/webp": base64.b64encode(b"any image").decode()},
            metadata={"caption": "What is seen.", "name": "spectra", "source": "<p>Source: split</p>"},
        )
        table = new_output("execute_result", {"text/html": "<table></table>", "text/plain": "…"})
        printed = new_output("stream", text="Version 1\n")
        script = new_output("display_data", {"text/html": "<script>x</script>"})
        cells = [
            new_markdown_cell("# A title"),
            new_markdown_cell("## Open & first\n\nText."),
            new_code_cell("hidden = 1", outputs=[figure]),
            new_markdown_cell("## Moving", metadata={"tags": ["page"]}),
            new_code_cell("hidden = 3", outputs=[script], metadata={"tags": ["page"]}),
            new_markdown_cell("## Folded\n\nMore.", metadata={"tags": ["details"]}),
            new_code_cell("seen = 1", outputs=[printed], metadata={"tags": ["visible"]}),
            new_markdown_cell("## Folded too", metadata={"tags": ["details"]}),
            new_code_cell("hidden = 2", outputs=[table]),
        ]
        return new_notebook(cells=cells)

    def test_tagged_ones_are_folded_on_the_page_and_listed_at_its_top(self, notebook, assert_self_contained):
        page = convert_to_html(notebook, NOTEBOOKS / "report.html.j2")
        body = page[page.index("<body>") :]
        contents = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', body)
        expected = [
            ("open-first", "Open &amp; first"),
            ("moving", "Moving"),
            ("folded", "Folded"),
            ("folded-too", "Folded too"),
        ]
        assert contents == expected
        for place, _ in contents:
            assert body.count(f'id="{place}"') == 1
        tags = re.findall(r"</?details|<summary>[^<]*", body)
        assert tags == [
            "<details",
            "<summary>Folded",
            "</details",
            "<details",
            "<summary>Folded too",
            "</details",
        ]
        assert body.index("</nav>") < body.index("Text.") < body.index("<details")
        assert "seen" in body
        assert "hidden" not in body


# Stops as the command line does; the kernel's start, or a cell, says that it is under way and waits.
INTERRUPTED = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from jupyter_client.manager import AsyncKernelManager
from srgan_report.errors import Interrupted
from srgan_report.reporting import rendering

number, phase, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
start = AsyncKernelManager.start_kernel

async def start_slowly(self, **kwargs):
    await start(self, **kwargs)
    (folder / "kernel").write_text(str(self.provisioner.pid))
    if phase == "start":
        (folder / "reached").touch()
        await asyncio.sleep(600)

def interrupt(number, frame):
    raise Interrupted("Stopped.", number)

AsyncKernelManager.start_kernel = start_slowly
signal.signal(signal.SIGTERM, interrupt)
signal.signal(signal.SIGINT, signal.default_int_handler)

def send():
    while not (folder / "reached").exists():
        threading.Event().wait(0.01)
    os.kill(os.getpid(), number)

threading.Thread(target=send, daemon=True).start()
try:
    rendering.execute_notebook(folder / "notebook.ipynb", directory=folder, environment=os.environ)
except KeyboardInterrupt as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("phase", ["start", "cell"])
@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGTERM, "Interrupted"), (signal.SIGINT, "KeyboardInterrupt")]
)
def test_a_signal_ends_it_and_its_kernel_at_once(tmp_path, number, raised, phase):
    wait = "import pathlib, time; pathlib.Path('reached').touch(); time.sleep(600)"
    nbformat.write(new_notebook(cells=[new_code_cell(wait)]), tmp_path / "notebook.ipynb")
    child = [sys.executable, "-c", INTERRUPTED, str(int(number)), phase, tmp_path]
    ended = subprocess.run(child, capture_output=True, text=True, timeout=120)
    assert (ended.stdout, ended.stderr, ended.returncode) == (f"{raised}\n", "", 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "kernel").read_text()), 0)
