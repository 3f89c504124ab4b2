"""The catalog as a notebook sees it: the same environment, parameters and versions as a run."""

import json
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kedro
import pandas as pd
from kedro.io import DataCatalog
from kedro.utils import find_kedro_project

from srgan_report.datasets.complete_runs import (
    choose_run,
    choose_versions,
    continued_by,
    is_versioned,
    list_versions,
)
from srgan_report.errors import InputError
from srgan_report.evaluation.comparison import leave_out_diverged
from srgan_report.pipelines.starting_points import choose_pipeline
from srgan_report.reporting.text.results import Results
from srgan_report.storage.paths import require_access
from srgan_report.variants import COMPARED, VARIANTS, name_datasets

SPECTRA = ("power_spectra", "lattice_peaks")
_BY_METHOD = ("super_resolved", "upscaled_photograph", "upscaled_photograph_metrics")

# Of these ``Results`` has attributes of the same names.
SHARED = (
    *("split", "validation_crops", "figure_photograph", "comparison", "differences", "published_results"),
    *SPECTRA,
)

REPORT_DATASETS = (
    *SHARED,
    "comparison.blends",
    *(f"{name}.{dataset}" for name in COMPARED for dataset in (*_BY_METHOD, "photograph_metrics")),
    *(f"{name}.{dataset}" for name in VARIANTS for dataset in ("training_history", "training_summary")),
)

# Shown where they are saved; no node of a run that makes the report makes them.
_BENCHMARKS = ("benchmark_comparison", "benchmark_blends")
_OPTIONAL = (*_BENCHMARKS, "provenance")

_START_OF_VERSION = re.compile(r"\d{4}(-\d\d(-\d\d(T[\d.]*Z?)?)?)?")

# An environment variable: how the node that renders the notebook tells it which run it is part of.
_RUN = "SRGAN_REPORT_RUN"


def describe_session(run: Mapping[str, Any]) -> dict[str, str]:
    """Makes the environment variable from which ``open_catalog`` opens the same catalog elsewhere.

    Args:
        run: ``environment`` and ``runtime_params`` of a session and, where a run asks, the ``version`` that
            it saves, the ``load_versions`` that it was told, and the ``conf_source`` of its configuration.
    """
    return {_RUN: json.dumps(run)}


def open_catalog(
    env: str | None = None, version: str | None = None, versions: Mapping[str, str] | None = None
) -> DataCatalog:
    """Opens the project's catalog, from any directory within the project.

    Args:
        env: The Kedro environment. By default that of the run that renders the notebook; by hand,
            the project's default environment.
        version: A run that compared variants, by the version of what it saved: of each dataset the newest
            that is not later is loaded, as that run would have found it, and of each variant what the latest
            run saved that completed it. The start of one is enough: ``"2026-01-31"`` is the last run of that
            day. By default the last one, and the latest benchmark.
        versions: Dataset names, and the version of each to load: ``{"comparison":
            "2026-01-31T12.00.00.000Z"}``. They go before ``version``.

    Raises:
        InputError: The working directory is not in a Kedro project, the bucket of ``data_root`` can't be
            used, ``version`` is not the start of one, or no comparison is that old.
    """
    run = json.loads(os.environ.get(_RUN, "{}"))
    project = find_kedro_project(Path.cwd())
    if project is None and not run.get("conf_source"):
        raise InputError(f"The notebook must be run within the project's directory. Received: {Path.cwd()}.")
    with _quiet():
        context = _load_context(project, run | {"environment": env or run.get("environment")})
        require_access(context.params["data_root"])
        load_versions = (run.get("load_versions") or {}) | dict(versions or {})
        if version is not None or "version" not in run:
            load_versions = _versions_of(version, context._get_catalog(), load_versions) | load_versions
        # KedroContext.catalog takes no versions; KedroSession.run calls this very function with them. With
        # the run's own, its report reads what the run does: see datasets/complete_runs.py.
        return context._get_catalog(save_version=run.get("version"), load_versions=load_versions)


