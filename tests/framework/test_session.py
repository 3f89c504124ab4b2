import re
from pathlib import Path

from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro_viz.integrations.kedro.hooks_utils import is_sequential_runner

from srgan_report.framework.session import SequentialRunner, Session
from srgan_report.variants import VARIANTS

PROJECT = Path(__file__).parents[2]


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


def test_variants_run_in_the_order_of_the_tables():
    ran = []

    def note(namespace):
        def run(start):
            ran.append(namespace)
            return start

        return Node(run, "start", f"{namespace}.end", name="step", namespace=namespace)

    pipeline = Pipeline([note(namespace) for namespace in sorted(["comparison", *VARIANTS])])
    catalog = DataCatalog({"start": MemoryDataset(1)})
    SequentialRunner().run(pipeline, catalog)
    assert ran == ["comparison", *VARIANTS]


def test_kedro_viz_takes_the_runner_for_kedros_own():
    assert is_sequential_runner({"runner": str(SequentialRunner())})
