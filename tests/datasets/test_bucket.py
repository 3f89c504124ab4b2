"""What all saved datasets have in common in a bucket: an object appears whole, or not at all."""

import subprocess
import sys

import pytest
from kedro.io import DataCatalog, DatasetError, Version
from matplotlib.figure import Figure

from srgan_report import datasets
from tests.running import complete, find_saved

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-02-02T00.00.00.000Z"


@pytest.fixture
def prefix(request):
    """One for each test."""
    return request.node.name.translate(str.maketrans("[]", "--"))


@pytest.fixture
def url(bucket, prefix):
    return f"s3://{bucket.name}/{prefix}"


class TestSave:
    def test_each_save_is_a_version_of_one_object(self, kind, bucket, prefix, url):
        kind.at(url, save=OLD).save(kind.make(1))
        old = kind.read(kind.at(url))
        dataset = kind.at(url, save=NEW)
        dataset.save(kind.make(2))
        assert kind.read(kind.at(url, load=OLD)) == old
        assert kind.read(kind.at(url)) == kind.read(dataset) != old
        assert kind.at(url).list_versions(full_path=False) == [NEW, OLD]
        assert bucket.list(prefix) == [f"{kind.name}/{version}/{kind.name}" for version in (OLD, NEW)]
        assert dataset.locate() == f"{url}/{kind.name}/{NEW}/{kind.name}"

    def test_a_version_is_never_overwritten(self, kind, url):
        kind.at(url, save=OLD).save(kind.make(1))
        old = kind.read(kind.at(url))
        with pytest.raises(DatasetError, match="must not exist if versioning is enabled"):
            kind.at(url, save=OLD).save(kind.make(2))
        assert kind.read(kind.at(url)) == old

    def test_a_figure_has_its_pdf_beside_it(self, bucket, prefix, url):
        dataset = datasets.MatplotlibDataset(filepath=f"{url}/grid.png", version=Version(None, NEW))
        dataset.save(Figure())
        assert bucket.list(prefix) == [f"grid.png/{NEW}/grid.{ending}" for ending in ("pdf", "png")]
        pdf, png = (bucket.files.cat(f"{url}/grid.png/{NEW}/grid.{ending}") for ending in ("pdf", "png"))
        assert (pdf[:5], png[:4]) == (b"%PDF-", b"\x89PNG")

    @pytest.mark.parametrize("kind", ["TensorFlowModelDataset"], indirect=True)
    def test_generators_are_found(self, kind, url):
        for name in ("srresnet_mse", "srgan_mse"):
            kind.at(f"{url}/06_models/{name}", save=NEW).save(kind.make(3))
            complete(url, name, NEW)
        saved = find_saved(url)
        assert {name: generator.version for name, generator in saved.items()} == dict.fromkeys(
            ("srresnet_mse", "srgan_mse"), NEW
        )
        assert saved["srgan_mse"].load().weights[1].numpy().tolist() == [3, 3, 3, 3]

    def test_is_seen_by_another_process(self, bucket, url):
        datasets.JSONDataset(filepath=f"{url}/metrics.json").save({"psnr": 31.42})
        program = (
            "from srgan_report.datasets import JSONDataset\n"
            f"print(JSONDataset(filepath={f'{url}/metrics.json'!r}).load())"
        )
        child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert child.stdout == "{'psnr': 31.42}\n"


@pytest.fixture
def interrupted(monkeypatch):
    """Half of what is saved is written, and then Ctrl-C pressed."""

    def write_half(data, file, **options):
        file.write('{"psnr": ')
        raise KeyboardInterrupt

    monkeypatch.setattr("json.dump", write_half)


class TestFailure:
    def test_nothing_is_seen_of_what_was_half_written(self, bucket, prefix, url, interrupted):
        with pytest.raises(KeyboardInterrupt):
            datasets.JSONDataset(filepath=f"{url}/metrics.json", version=Version(None, NEW)).save({"psnr": 1})
        assert bucket.list(prefix) == []

    def test_the_earlier_object_stays(self, bucket, prefix, url, interrupted):
        bucket.files.pipe(f"{url}/metrics.json", b'{"psnr": 0}')
        with pytest.raises(KeyboardInterrupt):
            datasets.JSONDataset(filepath=f"{url}/metrics.json").save({"psnr": 1})
        assert datasets.JSONDataset(filepath=f"{url}/metrics.json").load() == {"psnr": 0}
        assert bucket.list(prefix) == ["metrics.json"]

    @pytest.mark.parametrize("version", [NEW, None])
    def test_denied_access_is_one_clear_error(self, kind, bucket, prefix, url, version, input_error):
        dataset = kind.at(url, save=version, versioned=version is not None)
        with bucket.denied(), pytest.raises(DatasetError) as caught:
            DataCatalog({"saved": dataset}).save("saved", kind.make(1))
        message = input_error(caught.value)
        assert message.startswith(f"{url}/{kind.name} can't be written: PermissionError: ")
        assert message.endswith(
            ". Check bucket, credentials and network, or choose another data_root; earlier results are "
            "unchanged."
        )
        assert bucket.list(prefix) == []

    def test_a_missing_bucket_is_one_clear_error(self, kind, bucket, input_error):
        with pytest.raises(DatasetError) as caught:
            kind.at("s3://missing", save=NEW).save(kind.make(1))
        assert input_error(caught.value).startswith(
            f"s3://missing/{kind.name}/{NEW}/{kind.name} can't be written: FileNotFoundError: "
            "The specified bucket does not exist. Check bucket, credentials and network, or"
        )

    def test_a_network_that_is_lost_is_one_clear_error(self, bucket, url, input_error, monkeypatch):
        from botocore.exceptions import EndpointConnectionError  # no OSError; it comes with s3fs

        def lose(path, place):
            raise EndpointConnectionError(endpoint_url=bucket.server)

        monkeypatch.setattr(bucket.files, "put_file", lose)
        with pytest.raises(DatasetError) as caught:
            datasets.JSONDataset(filepath=f"{url}/metrics.json").save({})
        assert input_error(caught.value).startswith(
            f"{url}/metrics.json can't be written: EndpointConnectionError: Could not connect to the "
            f'endpoint URL: "{bucket.server}". Check bucket, credentials and network, or choose'
        )

    def test_a_damaged_object_is_one_clear_error(self, bucket, url, input_error):
        bucket.files.pipe(f"{url}/crops.npz", b"damaged" * 100)
        with pytest.raises(DatasetError) as caught:
            datasets.NpzDataset(filepath=f"{url}/crops.npz").load()
        message = input_error(caught.value)
        assert message.startswith(f"{url}/crops.npz can't be loaded: BadZipFile: ")
        assert message.endswith("Remove or replace it if it is damaged or of another kind.")

    def test_a_full_temporary_folder_is_one_clear_error(self, bucket, prefix, url, input_error, monkeypatch):
        def fill(data, file, **options):
            raise OSError(28, "full")

        monkeypatch.setattr("json.dump", fill)
        with pytest.raises(DatasetError) as caught:
            datasets.JSONDataset(filepath=f"{url}/metrics.json").save({})
        assert input_error(caught.value).startswith(
            f"{url}/metrics.json can't be written: No space left on device. Free some space in the temporary "
            "folder (TMPDIR), or choose another data_root"
        )
        assert bucket.list(prefix) == []
