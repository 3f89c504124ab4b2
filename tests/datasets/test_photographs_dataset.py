"""``PhotographsDataset``: its sources, its errors, and what Kedro asks of it."""

import pytest
from kedro.io import DataCatalog, DatasetError

from srgan_report.data.photographs import Photograph
from srgan_report.datasets import PhotographsDataset, read_only
from srgan_report.errors import InputError


def input_errors(error: BaseException | None) -> list[str]:
    """Messages of the InputErrors in an exception's chain, as the command line looks for them."""
    messages = []
    while error is not None:
        messages += [str(error)] if isinstance(error, InputError) else []
        error = error.__cause__ or error.__context__
    return messages


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b.jpg").write_bytes(b"second")
    (tmp_path / "a.png").write_bytes(b"first")
    return tmp_path


class TestLoad:
    def test_folder(self, folder):
        photographs = PhotographsDataset(source="folder", folder=str(folder)).load()
        assert list(photographs) == [Photograph("a.png", b"first"), Photograph("b.jpg", b"second")]

    def test_a_folder_relative_to_the_current_one(self, folder, monkeypatch):
        monkeypatch.chdir(folder.parent)
        entry = {
            "type": "srgan_report.datasets.PhotographsDataset",
            "source": "folder",
            "folder": folder.name,
        }
        assert len(DataCatalog.from_config({"photographs": entry}).load("photographs")) == 2

    def test_sample(self):
        assert PhotographsDataset(source="sample").load()[0].id == "flower.jpg"

    def test_tfds(self, monkeypatch):
        monkeypatch.setattr(read_only, "read_tfds", lambda name: [Photograph(f"{name}/00000", b"")])
        assert PhotographsDataset(source="tfds", name="tf_flowers").load()[0].id == "tf_flowers/00000"

    def test_reads_once_until_released(self, monkeypatch):
        reads = []
        monkeypatch.setattr(read_only, "read_tfds", lambda name: reads.append(name) or (len(reads),))
        dataset = PhotographsDataset(source="tfds", name="tf_flowers")
        assert dataset.load() is dataset.load()
        assert len(reads) == 1
        dataset.release()
        dataset.load()
        assert len(reads) == 2

    def test_input_error_is_in_the_chain(self, tmp_path):
        with pytest.raises(DatasetError) as caught:
            PhotographsDataset(source="folder", folder=str(tmp_path)).load()
        assert input_errors(caught.value) == [
            "photographs.path must contain files of .bmp, .jfif, .jpe, .jpeg, .jpg, .png, .tif, .tiff, "
            f".webp. Received none in: {tmp_path}"
        ]


class TestParameters:
    def test_the_catalogs_entry_may_leave_name_and_path_null(self):
        catalog = DataCatalog.from_config(
            {
                "photographs": {
                    "type": "srgan_report.datasets.PhotographsDataset",
                    "source": "sample",
                    "name": None,
                    "folder": None,
                    "metadata": {"kedro-viz": {"layer": "raw"}},
                }
            }
        )
        assert catalog["photographs"].metadata == {"kedro-viz": {"layer": "raw"}}
        assert len(catalog.load("photographs")) == 8


class TestDataset:
    def test_is_read_only(self):
        with pytest.raises(DatasetError, match="PhotographsDataset is read-only"):
            PhotographsDataset(source="sample").save([])

    def test_str_says_the_source(self, folder):
        described = str(PhotographsDataset(source="folder", folder=str(folder)))
        assert described.endswith(f"PhotographsDataset(source='folder', folder='{folder}')")
