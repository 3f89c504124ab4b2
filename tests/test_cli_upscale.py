"""The short command, with a session in its place and once for real."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project
from kedro.runner import SequentialRunner
from PIL import Image

from srgan_report import cli as command_line
from srgan_report.cli import cli
from srgan_report.errors import InputError
from tests.running import complete

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def upscale(monkeypatch):
    """Runs the command with a session that notes what it is given, and gives both."""
    received = {}

    class Session:
        @classmethod
        def create(cls, **kwargs):
            received.update(kwargs)
            return cls()

        def __enter__(self):
            return self

        def __exit__(self, *error):
            received["left"] = True

        def run(self, **kwargs):
            received.update(kwargs, runner=type(kwargs["runner"]))
            if received["runtime_params"]["upscale"]["input"] == "bad":
                raise InputError("upscale.input must be an image file.")

    monkeypatch.setattr(command_line, "Session", Session)
    return lambda *arguments: (CliRunner().invoke(cli, ["upscale", *arguments]), received)


class TestCommand:
    def test_runs_the_pipeline_with_what_is_asked_for_alone(self, upscale):
        result, received = upscale("my, photos=[1]/größe", "to: there")
        assert result.exit_code == 0, result.output
        assert received == {
            "env": None,
            "runtime_params": {"upscale": {"input": "my, photos=[1]/größe", "output": "to: there"}},
            "pipeline_names": ["upscale"],
            "runner": SequentialRunner,
            "left": True,
        }

    @pytest.mark.parametrize(
        "name", ["price ${5}.jpg", r"a\${b}", r"a\\${b}", "a$b", "${oc.env:HOME}", "~$a.jpg", "n" * 300]
    )
    def test_a_path_is_taken_as_it_is(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(PROJECT)
        bootstrap_project(PROJECT)
        arguments = [name, str(tmp_path / name), f"--params=data_root={tmp_path}"]
        result = CliRunner().invoke(cli, ["upscale", *arguments])
        assert result.stderr.splitlines()[-1] == (
            f"Error: upscale.input must be an image file or a folder of them. Not found: {name}"
        )

    def test_takes_options(self, upscale):
        result, received = upscale(
            "in", "out", "--variant=srresnet_vgg22", "--env=article", "--overwrite", "--preview"
        )
        assert result.exit_code == 0, result.output
        assert received["env"] == "article"
        assert received["runtime_params"]["upscale"] == {
            "input": "in",
            "output": "out",
            "variant": "srresnet_vgg22",
            "overwrite": True,
            "preview": True,
        }

    def test_takes_other_parameters_too(self, upscale):
        result, received = upscale("in", "out", "--params=data_root=elsewhere,upscale.preview=true")
        assert result.exit_code == 0, result.output
        assert received["runtime_params"] == {
            "data_root": "elsewhere",
            "upscale": {"input": "in", "output": "out", "preview": True},
        }

    def test_takes_text_as_it_is_typed(self, upscale):
        result, received = upscale("2024", "run #5", "--params=data_root=on #1")
        assert result.exit_code == 0, result.output
        assert received["runtime_params"] == {
            "data_root": "on #1",
            "upscale": {"input": "2024", "output": "run #5"},
        }

    def test_errors_that_a_user_can_mend_are_one_line(self, upscale):
        result, _ = upscale("bad", "out")
        assert (result.exit_code, result.output) == (1, "Error: upscale.input must be an image file.\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["in"], "Missing argument 'OUTPUT'"),
            (["in", "out", "--variant=srgan_vgg33"], "Invalid value for '--variant': 'srgan_vgg33'"),
            (["in", "out", "--params=seed"], "it must be NAME=VALUE"),
        ],
    )
    def test_what_can_not_be_is_refused(self, upscale, arguments, message):
        result, received = upscale(*arguments)
        assert result.exit_code in (1, 2)
        assert message in result.output
        assert received == {}

    def test_help_names_arguments_and_options(self):
        output = CliRunner().invoke(cli, ["upscale", "--help"]).output
        assert "upscale [OPTIONS] INPUT OUTPUT" in output
        for option in ("--variant", "--overwrite", "--preview", "--env", "--params"):
            assert option in output


def test_real_command_upscales_what_it_can_and_fails_at_the_end(tmp_path):
    version = "2026-01-01T00.00.00.000Z"
    path = tmp_path / "data" / "06_models" / "srgan_mse" / "generator.keras" / version / "generator.keras"
    path.parent.mkdir(parents=True)
    complete(tmp_path / "data", "srgan_mse", version)
    layers = [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4), keras.layers.Rescaling(2.0, -1.0)]
    keras.Sequential(layers).save(path)
    folder = tmp_path / "my photos, 花"
    (folder / "2026").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    Image.fromarray(noise).save(folder / "2026" / "good one.png")
    (folder / "bad.jpg").write_bytes(b"no photograph")
    result = subprocess.run(
        [
            *(sys.executable, "-m", "kedro", "upscale", folder, tmp_path / "large, größe"),
            *("--variant=srgan_mse", f"--params=data_root={tmp_path / 'data'}"),
        ],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "KEDRO_ENV"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "Workflow tracking" not in result.stderr  # Kedro-Viz's warning of other runners
    assert result.stderr.splitlines()[-1] == (
        f"Error: 1 of 2 files could not be upscaled, the others were: {folder / 'bad.jpg'} must be a JPEG, "
        "PNG, WebP, TIFF or BMP image, or is damaged."
    )
    saved = [path for path in (tmp_path / "large, größe").rglob("*") if path.is_file()]
    assert saved == [tmp_path / "large, größe" / "2026" / "good one.png"]
    expected = noise.repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(np.asarray(Image.open(saved[0])), expected)
