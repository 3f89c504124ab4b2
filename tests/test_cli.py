import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import DatasetError

from srgan_report.cli import cli
from srgan_report.errors import InputError, Interrupted
from srgan_report.settings import CONFIG_LOADER_ARGS
from srgan_report.ticking import TICKER

PROJECT = Path(__file__).parents[1]
MESSAGE = "split.validation_size must be below the number of photographs (10). Received: 600."


@pytest.fixture
def run_that(monkeypatch):
    """Runs ``kedro run`` with a session of which a function takes the place."""

    def run(function, *arguments):
        class Session(KedroSession):
            @classmethod
            @contextmanager
            def create(cls, **kwargs):
                yield SimpleNamespace(run=lambda **run_kwargs: function({**kwargs, **run_kwargs}))

        monkeypatch.setattr("kedro.framework.cli.project.settings", SimpleNamespace(SESSION_CLASS=Session))
        return CliRunner().invoke(cli, ["run", *arguments])

    return run


def fail_directly(kwargs):
    raise InputError(MESSAGE)


def fail_as_a_cause(kwargs):
    try:
        try:
            raise InputError(MESSAGE)
        except InputError as error:
            raise DatasetError("Failed while loading data from dataset") from error
    except DatasetError as error:
        raise RuntimeError("photographs: Failed") from error


def fail_as_a_context(kwargs):
    try:
        raise InputError(MESSAGE)
    except InputError:
        raise RuntimeError("while cleaning up")  # noqa: B904


class TestParams:
    def params_of(self, run_that, text):
        received = {}
        result = run_that(received.update, f"--params={text}")
        assert result.exit_code == 0, result.output
        return received["runtime_params"]

    def test_lists_keep_their_commas(self, run_that):
        text = "seed=1, figures.crops=[0,3, 11] ,training.epochs=2,benchmark_sets.sets=[Set5,my own] , "
        assert self.params_of(run_that, text) == {
            "seed": 1,
            "figures": {"crops": [0, 3, 11]},
            "training": {"epochs": 2},
            "benchmark_sets": {"sets": ["Set5", "my own"]},
        }

    def test_list_and_number_of_one_group_are_merged(self, run_that):
        text = "benchmark_sets.sets=[a,b],benchmark_sets.root=/sets"
        assert self.params_of(run_that, text) == {"benchmark_sets": {"sets": ["a", "b"], "root": "/sets"}}

    def test_without_lists_it_is_kedros(self, run_that):
        assert self.params_of(run_that, "seed=1,a.b=x=y") == {"seed": 1, "a": {"b": "x=y"}}
        assert self.params_of(run_that, "") == {}

    @pytest.mark.parametrize(
        "text",
        [
            "roll #2",
            "a: b",
            "2024",
            "1e3",
            "on",
            "x=y",
            "[2026] proj",
            "a]",
            "[a",
            "[a, b]",
            "{a}",
            "${a}",
            "~",
            "'q'",
            " a ",
            "größe",
            "- a",
        ],
    )
    @pytest.mark.parametrize(
        "name", ["photographs.path", "data_root", "upscale.output", "benchmark_sets.root", "photographs.name"]
    )
    def test_text_is_taken_as_it_is_typed(self, run_that, name, text):
        params = self.params_of(run_that, f"seed=1,{name}={text},training.epochs=2")
        assert params.pop("seed") == 1
        assert params.pop("training") == {"epochs": 2}
        group, _, last = name.rpartition(".")
        assert params == ({group: {last: text}} if group else {last: text})

    def test_texts_in_lists_are_too_or_are_quoted(self, run_that):
        params = self.params_of(run_that, "benchmark_sets.sets=[2024, on ,a #b,'c d',\"e\"],seed=1")
        assert params == {"benchmark_sets": {"sets": ["2024", "on", "a #b", "c d", "e"]}, "seed": 1}

    def test_null_is_no_text(self, run_that):
        text = "export.variant=null,upscale.input=null,benchmark_sets.root="
        expected = {"export": {"variant": None}, "upscale": {"input": None}, "benchmark_sets": {"root": ""}}
        assert self.params_of(run_that, text) == expected

    @pytest.mark.parametrize("item", ["seed", "=1"])
    def test_what_is_no_pair_is_an_error(self, run_that, item):
        result = run_that(lambda kwargs: None, f"--params=figures.crops=[0,3],{item}")
        assert result.exit_code == 2
        assert f"'--params': it must be NAME=VALUE,NAME=VALUE. Received: '{item}'" in result.output

    def test_numbers_are_those_of_kedros_files(self, run_that):
        assert self.params_of(run_that, "a=1e-5,b=[1e-5],,c=") == {"a": 1e-5, "b": [1e-5], "c": None}


