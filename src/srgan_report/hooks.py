"""What happens around a run: checks of what it starts from, and where its report is."""

import logging
from pathlib import PurePosixPath
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractDataset, CatalogProtocol
from kedro.io.core import AbstractVersionedDataset
from kedro.pipeline import Pipeline

from srgan_report.errors import InputError
from srgan_report.variants import VARIANTS

Catalog = CatalogProtocol[Any, AbstractDataset[Any, Any]]

logger = logging.getLogger(__name__)

# The nodes that start a variant's generator, by the value of training.start_from that they stand for. Not
# imported from where they are made: that would load TensorFlow for every command of Kedro's.
_STARTS = {"scratch": "initialize_generator", "srresnet_mse": "continue_from_srresnet_mse"}


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
                f"Make it with: kedro run --pipelines={_maker(missing, run_params)}"
            )


def _maker(missing: list[str], run_params: dict[str, Any]) -> str:
    """The cheapest pipeline that makes all of these datasets, and the environment it is to run in."""
    asked = {name.partition(".")[0] for name in run_params.get("namespaces") or ()}
    owners = {name.partition(".")[0] for name in missing if "." in name} or asked
    variant = min(owners) if len(owners) == 1 and owners <= VARIANTS.keys() else "all_variants"
    return variant + (f" --env={run_params['env']}" if run_params.get("env") else "")


class StartHooks:
    """Refuses a run that would start generators otherwise than its parameters say.

    A pipeline is registered before the environment is known, so that it can't follow parameters.
    """

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> None:
        """Checks ``training.start_from`` of every variant that the pipeline trains.

        Raises:
            InputError: A variant's start differs; the message names both and the pipeline to run instead.
        """
        nodes = {node.name for node in pipeline.nodes}
        wrong: dict[str, list[str]] = {}
        for name in VARIANTS:
            drawn = [start for start, node in _STARTS.items() if f"{name}.{node}" in nodes]
            if drawn and drawn != [asked := catalog.load(f"params:{name}.training.start_from")]:
                wrong.setdefault(asked, []).append(name)
        for asked, names in wrong.items():
            group = "training" if len(names) > 1 else f"{names[0]}.training"
            raise InputError(
                f"This pipeline must start {', '.join(names)} from {asked}, as {group}.start_from says, and "
                f"does not. Run: kedro run --pipelines={_instead(asked, run_params)}"
            )


def _instead(start: str, run_params: dict[str, Any]) -> str:
    """The asked-for pipelines with the other start, and the options that they were asked for with."""
    suffix = "_from_mse" if start == "srresnet_mse" else ""
    asked = run_params.get("pipeline_names") or ["all_variants"]
    names = [name.replace("__default__", "all_variants").removesuffix("_from_mse") for name in asked]
    options = [",".join(name + suffix if name in {*VARIANTS, "all_variants"} else name for name in names)]
    if run_params.get("env"):
        options.append(f"--env={run_params['env']}")
    if run_params.get("namespaces"):
        options.append(f"--namespaces={','.join(run_params['namespaces'])}")
    return " ".join(options)


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
