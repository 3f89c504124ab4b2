"""Says what a benchmark's numbers are measured on."""

import os
import re
from pathlib import Path
from platform import machine, processor
from typing import Any

_CPU_INFO = Path("/proc/cpuinfo")
_GPUS = Path("/proc/driver/nvidia/gpus")
# What decides how fast convolutions can be, and which of TensorFlow's kernels are on by default.
_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


def describe_machine() -> dict[str, Any]:
    """Says what the CPU is and how busy it was before."""
    found = re.search(r"model name\s*: (.*)", _cpu_info())
    return {
        "cpu": found.group(1) if found else processor() or machine(),
        "instructions": ", ".join(name for name in _INSTRUCTIONS if has_instructions(name)),
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def has_instructions(*names: str) -> bool:
    """Tells whether the CPU has any of some instruction sets, in Linux' names. Elsewhere it finds none."""
    found = re.search(r"flags\s*: (.*)", _cpu_info())
    return found is not None and not set(names).isdisjoint(found.group(1).split())


def has_gpu() -> bool:
    """Tells whether there is an NVIDIA GPU, as its driver says; does not import TensorFlow."""
    return any(_GPUS.glob("*"))


def _cpu_info() -> str:
    return _CPU_INFO.read_text() if _CPU_INFO.exists() else ""
