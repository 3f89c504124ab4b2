"""Which results are read together: of each variant, and without mixing runs, the latest that are complete."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.pipeline import Pipeline

from srgan_report.datasets.run_versions import RunVersionMixin
from srgan_report.errors import InputError
from srgan_report.variants import VARIANTS

if TYPE_CHECKING:
    from srgan_report.networks.saved import SavedGenerator

PREPARED = ("split", "validation_crops", "figure_photograph")
# What a variant is known to be complete by, and whatever else is read of it.
_TRAINED = ("training_history", "training_summary", "metrics")
_PICTURES = ("super_resolved", "upscaled_photograph", "upscaled_photograph_metrics", "photograph_metrics")
_RESULTS = ("generator", "discriminator", *_TRAINED, *_PICTURES, "results")
_OWNERS = {"baselines": ("metrics",)} | dict.fromkeys(VARIANTS, _TRAINED)

logger = logging.getLogger(__name__)

# What a run has read of earlier ones, and completed: dataset names and their versions.
Continued = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Choice:
    """The version of each dataset to read: of one run, and where it resumed an earlier one, some of that.

    If no run is ``complete``, they are of the latest, and not all exist. ``passed_over`` are later runs that
    are not complete; the latest first.
    """

    run: str
    versions: Mapping[str, str]
    complete: bool
    passed_over: tuple[str, ...]


def choose_run(saved: Mapping[str, Collection[str]], continued: Continued) -> Choice | None:
    """Chooses the latest run that has a version of every dataset, given the versions of each.

    ``continued`` tells what a run has read of earlier ones. ``None``: nothing is saved.
    """
    runs = sorted({version for versions in saved.values() for version in versions}, reverse=True)
    for rank, run in enumerate(runs):
        lacking = [name for name, versions in saved.items() if run not in versions]
        earlier = continued(run) if lacking else {}
        if all(earlier.get(name) in saved[name] for name in lacking):
            versions = dict.fromkeys(saved, run) | {name: earlier[name] for name in lacking}
            return Choice(run, versions, True, tuple(runs[:rank]))
    return Choice(runs[0], dict.fromkeys(saved, runs[0]), False, tuple(runs)) if runs else None


def choose_versions(
    catalog: Any,
    reads: Iterable[str],
    *,
    until: str,
    made: Collection[str] = (),
    asked: Mapping[str, str] | None = None,
) -> dict[str, Choice]:
    """Chooses what is read of the preparation, the baselines and each variant.

    Args:
        catalog: Kedro's, with ``provenance``.
        reads: The names of all datasets that are read.
        until: The latest version that may be chosen.
        made: Those that the reading run makes itself: it completes an earlier run.
        asked: ``--load-versions``. Of a variant of which one is asked for, all is of that run.

    Returns:
        The choices, where something is read and saved, by ``preparation``, ``baselines`` and variants.
    """
    reads, asked = set(reads), asked or {}
    continued = continued_by(catalog.get("provenance"))
    choices = {}
    for owner, core in _OWNERS.items():
        read = {name for kind in _RESULTS if (name := f"{owner}.{kind}") in reads}
        names = (read | {f"{owner}.{kind}" for kind in core}) - set(made) if read else set()
        if choice := _choose(catalog, names, until, asked, continued):
            choices[owner] = choice
    trained = any(name.rpartition(".")[2] in _RESULTS for name in made if name.partition(".")[0] in VARIANTS)
    compared = [choice.run for owner, choice in choices.items() if owner in VARIANTS and not trained]
    names = reads & set(PREPARED)
    # What variants are compared on is not newer than they are: it would be what none was measured on.
    prepared = _choose(catalog, names, max(compared, default=until), asked, continued)
    if choice := prepared or _choose(catalog, names, until, asked, continued):
        choices["preparation"] = choice
    return choices


def _choose(
    catalog: Any, names: Collection[str], until: str, asked: Mapping[str, str], continued: Continued
) -> Choice | None:
    wanted = {name: asked[name] for name in names if name in asked}
    until = max(wanted.values(), default=until)
    saved = {
        name: [wanted[name]] if name in wanted else list_versions(catalog[name], until)
        for name in sorted(names)
        if is_versioned(catalog.get(name))
    }
    choice = choose_run(saved, continued)
    return choice and replace(choice, versions={**choice.versions, **wanted})


def pin_versions(run_params: dict[str, Any], pipeline: Pipeline, catalog: Any) -> dict[str, str]:
    """Has a run read the results of complete runs, and nothing that another run saves meanwhile.

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
    choices = choose_versions(catalog, reads, until=own, made=made, asked=asked)
    chosen = {name: version for each in choices.values() for name, version in each.versions.items()}
    for name in pipeline.inputs() - chosen.keys():
        dataset = catalog.get(name)
        if is_versioned(dataset) and dataset.exists():
            chosen[name] = str(dataset.resolve_load_version())
    for name, version in chosen.items():
        catalog[name].read_from(version)
    if "generators" in pipeline.inputs():
        catalog["generators"].save(find_generators(catalog, asked.get("generators", own)))
    labels: dict[str, list[str]] = defaultdict(list)
    for name in [name for name in VARIANTS if name in choices]:
        _warn_of_passed_over(name, choices[name])
        if choices[name].complete:
            labels[choices[name].run].append(VARIANTS[name].label)
    for run, names in labels.items():
        logger.info("Reading results of run %s for %s", run, ", ".join(names))
    return {**asked, **chosen}


