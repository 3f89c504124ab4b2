"""Where the report's numbers come from: versions of datasets and packages, parameters."""

import json
import platform
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd
from IPython.display import HTML

from srgan_report import __version__
from srgan_report.figures import METHOD_LABELS
from srgan_report.report.display import show_table

_PACKAGES = ("kedro", "tensorflow", "keras", "numpy", "pandas", "scikit-image", "pillow", "matplotlib")
_PARAMETERS = ("seed", "photographs")


def versions_table(versions: Mapping[str, str]) -> HTML:
    """Which version of each dataset was read; those of one owner and version share a row.

    Args:
        versions: Each dataset's version, by its name in the catalog.
    """
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, loaded in versions.items():
        owner, _, dataset = name.rpartition(".")
        groups[owner, loaded].append(dataset)
    return show_table(
        pd.DataFrame(
            {"Of": _owner(owner), "Datasets": ", ".join(datasets), "Version": loaded}
            for (owner, loaded), datasets in groups.items()
        )
    )


def parameters_table(summaries: Mapping[str, Mapping[str, Any]]) -> HTML:
    """The parameters that the variants were trained with; one on which they differ has several rows.

    Args:
        summaries: Each variant's ``training_summary``.
    """
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, summary in summaries.items():
        chosen = {key: summary[key] for key in _PARAMETERS} | summary["parameters"]
        for parameter, value in _flatten(chosen).items():
            values[parameter][value].append(name)
    rows = []
    for parameter, by_value in values.items():
        for value, names in by_value.items():
            who = "all" if len(names) == len(summaries) else ", ".join(METHOD_LABELS[name] for name in names)
            rows.append({"Parameter": parameter, "Value": value, "Variants": who})
    return show_table(pd.DataFrame(rows))


def packages_table() -> HTML:
    """The versions of Python and of the packages that this report was made with."""
    versions = {"srgan-report": __version__, "Python": platform.python_version()}
    versions |= {package: version(package) for package in _PACKAGES}
    return show_table(pd.DataFrame({"Package": versions.keys(), "Version": versions.values()}))


def _owner(name: str) -> str:
    return {"": "all methods", "baselines": "baselines"}.get(name, METHOD_LABELS.get(name, name))


def _flatten(parameters: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters by their dotted names, values as YAML and the command line write them."""
    flat: dict[str, str] = {}
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        elif value is not None or prefix:
            flat[f"{prefix}{key}"] = value if isinstance(value, str) else json.dumps(value)
    return flat
