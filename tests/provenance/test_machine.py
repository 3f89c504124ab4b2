import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from srgan_report.provenance import machine
from srgan_report.provenance.machine import describe_machine, describe_tensorflow, lacks_gpu


class TestDescribeMachine:
    def test_says_what_it_is_and_not_which(self):
        described = describe_machine()
        assert set(described) == {"platform", "processor", "cores"}
        assert platform.node() not in str(described)
        assert described["platform"].startswith(platform.system())

    @pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="This system binds no processes.")
    def test_counts_the_cores_that_it_may_use(self):
        code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        code += "from srgan_report.provenance.machine import describe_machine as d; print(d()['cores'])"
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout == "1\n"

    def test_names_the_processor(self, tmp_path, monkeypatch):
        info = tmp_path / "cpuinfo"
        monkeypatch.setattr(machine, "_CPU_INFO", info)
        assert describe_machine()["processor"] == (platform.processor() or platform.machine())
        info.write_text("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\nmodel name\t: Another\n")
        assert describe_machine()["processor"] == "A Processor @ 2 GHz"


class TestDescribeTensorFlow:
    def run(self, code):
        code = f"import sys; from srgan_report.provenance.machine import describe_tensorflow; {code}"
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
            monkeypatch.setattr(machine, "_NVIDIA_DRIVERS", [tmp_path if driver else tmp_path / "none"])
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
