"""How `make install` finds a Python, with fakes in place of all that it might find."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TOOLS = ("make", "sh", "sleep", "touch", "mkdir", "cp", "wc", "grep", "sed", "expand", "uname", "id")
FAKE = """#!/bin/sh
case "$1 $2" in
    "-c "*) exit {status} ;;
    "--version "*) echo "Python {version}" ;;
    "-m pip") echo >> pips; [ $(wc -l < pips) -gt "$BREAKS" ] || {{ echo "reset by peer" >&2; exit 2; }} ;;
    "-m venv") echo "$0" >> made; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
    "venv "*) echo "$0 $*" >> made; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""


@pytest.fixture
def install(tmp_path):
    """Installs with only these Pythons on the path: 0 is the status of one that suits."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (binaries / tool).symlink_to(found)
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "pyproject.toml").touch()

    def install(*arguments, breaks=0, **pythons):
        for name, status in pythons.items():
            fake = binaries / name.replace("_", ".")
            fake.write_text(FAKE.format(status=status, version=name))
            fake.chmod(0o755)
        command = [str(binaries / "make"), "install", *arguments]
        environment = {"PATH": str(binaries), "HOME": str(tmp_path), "BREAKS": str(breaks)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return install


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": 0, "python3_13": 0}, "python3"),
        ({"python3": 1, "python3_13": 0, "python3_11": 0}, "python3.13"),
        ({"python3": 1, "python3_13": 127, "python3_11": 0}, "python3.11"),
    ],
)
def test_takes_the_first_python_that_suits_and_says_which(install, tmp_path, pythons, chosen):
    done = install(**pythons)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "bin" / chosen
    first, second = done.stdout.splitlines()
    assert first == f"Creating .venv with Python {chosen.replace('.', '_')}, {path}"
    assert second.startswith("Installing packages, 2 to 5 minutes")
    assert (tmp_path / "made").read_text() == f"{path}\n"


@pytest.mark.parametrize(("breaks", "status", "tries"), [(1, 0, 2), (2, 0, 3), (3, 2, 3)])
def test_tries_thrice_where_a_download_breaks_off(install, tmp_path, breaks, status, tries):
    sleep = tmp_path / "bin/sleep"
    sleep.unlink()
    sleep.write_text(f"#!/bin/sh\nexec {shutil.which('sleep')} .1")
    sleep.chmod(0o755)
    done = install(breaks=breaks, python3=0)
    assert done.returncode == status
    assert done.stderr.count("reset by peer") == breaks
    assert done.stderr.count("trying again") == tries - 1
    assert (tmp_path / ".venv/.installed").exists() == (status == 0)


def test_takes_the_one_that_is_named(install, tmp_path):
    done = install("PYTHON=python3.11", python3=0, python3_11=0)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made").read_text() == f"{tmp_path / 'bin' / 'python3.11'}\n"


def test_takes_uvs_where_none_suits(install, tmp_path):
    done = install(python3=1, uv=0)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Creating .venv with Python 3.12 from uv"
    assert "--python=3.12 .venv" in (tmp_path / "made").read_text()


@pytest.mark.parametrize("arguments", [[], ["PYTHON=python3"]])
def test_says_in_one_line_what_to_do_where_there_is_none(install, tmp_path, arguments):
    done = install(*arguments, python3=1)
    assert done.returncode == 2
    error, make = done.stderr.splitlines()
    assert error == (
        "Python 3.11 to 3.13 with its venv module is needed; python3 is none. Install uv "
        "(https://docs.astral.sh/uv), or name a Python: make PYTHON=path/to/python3.12"
    )
    assert make.startswith("make: ***")
    assert not (tmp_path / "made").exists()
