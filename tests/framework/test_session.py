import importlib
import re
import warnings
from pathlib import Path

import pytest
from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project
from kedro.io import Version

import srgan_report.settings
from srgan_report.datasets import JSONDataset
from srgan_report.framework.session import Session

PROJECT = Path(__file__).parents[2]
EARLIER, LATER = "2026-01-31T12.00.00.000000Z", "2026-01-31T12.00.00.000001Z"


def test_is_the_projects_own():
    bootstrap_project(PROJECT)
    assert settings.SESSION_CLASS is Session


def test_ids_differ_within_kedros_millisecond(monkeypatch):
    monkeypatch.setattr(
        "kedro.framework.session.session.generate_timestamp", lambda: "2026-01-31T12.00.00.000Z"
    )
    ids = [Session.create(PROJECT).store["session_id"] for _ in range(2)]
    assert ids == sorted(set(ids))  # later ones are the latest versions
    for each in ids:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{6}Z", each)


@pytest.mark.parametrize(("name", "warns"), [("provenance", False), ("split", True)])
def test_kedro_warns_of_a_later_run_that_saved_first_but_for_its_provenance(tmp_path, name, warns):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        importlib.reload(srgan_report.settings)
        for version in (LATER, EARLIER):
            JSONDataset(filepath=str(tmp_path / f"{name}.json"), version=Version(None, version)).save({})
    assert any("did not match load version" in str(each.message) for each in caught) is warns
