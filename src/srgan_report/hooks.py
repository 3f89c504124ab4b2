"""What happens around a run: checks of what it starts from, and where its report is."""

import logging
from pathlib import PurePosixPath
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, CatalogProtocol
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline import Pipeline

from srgan_report.errors import InputError
from srgan_report.starts import START_NODES, choose_pipeline, read_starts
from srgan_report.variants import VARIANTS

Catalog = CatalogProtocol[Any, AbstractDataset[Any, Any]]

logger = logging.getLogger(__name__)


class InputHooks:
    """Refuses a run whose saved inputs are not there, before anything is computed."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        """Checks that every file of the catalog that the pipeline reads and does not make is there.

        Raises:
            InputError: Some are not; the message names them and the run that makes them.
        """
        missing = [
            name
            for name in sorted(pipeline.inputs())
            if isinstance(dataset := catalog.get(name), AbstractVersionedDataset) and not dataset.exists()
        ]
        if missing:
            raise InputError(
                f"This pipeline reads what is not saved yet: {', '.join(missing)}. "
                f"Make it with: kedro run --pipelines={_maker(missing, run_params, read_starts(catalog))}"
            )


def _maker(missing: list[str], run_params: dict[str, Any], starts: dict[str, str]) -> str:
    """The cheapest pipeline that makes all of these datasets, and the environment it is to run in."""
    asked = {name.partition(".")[0] for name in run_params.get("namespaces") or ()}
    owners = {name.partition(".")[0] for name in missing if "." in name} or asked
    variant = min(owners) if len(owners) == 1 and owners <= VARIANTS.keys() else "all_variants"
    return choose_pipeline(variant, starts) + _environment(run_params)


def _environment(run_params: dict[str, Any]) -> str:
    return f" --env={run_params['env']}" if run_params.get("env") else ""


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
            srgans = [name for name in trained if VARIANTS[name].adversarial]
            raise InputError(
                f"This pipeline starts generators otherwise than the parameters say ({asked}). "
                + _remedy(srgans, starts, run_params)
            )


def _remedy(srgans: list[str], starts: dict[str, str], run_params: dict[str, Any]) -> str:
    """What to run instead, with the options that were asked for."""
    if len({starts[name] for name in srgans}) > 1:
        each = ", ".join(choose_pipeline(name, starts) for name in srgans)
        return (
            "No pipeline starts some SRGANs from scratch and others from srresnet_mse: "
            f"give all of them the same start, or run each by its own pipeline ({each})."
        )
    asked = run_params.get("pipeline_names") or ["all_variants"]
    names = [name.replace("__default__", "all_variants").removesuffix("_from_mse") for name in asked]
    command = f"kedro run --pipelines={','.join(choose_pipeline(name, starts) for name in names)}"
    command += _environment(run_params)
    if run_params.get("namespaces"):
        command += f" --namespaces={','.join(run_params['namespaces'])}"
    return f"Run: {command}" + (" (and the same --params)" if run_params.get("runtime_params") else "")


class ReportHooks:
    """Tells the report which versions this run reads, and the user where the report is."""

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], catalog: Catalog) -> None:
        """Adds ``--load-versions`` to what the report's own process is told of this run."""
        run = catalog["params:run"]
        run.save({**run.load(), "load_versions": run_params["load_versions"] or {}})

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        """Logs the path of the report, if this run made one."""
        report = catalog.get("report") if "report" in pipeline.all_outputs() else None
        if isinstance(report, AbstractVersionedDataset):
            path = report._get_load_path()
            logger.info("The report is at %s", _shorten(path, run_params["project_path"]))


def _shorten(path: PurePosixPath, project_path: str) -> PurePosixPath:
    return path.relative_to(project_path) if path.is_relative_to(project_path) else path
