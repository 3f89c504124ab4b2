"""The real ``kedro`` command, with a hook of the test's that stops the run at a node until it may go on.

    python tests/end_to_end/pausing.py NODE FOLDER run --pipelines=…

Before the node it makes ``FOLDER/reached``, and then it waits for ``FOLDER/go``.
"""

import sys
import time
from pathlib import Path

from kedro.framework.cli.cli import main
from kedro.framework.hooks import hook_impl

import srgan_report.settings


class Pause:
    """Stops the run before one node."""

    def __init__(self, node: str, folder: Path) -> None:
        self.node, self.folder = node, folder

    @hook_impl
    def before_node_run(self, node):
        if node.name == self.node:
            (self.folder / "reached").touch()
            while not (self.folder / "go").exists():
                time.sleep(0.01)


if __name__ == "__main__":
    name, folder, *sys.argv[1:] = sys.argv[1:]
    srgan_report.settings.HOOKS += (Pause(name, Path(folder)),)
    main()
