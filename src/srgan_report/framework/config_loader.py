"""Kedro's configuration loader, with parameters checked against their schema as they are read."""

import copy
import glob
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem
from kedro.config import MissingConfigException, OmegaConfigLoader

from srgan_report.errors import InputError
from srgan_report.parameters.check import check_parameters
from srgan_report.storage.paths import expand_home
from srgan_report.variants import VARIANTS


class CheckedConfigLoader(OmegaConfigLoader):
    """Loads configuration; parameters come checked, and spread to each variant.

    ``run`` is added to them: the environment, the folder of the configuration and the ``--params`` of this
    session, in which nothing is taken for an interpolation. The report's own process makes the same catalog
    of it.
    """

    def __init__(
        self, conf_source: str, *, runtime_params: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self._asked = runtime_params or {}
        super().__init__(conf_source, runtime_params=_escape(self._asked), **kwargs)

    @staticmethod
    def _initialise_filesystem_and_protocol(conf_source: str) -> tuple[Any, str]:
        files, protocol = OmegaConfigLoader._initialise_filesystem_and_protocol(conf_source)
        return _LiteralFolder(conf_source) if isinstance(files, LocalFileSystem) else files, protocol

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Returns the configuration named ``key``, or raises an ``InputError`` that says what is wrong."""
        if key == "catalog":
            self["parameters"]  # checked before Kedro makes paths of them
        try:
            configuration = super().__getitem__(key)
        except (MissingConfigException, KeyError):
            raise  # Kedro does without some of them
        except Exception as error:  # YAML's errors, OmegaConf's, and what Kedro stumbles over
            raise InputError(
                f"The configuration ({key}) can't be read: {' '.join(str(error).split()).rstrip('.')}. "
                f"Fix it in {self.conf_source}."
            ) from error
        if key != "parameters":
            return configuration
        runtime = copy.deepcopy(self._asked)
        parameters = check_parameters(_prefer_runtime(configuration, runtime))
        self._require_what_the_catalog_reads(parameters, runtime)
        return parameters | {
            "data_root": expand_home(parameters["data_root"]),
            "run": {
                "environment": self.env or self.default_run_env,
                "conf_source": self.conf_source,
                "runtime_params": runtime,
            },
        }

    def _require_what_the_catalog_reads(self, parameters: dict[str, Any], runtime: dict[str, Any]) -> None:
        """The catalog can't see parameters.yml: what stood there alone would be recorded and not be used."""
        for name, value in self["globals"].items():
            asked = runtime.get(name)
            read = value | asked if isinstance(value, Mapping) and asked else asked or value
            if name in parameters and parameters[name] != read:
                raise InputError(
                    f"{name} must be set in globals.yml or with --params, where the catalog also reads it. "
                    f"Received: {parameters[name]!r} in parameters.yml, {read!r} there."
                )


class _LiteralFolder(LocalFileSystem):
    """A filesystem whose patterns are those of files in one folder, the name of which is none itself."""

    cachable = False

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder).as_posix()

    def glob(self, path: str, **kwargs: Any) -> list[str]:
        pattern = path.removeprefix(f"{self._folder}/")
        found = glob.glob(pattern, root_dir=self._folder, recursive=True)
        return [f"{self._folder}/{each}" for each in found]


def _escape(value: Any) -> Any:
    """Escapes what OmegaConf would take for an interpolation, in all texts of runtime parameters."""
    if isinstance(value, Mapping):
        return {key: _escape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escape(each) for each in value]
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value


def _prefer_runtime(configuration: dict[str, Any], runtime: dict[str, Any]) -> dict[str, Any]:
    """Makes ``--params=training.…`` reach the variants to which a file gives a value of their own."""
    configuration = copy.deepcopy(configuration)
    for name in VARIANTS:
        own, asked = (_training(parameters.get(name)) for parameters in (configuration, runtime))
        for key in _training(runtime).keys() - asked.keys():
            own.pop(key, None)
    return configuration


def _training(parameters: Any) -> dict[str, Any]:
    training = parameters.get("training") if isinstance(parameters, dict) else None
    return training if isinstance(training, dict) else {}
