"""What a run was computed on: the machine, and how TensorFlow uses it."""

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import joblib

_CPU_INFO = Path("/proc/cpuinfo")
# Of Linux, and of Windows' subsystem for Linux.
_NVIDIA_DRIVERS = (Path("/dev/nvidiactl"), Path("/usr/lib/wsl/lib/libcuda.so.1"))


def describe_machine() -> dict[str, Any]:
    """Says what the machine is, not which: ``platform``, ``processor`` and ``cores`` (those it may use)."""
    cpu_info = _CPU_INFO.read_text(errors="replace") if _CPU_INFO.exists() else ""
    described = re.search(r"^model name\s*: (.*)", cpu_info, re.MULTILINE)
    return {
        "platform": platform.platform(),
        "processor": described[1] if described else platform.processor() or platform.machine(),
        "cores": joblib.cpu_count(),
    }


def describe_tensorflow() -> dict[str, Any] | None:
    """Gives TensorFlow's ``intra_op_threads`` and ``inter_op_threads`` (0: it decides) and its ``gpus``.

    ``None`` where TensorFlow was not started, which would take seconds.
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is None or eager.context_safe() is None:
        return None
    config = sys.modules["tensorflow"].config
    details = map(config.experimental.get_device_details, config.list_physical_devices("GPU"))
    return {
        "intra_op_threads": config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": config.threading.get_inter_op_parallelism_threads(),
        "gpus": [device.get("device_name", "unknown") for device in details],
    }


def lacks_gpu() -> bool:
    """Tells whether TensorFlow finds no GPU on a machine that has an NVIDIA driver and may use it."""
    import tensorflow as tf  # only here: it takes seconds

    found = tf.config.list_physical_devices("GPU")  # in any case: what it logs of GPUs comes before all else
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1")
    return wanted and not found and any(driver.exists() for driver in _NVIDIA_DRIVERS)
