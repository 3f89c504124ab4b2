"""The sides of the training-step benchmark as its own process sees them: workers that answer requests."""

import json
import math
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).parents[2]
WORKER = ("-m", "benchmarks.training_step.worker")

_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


class WorkerError(Exception):
    """A worker ended, or computed what isn't a number."""


def worker_environment(side: str) -> dict[str, str]:
    """Gives a side its environment variables.

    They are this process's, except for TensorFlow's switch of its oneDNN kernels, which the project's package
    may have set here already. The article's side goes by TensorFlow's default for the CPU, and the project's
    by what the project chooses. Without oneDNN is what that default is on CPUs without AVX512-VNNI.
    """
    environment = {name: value for name, value in os.environ.items() if name != _ONEDNN}
    environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"  # a GPU's memory would be all the first side's
    return environment | {_ONEDNN: "0"} if side == "article_without_onednn" else environment


@contextmanager
def start_worker(python: str, side: str, variant: str, size: int, batch_size: int) -> Iterator["Worker"]:
    """Starts a worker and doesn't wait for it; leaving the ``with`` block ends it.

    Args:
        python: The interpreter, of an environment that has what the side needs.
        side: One of ``worker.BUILDERS``.
        variant: One of ``VARIANTS``.
        size: Pixels of an HR crop's side.
        batch_size: Crops in a step.
    """
    command = [python, *WORKER, side, variant, str(size), str(batch_size)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    with (
        tempfile.TemporaryFile() as errors,  # a pipe that nobody reads would fill up and block the worker
        subprocess.Popen(
            command, stderr=errors, cwd=PROJECT, env=worker_environment(side), **pipes
        ) as process,
    ):
        try:
            yield Worker(f"{side}, {variant}, {batch_size} crops of {size} pixels", process, errors)
        finally:
            process.kill()


@dataclass(frozen=True)
class Worker:
    """A process that does one side's steps (see ``worker.py``).

    Every call raises a ``WorkerError`` when the process has ended, with its status and its last words.
    """

    name: str
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def ready(self) -> dict[str, Any]:
        """Waits until the worker could begin; tells what it says of itself. To be called first, and once."""
        return self._read()

    def step(self) -> float:
        """Has it take a training step; returns the seconds."""
        answer = self._ask("step")
        if any(map(math.isnan, answer["losses"].values())):
            raise WorkerError(f"{self.name}: a loss isn't a number: {answer['losses']}.")
        return answer["seconds"]

    def multiply(self) -> float:
        """Has it multiply two matrices; returns the seconds."""
        return self._ask("matrix_product")["seconds"]

    def peak_bytes(self) -> int:
        """Tells the most memory that the process ever held. It takes no request after that."""
        self.process.stdin.close()
        return self._read()["peak_bytes"]

    def _ask(self, request: str) -> dict[str, Any]:
        with suppress(BrokenPipeError):  # then there is no answer either
            self.process.stdin.write(f"{request}\n".encode())
        return self._read()

    def _read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        status = self.process.wait()
        self.errors.seek(0)
        tail = b"".join(self.errors.readlines()[-20:]).decode(errors="replace").rstrip()
        hint = " (killed, as happens where memory runs out)" if status == -signal.SIGKILL else ""
        raise WorkerError(f"The worker for {self.name} ended with status {status}{hint}.\n{tail}")
