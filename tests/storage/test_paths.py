"""Where results lie, how a bucket that can't be used is refused, and where the project's files are."""

import sys
from importlib import import_module
from pathlib import Path, PurePosixPath

import pytest

from srgan_report.errors import InputError
from srgan_report.storage.paths import (
    check_data_root,
    find_project_file,
    is_url,
    local_root,
    require_access,
    upload_folder,
)


class TestRoots:
    @pytest.mark.parametrize(
        ("data_root", "local"),
        [
            ("data/sample", "data/sample"),
            ("/elsewhere", "/elsewhere"),
            ("s3://bucket/a/b/", "data/s3/bucket/a/b"),
            ("gs://bucket", "data/gs/bucket"),
        ],
    )
    def test_of_what_needs_a_local_disk(self, data_root, local):
        assert local_root(data_root) == local


class TestCheck:
    @pytest.mark.parametrize("data_root", ["data/sample", "/tmp/a:b", "s3", "s3://b"])
    def test_folders_and_buckets_pass(self, data_root):
        pytest.importorskip("s3fs")
        check_data_root(data_root)
        assert is_url(data_root) == ("//" in data_root)

    @pytest.mark.parametrize(
        "data_root",
        [
            *("s3:/bucket/a", "s3://", "s3:///a", "https://host/a", "sftp://host/a", "memory:///a"),
        ],
    )
    def test_others_are_one_clear_error(self, data_root):
        with pytest.raises(InputError) as caught:
            check_data_root(data_root)
        assert str(caught.value) == (
            "data_root must be a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, without credentials in "
            f"it. Received: {data_root}."
        )

    @pytest.mark.parametrize("credentials", ["key:secret", "key:sec/ret", "key:sec@ret"])
    def test_credentials_are_refused_and_not_shown(self, credentials):
        with pytest.raises(InputError, match=r"without credentials in it\. Received: s3://…@bucket/a\.$"):
            check_data_root(f"s3://{credentials}@bucket/a")

    @pytest.mark.parametrize(
        ("data_root", "shown"),
        [
            ("s3://KEY:SECRET/x", r"s3://…/x"),
            ("s3://b/x?X-Amz-Security-Token=SECRET", r"s3://b/x\?…"),
            ("s3://b/x#SECRET", r"s3://b/x\?…"),
            ("out::s3://u:SECRET@b/x", r"out::s3://…@b/x"),
            (" s3://u:SECRET@b/x", r" s3://…@b/x"),
            ("simplecache::s3://u:SECRET@b/x", r"simplecache::s3://…@b/x"),
        ],
    )
    def test_so_are_other_secrets_and_chained_protocols(self, data_root, shown):
        with pytest.raises(InputError, match=rf"without credentials in it\. Received: {shown}\.$"):
            check_data_root(data_root)

    @pytest.mark.parametrize(("protocol", "package", "extra"), [("s3", "s3fs", "s3"), ("gs", "gcsfs", "gcs")])
    def test_a_missing_package_is_one_error_that_says_how_to_install_it(
        self, monkeypatch, protocol, package, extra
    ):
        monkeypatch.setitem(sys.modules, package, None)
        # fsspec remembers what it once imported.
        monkeypatch.delitem(import_module("fsspec.registry")._registry, protocol, raising=False)
        with pytest.raises(InputError) as caught:
            check_data_root(f"{protocol}://bucket/a")
        message = str(caught.value)
        assert message.startswith(f"data_root={protocol}://bucket/a needs a package that can't be imported: ")
        assert package in message
        assert message.endswith(f". Install it with: pip install -e '.[{extra}]'")
        assert "\n" not in message


class TestAccess:
    def test_a_folder_need_not_be_there(self, tmp_path):
        require_access(str(tmp_path / "new"))

    def test_nor_a_prefix_in_a_bucket(self, bucket):
        require_access(f"s3://{bucket.name}/new/prefix")
        bucket.files.pipe(f"{bucket.name}/used/file", b"")
        require_access(f"s3://{bucket.name}/used")

    def test_a_missing_bucket_is_one_clear_error(self, bucket):
        with pytest.raises(InputError) as caught:
            require_access("s3://missing/a")
        assert str(caught.value) == (
            "data_root=s3://missing/a can't be used: there is no bucket missing, or none for these "
            "credentials. Check bucket, credentials and network, or choose another data_root."
        )

    def test_denied_access_is_one_clear_error(self, bucket):
        with (
            bucket.denied(),
            pytest.raises(
                InputError, match=r"can't be used: PermissionError: .*\. Check bucket, cred"
            ) as caught,
        ):
            require_access(f"s3://{bucket.name}/a")
        assert "\n" not in str(caught.value)

    def test_so_are_missing_credentials(self, bucket, monkeypatch):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.setattr(type(bucket.files), "_cache", {})  # of filesystems that have credentials
        with pytest.raises(InputError, match=r"can't be used: NoCredentialsError: Unable to locate"):
            require_access(f"s3://{bucket.name}/a")


class TestUploadFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("a/b.txt", "README.md", "z.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)
        return tmp_path

    def test_takes_the_place_of_the_one_before(self, bucket, folder):
        for old in ("README.md", "old.txt"):
            bucket.files.pipe(f"{bucket.name}/export/{old}", b"old")
        upload_folder(folder, f"s3://{bucket.name}/export", last="README.md")
        assert bucket.list("export") == ["README.md", "a/b.txt", "z.txt"]
        assert bucket.files.cat(f"{bucket.name}/export/a/b.txt") == b"a/b.txt"

    def test_where_it_fails_all_but_the_last_file_are_there_still(self, bucket, folder, monkeypatch):
        put_file = bucket.files.put_file

        def fail(path, place):
            if path.endswith("z.txt"):
                raise PermissionError("Access Denied")
            put_file(path, place)

        for old in ("README.md", "a/b.txt", "old.txt", "z.txt"):
            bucket.files.pipe(f"{bucket.name}/failed/{old}", b"old")
        monkeypatch.setattr(bucket.files, "put_file", fail)
        url = f"s3://{bucket.name}/failed"
        with pytest.raises(InputError) as caught:
            upload_folder(folder, url, last="README.md")
        assert str(caught.value) == (
            f"{url} can't be written: PermissionError: Access Denied. Check bucket, credentials and network."
        )
        assert bucket.list("failed") == ["a/b.txt", "old.txt", "z.txt"]


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
