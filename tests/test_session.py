import re
from pathlib import Path

from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project

from srgan_report.session import Session

PROJECT = Path(__file__).parents[1]


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
