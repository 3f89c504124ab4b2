"""What is checked and chosen before a run: starting points, devices, storage, and what it reads."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import MemoryDataset
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline import Pipeline

from srgan_report.choices import StrategyName
from srgan_report.datasets.complete_runs import PREPARED, list_versions, pin_versions
from srgan_report.datasets.generators_datasets import find_generators
from srgan_report.errors import InputError
from srgan_report.framework.provenance import PROVENANCE, Catalog
from srgan_report.pipelines.starting_points import FROM_MSE, choose_pipeline, read_starts
from srgan_report.storage.paths import require_access
from srgan_report.training.cluster import MULTI_WORKER, read_task
from srgan_report.variants import VARIANTS, name_datasets


class RunHooks:
    """Gets a run ready, or refuses it before anything is computed."""

    def __init__(self) -> None:
        self._strategies: set[StrategyName] = set()

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        require_starting_points(run_params, pipeline, catalog)
        self._strategies = make_strategies(pipeline, catalog)
        require_access(catalog["params:data_root"].load())
        versions = pin_versions(run_params, pipeline, catalog)
        if "generators" in pipeline.inputs():
            until = versions.get("generators", run_params["run_id"])
            catalog["generators"].save(find_generators(catalog, until))
        run = catalog["params:run"]  # which tells the report's own process what it reads
        told = {"version": run_params["run_id"], "load_versions": versions}
        run.save({**run.load(), "project": run_params["project_path"], **told})
        require_inputs(run_params, pipeline, catalog)
        require_photographs(run_params, pipeline, catalog)

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Has workers leave together, as the last thing: one that is gone looks crashed to others."""
        if MULTI_WORKER in self._strategies:
            from srgan_report.training.distribution import Replicas, make_strategy

            Replicas(make_strategy(MULTI_WORKER)).leave_together()


def require_starting_points(run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
    """Refuses a run in which a variant has no SRResNet-MSE to start from, where parameters say that it does.

    A pipeline is registered before the environment is known, so that it can't follow parameters.
    """
    starts = read_starts(catalog)
    lacking = [
        str(node.namespace)
        for node in pipeline.nodes
        if node.name == f"{node.namespace}.initialize_generator"
        and starts[str(node.namespace)] == "srresnet_mse"
        and "srresnet_mse.generator" not in node.inputs
    ]
    if lacking:
        asked = ", ".join(f"{name}.training.start_from=srresnet_mse" for name in lacking)
        raise InputError(
            f"This pipeline does not read the SRResNet-MSE to start from ({asked}). Run: kedro run "
            f"--pipelines={FROM_MSE}{_same_options(run_params)}"
        )


def make_strategies(pipeline: Pipeline, catalog: Catalog) -> set[StrategyName]:
    """Makes the strategies of ``training.strategy`` before TensorFlow does anything: no machine joins later.

    Several machines train one variant at a time. In a worker that is not the chief outputs stay in memory.
    """
    nodes = {node.name for node in pipeline.nodes}
    trained = [name for name in VARIANTS if f"{name}.train" in nodes]
    strategies = {catalog.load(f"params:{name}.training.strategy") for name in trained} - {"default"}
    if not strategies:
        return strategies
    if MULTI_WORKER in strategies and len(trained) > 1:
        raise InputError(
            f"With training.strategy={MULTI_WORKER}, a run trains one variant. Received: "
            f"{', '.join(trained)}. Run one variant's pipeline after another in all workers, such as: "
            f"kedro run --pipelines={trained[0]}"
        )
    is_chief = MULTI_WORKER not in strategies or read_task() == 0
    # Imported only here: TensorFlow takes seconds, which other runs need not wait for at this point.
    from srgan_report.training.distribution import make_strategy

    for strategy in sorted(strategies):
        make_strategy(strategy)
    if not is_chief:
        for name in pipeline.all_outputs() | {PROVENANCE}:
            catalog[name] = MemoryDataset()
    return strategies


def require_inputs(run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
    """Raises an ``InputError`` if an input is missing, which names the run that makes it, or is damaged."""
    missing = [
        name
        for name in sorted(pipeline.inputs())
        if isinstance(dataset := catalog.get(name), AbstractVersionedDataset) and not dataset.exists()
    ]
    if missing:
        raise InputError(
            f"This pipeline reads data that is not saved yet: {name_datasets(missing)}. Make it with: "
            f"kedro run --pipelines={_maker(missing, run_params, catalog)}{_same_options(run_params)}"
            + _tell_later(missing, run_params, catalog)
        )
    for name in pipeline.inputs():
        if name.endswith(".generator"):
            catalog[name].load()  # a damaged one, or one from elsewhere, is an error


def require_photographs(run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
    """Compares ids and bytes of all photographs with the split that the run reads, unless it makes it."""
    inputs = pipeline.inputs()
    kept = run_params.get("only_missing_outputs") and catalog["split"].exists()
    if "photographs" in inputs and ("split" in inputs or kept):
        # Imported only here: it brings TensorFlow.
        from srgan_report.data.split import require_same_photographs

        require_same_photographs(catalog["photographs"].load(), catalog["split"].load())


def _maker(missing: list[str], run_params: dict[str, Any], catalog: Catalog) -> str:
    """The cheapest pipeline that makes all of these datasets."""
    if set(PREPARED).issuperset(missing):
        return "preparation"
    asked = {name.partition(".")[0] for name in run_params.get("namespaces") or ()}
    owners = {name.partition(".")[0] for name in missing if "." in name} or asked
    variant = min(owners) if len(owners) == 1 and owners <= VARIANTS.keys() else "all_variants"
    return choose_pipeline(variant, catalog)


def _same_options(run_params: dict[str, Any]) -> str:
    """The rest of a command that runs in the same environment with the same parameters."""
    environment = f" --env={run_params['env']}" if run_params.get("env") else ""
    return environment + (" (and the same --params)" if run_params.get("runtime_params") else "")


def _tell_later(missing: list[str], run_params: dict[str, Any], catalog: Catalog) -> str:
    """What there is that a clock which ran ahead has dated after this run's start."""
    own = run_params.get("run_id", "")
    later = {name: max(list_versions(catalog[name]), default="") for name in missing}
    named = ",".join(f"{name}:{version}" for name, version in later.items() if own and version > own)
    if not named:
        return ""
    return f". Versions later than this run's start ({own}) are read only with: --load-versions={named}"
