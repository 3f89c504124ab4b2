"""How tests read what a run wrote, and write what a run would have."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from kedro.io import DataCatalog, Version

from srgan_report.datasets import CSVDataset, JSONDataset
from srgan_report.datasets.generators_datasets import find_generators

CATALOG = Path(__file__).parents[1] / "conf" / "base" / "catalog.yml"

_TENSORFLOW = re.compile(r"[IE]\d{4} .*|WARNING: All log messages before absl::InitializeLog.*")


def own_lines(stderr: str) -> list[str]:
    """The lines that are not TensorFlow's, which its libraries write as they are loaded."""
    return [line for line in stderr.splitlines() if not _TENSORFLOW.fullmatch(line)]


def complete(root, name: str, version: str, summary: Any = None, metrics: Any = None) -> None:
    """Saves what makes a variant's run complete, next to a generator of this version."""
    models, at = f"{root}/06_models/{name}", Version(None, version)
    CSVDataset(filepath=f"{models}/training_history.csv", version=at).save(pd.DataFrame({"epoch": [1]}))
    summary = summary or {"status": "finished"}
    JSONDataset(filepath=f"{models}/training_summary.json", version=at).save(summary)
    measured = metrics or {name: {"validation_crops_sha256": "c0ffee"}}
    JSONDataset(filepath=f"{root}/07_model_output/{name}/metrics.json", version=at).save(measured)


def find_saved(root: Any, until: str = "9999") -> Any:
    """The generators that a run finds below a root of results."""
    entries = yaml.safe_load(CATALOG.read_text().replace("${_root}", str(root)))
    kept = {name: entries[name] for name in entries if name.startswith("{variant}.") or name == "provenance"}
    return find_generators(DataCatalog.from_config(kept), until)
