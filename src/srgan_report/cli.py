"""``kedro run``, with user-fixable errors printed as one line instead of a stack trace."""

import contextlib
import copy
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import yaml
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.project import LOGGING
from kedro.io import DatasetNotFoundError
from kedro.runner import ParallelRunner, SequentialRunner
from kedro.utils import find_kedro_project, load_obj
from omegaconf.errors import OmegaConfBaseException

from srgan_report.errors import InputError, Interrupted
from srgan_report.framework.params_option import read_parameters
from srgan_report.framework.session import Session
from srgan_report.storage.atomic import leave_at_once
from srgan_report.ticking import TICKER
from srgan_report.variants import VARIANTS

_INTERRUPTED = "Stopped. Saved results are kept. Rerun the same command: finished variants are skipped."

# How Kedro's messages begin where it does not know a pipeline, node, dataset, environment or the like.
_KEDROS_OWN = (
    "Failed to find the pipeline",
    "Pipeline does not contain",
    "Pipeline contains no nodes",
    "Given configuration path",
    "An exception occurred when parsing config",
    "Incorrect dataset configuration provided",
)

_OUT_OF_MEMORY = "ResourceExhaustedError"  # TensorFlow's: by name, as a command may never import it

_FOR_THE_USER = (InputError, FloatingPointError, MissingConfigException, DatasetNotFoundError)


class _Run(click.Command):
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        _log_as_the_project_says()
        if isinstance(sys.stdout, io.TextIOWrapper):  # a path that the locale lacks letters of ends no run
            sys.stdout.reconfigure(errors="backslashreplace")
        return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, _interrupt)
        sys.unraisablehook = _interrupt_again
        if sys.stderr.isatty():
            click.echo("Loading TensorFlow", err=True)  # which takes seconds, before anything is logged
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            TICKER.stop()
            click.echo(str(error) or _INTERRUPTED, err=True)
            number = error.signal_number if isinstance(error, Interrupted) else signal.SIGINT
            if isinstance(error, Interrupted) and error.has_threads:
                leave_at_once(128 + number)  # Python would wait for them
            ctx.exit(128 + number)
        except Exception as error:
            message = _find_message(error)
            if message is None:
                raise
            raise click.ClickException(message) from error
        finally:
            signal.signal(signal.SIGTERM, before)
            sys.unraisablehook = sys.__unraisablehook__


def _log_as_the_project_says() -> None:
    """Reads the project's logging.yml, which Kedro looks for in the current folder alone."""
    project = find_kedro_project(Path.cwd())
    if project is None or project == Path.cwd() or "KEDRO_LOGGING_CONFIG" in os.environ:
        return
    with contextlib.suppress(FileNotFoundError):
        LOGGING.configure(yaml.safe_load((project / "conf" / "logging.yml").read_text(encoding="utf-8")))


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Makes SIGTERM do what Ctrl-C does, so that what is half-written is removed."""
    raise Interrupted(_INTERRUPTED, number)


def _interrupt_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Sends a signal again that came in a destructor or the like, where Python ignores all exceptions."""
    error = ignored.exc_value
    if not isinstance(error, KeyboardInterrupt):
        return sys.__unraisablehook__(ignored)
    number = error.signal_number if isinstance(error, Interrupted) else signal.SIGINT
    arguments = (threading.main_thread().ident, number)
    threading.Timer(0.01, signal.pthread_kill, arguments).start()  # when the destructor has ended


def _find_message(error: BaseException) -> str | None:
    """The message meant for the user, wherever it is in the chain of causes."""
    chain = [error]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    for each in chain:
        if isinstance(each, _FOR_THE_USER) or str(each).startswith(_KEDROS_OWN):
            return " ".join(str(each).split())
    if any(isinstance(each, MemoryError) or type(each).__name__ == _OUT_OF_MEMORY for each in chain):
        return (
            "Out of memory. Free some, or lower crops.size, training.batch_size or the size of the "
            "photographs. Saved results are kept."
        )
    return None


def _one_line(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Makes one line of the errors of an option's callback."""

    def call(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        try:
            return callback(ctx, param, value)
        except (KedroCliError, yaml.YAMLError, OmegaConfBaseException) as error:
            reason = " ".join(str(error).split())
            raise click.BadParameter(f"{value!r} can't be understood: {reason}", ctx, param) from error

    return call


def _check_runner(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        runner = load_obj(value, "kedro.runner") if value else None
    except (ImportError, AttributeError, ValueError) as error:
        raise click.BadParameter(f"there is no runner {value!r}", ctx, param) from error
    if runner and issubclass(runner, ParallelRunner):
        raise click.BadParameter(
            f"{value} can't be used: networks pass between nodes in memory. Use ThreadRunner, or one process "
            "per variant (--namespaces; docs/orchestration.md)",
            ctx,
            param,
        )
    return value


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        for name in ("kedro", "kedro.pipeline.node", "kedro.runner"):  # those that logging.yml makes quiet
            logging.getLogger(name).setLevel(logging.INFO)
        logging.getLogger("srgan_report").setLevel(logging.DEBUG)  # each node


def _options() -> list[click.Option]:
    """The options of Kedro's own command, with another ``--params`` and another default of ``--env``."""
    options = [copy.copy(option) for option in kedro_run.params if isinstance(option, click.Option)]
    for option in options:
        if option.name == "env":
            option.help = "Configuration environment, a folder of conf. Defaults to `sample`."
        if option.name == "runner":
            option.callback = _check_runner
        if option.name == "params":
            option.help = "Parameters to override, such as training.epochs=1,training.batch_size=16."
            option.callback = read_parameters
        if option.callback is not None:
            option.callback = _one_line(option.callback)
    return options


@click.group(name="srgan-report")
def cli() -> None:
    """Commands of this project."""


# By this name Kedro finds it in an installed package.
run = _Run(
    name="run",
    callback=kedro_run.callback,
    params=[
        *_options(),
        click.Option(
            ["--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_show_all,
            help="Also log nodes and Kedro's own messages, such as each dataset loaded and saved.",
        ),
    ],
    help="Run pipelines: all variants with their report, unless --pipelines says otherwise.",
)
cli.add_command(run)


@cli.command(cls=_Run)
@click.argument("source", metavar="INPUT")
@click.argument("target", metavar="OUTPUT")
@click.option("--variant", type=click.Choice(list(VARIANTS)), help="The variant whose generator to use.")
@click.option("--blend", type=click.FloatRange(0, 1), help="Average with SRResNet-MSE: the variant's share.")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--preview", is_flag=True, help="Also write a comparison with bicubic interpolation.")
def upscale(env: str | None, params: dict[str, Any], source: str, target: str, **options: Any) -> None:
    """Upscale an image file or a folder of them four times; write PNG files to the folder OUTPUT.

    Uses the variant's latest saved generator, or else its pretrained one. Defaults are in parameters.yml
    under `upscale`.

    NAME.jpg becomes NAME.png; where a folder also has NAME.bmp, NAME.jpg.png and NAME.bmp.png.
    """
    asked = {name: value for name, value in options.items() if value not in (None, False)}
    asked |= {"input": source, "output": target}
    params = params | {"upscale": params.get("upscale", {}) | asked}
    session = Session.create(env=env, runtime_params=params)
    with session:
        # Kedro's default is the same runner, but without a name Kedro-Viz warns that it is another.
        session.run(pipeline_names=["upscale"], runner=SequentialRunner())


upscale.params += [option for option in _options() if option.name in ("env", "params")]
