"""``kedro run``, with errors that a user can mend printed as one line instead of a stack trace."""

import copy
import logging
import re
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from kedro.io import DatasetNotFoundError
from kedro.runner import SequentialRunner
from kedro.utils import load_obj
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from srgan_report.errors import InputError, Interrupted
from srgan_report.framework.session import Session
from srgan_report.variants import VARIANTS

_INTERRUPTED = (
    "Stopped; what was saved stays. The same command begins anew, but trains nothing that is trained already."
)

# How Kedro's own messages begin where it does not know a pipeline, namespace, node, dataset, tag, environment
# or type of a dataset.
_KEDROS_OWN = (
    "Failed to find the pipeline",
    "Pipeline does not contain",
    "Pipeline contains no nodes",
    "Given configuration path",
    "An exception occurred when parsing config",
)


_FOR_THE_USER = (InputError, FloatingPointError, MissingConfigException, DatasetNotFoundError)


class _Run(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            click.echo(str(error) or _INTERRUPTED, err=True)
            number = error.signal_number if isinstance(error, Interrupted) else signal.SIGINT
            ctx.exit(128 + number)
        except Exception as error:
            message = _find_message(error)
            if message is None:
                raise
            raise click.ClickException(message) from error
        finally:
            signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Makes SIGTERM do what Ctrl-C does, so that what is half-written is removed."""
    raise Interrupted(_INTERRUPTED, number)


def _find_message(error: BaseException | None) -> str | None:
    """The message meant for the user, wherever in the chain of causes it stands."""
    while error is not None:
        if isinstance(error, _FOR_THE_USER) or str(error).startswith(_KEDROS_OWN):
            return " ".join(str(error).split())
        error = error.__cause__ or error.__context__
    return None


# A parameter whose value is a list: figures.crops=[0,3]
_LIST = re.compile(r"[^,=]+=\[[^\[\]]*\]")


Callback = Callable[[click.Context, click.Parameter, Any], Any]


class _ListsToo:
    """Does what Kedro's own callback of ``--params`` does, which would split lists at their commas."""

    def __init__(self, kedros: Callback) -> None:
        self._kedros = kedros

    def __call__(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if not isinstance(value, str):
            return self._kedros(ctx, param, value)
        others = self._kedros(ctx, param, _LIST.sub("", value))
        lists = OmegaConf.from_dotlist([item.strip() for item in _LIST.findall(value)])
        return OmegaConf.to_container(OmegaConf.merge(others, lists))


class _OneLine:
    """Makes one line of the errors of an option's callback."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback

    def __call__(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        try:
            return self._callback(ctx, param, value)
        except (KedroCliError, YAMLError, OmegaConfBaseException) as error:
            reason = " ".join(str(error).split())
            raise click.BadParameter(f"{value!r} can't be understood: {reason}", ctx, param) from error


def _check_runner(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            load_obj(value, "kedro.runner")
        except (ImportError, AttributeError, ValueError) as error:
            raise click.BadParameter(f"there is no runner {value!r}", ctx, param) from error
    return value


def _show_kedros_log(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        for name in ("kedro", "kedro.pipeline.node", "kedro.runner"):  # those that logging.yml makes quiet
            logging.getLogger(name).setLevel(logging.INFO)


def _options() -> list[click.Parameter]:
    """The options of Kedro's own command, but with lists in ``--params`` and another default of ``--env``."""
    options = [copy.copy(option) for option in kedro_run.params]
    for option in options:
        if option.name == "params" and option.callback is not None:
            option.callback = _ListsToo(option.callback)
        if option.name == "runner":
            option.callback = _check_runner
        if option.name == "env" and isinstance(option, click.Option):
            option.help = "Configuration environment, a folder of conf. Defaults to `sample`."
        if option.callback is not None:
            option.callback = _OneLine(option.callback)
    return options


@click.group(name="srgan-report")
def cli() -> None:
    """Commands of this project."""


cli.add_command(
    _Run(
        name="run",
        callback=kedro_run.callback,
        params=[
            *_options(),
            click.Option(
                ["--verbose"],
                is_flag=True,
                expose_value=False,
                callback=_show_kedros_log,
                help="Log what Kedro does, too, such as each dataset that it loads and saves.",
            ),
        ],
        help=kedro_run.help,
    )
)


@cli.command(cls=_Run)
@click.argument("source", metavar="INPUT")
@click.argument("target", metavar="OUTPUT")
@click.option("--variant", type=click.Choice(list(VARIANTS)), help="Whose latest saved generator enlarges.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
@click.option("--preview", is_flag=True, help="Write a comparison with bicubic interpolation beside each.")
def upscale(env: str | None, params: dict[str, Any], source: str, target: str, **options: Any) -> None:
    """Enlarge an image file, or all of a folder, four times, and write PNG files to the folder OUTPUT.

    Does what `kedro run --pipelines=upscale --params=upscale.input=INPUT,upscale.output=OUTPUT` does, and
    takes paths with commas, too. What is not asked for is as in parameters.yml.

    NAME.jpg becomes NAME.png; NAME.jpg and NAME.bmp of one folder NAME.jpg.png and NAME.bmp.png.
    """
    asked = {"input": source, "output": target} | {name: value for name, value in options.items() if value}
    params = params | {"upscale": params.get("upscale", {}) | asked}
    session = Session.create(env=env, runtime_params=params)
    with session:
        # Kedro's default is the same runner, but without a name Kedro-Viz warns that it is another.
        session.run(pipeline_names=["upscale"], runner=SequentialRunner())


upscale.params += [option for option in _options() if option.name in ("env", "params")]
