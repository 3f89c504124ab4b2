"""The package as ``kedro package`` makes it, in an environment of its own and away from the project."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "06_models", "*.egg-info", "docs", "tests"
)
# One step for each variant: what is tested is that everything is found.
TINY = "training.epochs=1,training.steps_per_epoch=1,crops.validation_per_photograph=6" + "".join(
    f",{name}.training.{key}=1"
    for name in ("srresnet_mse", "srresnet_vgg54", "srgan_vgg54")
    for key in ("epochs", "steps_per_epoch")
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The Python of an environment with the wheel and this one's packages, and a folder with conf alone."""
    root = tmp_path_factory.mktemp("packaged")
    project, environment, folder = root / "project", root / "environment", root / "folder"
    shutil.copytree(PROJECT, project, ignore=IGNORED)
    packaged = run([sys.executable, "-m", "kedro", "package"], project)
    assert packaged.returncode == 0, packaged.stderr
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (wheel,) = project.glob("dist/*.whl")
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-index"]
    assert run([*pip, wheel], root).returncode == 0
    (library,) = environment.glob("lib/python*/site-packages")
    (library / "shared.pth").write_text(sysconfig.get_path("purelib"))
    folder.mkdir()
    shutil.unpack_archive(next(project.glob("dist/conf-*.tar.gz")), folder)
    return python, folder


def run(command, folder):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KEDRO_", "PYTHON"))}
    kept["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))  # whose templates are no package
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, timeout=900)


def test_errors_are_one_line(installed):
    python, folder = installed
    result = run([python, "-m", "srgan_report", "--pipelines=preparation", "--params=crops.size=30"], folder)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "Error: crops.size should be a multiple of 4. Received: 30."
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_the_sample_runs_to_its_report(installed):
    python, folder = installed
    result = run([python, "-m", "srgan_report", "--env=sample", f"--params={TINY}"], folder)
    assert result.returncode == 0, result.stderr
    assert not [line for line in result.stderr.splitlines() if "Kedro project" in line or "Heap" in line]
    (report,) = folder.glob("data/sample/08_reporting/report.html/*/report.html")
    assert "Which loss gives the best super-resolution?" in report.read_text(encoding="utf-8")
    assert len(list(folder.glob("data/sample/06_models/*/generator.keras/*"))) == 6
