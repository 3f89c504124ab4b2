"""Kedro's session and runner, for runs side by side and variants in the order of the tables."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner as KedrosRunner
from kedro.runner import ThreadRunner as KedrosThreadRunner

from srgan_report.errors import Interrupted
from srgan_report.training.cluster import MULTI_WORKER, VARIABLE, read_task
from srgan_report.variants import VARIANTS


class SequentialRunner(KedrosRunner):
    """Runs nodes as Kedro's does, but of those that may come next the variants in their order."""

    __module__ = KedrosRunner.__module__  # by which Kedro's log and Kedro-Viz know it

    def _run(self, pipeline: Pipeline, *args: Any, **kwargs: Any) -> None:
        super()._run(_OrderedPipeline(pipeline.nodes), *args, **kwargs)


class _OrderedPipeline(Pipeline):
    @property
    def nodes(self) -> list[Node]:
        ranks: dict[str | None, int] = {name: rank for rank, name in enumerate(VARIANTS)}

        def rank(node: Node) -> int:
            return ranks.get(node.namespace, -1)

        return [node for group in self.grouped_nodes for node in sorted(group, key=rank)]


class ThreadRunner(KedrosThreadRunner):
    """Runs nodes as Kedro's does, but does not wait for their end where a signal asks to stop."""

    __module__ = KedrosThreadRunner.__module__

    def _get_executor(self, max_workers: int) -> ThreadPoolExecutor:
        return _Threads(max_workers)


class _Threads(ThreadPoolExecutor):
    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool | None:
        if not isinstance(error, KeyboardInterrupt):
            return super().__exit__(kind, error, trace)
        self.shutdown(wait=False, cancel_futures=True)
        number = error.signal_number if isinstance(error, Interrupted) else signal.SIGINT
        raise Interrupted(str(error), number, has_threads=True) from error


class Session(KedroSession):
    """Names its run, and with it the version of all that the run saves, to the nanosecond.

    Kedro's own ids end at the millisecond, which processes that are started together may have in common: of
    their ``provenance``, which every run saves, only the first could be saved.
    """

    def __init__(self, session_id: str, **kwargs: Any) -> None:
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        to_second = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H.%M.%S")
        super().__init__(f"{to_second}.{nanoseconds:09}Z", **kwargs)

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Runs pipelines as Kedro does; in a worker that is not the chief up to the shared training."""
        if type(runner := kwargs.get("runner")) is KedrosRunner:
            kwargs["runner"] = SequentialRunner(is_async=runner._is_async)
        elif type(runner) is KedrosThreadRunner:
            kwargs["runner"] = ThreadRunner(runner._max_workers)
        if VARIABLE in os.environ and (shared := self._find_shared_trainings(kwargs)):
            kwargs["to_nodes"] = shared
        return super().run(*args, **kwargs)

    def _find_shared_trainings(self, asked: dict[str, Any]) -> list[str]:
        """The last nodes that this process runs if it is a worker and not the chief."""
        parameters = self.load_context().params
        names = asked.get("pipeline_names") or ["__default__"]
        nodes = {node.name for name in names if name in pipelines for node in pipelines[name].nodes}
        return [
            f"{name}.train"
            for name in asked.get("namespaces") or VARIANTS
            if f"{name}.train" in nodes
            and parameters[name].training.strategy == MULTI_WORKER
            and read_task() > 0
        ]
