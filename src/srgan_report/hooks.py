"""What happens around a run: checks of what it starts from, what its report reads, and its provenance."""

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, CatalogProtocol, MemoryDataset
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from srgan_report.errors import InputError
from srgan_report.provenance import RunRecord
from srgan_report.starts import FORMS, START_NODES, choose_pipeline, has_form, read_starts
from srgan_report.storage import require_access
from srgan_report.variants import VARIANTS, name_datasets
from srgan_report.workers import MULTI_WORKER, is_chief

Catalog = CatalogProtocol[Any, AbstractDataset[Any, Any]]

PROVENANCE = "provenance"
_PREPARED = {"split", "validation_crops", "figure_photograph"}
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


class StorageHooks:
    """Refuses a run whose results could be neither read nor saved, before anything is computed."""

    @hook_impl
    def before_pipeline_run(self, catalog: Catalog) -> None:
        """Asks the service of the bucket, where ``data_root`` is in one.

        Raises:
            InputError: The bucket is not there, access is denied, or the service can't be reached.
        """
        require_access(catalog["params:data_root"].load())


class DistributionHooks:
    """Prepares a run that spreads a training over devices or machines (``training.strategy``)."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: Catalog) -> None:
        """Makes the strategies before TensorFlow does anything, after which no other machine could join.

        In a worker that is not the chief all outputs stay in memory.

        Raises:
            InputError: Several machines are to train several variants, or ``TF_CONFIG`` is wrong.
        """
        nodes = {node.name for node in pipeline.nodes}
        trained = [name for name in VARIANTS if f"{name}.train" in nodes]
        strategies = {catalog.load(f"params:{name}.training.strategy") for name in trained} - {"default"}
        if not strategies:
            return
        if MULTI_WORKER in strategies and len(trained) > 1:
            raise InputError(
                f"With training.strategy={MULTI_WORKER} a run trains one variant. Received: "
                f"{', '.join(trained)}. Run the pipeline of one variant after the other in all workers, "
                f"such as: kedro run --pipelines={trained[0]}"
            )
        chief = all(map(is_chief, strategies))
        # Imported only here: TensorFlow takes seconds, which other runs need not wait for at this point.
        from srgan_report.distribution import make_strategy

        for strategy in sorted(strategies):
            make_strategy(strategy)
        if not chief:
            for name in pipeline.all_outputs() | {PROVENANCE}:
                catalog[name] = MemoryDataset()


class InputHooks:
    """Refuses a run whose saved inputs are not there, before anything is computed."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        """Checks that every file of the catalog that the pipeline reads and does not make is there.

        Raises:
            InputError: Some are not; the message names them and the run that makes them. Or a generator can't
                be loaded (as the cause of Kedro's ``DatasetError``).
        """
        missing = [
            name
            for name in sorted(pipeline.inputs())
            if isinstance(dataset := catalog.get(name), AbstractVersionedDataset) and not dataset.exists()
        ]
        if missing:
            raise InputError(
                f"This pipeline reads what is not saved yet: {name_datasets(missing)}. "
                f"Make it with: kedro run --pipelines={_maker(missing, run_params, read_starts(catalog))}"
                + _same_params(run_params)
            )
        for name in pipeline.inputs():
            if name.endswith(".generator"):
                catalog[name].load()  # a damaged one, or one from elsewhere, is an error


def _maker(missing: list[str], run_params: dict[str, Any], starts: dict[str, str]) -> str:
    """The cheapest pipeline that makes all of these datasets, and the environment it is to run in."""
    if _PREPARED.issuperset(missing):
        return "preparation" + _environment(run_params)
    asked = {name.partition(".")[0] for name in run_params.get("namespaces") or ()}
    owners = {name.partition(".")[0] for name in missing if "." in name} or asked
    variant = min(owners) if len(owners) == 1 and owners <= VARIANTS.keys() else "all_variants"
    return choose_pipeline(variant, starts) + _environment(run_params)


def _environment(run_params: dict[str, Any]) -> str:
    return f" --env={run_params['env']}" if run_params.get("env") else ""


def _same_params(run_params: dict[str, Any]) -> str:
    return " (and the same --params)" if run_params.get("runtime_params") else ""


class StartHooks:
    """Refuses a run that would start generators otherwise than its parameters say.

    A pipeline is registered before the environment is known, so that it can't follow parameters.
    """

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        """Checks ``training.start_from`` of every variant that the pipeline trains.

        Raises:
            InputError: A variant's start differs; the message names it and the pipeline to run instead.
        """
        nodes = {node.name for node in pipeline.nodes}
        trained = [name for name in VARIANTS if nodes & {f"{name}.{node}" for node in START_NODES.values()}]
        starts = read_starts(catalog)
        wrong = [name for name in trained if f"{name}.{START_NODES[starts[name]]}" not in nodes]
        if wrong:
            asked = ", ".join(f"{name}.training.start_from={starts[name]}" for name in wrong)
            raise InputError(
                f"This pipeline starts generators otherwise than the parameters say ({asked}). "
                + _remedy(trained, starts, run_params)
            )


def _remedy(trained: list[str], starts: dict[str, str], run_params: dict[str, Any]) -> str:
    """What to run instead, with the options that were asked for."""
    asked = [_without_start(name) for name in run_params.get("pipeline_names") or ["all_variants"]]
    if "all_variants" in asked and not has_form(starts):
        each = ", ".join(choose_pipeline(name, starts) for name in trained)
        return (
            "No pipeline starts just these from srresnet_mse: none, the SRGANs or all others may, or "
            f"run each by its own pipeline ({each})."
        )
    command = f"kedro run --pipelines={','.join(choose_pipeline(name, starts) for name in asked)}"
    command += _environment(run_params)
    if run_params.get("namespaces"):
        command += f" --namespaces={','.join(run_params['namespaces'])}"
    return f"Run: {command}" + _same_params(run_params)


def _without_start(pipeline: str) -> str:
    if pipeline in FORMS or pipeline == "__default__":
        return "all_variants"
    return pipeline.removesuffix("_from_mse")


class ReportHooks:
    """Tells the report which versions this run reads."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: Catalog) -> None:
        """Adds ``--load-versions``, and this run's own, to what the report's own process is told."""
        run = catalog["params:run"]
        # Saved by ProvenanceHooks. The latest could be that of another run beside this one.
        versions = {**(run_params["load_versions"] or {}), PROVENANCE: run_params["run_id"]}
        run.save({**run.load(), "load_versions": versions})


def _harmless(hook: Callable[..., None]) -> Callable[..., None]:
    """Makes a hook log its errors: a run never fails because it can't be recorded."""

    @functools.wraps(hook)
    def call(*args: Any, **kwargs: Any) -> None:
        try:
            hook(*args, **kwargs)
        except Exception as error:
            logger.warning("The provenance of this run is not complete: %s", error)

    return call


class ProvenanceHooks:
    """Saves how each run came about: its code, packages, machine, parameters, times and datasets.

    Once in each run: just before the report is rendered, which shows it, otherwise at the end. A run that is
    refused before it starts saves nothing.
    """

    def __init__(self) -> None:
        """Begins with no run."""
        self._record: RunRecord | None = None

    @hook_impl
    @_harmless
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: Catalog) -> None:
        """Notes what the run starts from."""
        self._record = None  # a run before this one in the same process may have been refused
        parameters = catalog["parameters"].load()
        run = parameters.pop("run")
        self._catalog = catalog
        self._record = RunRecord(
            Path(run_params["project_path"]),
            environment=run["environment"],
            asked={name: run_params[name] for name in _SELECTIONS if run_params.get(name)},
            load_versions=run_params["load_versions"] or {},
            runtime_params=run["runtime_params"],
            parameters=parameters,
            seed=parameters["seed"],
        )

    @hook_impl
    @_harmless
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Notes the version of a dataset that was loaded."""
        self._note_dataset("loaded", dataset_name, data)

    @hook_impl
    @_harmless
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Notes the version of a dataset that was saved."""
        self._note_dataset("saved", dataset_name, data)

    @hook_impl
    @_harmless
    def before_node_run(self, node: Node) -> None:
        """Starts a node's clock; saves the record first if it is the node that renders the report."""
        if "report" in node.outputs:
            self._save("reporting")
        if self._record:
            self._record.start_node(node.name)

    @hook_impl
    @_harmless
    def after_node_run(self, node: Node) -> None:
        """Stops a node's clock."""
        if self._record:
            self._record.stop_node(node.name)

    @hook_impl
    @_harmless
    def on_node_error(self, error: Exception, node: Node) -> None:
        """Stops the clock of a node that failed."""
        if self._record:
            self._record.stop_node(node.name)
            self._record.note_error(error, node.name)

    @hook_impl
    @_harmless
    def after_pipeline_run(self) -> None:
        """Saves the record of a run that finished."""
        self._save("finished")

    @hook_impl
    @_harmless
    def on_pipeline_error(self, error: Exception) -> None:
        """Saves the record of a run that failed, perhaps while it loaded or saved a dataset.

        Of one that had saved nothing until then there is nothing to tell.
        """
        if self._record and self._record.has_saved:
            self._record.note_error(error)
            self._save("failed")

    def _note_dataset(self, how: Literal["loaded", "saved"], name: str, data: Any) -> None:
        if not self._record:
            return
        if name == "split":
            # Imported only here: pandas takes a while, which every command of Kedro's would wait for.
            from srgan_report.fingerprints import fingerprint_split

            self._record.data_sha256 = fingerprint_split(data)
        dataset = self._catalog.get(name)
        if isinstance(dataset, AbstractVersionedDataset):
            resolve = dataset.resolve_load_version if how == "loaded" else dataset.resolve_save_version
            if version := resolve():
                self._record.note_version(how, name, version)

    def _save(self, status: str) -> None:
        """Saves the record, and forgets it: a version is written once."""
        record, self._record = self._record, None
        if record:
            self._catalog.save(PROVENANCE, record.complete(status))
