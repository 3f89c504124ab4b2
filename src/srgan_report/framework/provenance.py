"""What is recorded of a run."""

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, CatalogProtocol
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline.node import Node

from srgan_report.provenance.run_record import RunRecord

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

    A run that is refused before it starts saves nothing.
    """

    def __init__(self) -> None:
        self._record: RunRecord | None = None

    @_harmless_hook
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: Catalog) -> None:
        """Notes what the run starts from."""
        self._record = None  # a run before this one in the same process may have been refused
        parameters = catalog["parameters"].load()
        run = parameters.pop("run")
        parameters.pop("protocol", None)  # a second time what the others say
        self._catalog = catalog
        self._record = RunRecord(
            Path(run_params["project_path"]),
            environment=run["environment"],
            asked={name: run_params[name] for name in _SELECTIONS if run_params.get(name)},
            load_versions=run_params["load_versions"] or {},
            chosen_versions=catalog["params:run"].load().get("load_versions", {}),
            runtime_params=run["runtime_params"],
            parameters=parameters,
            seed=parameters["seed"],
        )

    @_harmless_hook
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Notes the version of a dataset that was loaded."""
        self._note_dataset("loaded", dataset_name, data)

    @_harmless_hook
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Notes the version of a dataset that was saved."""
        self._note_dataset("saved", dataset_name, data)

    @_harmless_hook
    def before_node_run(self, node: Node) -> None:
        """Starts a node's clock; saves the record first if it is the node that renders the report."""
        if "report" in node.outputs:
            self._save("reporting")
        if self._record:
            self._record.start_node(node.name)

    @_harmless_hook
    def after_node_run(self, node: Node) -> None:
        """Stops a node's clock."""
        if self._record:
            self._record.stop_node(node.name)

    @_harmless_hook
    def on_node_error(self, error: Exception, node: Node) -> None:
        """Stops the clock of a node that failed."""
        if self._record:
            self._record.stop_node(node.name)
            self._record.note_error(error, node.name)

    @_harmless_hook
    def after_pipeline_run(self) -> None:
        """Saves the record of a run that finished."""
        self._save("finished")

    @_harmless_hook
    def on_pipeline_error(self, error: Exception) -> None:
        """Saves the record of a run that failed after it had saved anything, perhaps outside of a node."""
        if self._record and self._record.versions["saved"]:
            self._record.note_error(error)
            self._save("failed")

    def _note_dataset(self, how: Literal["loaded", "saved"], name: str, data: Any) -> None:
        if not self._record:
            return
        if name == "split":
            # Imported only here: pandas takes a while, which every command of Kedro's would wait for.
            from srgan_report.provenance.fingerprints import fingerprint_split

            self._record.data_sha256 = fingerprint_split(data)
        dataset = self._catalog.get(name)
        if isinstance(dataset, AbstractVersionedDataset):
            resolve = dataset.resolve_load_version if how == "loaded" else dataset.resolve_save_version
            if version := resolve():
                self._record.versions[how][name] = version

    def _save(self, status: str) -> None:
        """Saves the record, and forgets it: a version is written once."""
        record, self._record = self._record, None
        if record:
            self._catalog.save(PROVENANCE, record.complete(status))
