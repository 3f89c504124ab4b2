"""``NpzDataset``: arrays, versions and files of another kind."""

import zipfile

import fsspec
import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError
from kedro.io.core import Version

from srgan_report.datasets import NpzDataset

VERSION = "2024-01-01T00.00.00.000Z"


@pytest.fixture
def arrays():
    return {
        "high_resolution": np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3),
        "low_resolution": np.full((1, 1, 1, 3), 0.1, np.float32),
        "photograph_id": np.array(["café.jpg"]),
        "position": np.array([7]),
        "nothing": np.zeros((0, 3)),
    }


@pytest.fixture
def filepath(tmp_path):
    return tmp_path / "deep" / "crops.npz"


def assert_same(received, expected):
    assert list(received) == list(expected)
    for key, array in expected.items():
        assert received[key].dtype == array.dtype
        np.testing.assert_array_equal(received[key], array)


class TestSaveAndLoad:
    def test_load_gives_what_was_saved(self, filepath, arrays):
        dataset = NpzDataset(filepath=filepath)
        dataset.save(arrays)
        assert_same(dataset.load(), arrays)
        with np.load(filepath) as loaded:
            assert_same(dict(loaded), arrays)

    def test_the_file_is_compressed(self, filepath):
        NpzDataset(filepath=filepath).save({"zeros": np.zeros(10_000)})
        assert filepath.stat().st_size < 1_000

    def test_a_file_that_is_not_compressed_loads(self, filepath, arrays):
        filepath.parent.mkdir()
        np.savez(filepath, **arrays)
        assert_same(NpzDataset(filepath=filepath).load(), arrays)

    def test_saving_again_replaces_the_file(self, filepath, arrays):
        dataset = NpzDataset(filepath=filepath)
        dataset.save({"old": np.ones(3)})
        dataset.save(arrays)
        assert_same(dataset.load(), arrays)
        assert list(filepath.parent.iterdir()) == [filepath]

    def test_another_filesystem(self, arrays):
        dataset = NpzDataset(filepath="memory:///npz_dataset/crops.npz")
        dataset.save(arrays)
        assert_same(dataset.load(), arrays)
        assert fsspec.filesystem("memory").find("/npz_dataset") == ["/npz_dataset/crops.npz"]

    def test_exists(self, filepath, arrays):
        dataset = NpzDataset(filepath=filepath)
        assert not dataset.exists()
        dataset.save(arrays)
        assert dataset.exists()

    def test_metadata_is_kept_for_kedro_viz(self, filepath):
        config = {"type": "srgan_report.datasets.NpzDataset", "filepath": str(filepath), "versioned": True}
        metadata = {"kedro-viz": {"layer": "primary"}}
        catalog = DataCatalog.from_config({"validation_crops": config | {"metadata": metadata}})
        assert catalog["validation_crops"].metadata == metadata


class TestPickles:
    def test_arrays_of_objects_are_not_saved(self, filepath):
        with pytest.raises(DatasetError, match="Object arrays cannot be saved"):
            NpzDataset(filepath=filepath).save({"sizes": np.array([{}, None])})
        assert not filepath.exists()

    def test_arrays_of_objects_are_not_loaded(self, filepath):
        filepath.parent.mkdir()
        np.savez(filepath, sizes=np.array([{}, None]))
        with pytest.raises(DatasetError, match="allow_pickle=False"):
            NpzDataset(filepath=filepath).load()


class TestVersions:
    def test_each_save_is_a_version(self, filepath, arrays):
        NpzDataset(filepath=filepath, version=Version(None, VERSION)).save(arrays)
        NpzDataset(filepath=filepath, version=Version(None, "2024-02-02T00.00.00.000Z")).save(
            {"a": np.ones(1)}
        )
        assert (filepath / VERSION / "crops.npz").is_file()
        assert list(NpzDataset(filepath=filepath, version=Version(None, None)).load()) == ["a"]
        assert_same(NpzDataset(filepath=filepath, version=Version(VERSION, None)).load(), arrays)

    def test_a_version_is_never_overwritten(self, filepath, arrays):
        dataset = NpzDataset(filepath=filepath, version=Version(None, VERSION))
        dataset.save(arrays)
        with pytest.raises(DatasetError, match="must not exist if versioning is enabled"):
            dataset.save(arrays)

    def test_exists(self, filepath, arrays):
        dataset = NpzDataset(filepath=filepath, version=Version(None, VERSION))
        assert not dataset.exists()
        dataset.save(arrays)
        assert dataset.exists()
        assert not NpzDataset(filepath=filepath, version=Version("2023-01-01T00.00.00.000Z", None)).exists()

    def test_release_forgets_the_latest_version(self, filepath, arrays):
        NpzDataset(filepath=filepath, version=Version(None, VERSION)).save(arrays)
        dataset = NpzDataset(filepath=filepath, version=Version(None, None))
        dataset.load()
        NpzDataset(filepath=filepath, version=Version(None, "2024-02-02T00.00.00.000Z")).save(
            {"a": np.ones(1)}
        )
        dataset.release()
        assert list(dataset.load()) == ["a"]


class TestOtherFiles:
    def test_one_array_without_a_name(self, filepath):
        filepath.parent.mkdir()
        with filepath.open("wb") as file:
            np.save(file, np.ones(3))
        with pytest.raises(DatasetError, match="BadZipFile: File is not a zip file"):
            NpzDataset(filepath=filepath).load()

    def test_an_archive_of_something_else(self, filepath):
        filepath.parent.mkdir()
        with zipfile.ZipFile(filepath, "w") as archive:
            archive.writestr("config.json", "{}")
        with pytest.raises(DatasetError, match=r"ValueError: config\.json in it is not an array"):
            NpzDataset(filepath=filepath).load()

    def test_a_bit_that_flipped(self, filepath):
        dataset = NpzDataset(filepath=filepath)
        filepath.parent.mkdir()
        np.savez(filepath, a=np.arange(100))
        content = bytearray(filepath.read_bytes())
        content[500] ^= 1
        filepath.write_bytes(content)
        with pytest.raises(DatasetError, match=r"BadZipFile: Bad CRC-32 for file 'a.npy'"):
            dataset.load()
