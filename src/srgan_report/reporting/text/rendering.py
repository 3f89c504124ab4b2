"""From a notebook to one HTML file that needs nothing else."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

logger = logging.getLogger(__name__)

_CELL_TIMEOUT = 600  # seconds; loading and drawing take a few
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(RuntimeError):
    """A notebook's cell failed: the message says which and how."""


def execute_notebook(path: Path, *, directory: Path, environment: Mapping[str, str]) -> NotebookNode:
    """Runs a notebook from top to bottom in a fresh kernel of this very interpreter.

    Args:
        path: The notebook. It is read, never written.
        directory: The kernel's working directory.
        environment: All of the kernel's environment variables.

    Returns:
        The notebook with its outputs.

    Raises:
        NotebookError: A cell raised an error.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_manager_class=_ThisInterpretersKernel,
        extra_arguments=["--log-level=ERROR"],  # else it warns of TCP, which stays on this machine
        timeout=_CELL_TIMEOUT,
        resources={"metadata": {"path": str(directory)}},
    )
    try:
        client.execute(env=dict(environment))
    except CellExecutionError as error:
        raise NotebookError(_describe_failure(path, notebook, error)) from None
    return notebook


def convert_to_html(notebook: NotebookNode, template: Path) -> str:
    """Converts an executed notebook to one HTML page, without code and without what it printed as errors.

    Args:
        notebook: With outputs; ``metadata.title`` is the page's title.
        template: A Jinja template that extends nbconvert's ``basic``. nbconvert's other HTML templates
            load scripts and fonts from the network.
    """
    exporter = HTMLExporter(
        template_name="basic",
        template_file=str(template),
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    page, _ = exporter.from_notebook_node(_without_errors(notebook))
    return page


class _ThisInterpretersKernel(AsyncKernelManager):
    """Starts this interpreter, whichever kernel a user has registered as ``python3``."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(**get_kernel_dict())


def _without_errors(notebook: NotebookNode) -> NotebookNode:
    """A copy without what cells wrote to stderr: warnings are for the log, not for the reader."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                logger.warning("The report's notebook warned: %s", output["text"].strip())
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def _describe_failure(path: Path, notebook: NotebookNode, error: CellExecutionError) -> str:
    failed = [
        (number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if any(output.get("output_type") == "error" for output in cell.get("outputs", []))
    ]
    number, cell = failed[-1]
    trace = "\n".join(line for output in cell.outputs for line in output.get("traceback", []))
    return (
        f"{path.name}: cell {number} failed with {error.ename}: {error.evalue}\n\n"
        f"{cell.source}\n\n{_TERMINAL_COLOURS.sub('', trace)}"
    )
