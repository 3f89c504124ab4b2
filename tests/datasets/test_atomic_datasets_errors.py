"""What all saved datasets have in common: one clear error for what can't be written or loaded."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError
from kedro.io.core import VersionNotFoundError

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-02-02T00.00.00.000Z"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def disk(tmp_path):
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"mounting a disk of one megabyte needs root: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


class TestDisk:
    def test_a_full_one_is_one_clear_error(self, kind, disk, input_error):
        kind.at(disk, save=OLD).save(kind.make(1))
        before = kind.read(kind.at(disk))
        data = kind.make_large()
        with pytest.raises(DatasetError) as caught:
            DataCatalog({"saved": kind.at(disk, save=NEW)}).save("saved", data)
        assert input_error(caught.value) == (
            f"{disk}/{kind.name}/{NEW}/{kind.name} can't be written: No space left on device. "
            "Free some space, or choose another data_root; earlier results are unchanged."
        )
        assert kind.read(kind.at(disk)) == before
        assert files(disk) == [f"{kind.name}/{OLD}/{kind.name}"]
        kind.at(disk, save=NEW).save(kind.make(2))
        assert kind.at(disk).list_versions(full_path=False) == [NEW, OLD]

    def test_a_read_only_one_is_one_clear_error(self, kind, disk, input_error):
        kind.at(disk, save=OLD).save(kind.make(1))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(DatasetError) as caught:
            kind.at(disk, save=NEW).save(kind.make(2))
        assert input_error(caught.value) == (
            f"{disk}/{kind.name}/{NEW}/{kind.name} can't be written: Read-only file system. "
            "Make its disk writable, or choose another data_root; earlier results are unchanged."
        )
        assert kind.at(disk).exists()

    @pytest.mark.skipif(os.geteuid() == 0, reason="no folder is forbidden to root")
    @pytest.mark.parametrize("kind", ["JSONDataset"], indirect=True)
    def test_a_forbidden_folder_is_one_clear_error(self, kind, tmp_path, input_error):
        tmp_path.chmod(0o500)
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path, save=NEW).save(kind.make(2))
        message = input_error(caught.value)
        assert "can't be written: Permission denied. Change its permissions or its folder's, or" in message

    def test_a_file_where_a_folder_must_be_is_one_clear_error(self, kind, tmp_path, input_error):
        kind.at(tmp_path, versioned=False).save(kind.make(1))
        content = (tmp_path / kind.name).read_bytes()
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path, save=NEW).save(kind.make(2))
        assert input_error(caught.value) == (
            f"{tmp_path}/{kind.name}/{NEW}/{kind.name} can't be written: Not a directory. Move away the file "
            "that is in place of a folder, or choose another data_root; earlier results are unchanged."
        )
        assert (tmp_path / kind.name).read_bytes() == content

    def test_versions_where_the_file_must_be_are_one_clear_error(self, kind, old, tmp_path, input_error):
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path, versioned=False).save(kind.make(2))
        assert "can't be written: Is a directory. Move away the folder of that name, or" in input_error(
            caught.value
        )
        assert kind.read(kind.at(tmp_path)) == old
        assert files(tmp_path) == [f"{kind.name}/{OLD}/{kind.name}"]


# A figure is never loaded.
LOADED = ["CSVDataset", "JSONDataset", "TextDataset", "NpzDataset", "TensorFlowModelDataset"]
REMEDY = ". Remove or replace it if it is damaged or of another kind"
OTHER_VERSION = ", or choose another version with --load-versions."


class TestLoad:
    @pytest.mark.parametrize("kind", LOADED, indirect=True)
    def test_a_file_of_another_kind_is_one_clear_error(self, kind, old, tmp_path, input_error):
        path = tmp_path / kind.name / NEW / kind.name
        path.parent.mkdir()
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        with pytest.raises(DatasetError) as caught:
            DataCatalog({"saved": kind.at(tmp_path)}).load("saved")
        message = input_error(caught.value)
        assert message.startswith(f"{path} can't be loaded: ")
        assert message.endswith(REMEDY + OTHER_VERSION)
        path.unlink()  # as the message says
        assert kind.read(kind.at(tmp_path)) == old

    @pytest.mark.parametrize("kind", ["JSONDataset", "NpzDataset", "TensorFlowModelDataset"], indirect=True)
    @pytest.mark.parametrize("kept", [0.0, 0.5, 0.95])
    def test_a_truncated_file_is_one_clear_error(self, kind, tmp_path, kept, input_error):
        dataset = kind.at(tmp_path, versioned=False)
        dataset.save(kind.make(1))
        path = tmp_path / kind.name
        content = path.read_bytes()
        path.write_bytes(content[: int(kept * len(content))])
        with pytest.raises(DatasetError) as caught:
            dataset.load()
        message = input_error(caught.value)
        assert message.startswith(f"{path} can't be loaded: ")
        assert message.endswith(REMEDY + ".")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "EmptyDataError: No columns to parse from file"),
            (
                b"a,b\n1,2\n1,2,3\n",
                "ParserError: Error tokenizing data. C error: Expected 2 fields in line 3, saw 3",
            ),
        ],
    )
    @pytest.mark.parametrize("kind", ["CSVDataset"], indirect=True)
    def test_a_damaged_table_is_one_clear_error(self, kind, tmp_path, content, reason, input_error):
        (tmp_path / kind.name).write_bytes(content)
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path, versioned=False).load()
        assert input_error(caught.value) == f"{tmp_path}/{kind.name} can't be loaded: {reason}{REMEDY}."

    @pytest.mark.parametrize("kind", LOADED, indirect=True)
    def test_no_version_at_all_is_kedros_own_error(self, kind, tmp_path):
        with pytest.raises(VersionNotFoundError, match="Did not find any versions"):
            kind.at(tmp_path).load()
        assert not kind.at(tmp_path).exists()

    @pytest.mark.parametrize("kind", LOADED, indirect=True)
    def test_a_version_that_is_not_there_is_one_clear_error(self, kind, old, tmp_path, input_error):
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path, load=NEW).load()
        assert input_error(caught.value) == (
            f"{tmp_path}/{kind.name}/{NEW}/{kind.name} can't be loaded: No such file or directory. "
            f"Check its path{OTHER_VERSION}"
        )
        assert not kind.at(tmp_path, load=NEW).exists()

    @pytest.mark.parametrize("kind", ["TensorFlowModelDataset"], indirect=True)
    def test_a_full_temporary_folder_is_no_fault_of_the_file(
        self, kind, disk, tmp_path, monkeypatch, input_error
    ):
        kind.at(tmp_path, save=OLD).save(kind.make_large())
        monkeypatch.setattr(tempfile, "tempdir", str(disk))  # where Keras reads a copy
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path).load()
        assert input_error(caught.value) == (
            f"{tmp_path}/{kind.name}/{OLD}/{kind.name} can't be loaded: No space left on device. Free some "
            f"space in the temporary folder (TMPDIR){OTHER_VERSION}"
        )

    @pytest.mark.parametrize("kind", ["JSONDataset"], indirect=True)
    def test_too_little_memory_is_no_fault_of_the_file(self, kind, old, tmp_path, monkeypatch):
        def fill(file):
            raise MemoryError

        monkeypatch.setattr("json.load", fill)
        with pytest.raises(DatasetError) as caught:
            kind.at(tmp_path).load()
        assert isinstance(caught.value.__cause__, MemoryError)
