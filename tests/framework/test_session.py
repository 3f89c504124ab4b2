import time
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


def test_ids_differ_within_a_microsecond(monkeypatch):
    clock = iter([1769860800_000000001, 1769860800_000000002])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    # Later ones sort as the latest versions.
    assert [Session.create(PROJECT).store["session_id"] for _ in range(2)] == [
        "2026-01-31T12.00.00.000000001Z",
        "2026-01-31T12.00.00.000000002Z",
    ]


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
