"""``kedro run``, with errors that a user can mend printed as one line instead of a stack trace."""

import copy
import re
import warnings
from collections.abc import Callable
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from omegaconf import OmegaConf

from srgan_report.errors import InputError

# Kedro and OmegaConf warn of what they are about to rename, and Kedro of datasets that another namespace
# made, which is how a comparison reads its variants: nothing that a user of this project could mend.
for _message in ("Option '--pipeline' is deprecated", "register_new_resolver", ".*contain '.' characters"):
    warnings.filterwarnings("ignore", message=rf"\s*{_message}")


# How Kedro's own messages begin where it does not know a pipeline, namespace, node, dataset, tag or --env.
_KEDROS_OWN = (
    "Failed to find the pipeline",
    "Pipeline does not contain",
    "Pipeline contains no nodes",
    "Given configuration path",
)


class _Run(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = _find_message(error)
            if message is None:
                raise
            raise click.ClickException(message) from error


def _find_message(error: BaseException | None) -> str | None:
    """The message meant for the user, wherever in the chain of causes it stands."""
    while error is not None:
        if isinstance(error, InputError | FloatingPointError) or str(error).startswith(_KEDROS_OWN):
            return " ".join(str(error).split())
        error = error.__cause__ or error.__context__
    return None


# A parameter whose value is a list: figures.crops=[0,3]
_LIST = re.compile(r"[^,=]+=\[[^\[\]]*\]")


class _ListsToo:
    """Does what Kedro's own callback of ``--params`` does, which would split lists at their commas."""

    def __init__(self, kedros: Callable[[click.Context, click.Parameter, Any], Any]) -> None:
        self._kedros = kedros

    def __call__(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if not isinstance(value, str):
            return self._kedros(ctx, param, value)
        others = self._kedros(ctx, param, _LIST.sub("", value))
        lists = OmegaConf.from_dotlist([item.strip() for item in _LIST.findall(value)])
        return OmegaConf.to_container(OmegaConf.merge(others, lists))


def _options() -> list[click.Parameter]:
    """The options of Kedro's own command, of which ``--params`` takes lists as well."""
    options = [copy.copy(option) for option in kedro_run.params]
    for option in options:
        if option.name == "params" and option.callback is not None:
            option.callback = _ListsToo(option.callback)
    return options


@click.group(name="srgan-report")
def cli() -> None:
    """Commands of this project."""


cli.add_command(_Run(name="run", callback=kedro_run.callback, params=_options(), help=kedro_run.help))
