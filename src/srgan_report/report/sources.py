"""Which saved datasets the numbers of a table or figure come from."""

import html
from collections import defaultdict
from collections.abc import Mapping

from IPython.display import HTML

from srgan_report.figures import METHOD_LABELS


def cite(shown: HTML, versions: Mapping[str, str], *datasets: str) -> HTML:
    """Adds a small line to a table or figure: the datasets that it was made from, and their versions.

    Args:
        shown: The table or figure.
        versions: Each dataset's version, by its name in the catalog; as ``Results`` holds them.
        *datasets: Names in the catalog; a name such as ``training_summary`` stands for every variant's.
            Those that were not loaded are left out.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for dataset in datasets:
        for version, owners in _owners_by_version(dataset, versions).items():
            groups[version].append(f"<code>{html.escape(dataset)}</code>{owners}")
    sources = [f"{', '.join(names)} {_tell_version(version)}" for version, names in groups.items()]
    line = f'<p class="source"><small>Source: {"; ".join(sources)}</small></p>' if sources else ""
    return HTML(str(shown.data) + line)


def _owners_by_version(dataset: str, versions: Mapping[str, str]) -> dict[str, str]:
    """For each version of a dataset: whose it is, in brackets, unless all owners have the same."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name, version in versions.items():
        owner, _, kind = name.rpartition(".")
        if dataset in (name, kind):
            owners[version].append(METHOD_LABELS.get(owner, owner))
    if len(owners) == 1:
        return dict.fromkeys(owners, "")
    return {version: f" ({', '.join(names)})" for version, names in owners.items()}


def _tell_version(version: str) -> str:
    if version == "not versioned":
        return f"({version})"
    return f'of <span style="white-space: nowrap">{html.escape(version)}</span>'