class TestRun:
    def test_what_the_locale_has_no_letters_for_is_told_all_the_same(self, run_that, monkeypatch):
        monkeypatch.setitem(globals(), "CliRunner", partial(CliRunner, charset="iso-8859-9"))
        result = run_that(lambda kwargs: click.echo("The report is at größe/花.html"))
        assert result.exit_code == 0, result.output
        assert result.stdout == "The report is at größe/\\u82b1.html\n"

    def test_does_what_kedros_own_does(self, run_that):
        received = {}
        result = run_that(
            received.update,
            "--pipelines=srgan_mse",
            "--env=article",
            "--params=training.epochs=3,training.steps_per_epoch=null",
        )
        assert result.exit_code == 0, result.output
        assert received["pipeline_names"] == ["srgan_mse"]
        assert received["env"] == "article"
        assert received["runtime_params"] == {"training": {"epochs": 3, "steps_per_epoch": None}}

    def test_has_kedros_help(self):
        result = CliRunner().invoke(cli, ["run", "--help"])
        assert "Run pipelines: all variants with their report" in result.output
        assert "--only-missing-outputs" in result.output

    @pytest.mark.parametrize("command", ["run", "upscale"])
    def test_help_tells_the_default_environment_of_this_project(self, command):
        output = " ".join(CliRunner().invoke(cli, [command, "--help"]).output.split())
        assert f"Defaults to `{CONFIG_LOADER_ARGS['default_run_env']}`." in output
        assert "`local`" not in output


class TestInputErrors:
    @pytest.mark.parametrize("fail", [fail_directly, fail_as_a_cause, fail_as_a_context])
    def test_are_one_line_and_exit_with_one(self, run_that, fail):
        result = run_that(fail)
        assert result.exit_code == 1
        assert result.output == f"Error: {MESSAGE}\n"

    def test_of_several_lines_are_joined(self, run_that):
        def fail(kwargs):
            raise InputError("First line.\n    Second line.")

        assert run_that(fail).output == "Error: First line. Second line.\n"


class TestOutOfMemory:
    def test_is_one_line_wherever_it_was(self, run_that):
        class ResourceExhaustedError(Exception):
            pass

        def fail(kwargs):
            try:
                raise ResourceExhaustedError("OOM when allocating tensor")
            except ResourceExhaustedError as error:
                raise RuntimeError("node failed") from error

        result = run_that(fail)
        assert result.exit_code == 1
        assert result.output.startswith("Error: Out of memory. Free some, or lower crops.size")
        assert result.output.count("\n") == 1

    def test_the_line_of_what_knows_more_goes_before(self, run_that):
        def fail(kwargs):
            try:
                raise MemoryError
            except MemoryError as error:
                raise InputError("Lower training.batch_size.") from error

        assert run_that(fail).output == "Error: Lower training.batch_size.\n"


class TestOtherErrors:
    def test_keep_their_traceback(self, run_that):
        def fail(kwargs):
            raise ZeroDivisionError("division by zero")

        result = run_that(fail)
        assert isinstance(result.exception, ZeroDivisionError)
        assert result.exit_code == 1
        assert "Error:" not in result.output

    def test_value_errors_that_are_no_input_errors_keep_theirs(self, run_that):
        def fail(kwargs):
            raise ValueError("shapes do not match")

        assert isinstance(run_that(fail).exception, ValueError)

    def test_clicks_own_stay_clicks(self, run_that):
        def fail(kwargs):
            raise click.UsageError("No such thing")

        result = run_that(fail)
        assert result.exit_code == 2
        assert "Error: No such thing" in result.output


