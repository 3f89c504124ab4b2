import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from srgan_report.framework import compilation_cache
from srgan_report.framework.compilation_cache import CompilationCacheHooks

PROGRAM = """
import sys
import time
from pathlib import Path
from srgan_report.framework import compilation_cache

compilation_cache._DRIVER, compilation_cache._DEVICES = Path(sys.argv[1]), "CPU"
hooks = compilation_cache.CompilationCacheHooks()
hooks.before_pipeline_run()
"""
COMPILE = """
import tensorflow as tf

tf.function(lambda x: tf.reduce_sum(tf.sin(x) @ x), jit_compile=True)(tf.ones((65, 65)))
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Where the user's cache folder is, on a machine with a GPU."""
    describe_gpu(tmp_path / "driver", "NVIDIA H200")
    monkeypatch.setattr(compilation_cache, "_DRIVER", tmp_path / "driver")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "my cache"))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    return tmp_path / "my cache"


def describe_gpu(driver, model):
    (driver / "gpus" / "0000:01:00.0").mkdir(parents=True, exist_ok=True)
    (driver / "gpus" / "0000:01:00.0" / "information").write_text(f"Model: \t\t {model}\nIRQ: 17\n")
    (driver / "version").write_text("NVRM version: 570.1\n")


def begin():
    """A run's hooks, and the folder that TensorFlow would use."""
    os.environ["TF_XLA_FLAGS"] = ""
    hooks = CompilationCacheHooks()
    hooks.before_pipeline_run()
    options = dict(each.split("=", 1) for each in shlex.split(os.environ["TF_XLA_FLAGS"]))
    assert options["--tf_xla_persistent_cache_device_types"] == "GPU"
    return hooks, Path(options["--tf_xla_persistent_cache_directory"])


def run(tmp_path, program):
    command = [sys.executable, "-c", program, str(tmp_path / "driver")]
    return subprocess.run(command, capture_output=True, text=True)


class TestFiles:
    def test_of_a_run_that_succeeded_are_the_next_ones(self, home):
        hooks, own = begin()
        (own / "step.pb").write_bytes(b"compiled")
        hooks.after_pipeline_run()
        _, another = begin()
        assert home in another.parents
        assert another != own
        assert (another / "step.pb").read_bytes() == b"compiled"

    def test_of_a_run_that_has_not_yet_ended_stay_its_own(self, home):
        _, own = begin()
        (own / "step.pb").write_bytes(b"comp")
        _, another = begin()
        assert list(another.iterdir()) == []
        assert (own / "step.pb").exists()  # its folder is no killed run's

    def test_of_a_killed_run_are_removed_by_the_next(self, home, tmp_path):
        cut_off = "(hooks._own / 'step.pb').write_bytes(b'comp')\nimport os; os._exit(9)"
        killed = run(tmp_path, PROGRAM + cut_off)
        assert killed.returncode == 9, killed.stderr
        assert len(list(home.rglob("step.pb"))) == 1
        _, own = begin()
        assert list(own.iterdir()) == []
        assert list(home.rglob("step.pb")) == []

    def test_are_kept_by_gpu(self, home, tmp_path):
        hooks, own = begin()
        (own / "step.pb").write_bytes(b"compiled")
        hooks.after_pipeline_run()
        describe_gpu(tmp_path / "driver", "NVIDIA A100")
        _, another = begin()
        assert list(another.iterdir()) == []

    def test_go_when_no_run_has_read_them_for_30_days(self, home, tmp_path):
        for model in ("NVIDIA A100", "NVIDIA H200"):
            describe_gpu(tmp_path / "driver", model)
            hooks, own = begin()
            for name in ("29.pb", "31.pb"):
                (own / name).write_bytes(b"compiled")
            hooks.after_pipeline_run()
        for path in home.glob("srgan-report/xla/*/*.pb"):
            os.utime(path, (time.time() - int(path.stem) * 24 * 60 * 60,) * 2)
        hooks, own = begin()
        hooks.after_pipeline_run()
        assert sorted(path.name for path in home.glob("srgan-report/xla/*/*.pb")) == ["29.pb", "29.pb"]
        assert (own / "31.pb").exists()  # of a run that has not yet ended

    def test_are_those_that_tensorflow_compiles_and_loads(self, home, tmp_path):
        first = run(tmp_path, PROGRAM + COMPILE + "hooks.after_pipeline_run()")
        (compiled,) = home.rglob("*.pb")  # the process's own folder is gone
        written = compiled.stat().st_mtime_ns
        second = run(tmp_path, PROGRAM + COMPILE + "hooks.after_pipeline_run()")
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert list(home.rglob("*.pb")) == [compiled]
        assert compiled.stat().st_mtime_ns == written  # TensorFlow writes in place what it compiles again


class TestNoFolder:
    def test_where_the_driver_says_nothing_of_itself(self, home, tmp_path, caplog):
        (tmp_path / "driver" / "version").unlink()
        with caplog.at_level("INFO"):
            CompilationCacheHooks().before_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == ""
        assert "not kept" in caplog.text

    def test_where_files_have_no_hard_links(self, home, monkeypatch, caplog):
        hooks, own = begin()
        (own / "step.pb").write_bytes(b"compiled")

        def refuse(*paths):
            raise PermissionError("no hard links here")

        monkeypatch.setattr(os, "link", refuse)
        with caplog.at_level("INFO"):
            hooks.after_pipeline_run()  # the run has succeeded, and still does
        assert "not kept" in caplog.text

    def test_without_a_gpu(self, home, monkeypatch, tmp_path):
        monkeypatch.setattr(compilation_cache, "_DRIVER", tmp_path / "none")
        CompilationCacheHooks().before_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == ""
        assert not home.exists()

    def test_where_the_user_has_chosen_one(self, home, monkeypatch):
        chosen = "--tf_xla_persistent_cache_directory=mine"
        monkeypatch.setenv("TF_XLA_FLAGS", chosen)
        CompilationCacheHooks().before_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == chosen

    def test_where_none_can_be_made(self, home, caplog):
        home.write_text("not a folder")
        hooks = CompilationCacheHooks()
        with caplog.at_level("INFO"):
            hooks.before_pipeline_run()
        hooks.after_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == ""
        assert "not kept" in caplog.text


def test_the_users_other_flags_stay(home, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=1")
    CompilationCacheHooks().before_pipeline_run()
    assert shlex.split(os.environ["TF_XLA_FLAGS"])[0] == "--tf_xla_auto_jit=1"
    assert len(shlex.split(os.environ["TF_XLA_FLAGS"])) == 3


def test_kedro_calls_the_hooks_first():
    from srgan_report.settings import HOOKS

    assert isinstance(HOOKS[-1], CompilationCacheHooks)  # Kedro calls the last one first
