"""``kedro run``, with errors that a user can mend printed as one line instead of a stack trace."""

import warnings
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run

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


@click.group(name="srgan-report")
def cli() -> None:
    """Commands of this project."""


cli.add_command(_Run(name="run", callback=kedro_run.callback, params=kedro_run.params, help=kedro_run.help))
