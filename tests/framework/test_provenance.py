import json
import subprocess
import sys
import time

import pandas as pd
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, DatasetError, Version
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset

from srgan_report.errors import InputError
from srgan_report.framework.provenance import ProvenanceHooks
from srgan_report.provenance.fingerprints import fingerprint_split
from srgan_report.settings import HOOKS

SPLIT = pd.DataFrame({"position": [0], "id": ["a.png"], "sha256": ["00"], "subset": ["training"]})


def make_split():
    return SPLIT


def refuse(split):
    raise InputError("There is nothing in /home/somebody.")


class TestProvenanceHooks:
    make = Node(make_split, None, "split", name="make")
    count = Node(len, "split", "rows", name="count")
    refuse = Node(refuse, "split", "never", name="refuse")

    @pytest.fixture
    def root(self, tmp_path):
        return tmp_path / "data"

    def run(self, root, *nodes, version="v1", hooks=None, **asked):
        """Runs nodes, and calls the hooks, as Kedro's session does."""
        manager = _create_hook_manager()
        manager.register(hooks or ProvenanceHooks())
        arguments = {
            "run_params": {"project_path": str(root.parent), "load_versions": None, **asked},
            "pipeline": Pipeline(list(nodes)),
            "catalog": self.make_catalog(root, version),
        }
        manager.hook.before_pipeline_run(**arguments)
        try:
            result = SequentialRunner().run(arguments["pipeline"], arguments["catalog"], manager)
        except Exception as error:
            manager.hook.on_pipeline_error(error=error, **arguments)
            raise
        manager.hook.after_pipeline_run(run_result=result, **arguments)

    def make_catalog(self, root, version):
        split, report, provenance = (
            {"filepath": str(root / name), "version": Version(None, version)}
            for name in ("split.csv", "report.json", "provenance.json")
        )
        catalog = DataCatalog(
            {
                "split": CSVDataset(**split, save_args={"index": False}),
                "report": JSONDataset(**report),
                "provenance": JSONDataset(**provenance),
            }
        )
        catalog["params:run"] = {"load_versions": {"split": "v0"}}
        catalog["parameters"] = {
            "seed": 2017,
            "photographs": {"path": "/home/somebody/photographs"},
            "run": {"environment": "sample", "runtime_params": {"seed": 2017}},
        }
        return catalog

    def read(self, root):
        """What is saved, by version."""
        return {path.parent.name: json.loads(path.read_text()) for path in root.glob("provenance.json/*/*")}

    def test_records_a_run_that_finished(self, root):
        self.run(root, self.make, self.count, pipeline_names=["preparation"], tags=None)
        provenance = self.read(root)["v1"]
        assert provenance["status"] == "finished"
        assert provenance["error"] is None
        assert list(provenance["seconds"]) == ["make", "count"]
        assert provenance["saved"] == {"split": "v1"}
        assert provenance["loaded"] == {"split": "v1"}
        assert provenance["asked"] == {"pipeline_names": ["preparation"]}
        assert provenance["load_versions"] == {}
        assert provenance["chosen_versions"] == {"split": "v0"}
        assert provenance["environment"] == "sample"
        assert provenance["runtime_params"] == {"seed": 2017}
        assert provenance["seed"] == 2017
        assert provenance["packages"]["pandas"] == pd.__version__
        assert 0 <= provenance["seconds"]["count"] <= provenance["total_seconds"] < 60
        assert provenance["parameters"] == {"seed": 2017, "photographs": {"path": "…/photographs"}}
        assert set(provenance["machine"]) == {"platform", "processor", "cores"}
        assert "somebody" not in json.dumps(provenance)

    def test_fingerprint_is_that_of_the_split(self, root):
        self.run(root, self.make)
        assert self.read(root)["v1"]["data_sha256"] == fingerprint_split(SPLIT)

    def test_seconds_are_those_of_the_node(self, root):
        self.run(root, self.make, Node(lambda split: time.sleep(0.2), "split", None, name="sleep"))
        seconds = self.read(root)["v1"]["seconds"]
        assert 0.2 <= seconds["sleep"] < 2
        assert seconds["make"] < 0.2

    def test_is_saved_before_the_report_with_all_that_ran_before(self, root):
        seen = {}

        def render(rows):
            seen.update(self.read(root))
            return rows

        self.run(root, self.make, self.count, Node(render, "rows", "report", name="render"))
        assert seen == self.read(root)  # and it is not written again
        assert seen["v1"]["status"] == "reporting"
        assert set(seen["v1"]["seconds"]) == {"make", "count"}

    def test_records_a_run_that_failed_and_in_which_node(self, root):
        with pytest.raises(InputError):
            self.run(root, self.make, self.refuse)
        provenance = self.read(root)["v1"]
        assert provenance["status"] == "failed"
        assert provenance["error"] == {"type": "InputError", "node": "refuse"}
        assert set(provenance["seconds"]) == {"make", "refuse"}
        assert "somebody" not in json.dumps(provenance)

    def test_records_a_run_that_failed_beside_its_nodes(self, root):
        read_what_is_not_there = Node(len, "report", "rows", name="read_report")
        with pytest.raises(DatasetError):
            self.run(root, self.make, read_what_is_not_there)
        assert self.read(root)["v1"]["error"] == {"type": "DatasetError", "node": None}

    def test_of_a_run_that_failed_before_it_saved_anything_nothing_is_left(self, root):
        with pytest.raises(DatasetError):
            self.run(root, self.count)  # nothing is saved that it could load
        assert not root.exists()

    def test_a_report_that_fails_writes_no_second_time(self, root, caplog):
        with pytest.raises(InputError):
            self.run(root, self.make, Node(refuse, "split", "report", name="render"))
        assert self.read(root)["v1"]["status"] == "reporting"
        assert "provenance of this run" not in caplog.text

    def test_a_run_that_is_refused_before_it_starts_leaves_nothing(self, root):
        hooks = ProvenanceHooks()
        catalog = self.make_catalog(root, "v1")
        hooks.before_pipeline_run(
            run_params={"project_path": str(root), "load_versions": None}, catalog=catalog
        )
        assert not root.exists()

    def test_each_run_of_a_process_has_a_record_of_its_own(self, root):
        hooks = ProvenanceHooks()
        self.run(root, self.make, self.count, hooks=hooks)
        self.run(root, self.count, version="v2", hooks=hooks)
        saved = self.read(root)
        assert set(saved) == {"v1", "v2"}
        assert list(saved["v2"]["seconds"]) == ["count"]
        assert saved["v2"]["loaded"] == {"split": "v1"}

    def test_where_nothing_can_be_written_the_runs_own_error_stays(self, root, caplog):
        root.mkdir()
        (root / "provenance.json").write_text("A file, where a folder should be.")
        with pytest.raises(InputError):
            self.run(root, self.make, self.refuse)
        assert caplog.text.count("The provenance of this run is incomplete") == 1

    def test_what_can_not_be_recorded_makes_no_run_fail(self, root, monkeypatch, caplog):
        def fail(*_, **__):
            raise OSError("no")

        monkeypatch.setattr("srgan_report.provenance.facts.describe_code", fail)
        self.run(root, self.make, self.count)
        assert (root / "split.csv").exists()
        assert not (root / "provenance.json").exists()
        assert "The provenance of this run is incomplete: no" in caplog.text

    def test_needs_nothing_that_is_slow_to_import(self):
        code = "import sys, srgan_report.settings; print({'pandas', 'tensorflow'} & sys.modules.keys())"
        imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert imported.stdout.splitlines()[-1] == "set()"

    def test_stands_where_checks_come_before_it(self):
        assert isinstance(HOOKS[0], ProvenanceHooks)  # the last one is called first
