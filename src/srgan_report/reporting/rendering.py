"""From a notebook to one HTML file that needs nothing else."""

import asyncio
import logging
import re
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

logger = logging.getLogger(__name__)

_CELL_TIMEOUT = 600  # seconds; loading and drawing take a few
_NATIVE_LOG = re.compile(r"^([IWE]\d{4} |WARNING: All log messages before absl).*\n?", re.MULTILINE)
_HEADING = re.compile(r"## (.+)")
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(RuntimeError):
    """A notebook's cell failed: the message says which and how."""


def execute_notebook(path: Path, *, directory: Path, environment: Mapping[str, str]) -> NotebookNode:
    """Runs a notebook from top to bottom in a fresh kernel of this very interpreter.

    ``directory`` and ``environment`` are the kernel's. Gives the notebook with outputs; the file stays.

    Raises:
        NotebookError: A cell raised an error.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        # Outside of all folders of kernels there is this interpreter's alone, whatever is called python3.
        AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[])),
        extra_arguments=["--log-level=ERROR"],  # else it warns of TCP, which stays on this machine
        timeout=_CELL_TIMEOUT,
        shutdown_kernel="immediate",  # it has nothing to clean up
        resources={"metadata": {"path": str(directory)}},
    )
    try:
        _run_in_a_thread(client.async_execute(env=dict(environment), cleanup_kc=True))
    except CellExecutionError as error:
        kinds = [[output.output_type for output in cell.get("outputs", ())] for cell in notebook.cells]
        number = 1 + ["error" in of_cell for of_cell in kinds].index(True)
        raise NotebookError(
            f"{path.name}: cell {number} failed with {error.ename}: {error.evalue}\n\n"
            f"{_TERMINAL_COLOURS.sub('', error.traceback)}"
        ) from None
    return notebook


def _run_in_a_thread(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Runs it where nbclient can't take over SIGINT and SIGTERM, which it would swallow.

    A signal cancels it: the kernel is shut down before the signal's exception goes on.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        await coroutine

    with ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(asyncio.run, run())
        try:
            done.result()
        except KeyboardInterrupt:
            loop, task = started.result()
            with suppress(RuntimeError):  # closed: it has just ended
                loop.call_soon_threadsafe(task.cancel)
            raise


def convert_to_html(notebook: NotebookNode, template: Path) -> str:
    """Converts an executed notebook to one HTML page, without what it printed as errors.

    Sections whose heading is tagged ``details`` are folded. Of code only cells tagged ``visible`` are shown.
    The title is the notebook's ``metadata.title``. The Jinja template extends nbconvert's ``basic``: its
    other HTML templates load scripts and fonts from the network.
    """
    exporter = HTMLExporter(
        template_name="basic",
        template_file=str(template),
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    page, _ = exporter.from_notebook_node(prepare(notebook))
    return page


def prepare(notebook: NotebookNode) -> NotebookNode:
    """Copies an executed notebook for nbconvert: sections in its metadata, code hidden, nothing of stderr.

    A cell's metadata say if it ``opens`` a folded section, with that title, or ``closes`` one. Code that is
    tagged ``visible`` is not hidden; warnings are for the log.
    """
    notebook = nbformat.from_dict(notebook)
    sections: list[dict[str, str]] = []
    folded = False
    for before, cell in zip([None, *notebook.cells], notebook.cells, strict=False):
        heading = _HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        if heading and before is not None:
            before.metadata["closes"], folded = folded, "details" in cell.metadata.get("tags", ())
            sections.append({"title": heading[1], "id": re.sub(r"\W+", "-", heading[1].lower())})
            cell.metadata["section"] = sections[-1]["id"]
        if heading and folded:
            cell.metadata["opens"] = heading[1]
            cell.source = cell.source[heading.end() :].strip()
        if cell.cell_type == "code":
            cell.metadata["transient"] = {"remove_source": "visible" not in cell.metadata.get("tags", ())}
            for output in cell.outputs:
                if output.get("name") == "stderr" and (said := _NATIVE_LOG.sub("", output["text"]).strip()):
                    logger.warning("The report's notebook warned: %s", said)
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.cells[-1].metadata["closes"] = folded
    notebook.metadata["sections"] = sections
    return notebook
