"""The trained generators of all variants, as a catalog has them."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from srgan_report.datasets.complete_runs import (
    Choice,
    choose_versions,
    list_versions,
    warn_of_passed_over,
)
from srgan_report.variants import VARIANTS

if TYPE_CHECKING:
    from srgan_report.networks.saved import SavedGenerator

logger = logging.getLogger(__name__)


def find_generators(catalog: Any, until: str) -> "dict[str, SavedGenerator]":
    """Finds the generator of the latest run that has completed each variant.

    Args:
        catalog: Kedro's, with ``provenance`` and the datasets of the variants.
        until: The latest version that may be chosen.

    Returns:
        The generators in the order of variants.py, each loaded when it is asked for; none where no run is
        complete, or where that training diverged.
    """
    # Only here: it brings TensorFlow.
    from srgan_report.networks.saved import SavedGenerator

    choices = choose_versions(catalog, [f"{name}.generator" for name in VARIANTS], until=until)
    found = {}
    for name in [name for name in VARIANTS if name in choices and choices[name].complete]:
        generator, summary, metrics = (
            _file(catalog, f"{name}.{kind}", choices[name])
            for kind in ("generator", "training_summary", "metrics")
        )
        facts = summary.load()
        if facts.get("status") == "diverged":
            logger.warning("Left out %s, which diverged.", VARIANTS[name].label)
            continue
        found[name] = SavedGenerator(
            choices[name].versions[f"{name}.generator"],
            partial(_load, name, choices[name], generator),
            partial(_describe, name, facts, metrics, catalog, until),
        )
    return found


def _file(catalog: Any, dataset: str, choice: Choice) -> Any:
    """Without versions: whatever a run saves meanwhile, this one is loaded."""
    chosen = catalog[dataset].of(choice.versions[dataset])
    return chosen.at(chosen._get_load_path())


def _load(name: str, choice: Choice, generator: Any) -> Any:
    warn_of_passed_over(name, choice)
    return generator.load()


def _describe(name: str, summary: dict[str, Any], saved: Any, catalog: Any, until: str) -> dict[str, Any]:
    """What the same run saved, and bicubic interpolation's metrics on the same crops, of whichever run."""
    metrics = saved.load()[name]
    baselines = catalog["baselines.metrics"]
    for version in list_versions(baselines, until):
        bicubic = baselines.of(version).load()["bicubic"]
        if bicubic.get("validation_crops_sha256") == metrics["validation_crops_sha256"]:
            return {"summary": summary, "metrics": metrics, "bicubic": bicubic}
    return {"summary": summary, "metrics": metrics}