def _versions_of(version: str | None, catalog: DataCatalog, asked: Mapping[str, str]) -> dict[str, str]:
    """The version of all that the report reads, as a run would have found it."""
    names = [name for name in (*REPORT_DATASETS, "provenance") if is_versioned(catalog[name])]
    if version is None:
        compared = {name: list_versions(catalog[name]) for name in ("comparison", "differences")}
        run = choose_run(compared, continued_by(catalog["provenance"]))
        if run is None:
            return {}
        until = run.run
    else:
        names += _BENCHMARKS
        until = _last_run(version, list_versions(catalog["comparison"]))
    # Where there is none, one that is not there: else Kedro would load the latest.
    latest = {name: max(list_versions(catalog[name], until), default=until) for name in names}
    chosen = choose_versions(catalog, names, until=until, asked=asked).values()
    return latest | {name: version for choice in chosen for name, version in choice.versions.items()}


def _last_run(version: str, compared: list[str]) -> str:
    """The last run that compared variants and whose version is not later than this start of one."""
    if not _START_OF_VERSION.fullmatch(version):
        raise InputError(
            "version must be the start of one, such as 2026-01-31 or 2026-01-31T12.00.00.000Z. "
            f"Received: {version}."
        )
    if earlier := [each for each in compared if each[: len(version)] <= version]:
        return max(earlier)
    raise InputError(
        f"version must not be earlier than the first saved comparison. Received: {version}. "
        f"Saved: {', '.join(compared) or 'none'}."
    )


def _load_context(project: Path | None, run: Mapping[str, Any]) -> Any:
    from kedro.framework.project import configure_project
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    if project:
        bootstrap_project(project)
    else:  # the run that renders the notebook is of an installed package
        configure_project("srgan_report")
    context = KedroSession.create(
        project_path=project or Path.cwd(),
        save_on_close=False,
        env=run["environment"],
        conf_source=run.get("conf_source"),
        runtime_params=run.get("runtime_params", {}),
    ).load_context()
    # Parameters are checked as they are read. Checking them against the nodes' types as well would
    # import TensorFlow, for which a notebook that only shows results has no use.
    context._pipelines_to_validate = []
    return context


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Kedro's log, and warnings about how the project is opened, out of the notebook."""
    # Kedro's default, rich, adds an empty line to whatever a notebook displays.
    plain = Path(kedro.__file__).parent / "framework" / "project" / "default_logging.yml"
    os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(plain))
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(logging.NOTSET)
        logging.getLogger("kedro").setLevel(logging.WARNING)
        logging.captureWarnings(False)  # later ones go to stderr, as in any notebook


def load_results(catalog: DataCatalog) -> Results:
    """Loads all that the report shows.

    Raises:
        InputError: Some of it is not saved yet.
    """
    environment = catalog.load("params:run")["environment"]
    if missing := [name for name in REPORT_DATASETS if not catalog.exists(name)]:
        raise InputError(
            f"The report needs data that is not saved yet in environment {environment}: "
            f"{name_datasets(missing)}. Make it with: kedro run "
            f"--pipelines={choose_pipeline('all_variants', catalog)} --env={environment}"
        )
    names = [name for name in (*REPORT_DATASETS, *_OPTIONAL) if catalog.exists(name)]
    loaded: dict[str, dict[str, Any]] = {owner: {} for owner in ("", "comparison", *COMPARED)}
    for name in names:
        owner, _, kind = name.rpartition(".")
        loaded[owner][kind] = catalog.load(name)
    shared: dict[str, Any] = dict.fromkeys(_OPTIONAL) | loaded.pop("") | loaded.pop("comparison")
    of_methods = join_methods(loaded)
    for table in ("comparison", "benchmark_comparison"):
        if shared[table] is not None:
            shared[table] = leave_out_diverged(shared[table], of_methods["summaries"])
    pretrained: Any = catalog["pretrained_generators"]
    versioned: dict[str, Any] = {name: catalog[name] for name in names if is_versioned(catalog[name])}
    return Results(
        **shared,
        **of_methods,
        environment=environment,
        crops=catalog.load("params:figures.crops"),
        pretrained=pretrained.load_summaries(),
        versions=dict.fromkeys(names, "not versioned")
        | {name: dataset.resolve_load_version() for name, dataset in versioned.items()},
    )


def join_methods(saved: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Joins what is saved of each of ``COMPARED`` to attributes of ``Results``."""
    joined: dict[str, Any] = {
        kind: {method: made for of_one in saved.values() for method, made in of_one[kind].items()}
        for kind in _BY_METHOD
    }
    joined["photograph_metrics"] = pd.concat([of_one["photograph_metrics"] for of_one in saved.values()])
    joined["histories"] = {name: saved[name]["training_history"] for name in VARIANTS}
    return joined | {"summaries": {name: saved[name]["training_summary"] for name in VARIANTS}}