def _warn_of_passed_over(name: str, choice: Choice) -> None:
    """Logs which later runs of a variant are not read, because they are not complete."""
    if choice.passed_over:
        runs = ", ".join(choice.passed_over)
        logger.warning("%s: skipped incomplete results of %s", VARIANTS[name].label, runs)


def is_versioned(dataset: Any) -> bool:
    """Tells a saved dataset with versions from others."""
    return isinstance(dataset, RunVersionMixin) and dataset._version is not None


def list_versions(dataset: Any, until: str | None = None) -> list[str]:
    """Lists the versions of a dataset up to one, the latest first; of one without versions none."""
    if not is_versioned(dataset):
        return []
    return [each for each in dataset.list_versions(full_path=False) if until is None or each <= until]


def continued_by(provenance: Any) -> Continued:
    """Looks up what runs have read of earlier ones in what they recorded."""

    def look_up(run: str) -> Mapping[str, str]:
        recorded = provenance.of(run).load() if run in list_versions(provenance) else {}
        return dict(recorded.get("chosen_versions", {}))

    return look_up


def find_generators(catalog: Any, until: str) -> "dict[str, SavedGenerator]":
    """Finds the generator of the latest run, up to this version, that has completed each variant.

    Returns:
        The generators in the order of variants.py, each loaded when it is asked for; none where no run is
        complete, or where that training diverged.
    """
    from srgan_report.networks.saved import SavedGenerator  # only here: it brings TensorFlow

    choices = choose_versions(catalog, [f"{name}.generator" for name in VARIANTS], until=until)
    found = {}
    for name, choice in choices.items():
        if not choice.complete:
            continue
        chosen = {name: catalog[name].of(version) for name, version in choice.versions.items()}
        # Without versions: whatever a run saves meanwhile, these are loaded.
        files = {name: dataset.at(dataset._get_load_path()) for name, dataset in chosen.items()}
        summary = files[f"{name}.training_summary"].load()
        if summary.get("status") == "diverged":
            logger.warning("Left out %s, which diverged.", VARIANTS[name].label)
            continue
        found[name] = SavedGenerator(
            choice.versions[f"{name}.generator"],
            partial(_load, name, choice, files[f"{name}.generator"]),
            partial(_describe, name, summary, files[f"{name}.metrics"], catalog, until),
        )
    return found


def _load(name: str, choice: Choice, generator: Any) -> Any:
    _warn_of_passed_over(name, choice)
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
