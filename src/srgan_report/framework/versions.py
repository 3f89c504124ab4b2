"""Which versions a run reads: chosen once, before it begins."""

import logging
from collections import defaultdict
from typing import Any

from kedro.pipeline import Pipeline

from srgan_report.datasets import complete_runs
from srgan_report.errors import InputError
from srgan_report.framework.provenance import Catalog
from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)


def choose_versions(run_params: dict[str, Any], pipeline: Pipeline, catalog: Catalog) -> dict[str, str]:
    """Has a run read the results of complete runs, and nothing that another run saves meanwhile.

    ``generators`` become those of the latest run that has completed each variant.

    Returns:
        The version of all that is read and was saved before, or is asked for; the log says of which run each
        variant's results are, and which later ones are not complete.

    Raises:
        InputError: ``--load-versions`` names what this run makes itself.
    """
    asked, own = run_params["load_versions"] or {}, run_params["run_id"]
    reads, made = pipeline.inputs(), pipeline.all_outputs()
    if run_params.get("only_missing_outputs"):  # any of them may turn out to be read
        reads, made = pipeline.datasets(), set()
    if both := sorted(made & asked.keys()):
        raise InputError(
            "--load-versions must not name datasets that this run makes, as it reads back what it saves. "
            f"Received: {', '.join(both)}. Omit them, or the nodes that make them (--from-nodes)."
        )
    choices = complete_runs.choose_versions(catalog, reads, until=own, made=made, asked=asked)
    chosen = {name: version for each in choices.values() for name, version in each.versions.items()}
    for name in pipeline.inputs() - chosen.keys():
        dataset: Any = catalog.get(name)
        if complete_runs.is_versioned(dataset) and dataset.exists():
            chosen[name] = str(dataset.resolve_load_version())
    for name, version in chosen.items():
        pinned: Any = catalog[name]
        pinned.read_from(version)
    if "generators" in pipeline.inputs():
        generators: Any = catalog["generators"]
        generators.save(complete_runs.find_generators(catalog, asked.get("generators", own)))
    labels: dict[str, list[str]] = defaultdict(list)
    for name in [name for name in VARIANTS if name in choices]:
        complete_runs.warn_of_passed_over(name, choices[name])
        if choices[name].complete:
            labels[choices[name].run].append(VARIANTS[name].label)
    for run, names in labels.items():
        logger.info("Reading results of run %s for %s", run, ", ".join(names))
    return {**asked, **chosen}
