"""Which version a dataset loads: what its own run saved, or else the latest before that run's start."""

import pytest
from kedro.io import DatasetError

EARLIEST, EARLIER = "2026-01-01T00.00.00.000000Z", "2026-01-01T12.00.00.000000Z"
OWN = "2026-02-01T00.00.00.000000Z"
LATER, FUTURE = "2026-02-01T00.00.00.000001Z", "2099-01-01T00.00.00.000000Z"


@pytest.fixture(params=["local", "memory", "brackets"])
def folder(request, tmp_path):
    """A folder on this machine, one of fsspec's, and one whose name is a pattern to glob."""
    folders = {
        "local": tmp_path,
        "memory": f"memory://{tmp_path.name}/{request.node.name}",
        "brackets": tmp_path / "[2026] proj",
    }
    return folders[request.param]


def save_all(kind, folder, *versions):
    for number, version in enumerate(versions, start=1):
        kind.at(folder, save=version).save(kind.make(number))


def load(kind, folder, number):
    """What the saved one of this number reads as."""
    return kind.read(kind.at(folder, load=number))


def test_a_run_reads_back_what_it_saved_itself(kind, folder):
    """Others began later and ended earlier, or their clock ran ahead."""
    save_all(kind, folder, EARLIER, LATER, FUTURE)
    own = kind.at(folder, save=OWN)
    own.save(kind.make(9))
    assert own.resolve_load_version() == OWN
    assert kind.read(own) == load(kind, folder, OWN) != load(kind, folder, FUTURE)


def test_what_it_did_not_make_is_the_latest_before_its_start(kind, folder):
    save_all(kind, folder, EARLIEST, EARLIER, LATER, FUTURE)
    run = kind.at(folder, save=OWN)
    assert run.exists()
    assert run.resolve_load_version() == EARLIER
    assert kind.read(run) == load(kind, folder, EARLIER)


def test_what_another_run_saves_meanwhile_changes_nothing(kind, folder):
    save_all(kind, folder, EARLIER)
    run = kind.at(folder, save=OWN)
    before = kind.read(run)
    save_all(kind, folder, LATER)
    run.release()
    assert run.resolve_load_version() == EARLIER
    assert kind.read(run) == before


def test_only_later_versions_are_none(kind, folder):
    save_all(kind, folder, LATER, FUTURE)
    run = kind.at(folder, save=OWN)
    assert not run.exists()
    with pytest.raises(DatasetError, match="Did not find any versions"):
        run.resolve_load_version()


@pytest.mark.parametrize("kind", ["JSONDataset"], indirect=True)
class TestAskedFor:
    """--load-versions."""

    def test_is_loaded_whenever_it_was_saved(self, kind, folder):
        save_all(kind, folder, EARLIEST, EARLIER, FUTURE)
        for version in (EARLIEST, FUTURE):
            assert kind.at(folder, load=version, save=OWN).resolve_load_version() == version

    def test_but_not_for_what_the_run_has_made(self, kind, folder):
        save_all(kind, folder, EARLIEST, EARLIER)
        run = kind.at(folder, load=EARLIEST, save=OWN)
        run.save(kind.make(9))
        assert run.load() == kind.make(9)


@pytest.mark.parametrize("kind", ["JSONDataset"], indirect=True)
def test_of_no_run_the_latest_is_loaded_or_what_was_saved(kind, folder):
    save_all(kind, folder, EARLIER, FUTURE)
    dataset = kind.at(folder)
    assert dataset.resolve_load_version() == FUTURE
    dataset.save(kind.make(9))
    assert dataset.load() == kind.make(9)
