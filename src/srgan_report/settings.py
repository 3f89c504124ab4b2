"""Project settings, read by Kedro."""

import os

# TensorFlow prints what processors and GPUs it found each time that it starts.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from srgan_report.config import CheckedConfigLoader
from srgan_report.hooks import InputHooks, ReportHooks, StartHooks

HOOKS = (InputHooks(), ReportHooks(), StartHooks())  # the last one is called first
CONFIG_LOADER_CLASS = CheckedConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "sample",
    # Soft: an environment that sets training.epochs keeps base's other training parameters.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
}
