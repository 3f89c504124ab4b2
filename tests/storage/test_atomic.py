import os
import subprocess
import sys

import pytest

from srgan_report.errors import InputError
from srgan_report.storage.atomic import remove_leftovers, whole_file, whole_folder


class TestWholeFile:
    def write(self, path, *names):
        with whole_file(path) as part:
            for name in names:
                part.with_name(name).write_text("new")
                assert not path.with_name(name).exists()

    def test_appears_at_the_end_in_folders_made_for_it(self, tmp_path):
        self.write(tmp_path / "a" / "b.txt", "b.txt")
        assert [path.name for path in tmp_path.rglob("*")] == ["a", "b.txt"]

    def test_of_a_block_that_fails_nothing_is_left_but_the_old_file(self, tmp_path):
        (tmp_path / "b.txt").write_text("old")

        def fail():
            with whole_file(tmp_path / "b.txt") as part:
                part.write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fail()
        assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]

    def test_comes_after_what_stands_next_to_it(self, tmp_path, monkeypatch):
        renamed, replace = [], os.replace
        monkeypatch.setattr("os.replace", lambda part, path: renamed.append(path.name) or replace(part, path))
        self.write(tmp_path / "b.txt", "a.pdf", "b.txt", "c.pdf")
        assert renamed == ["a.pdf", "c.pdf", "b.txt"]


class TestWholeFolder:
    def files(self, folder):
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}

    def test_appears_at_the_end(self, tmp_path):
        with whole_folder(tmp_path / "export" / "v1") as folder:
            (folder / "model").write_bytes(b"new")
            assert not (tmp_path / "export" / "v1").exists()
        assert self.files(tmp_path) == {"export", "export/v1", "export/v1/model"}

    def test_takes_the_place_of_an_older_one(self, tmp_path):
        (tmp_path / "v1").mkdir()
        (tmp_path / "v1" / "old").write_bytes(b"old")
        with whole_folder(tmp_path / "v1") as folder:
            (folder / "new").write_bytes(b"new")
        assert self.files(tmp_path) == {"v1", "v1/new"}

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_of_a_block_that_fails_nothing_is_left(self, tmp_path, error):
        def fail():
            with whole_folder(tmp_path / "export" / "v1") as folder:
                (folder / "model").write_bytes(b"half")
                raise error

        with pytest.raises(error):
            fail()
        assert self.files(tmp_path) == set()

    def test_of_a_block_that_fails_an_older_one_stays(self, tmp_path):
        (tmp_path / "v1").mkdir()
        (tmp_path / "v1" / "old").write_bytes(b"old")
        with pytest.raises(ValueError, match="half"), whole_folder(tmp_path / "v1"):
            raise ValueError("half")
        assert self.files(tmp_path) == {"v1", "v1/old"}

    def test_a_full_disk_is_an_input_error(self, tmp_path):
        with (
            pytest.raises(InputError, match=r"v1 can't be written: No space left on device\. Check"),
            whole_folder(tmp_path / "v1"),
        ):
            raise OSError(28, "No space left on device")
        assert self.files(tmp_path) == set()


WRITER = """
import sys, time
from pathlib import Path
from srgan_report.storage.atomic import whole_file

with whole_file(Path(sys.argv[1])) as part:
    part.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


class TestRemoveLeftovers:
    @pytest.fixture
    def writer(self, tmp_path):
        """Another process in the middle of a file."""
        command = [sys.executable, "-c", WRITER, tmp_path / "out" / "a.png"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout.readline() == b"writing\n"
            yield process
            process.kill()

    def test_of_a_killed_process_they_go_and_of_a_living_one_they_stay(self, tmp_path, writer):
        (part,) = (tmp_path / "out").iterdir()
        remove_leftovers(tmp_path / "out")
        assert [path.name for path in part.iterdir()] == ["a.png"]
        writer.kill()
        writer.wait()
        remove_leftovers(tmp_path / "out")
        assert list((tmp_path / "out").iterdir()) == []

    def test_other_files_stay(self, tmp_path):
        names = {".part", ".hidden.part", f".{'0' * 32}.part.png", f"{'0' * 32}.part", "a.png"}
        (tmp_path / f".{'0' * 32}.part").mkdir()
        for name in names:
            (tmp_path / name).touch()
        remove_leftovers(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == names

    def test_where_there_is_no_folder_none_is_made(self, tmp_path):
        remove_leftovers(tmp_path / "out")
        assert not (tmp_path / "out").exists()
