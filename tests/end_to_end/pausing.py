"""The real ``kedro`` command, with a hook of the test's that stops it at a place until it may go on.

    python tests/end_to_end/pausing.py PLACE FOLDER run --pipelines=…

The place is a node, or MODULE:FUNCTION. Before it there is ``FOLDER/reached``, and then ``FOLDER/go`` is
waited for.
"""

import sys
import time
from importlib import import_module
from pathlib import Path

from kedro.framework.cli.cli import main
from kedro.framework.hooks import hook_impl

import srgan_report.settings


class Pause:
    """Stops the run before one node, or before a function of a module is called."""

    def __init__(self, place: str, folder: Path) -> None:
        self.place, self.folder = place, folder

    @hook_impl
    def before_node_run(self, node):
        if node.name == self.place:
            self.wait()
        module, _, function = self.place.partition(":")
        if function and not hasattr(self, "replaced"):
            module = import_module(module)
            self.replaced = getattr(module, function)
            setattr(module, function, self.wait_and_call)

    def wait_and_call(self, *args, **kwargs):
        self.wait()
        return self.replaced(*args, **kwargs)

    def wait(self):
        (self.folder / "reached").touch()
        while not (self.folder / "go").exists():
            time.sleep(0.01)


if __name__ == "__main__":
    place, folder, *sys.argv[1:] = sys.argv[1:]
    srgan_report.settings.HOOKS += (Pause(place, Path(folder)),)
    main()
