"""The node that renders the report."""

import os
from pathlib import Path
from typing import Any

from kedro.utils import find_kedro_project

from srgan_report.pipelines.report.session import describe_session


def render_report(run: dict[str, Any], **datasets: Any) -> str:
    """Runs the notebook on the saved results and renders it as one HTML file.

    Args:
        run: The environment and the ``--params`` of this run, for the notebook to open the same catalog.
        **datasets: All that the notebook reads. It loads them from the catalog itself; they are inputs
            so that Kedro makes them first, checks that they are there, and shows where the report
            comes from.

    Returns:
        The report, HTML.
    """
    # Imported only here: nbformat takes seconds, which every command of Kedro's would wait for.
    from srgan_report.report.rendering import convert_to_html, execute_notebook

    project = find_kedro_project(Path.cwd()) or find_kedro_project(Path(__file__))
    notebooks = project / "notebooks"
    notebook = execute_notebook(
        notebooks / "report.ipynb", directory=project, environment={**os.environ, **describe_session(run)}
    )
    return convert_to_html(notebook, notebooks / "report.html.j2")
