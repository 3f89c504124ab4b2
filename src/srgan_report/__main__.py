"""``python -m srgan_report`` and ``srgan-report``: ``kedro run`` of an installed package, in any folder."""

import logging
import os
import sys
from pathlib import Path
from typing import Any

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main(*args: Any, **kwargs: Any) -> Any:
    """Runs pipelines as ``kedro run`` does, with the current folder's ``conf`` or ``--conf-source``."""
    os.environ.setdefault("KEDRO_DISABLE_TELEMETRY", "1")  # as .telemetry does in the project
    logging.getLogger("kedro_viz").setLevel(logging.ERROR)  # it warns that it finds no project
    package_name = Path(__file__).parent.name
    configure_project(package_name)
    kwargs["standalone_mode"] = not hasattr(sys, "ps1")  # else an interactive session would be left
    return find_run_command(package_name)(*args, **kwargs)


if __name__ == "__main__":
    main()