class TestInterrupts:
    @pytest.fixture(autouse=True)
    def interruptible(self):
        """Python's own handler: a process that a shell runs in the background ignores SIGINT."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_run_that_stopped_in_good_order_says_how_to_go_on(self, run_that, number, code):
        def stop(kwargs):
            raise Interrupted("SRGAN-MSE stopped after step 3 of 9.", number)

        result = run_that(stop)
        assert result.exit_code == code
        assert result.output == "SRGAN-MSE stopped after step 3 of 9.\n"

    def test_what_the_run_was_doing_is_wiped_before_that_is_said(self, run_that, monkeypatch):
        monkeypatch.setattr(TICKER, "stop", lambda: click.echo("wiped", err=True))
        result = run_that(lambda kwargs: signal.raise_signal(signal.SIGINT))
        assert result.stderr.startswith("wiped\nStopped.")

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_signal_at_any_other_time_is_one_line(self, run_that, number, code):
        handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        result = run_that(lambda kwargs: signal.raise_signal(number))
        assert result.exit_code == code
        assert result.output.startswith("Stopped. Saved results are kept. Rerun the same command")
        assert result.output.count("\n") == 1
        assert {each: signal.getsignal(each) for each in handlers} == handlers


class TestRealSession:
    @pytest.fixture(autouse=True)
    def in_project(self, monkeypatch):
        monkeypatch.delenv("KEDRO_ENV", raising=False)
        monkeypatch.chdir(PROJECT)
        bootstrap_project(PROJECT)

    def run(self, *arguments):
        result = CliRunner(catch_exceptions=False).invoke(cli, ["run", *arguments])
        assert result.exit_code == 1
        return result.stderr

    def test_unknown_pipeline_is_one_line_with_suggestions(self):
        stderr = self.run("--pipelines=srgan_vgg33")
        assert stderr.startswith("Error: Failed to find the pipeline named 'srgan_vgg33'.")
        assert "Did you mean one of these instead? srgan_vgg" in stderr
        assert stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("argument", "message"),
        [
            ("--namespaces=srgan_vgg33", "Pipeline does not contain nodes with the following namespaces"),
            ("--nodes=trian", "Pipeline does not contain nodes named"),
            ("--to-outputs=reprot", "Pipeline does not contain datasets named"),
            ("--tags=gpu", "Pipeline contains no nodes after applying all provided filters"),
            ("--env=papper", "Given configuration path either does not exist"),
        ],
    )
    def test_what_kedro_does_not_know_is_one_line(self, argument, message):
        stderr = self.run(argument)
        assert stderr.startswith(f"Error: {message}")
        assert argument.partition("=")[2] in stderr or argument == "--tags=gpu"
        assert stderr.count("\n") == 1

    def test_bad_parameter_is_one_line(self):
        stderr = self.run("--pipelines=preparation", "--params=crops.size=30")
        assert stderr == "Error: crops.size should be a multiple of 4. Received: 30.\n"

    def test_missing_inputs_are_one_line(self, tmp_path):
        stderr = self.run("--namespaces=comparison.baselines", f"--params=data_root={tmp_path / 'data'}")
        assert stderr == (
            "Error: This pipeline reads data that is not saved yet: figure_photograph, validation_crops. "
            "Make it with: kedro run --pipelines=preparation (and the same --params)\n"
        )
        assert not (tmp_path / "data").exists()


class TestSubfolder:
    def split(self, data_root, folder, *arguments):
        command = [
            sys.executable,
            "-m",
            "kedro",
            "run",
            "--pipelines=preparation",
            f"--params=data_root={data_root}",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KEDRO_")}
        result = subprocess.run(
            [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, result.stderr
        # Of each line of the log what comes after the time.
        return re.findall(r"^\d\d:\d\d:\d\d (.*)", result.stderr, re.MULTILINE)

    def test_logs_and_finds_all_as_the_projects_folder_does(self, tmp_path):
        above, below = (self.split(tmp_path / "data", folder) for folder in (PROJECT, PROJECT / "notebooks"))
        assert above[0] == below[0] == "INFO    Preparing 8 photographs"
        assert len(above) == len(below) == 2
        assert len(list(tmp_path.glob("data/02_intermediate/split.csv/*"))) == 2

    def test_a_run_of_some_nodes_alone_is_no_warning(self, tmp_path):
        lines = self.split(tmp_path / "data", PROJECT, "--to-nodes=split_photographs")
        assert lines[0] == "INFO    Preparing 8 photographs"
        assert [line for line in lines if "WARNING" in line] == []

    def test_what_verbose_asks_for_is_heard(self, tmp_path):
        lines = self.split(tmp_path / "data", PROJECT / "notebooks", "--verbose")
        assert any(line.startswith("INFO    Saving data to split") for line in lines)
