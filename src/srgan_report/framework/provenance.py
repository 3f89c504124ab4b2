"""What is recorded of a run."""

import functools
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, CatalogProtocol
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline.node import Node

from srgan_report.provenance import facts

Catalog = CatalogProtocol[Any, AbstractDataset[Any, Any]]

PROVENANCE = "provenance"
# What a run can be told to leave out; what it was not told is not recorded.
_SELECTIONS = (
    "pipeline_names",
    "namespaces",
    "node_names",
    "tags",
    "from_nodes",
    "to_nodes",
    "from_inputs",
    "to_outputs",
    "only_missing_outputs",
)

logger = logging.getLogger(__name__)


def _harmless_hook(hook: Callable[..., None]) -> Callable[..., None]:
    """Makes a hook of Kedro's that logs its errors: a run never fails because it can't be recorded."""

    @functools.wraps(hook)
    def call(*args: Any, **kwargs: Any) -> None:
        try:
            hook(*args, **kwargs)
        except Exception as error:
            logger.warning("The provenance of this run is incomplete: %s", error)

    return hook_impl(call)


class ProvenanceHooks:
    """Saves how each run came about, once: before the report, which shows it, is rendered, else at the end.

    A run that is refused before it starts saves nothing. Directories of this machine are not recorded.
    """

    def __init__(self) -> None:
        self._record: dict[str, Any] = {}  # empty before a run, and after its record is saved

    @_harmless_hook
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: Catalog) -> None:
        self._record = {}  # a run before this one in the same process may have been refused
        self._catalog, self._began = catalog, time.perf_counter()
        self._starts: dict[str, float] = {}
        parameters = catalog["parameters"].load()
        run = parameters.pop("run")
        parameters.pop("protocol", None)  # a second time what the others say
        told = {
            "environment": run["environment"],
            "asked": {name: run_params[name] for name in _SELECTIONS if run_params.get(name)},
            "load_versions": run_params["load_versions"] or {},
            "chosen_versions": catalog["params:run"].load().get("load_versions", {}),
            "runtime_params": run["runtime_params"],
            "parameters": parameters,
            "seed": parameters["seed"],
        }
        self._record = {
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **facts.hide_directories(told),
            "code": facts.describe_code(Path(run_params["project_path"])),  # it may change meanwhile
            "machine": facts.describe_machine(),
            "packages": facts.list_packages(),
            "data_sha256": None,  # until a split was seen
            "error": None,
            "seconds": {},
            "loaded": {},
            "saved": {},
        }

    @_harmless_hook
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        self._note_dataset("loaded", dataset_name, data)

    @_harmless_hook
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        self._note_dataset("saved", dataset_name, data)

    @_harmless_hook
    def before_node_run(self, node: Node) -> None:
        if "report" in node.outputs:
            self._save("reporting")
        if self._record:
            self._starts[node.name] = time.perf_counter()

    @_harmless_hook
    def after_node_run(self, node: Node) -> None:
        if self._record:
            self._record["seconds"][node.name] = round(time.perf_counter() - self._starts[node.name], 3)

    @_harmless_hook
    def on_node_error(self, error: Exception, node: Node) -> None:
        self.after_node_run(node)
        self._note_error(error, node.name)

    @_harmless_hook
    def after_pipeline_run(self) -> None:
        self._save("finished")

    @_harmless_hook
    def on_pipeline_error(self, error: Exception) -> None:
        if self._record.get("saved"):
            self._note_error(error)  # perhaps outside of a node
            self._save("failed")

    def _note_error(self, error: Exception, node: str | None = None) -> None:
        """Notes the first error by its type alone: what it says may name directories."""
        if self._record:
            self._record["error"] = self._record["error"] or {"type": type(error).__name__, "node": node}

    def _note_dataset(self, how: Literal["loaded", "saved"], name: str, data: Any) -> None:
        if not self._record:
            return
        if name == "split":
            # Imported only here: pandas takes a while, which every command of Kedro's would wait for.
            from srgan_report.provenance.fingerprints import fingerprint_split

            self._record["data_sha256"] = fingerprint_split(data)
        dataset = self._catalog.get(name)
        if isinstance(dataset, AbstractVersionedDataset):
            resolve = dataset.resolve_load_version if how == "loaded" else dataset.resolve_save_version
            if version := resolve():
                self._record[how][name] = version

    def _save(self, status: str) -> None:
        """Saves the record, and forgets it: a version is written once."""
        record, self._record = self._record, {}
        if record:
            known = {"status": status, "tensorflow": facts.describe_tensorflow()}
            seconds = round(time.perf_counter() - self._began, 3)
            self._catalog.save(PROVENANCE, known | record | {"total_seconds": seconds})
