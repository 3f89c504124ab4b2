"""What is printed while TensorFlow is imported: by TensorFlow, and by a module that takes its place."""

import os
import signal
import subprocess
import sys

import pytest

from srgan_report.tensorflow_startup import HAS_NVIDIA_DRIVER

NOISE = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    "I0000 00:00:1795580113.420612   20891 port.cc:153] oneDNN custom operations are on.\n"
)
REAL = (
    "W0000 00:00:1795580113.420612   20891 gpu_device.cc:2342] Cannot dlopen some GPU libraries.\n"
    "E0000 00:00:1795580113.420612   20891 cuda_dnn.cc:8579] Unable to register cuDNN factory\n"
    "F0000 00:00:1795580113.420612   20891 cpu_feature_guard.cc:38] compiled to use AVX instructions\n"
    "Python's own words: I0000\n"
)
NO_DRIVER = "E0000 00:00:1795580113.420612   20891 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n"


@pytest.fixture
def run(tmp_path):
    """Runs code in which ``import tensorflow`` executes other code, written to a file."""

    def run(code, tensorflow=None, **environment):
        if tensorflow is not None:
            (tmp_path / "tensorflow.py").write_text(
                "import os\n"
                "from types import SimpleNamespace\n"
                "config = SimpleNamespace(list_physical_devices=lambda kind: [kind])\n" + tensorflow
            )
            environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        decides = ("TF_CPP_MIN_LOG_LEVEL", "CUDA_VISIBLE_DEVICES")
        inherited = {key: value for key, value in os.environ.items() if key not in decides}
        return subprocess.run(
            [sys.executable, "-c", f"import os, srgan_report; {code}"],
            env=inherited | environment,
            capture_output=True,
            text=True,
        )

    return run


def write(text):
    return f"os.write(2, {text.encode()!r})\n"


DRIVER = (
    "import srgan_report.tensorflow_startup as startup; startup.HAS_NVIDIA_DRIVER = {}; import tensorflow"
)


NO_GPU = "config.list_physical_devices = lambda kind: []\n"


class TestMissingGpu:
    def test_is_one_line_where_there_is_a_driver(self, run):
        error = run(DRIVER.format(True), NO_GPU).stderr
        assert error.count("\n") == 1
        assert "TensorFlow finds no GPU" in error
        assert "pip install -e '.[gpu]'" in error

    def test_is_as_it_should_be_without_a_driver(self, run):
        assert run(DRIVER.format(False), NO_GPU).stderr == ""

    def test_is_as_it_should_be_where_a_gpu_is_found(self, run):
        assert run(DRIVER.format(True), "").stderr == ""

    @pytest.mark.parametrize("chosen", ["", "-1"])
    def test_is_as_it_should_be_where_none_is_wanted(self, run, chosen):
        assert run(DRIVER.format(True), NO_GPU, CUDA_VISIBLE_DEVICES=chosen).stderr == ""


class TestTensorFlow:
    def test_says_nothing_and_is_imported_as_ever(self, run):
        done = run("import keras, tensorflow as tf; print(tf.constant(3).numpy(), tf.__spec__.name)")
        assert done.stdout == "3 tensorflow\n"
        assert done.stderr == ""

    def test_what_c_and_python_write_later_comes_through(self, run):
        done = run(
            f"import tensorflow, sys; os.write(2, {(NOISE + REAL).encode()!r}); print('x', file=sys.stderr)"
        )
        assert done.stderr == NOISE + REAL + "x\n"


class TestFilter:
    def test_leaves_out_information_alone(self, run):
        done = run("import tensorflow; print(tensorflow.x)", write(NOISE + REAL + NOISE) + "x = 1")
        assert (done.stdout, done.stderr) == ("1\n", REAL)

    def test_leaves_out_a_missing_driver_only_where_there_is_none(self, run):
        done = run("import tensorflow", write(NO_DRIVER))
        assert done.stderr == (NO_DRIVER if HAS_NVIDIA_DRIVER else "")

    def test_leaves_out_a_missing_driver_where_no_gpu_is_wanted(self, run):
        assert run("import tensorflow", write(NO_DRIVER), CUDA_VISIBLE_DEVICES="-1").stderr == ""

    @pytest.mark.skipif(HAS_NVIDIA_DRIVER, reason="where there is a driver, that it fails is said")
    def test_looks_for_gpus_at_once(self, run):
        looks = f"config.list_physical_devices = lambda kind: print(kind, {write(NO_DRIVER).strip()})\n"
        done = run("import tensorflow", looks)
        assert done.stdout.startswith("GPU")
        assert done.stderr == ""

    def test_an_aborted_import_leaves_its_last_words(self, run):
        done = run("import tensorflow", write(NOISE + REAL) + "os.abort()")
        assert done.returncode == -signal.SIGABRT
        assert done.stderr == REAL

    def test_a_failed_import_leaves_its_traceback_and_stderr(self, run):
        code = "\ntry: import tensorflow\nexcept ImportError as error: os.write(2, str(error).encode())"
        done = run(code, "raise ImportError('I0000 no such library')")
        assert done.stderr == "I0000 no such library"

    def test_a_line_without_an_end_is_whole(self, run):
        assert run("import tensorflow; os.write(2, b' and')", write("half")).stderr == "half and"

    def test_asked_for_everything_it_leaves_out_nothing(self, run):
        done = run("import tensorflow", write(NOISE + REAL), TF_CPP_MIN_LOG_LEVEL="0")
        assert done.stderr == NOISE + REAL

    def test_does_without_stderr(self, run):
        done = run("os.close(2); import tensorflow; print(tensorflow.x)", "x = 1")
        assert done.stdout == "1\n"

    def test_comes_once_and_only_for_tensorflow(self, run):
        code = "import sys, json; print(len(sys.meta_path)); import tensorflow; print(len(sys.meta_path))"
        before, after = map(int, run(code, "").stdout.split())
        assert before == after + 1
