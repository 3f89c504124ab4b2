"""Which versions a run reads: of each variant, and without mixing runs, the latest that are complete."""

import copy
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from kedro.io.core import Version, VersionNotFoundError
from kedro.pipeline import Pipeline

from srgan_report.errors import InputError
from srgan_report.variants import VARIANTS

PREPARED = ("split", "validation_crops", "figure_photograph")
# What a variant is known to be complete by, and whatever else is read of it.
_TRAINED = ("training_history", "training_summary", "metrics")
_PICTURES = ("super_resolved", "upscaled_photograph", "upscaled_photograph_metrics", "photograph_metrics")
_RESULTS = ("generator", "discriminator", *_TRAINED, *_PICTURES, "results")
_OWNERS = {"baselines": ("metrics",)} | dict.fromkeys(VARIANTS, _TRAINED)

logger = logging.getLogger(__name__)

# What a run has read of earlier ones, and completed: dataset names and their versions.
Continued = Callable[[str], Mapping[str, str]]


# The dataset that it goes before; a class of Kedro's would bring its own constructor along.
_Dataset: Any = object


class RunVersionMixin(_Dataset):
    """Makes a run load what it saved itself, and otherwise the latest version from before its start.

    Kedro would load the latest version whoever saved it. Versions are named after the start of the run that
    saves them, so that they are compared by name.
    """

    _version: Any
    _cached_load_version: str | None

    def resolve_load_version(self) -> str | None:
        """Returns the version to load, if the dataset has versions."""
        if not self._version:
            return None
        if self._cached_load_version is None:
            self._cached_load_version = self._choose_version()
        return self._cached_load_version

    def of(self, version: str) -> Self:
        """Returns the same dataset with this version to load."""
        dataset = copy.copy(self)
        dataset.read_from(version)
        return dataset

    def read_from(self, version: str) -> None:
        """Sets the version to load, until the run has saved its own."""
        self._version = Version(version, self._version.save)
        self._cached_load_version = None

    def _choose_version(self) -> str:
        asked, own = self._version.load, self._version.save or self._cached_save_version
        if asked and not (own and self._exists_function(str(self._get_versioned_path(own)))):
            return str(asked)
        saved = self.list_versions(full_path=False)
        for version in saved:  # the latest first
            if own in (None, version) or (self._version.save and version < own):
                return str(version)
        later = f"; those that are there are later than {own}: {', '.join(saved)}" if saved else ""
        raise VersionNotFoundError(f"Did not find any versions for {self}{later}")

    def _get_versions(self) -> list[str]:
        """All versions, the latest first. Kedro's would take the path for a pattern: ``[2026] project``."""
        try:
            folders = self._fs.ls(str(self._filepath), detail=False)
        except FileNotFoundError:
            return []
        except Exception as error:  # each service has errors of its own
            raise VersionNotFoundError(f"Did not find any versions for {self}: {error}") from error
        names = sorted((folder.rstrip("/").rpartition("/")[2] for folder in folders), reverse=True)
        paths = [str(self._get_versioned_path(name)) for name in names]
        return [path for path in paths if self._exists_function(path)]


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
    labels: dict[str, list[str]] = defaultdict(list)
    for name in [name for name in VARIANTS if name in choices]:
        warn_of_passed_over(name, choices[name])
        if choices[name].complete:
            labels[choices[name].run].append(VARIANTS[name].label)
    for run, names in labels.items():
        logger.info("Reading results of run %s for %s", run, ", ".join(names))
    return {**asked, **chosen}


def warn_of_passed_over(name: str, choice: Choice) -> None:
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
