"""Where the report's numbers come from: the run, its code and machine, versions and parameters."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd
from IPython.display import HTML

from srgan_report import __version__
from srgan_report.reporting.display import show_table
from srgan_report.reporting.text.results import Results, group_by_value
from srgan_report.reporting.words import duration, flatten
from srgan_report.variants import METHOD_LABELS, VARIANTS

_PACKAGES = ("kedro", "tensorflow", "keras", "numpy", "pandas", "scikit-image", "pillow", "matplotlib")

_CLEAN = {
    True: "exactly as in this commit, which restores it",
    False: "changed since this commit, which alone does not restore it",
    None: "unknown",
}


def find_trained_elsewhere(results: Results) -> list[str]:
    """The labels of the variants that another run trained than the one that ``provenance`` describes."""
    version = results.versions.get("provenance")
    trained = {name: results.versions.get(f"{name}.training_summary") for name in VARIANTS}
    return [METHOD_LABELS[name] for name, of_variant in trained.items() if of_variant != version]


def run_table(results: Results) -> HTML | None:
    """The run: what was asked for, by which code, on what machine, with which photographs."""
    provenance = results.provenance
    if provenance is None:
        return None
    code, machine, tensorflow = (provenance[key] for key in ("code", "machine", "tensorflow"))
    facts = {
        "Kedro environment": provenance["environment"],
        "Asked for": _write(provenance["asked"]),
        "--params": _write(provenance["runtime_params"]),
        "--load-versions": _write(provenance["load_versions"]),
        "Commit": code["commit"] or "unknown: no git, or no repository",
        "Code": _CLEAN[code["clean"]],
        "Processor": f"{machine['processor']}, {machine['cores']} cores",
        "Platform": machine["platform"],
        "GPUs": ", ".join(tensorflow["gpus"] if tensorflow else []) or "none",
        "Threads of TensorFlow": _threads(tensorflow),
        "Seed": str(provenance["seed"]),
        "Fingerprint of the photographs": provenance["data_sha256"] or "none: the run read no split",
    }
    return show_table(pd.DataFrame({"Run": facts.keys(), "": facts.values()}))


def wall_times_table(results: Results) -> HTML | None:
    """How long each node took, by whom it belongs to: its own work, without loading and saving.

    The variants come last, in the article's order, whichever ran first.
    """
    if results.provenance is None:
        return None
    ranks = {variant.label: rank for rank, variant in enumerate(VARIANTS.values())}
    times = _by_owner(results.provenance["seconds"], "node")
    times = times.sort_values("Of", key=lambda owners: owners.map(ranks).fillna(-1), kind="stable")
    times["Nodes"] = times["node"] + "\N{NO-BREAK SPACE}" + times["value"].map(_brief)
    table = times.groupby("Of", sort=False).agg({"Nodes": ", ".join, "value": "sum"}).reset_index()
    table["Total"] = table["value"].map(_brief)
    return show_table(table[["Of", "Nodes", "Total"]], unbroken=["Total"])


def versions_table(results: Results) -> HTML:
    """Which version of each dataset was read; those of one owner and version share a row."""
    versions = _by_owner(results.versions, "Datasets").rename(columns={"value": "Version"})
    table = versions.groupby(["Of", "Version"], sort=False)["Datasets"].agg(", ".join).reset_index()
    return show_table(table[["Of", "Datasets", "Version"]], unbroken=["Version"])


def _by_owner(values: Mapping[str, Any], kind: str) -> pd.DataFrame:
    """Values by names such as ``srgan_mse.train``: whom they are ``Of``, which ``kind``, the ``value``."""
    rows = []
    for full_name, value in values.items():
        owner, _, name = full_name.rpartition(".")
        rows.append((METHOD_LABELS.get(owner, owner) or "all methods", name, value))
    return pd.DataFrame(rows, columns=["Of", kind, "value"])


def parameters_table(results: Results) -> HTML:
    """The parameters that the variants were trained with; one on which they differ has several rows."""
    everyone = len(results.summaries)
    rows = [
        {
            "Parameter": parameter,
            "Value": value,
            "Variants": "all" if len(names) == everyone else ", ".join(METHOD_LABELS[name] for name in names),
        }
        for parameter, by_value in group_by_value(results.summaries).items()
        for value, names in by_value.items()
    ]
    return show_table(pd.DataFrame(rows))


def packages_table(results: Results) -> HTML:
    """The versions of Python and of the most important packages, in the run and in this notebook."""
    here = {"srgan-report": __version__, "python": platform.python_version()}
    here |= {package: version(package) for package in _PACKAGES}
    recorded = results.provenance["packages"] if results.provenance else {}
    table = pd.DataFrame({"The run's": recorded, "This notebook's": here}, index=list(here), dtype=object)
    return show_table(table.rename_axis("Package").reset_index())


def _write(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in flatten(options).items()) or "none"


def _threads(tensorflow: Mapping[str, Any] | None) -> str:
    if tensorflow is None:
        return "none: the run did not need it"
    within, between = (tensorflow[key] or "its default" for key in ("intra_op_threads", "inter_op_threads"))
    return f"{within} within an operation, {between} between operations"


def _brief(seconds: float) -> str:
    return f"{seconds:.1f}\N{NO-BREAK SPACE}s" if seconds < 60 else duration(seconds)
