from pathlib import Path, PurePosixPath

import pytest

from srgan_report.storage.paths import find_project_file


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """What a wheel has put into an environment."""
    folder = tmp_path / "share" / "srgan-report"
    (folder / "data" / "pretrained").mkdir(parents=True)
    (folder / "data" / "published_results.csv").touch()
    monkeypatch.setattr("sysconfig.get_path", lambda name, scheme: str(tmp_path))
    return folder


def test_in_a_project_paths_stay_as_they_are(installed, tmp_path):
    assert find_project_file("data/published_results.csv", tmp_path) == "data/published_results.csv"


def test_elsewhere_files_and_folders_are_those_that_were_installed(installed):
    assert find_project_file("data/published_results.csv", None) == str(
        installed / "data" / "published_results.csv"
    )
    assert find_project_file("data/pretrained", None) == str(installed / "data" / "pretrained")


def test_what_was_not_installed_is_looked_for_in_the_current_folder(installed):
    assert find_project_file("data/other", None) == "data/other"


def test_all_that_the_catalog_and_the_report_read_is_in_the_wheel():
    tomllib = pytest.importorskip("tomllib")
    project = Path(__file__).parents[2]
    listed = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    found = {
        path.relative_to(project)
        for globs in listed.values()
        for glob in globs
        for path in project.glob(glob)
    }
    names = {"data/published_results.csv", "data/pretrained/pretrained.json", "notebooks/report.ipynb"}
    assert {Path(name) for name in (*names, "notebooks/report.html.j2")} <= found
    # Each is where find_project_file looks for it.
    for folder, globs in listed.items():
        assert {str(PurePosixPath(glob).parent) for glob in globs} == {
            folder.removeprefix("share/srgan-report/")
        }
