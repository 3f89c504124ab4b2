import ctypes
import os
import shlex
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from srgan_report.framework import compilation_cache
from srgan_report.framework.compilation_cache import CompilationCacheHooks

PROGRAM = """
import sys
from pathlib import Path
from srgan_report.framework import compilation_cache

compilation_cache._DRIVER, compilation_cache._DEVICES = Path(sys.argv[1]), "CPU"
compilation_cache.CompilationCacheHooks().before_pipeline_run()
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
    """The folder that TensorFlow would use in a run."""
    os.environ["TF_XLA_FLAGS"] = ""
    CompilationCacheHooks().before_pipeline_run()
    options = dict(each.split("=", 1) for each in shlex.split(os.environ["TF_XLA_FLAGS"]))
    assert options["--tf_xla_persistent_cache_device_types"] == "GPU"
    return Path(options["--tf_xla_persistent_cache_directory"])


def run(tmp_path, program):
    command = [sys.executable, "-c", program, str(tmp_path / "driver")]
    return subprocess.run(command, capture_output=True, text=True)


class TestFiles:
    def test_of_one_run_are_those_of_the_next(self, home):
        folder = begin()
        (folder / "step.pb").write_bytes(b"compiled")
        assert home in folder.parents
        assert begin() == folder
        assert (folder / "step.pb").read_bytes() == b"compiled"

    def test_are_kept_by_gpu(self, home, tmp_path):
        folder = begin()
        describe_gpu(tmp_path / "driver", "NVIDIA A100")
        assert begin() != folder

    def test_go_when_no_run_has_read_them_for_30_days(self, home, tmp_path):
        for model in ("NVIDIA A100", "NVIDIA H200"):
            describe_gpu(tmp_path / "driver", model)
            folder = begin()
            for name in ("29.pb", "31.pb"):
                (folder / name).write_bytes(b"compiled")
                os.utime(folder / name, (time.time() - int(name[:2]) * 24 * 60 * 60,) * 2)
        begin()
        assert sorted(path.name for path in home.glob("srgan-report/xla/*/*.pb")) == ["29.pb", "29.pb"]

    def test_go_where_they_are_empty(self, home):
        (begin() / "step.pb").touch()
        assert list(begin().iterdir()) == []

    def test_are_those_that_tensorflow_compiles_and_loads(self, home, tmp_path):
        first = run(tmp_path, PROGRAM + COMPILE)
        (compiled,) = home.rglob("*.pb")
        written = compiled.stat().st_mtime_ns
        second = run(tmp_path, PROGRAM + COMPILE)
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert list(home.rglob("*.pb")) == [compiled]
        assert compiled.stat().st_mtime_ns == written

    @pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux'")
    def test_appear_whole(self, home, tmp_path, monkeypatch):
        """TensorFlow creates a file under another name, so that no run reads another's half."""
        folder = begin()
        monkeypatch.setenv("TF_XLA_FLAGS", "")
        libc, created, moved = ctypes.CDLL(None), 0x100, 0x80
        with open(libc.inotify_init1(os.O_NONBLOCK), "rb", buffering=0) as events:
            libc.inotify_add_watch(events.fileno(), os.fsencode(folder), created | moved)
            run(tmp_path, PROGRAM + COMPILE)
            content = events.read(65536)
        seen = []
        while content:
            _, kind, _, length = struct.unpack_from("iIII", content)
            seen.append((kind, content[16 : 16 + length].rstrip(b"\0").endswith(b".pb")))
            content = content[16 + length :]
        assert seen == [(created, False), (moved, True)]


class TestNoFolder:
    def test_where_the_driver_says_nothing_of_itself(self, home, tmp_path, caplog):
        (tmp_path / "driver" / "version").unlink()
        with caplog.at_level("INFO"):
            CompilationCacheHooks().before_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == ""
        assert "not kept" in caplog.text

    def test_where_it_is_not_writable(self, home, monkeypatch, caplog):
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
        with caplog.at_level("INFO"):
            CompilationCacheHooks().before_pipeline_run()
        assert os.environ["TF_XLA_FLAGS"] == ""
        assert "is not writable" in caplog.text

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
        with caplog.at_level("INFO"):
            CompilationCacheHooks().before_pipeline_run()
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
