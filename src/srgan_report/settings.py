"""Project settings, read by Kedro."""

import warnings
from pathlib import Path

from kedro.utils import find_kedro_project

from srgan_report.framework.checks import RunHooks
from srgan_report.framework.compilation_cache import CompilationCacheHooks
from srgan_report.framework.config_loader import CheckedConfigLoader
from srgan_report.framework.provenance import ProvenanceHooks
from srgan_report.framework.session import Session
from srgan_report.framework.terminal import TerminalHooks
from srgan_report.storage.paths import expand_home, find_project_file, local_root

# Kedro and OmegaConf warn of what they are about to rename, and Kedro of datasets that another namespace
# made, which is how a comparison reads its variants. Nothing that a user of this project could mend.
for _message in ("Option '--pipeline' is deprecated", "register_new_resolver", ".*contain '.' characters"):
    warnings.filterwarnings("ignore", message=rf"\s*{_message}")

# The last one is called first: nothing is recorded or said of a run that is refused.
HOOKS = (ProvenanceHooks(), TerminalHooks(), RunHooks(), CompilationCacheHooks())
SESSION_CLASS = Session
CONFIG_LOADER_CLASS = CheckedConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "sample",
    # Soft: an environment that sets training.epochs keeps base's other training parameters.
    "merge_strategy": {"parameters": "soft", "globals": "soft"},
    "custom_resolvers": {
        # str: the catalog is read before the schema says that data_root must be one.
        "local_root": lambda data_root: local_root(str(data_root)),
        "expand_home": lambda data_root: expand_home(str(data_root)),
        "project_file": lambda path: find_project_file(path, find_kedro_project(Path.cwd())),
    },
}
