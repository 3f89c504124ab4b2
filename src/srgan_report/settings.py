"""Project settings, read by Kedro."""

import os

# TensorFlow prints what processors and GPUs it found each time that it starts.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from srgan_report.config import CheckedConfigLoader
from srgan_report.hooks import InputHooks, ProvenanceHooks, ReportHooks, StartHooks

# The last one is called first: nothing is recorded of a run that a check refuses.
HOOKS = (ProvenanceHooks(), InputHooks(), ReportHooks(), StartHooks())
CONFIG_LOADER_CLASS = CheckedConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "sample",
    # Soft: an environment that sets training.epochs keeps base's other training parameters.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
}
