"""What all saved datasets have in common: a file appears whole under its name, or not at all."""

import errno
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import fsspec
import keras
import pytest
from fsspec.implementations.local import LocalFileOpener
from kedro.io import DataCatalog, DatasetError
from matplotlib.figure import Figure

from srgan_report import datasets

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-02-02T00.00.00.000Z"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestSave:
    def test_each_save_is_a_version_of_one_file(self, kind, old, tmp_path):
        dataset = kind.at(tmp_path, save=NEW)
        dataset.save(kind.make(2))
        assert kind.read(kind.at(tmp_path, load=OLD)) == old
        assert kind.read(kind.at(tmp_path)) == kind.read(dataset) != old
        assert kind.at(tmp_path).list_versions(full_path=False) == [NEW, OLD]
        assert files(tmp_path) == [f"{kind.name}/{version}/{kind.name}" for version in (OLD, NEW)]

    def test_a_version_is_never_overwritten(self, kind, old, tmp_path):
        with pytest.raises(DatasetError, match="must not exist if versioning is enabled"):
            kind.at(tmp_path, save=OLD).save(kind.make(2))
        assert kind.read(kind.at(tmp_path)) == old

    def test_without_versions_the_file_is_replaced(self, kind, old, tmp_path):
        dataset = kind.at(tmp_path / "deep", versioned=False)
        dataset.save(kind.make(2))
        assert kind.read(dataset) != old
        dataset.save(kind.make(1))
        assert kind.read(dataset) == old
        assert files(tmp_path / "deep") == [kind.name]

    def test_another_filesystem(self, kind, old):
        folder = "memory:///atomic_file"
        dataset = kind.at(folder, save=OLD)
        dataset.save(kind.make(1))
        path = f"/atomic_file/{kind.name}/{OLD}/{kind.name}"
        assert fsspec.filesystem("memory").find(f"/atomic_file/{kind.name}") == [path]
        assert kind.at(folder).list_versions() == [path]
        assert kind.read(dataset) == old

    def test_data_that_cannot_be_saved_leave_nothing(self, tmp_path):
        with pytest.raises(DatasetError, match="not JSON serializable"):
            datasets.JSONDataset(filepath=tmp_path / "metrics.json").save({"psnr": {1}})
        assert list(tmp_path.iterdir()) == []

    def test_figures_are_saved_one_by_one(self, tmp_path):
        with pytest.raises(DatasetError, match=r"MatplotlibDataset saves one Figure\. Received: list\."):
            datasets.MatplotlibDataset(filepath=tmp_path / "curves.png").save([Figure()])
        assert list(tmp_path.iterdir()) == []

    def test_config_can_be_made_from_the_catalog(self, kind, tmp_path):
        catalog = DataCatalog({"saved": kind.at(tmp_path, save=NEW)})
        again = DataCatalog.from_config(*catalog.to_config())["saved"]
        again.save(kind.make(1))
        assert type(again).__name__ == kind.type
        assert kind.at(tmp_path).exists()


@contextmanager
def half_written(error: BaseException, look: Callable[[], None]):
    """Local files take half of what is written; then ``look`` is called and ``error`` raised."""

    def write_half(file, data):
        file.f.write(data[: len(data) // 2])
        file.f.flush()
        look()
        raise error

    def save_half(model, filepath):
        Path(filepath).write_bytes(b"half")
        look()
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalFileOpener, "write", write_half)
        patch.setattr(keras.saving, "save_model", save_half)
        yield


class TestInterruption:
    @pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "")], ids=["Ctrl-C", "disk"])
    def test_nothing_is_seen_or_left_of_a_half_written_version(self, kind, old, tmp_path, error):
        seen = []

        def look():
            assert any(NEW in path for path in files(tmp_path))
            seen.append(kind.at(tmp_path).list_versions(full_path=False))

        with half_written(error, look), pytest.raises((KeyboardInterrupt, DatasetError)):
            kind.at(tmp_path, save=NEW).save(kind.make(2))
        assert seen[0] == [OLD]
        assert kind.read(kind.at(tmp_path)) == old
        assert [path.name for path in (tmp_path / kind.name).iterdir()] == [OLD]

    def test_the_earlier_file_stays_where_there_are_no_versions(self, kind, tmp_path, input_error):
        dataset = kind.at(tmp_path, versioned=False)
        dataset.save(kind.make(1))
        before = kind.read(dataset)
        with half_written(OSError(errno.EIO, ""), lambda: None), pytest.raises(DatasetError) as caught:
            dataset.save(kind.make(2))
        assert input_error(caught.value).startswith(
            f"{tmp_path}/{kind.name} can't be written: Input/output error."
        )
        assert kind.read(dataset) == before
        assert files(tmp_path) == [kind.name]

    def test_two_saves_of_one_file_at_a_time_spoil_neither(self, tmp_path, monkeypatch):
        filepath = tmp_path / "metrics.json"

        def write_slowly(data, file, **options):
            file.write('{"psnr": ')
            file.flush()
            if data["psnr"] == 1:
                datasets.JSONDataset(filepath=filepath).save({"psnr": 2})
                assert datasets.JSONDataset(filepath=filepath).load() == {"psnr": 2}
            file.write(f"{data['psnr']}}}")

        monkeypatch.setattr("json.dump", write_slowly)
        dataset = datasets.JSONDataset(filepath=filepath)
        dataset.save({"psnr": 1})
        assert dataset.load() == {"psnr": 1}

    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            ("NpzDataset", "{'crop': np.random.default_rng(0).random((64, 256, 1024))}"),
            ("CSVDataset", "pd.DataFrame(np.random.default_rng(0).random((1_000_000, 4)))"),
        ],
        indirect=["kind"],
    )
    def test_a_killed_process_leaves_the_older_version(self, kind, old, tmp_path, data):
        program = (
            "import numpy as np, pandas as pd\n"
            "from kedro.io import Version\n"
            f"from srgan_report.datasets import {kind.type}\n"
            f"dataset = {kind.type}(filepath={f'{tmp_path}/{kind.name}'!r}, version=Version(None, {NEW!r}))\n"
            f"dataset.save({data})\n"
        )
        child = subprocess.Popen([sys.executable, "-c", program])
        while child.poll() is None and not any(path.stat().st_size for path in self.parts(tmp_path)):
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL, "the child has saved before it could be killed"
        assert self.parts(tmp_path)
        assert kind.at(tmp_path).list_versions(full_path=False) == [OLD]
        assert kind.read(kind.at(tmp_path)) == old

        kind.at(tmp_path, save=NEW).save(kind.make(2))  # even of the same name
        assert kind.read(kind.at(tmp_path)) != old

    def parts(self, folder):
        return [path for path in folder.rglob(".*/*") if path.is_file()]
