"""Kedro's configuration loader, with parameters checked against their schema as they are read."""

from typing import Any

from kedro.config import OmegaConfigLoader

from srgan_report.parameters import check_parameters


class CheckedConfigLoader(OmegaConfigLoader):
    """Loads configuration; parameters come checked, and spread to each variant.

    Whatever reads parameters (a run, Kedro-Viz, a notebook) sees the same, and none sees bad ones.
    ``run`` is added to them: the environment and the ``--params`` of this session, from which the
    report's own process makes the same catalog.
    """

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Returns the configuration named ``key``.

        Raises:
            InputError: ``key`` is ``parameters`` and one of them is not as it must be.
        """
        configuration = super().__getitem__(key)
        if key != "parameters":
            return configuration
        run = {
            "environment": self.env or self.default_run_env,
            "runtime_params": dict(self.runtime_params or {}),
        }
        return check_parameters(configuration) | {"run": run}
