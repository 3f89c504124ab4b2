import json
import os
from statistics import median
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks import input_pipeline
from srgan_report.data.photographs import Photograph, read_sample
from tests.data.numbered_photographs import encode, load


@pytest.fixture
def photographs():
    image = Image.fromarray(np.zeros((20, 24, 3), np.uint8))
    return load(Photograph(kind, encode(image, kind)) for kind in ("JPEG", "PNG"))


class TestMeasureInput:
    def test_medians_of_the_repeats(self, photographs):
        measured = input_pipeline.measure_input(photographs, 16, 2, "bilinear", batches=3, repeats=2)
        assert (measured["size"], measured["downscaling"], len(measured["repeats"])) == (16, "bilinear", 2)
        for name in ("images_per_second", "cpu_ms_per_image", "first_batch_seconds"):
            assert measured[name] == median(repeat[name] for repeat in measured["repeats"])
        assert measured["images_per_second"] > 0
        assert measured["process_mb"] > 50  # TensorFlow alone takes more

    def test_images_are_counted_by_the_clock(self, photographs, monkeypatch):
        wall, cpu = iter([10.0, 10.5, 20.0, 24.0]), iter([1.0, 1.06])
        clocks = SimpleNamespace(perf_counter=wall.__next__, process_time=cpu.__next__)
        monkeypatch.setattr(input_pipeline, "time", clocks)
        measured = input_pipeline.measure_input(photographs, 16, 2, "bilinear", batches=3, repeats=1)
        assert measured["first_batch_seconds"] == 0.5
        assert measured["images_per_second"] == 6 / 4
        assert measured["cpu_ms_per_image"] == pytest.approx(10)


def count_cores():
    return len(os.sched_getaffinity(0))


class TestProcesses:
    @pytest.mark.parametrize("cores", input_pipeline.choose_cores())
    def test_keep_to_their_cores(self, cores):
        assert input_pipeline.run_apart(cores, count_cores) == len(cores)

    def test_one_core_comes_first(self):
        one, *others = input_pipeline.choose_cores()
        assert len(one) == 1
        assert [len(cores) for cores in others] in ([], [2])


class TestMain:
    @pytest.fixture(scope="class")
    def saved(self, tmp_path_factory):
        output = tmp_path_factory.mktemp("benchmarks")
        counts = ["--batch-size=2", "--batches=1", "--repeats=1"]
        one_core = input_pipeline.choose_cores()[:1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(input_pipeline, "CASES", input_pipeline.CASES[1:])
            patch.setattr(input_pipeline, "choose_cores", lambda: one_core)
            input_pipeline.main(["--source=sample", *counts, f"--output={output}"])
        return output

    def test_json(self, saved):
        result = json.loads((saved / "input_pipeline.json").read_text())
        assert result["settings"] == {"photographs": "sample", "batch_size": 2, "batches": 1, "repeats": 1}
        assert result["machine"]["cores"] >= 1
        keys = ("size", "downscaling", "photographs", "cores")
        assert [tuple(case[key] for key in keys) for case in result["cases"]] == [
            (96, "antialiased_bicubic", "sample", 1),
            (96, "antialiased_bicubic", "folder", 1),
        ]

    def test_markdown(self, saved):
        header, alignment, first, second, *_ = (saved / "input_pipeline.md").read_text().splitlines()
        assert header.startswith("| crops | downscaling | photographs | cores | images per second |")
        assert alignment.startswith("| --- | --- | --- | --- | ---: |")
        assert first.startswith("| 96 | antialiased_bicubic | sample | 1 | ")
        assert second.startswith("| 96 | antialiased_bicubic | folder | 1 | ")
        assert header.count("|") == alignment.count("|") == first.count("|") == second.count("|")


def test_the_folder_holds_the_same_files_in_the_same_order(tmp_path):
    input_pipeline.write_folder("sample", tmp_path)
    written = [photograph.encoded for photograph in input_pipeline.read_photographs(str(tmp_path))]
    assert written == [photograph.encoded for photograph in read_sample()]


class TestArguments:
    def test_tf_flowers_is_the_default_where_it_is_prepared(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
        options = [f"--output={tmp_path}"]
        assert input_pipeline.parse_arguments(options).source == "sample"
        message = "TFDS_DATA_DIR holds no tf_flowers: measuring the sample photographs.\n"
        assert capsys.readouterr().err == message
        prepared = tmp_path / "tf_flowers" / "3.0.1"
        prepared.mkdir(parents=True)
        (prepared / "dataset_info.json").touch()
        assert input_pipeline.parse_arguments(options).source == "tfds"
        assert capsys.readouterr().err == ""

    def test_without_tfds_data_dir_the_sample_is_measured(self, tmp_path, monkeypatch):
        monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
        assert input_pipeline.parse_arguments([f"--output={tmp_path}"]).source == "sample"

    def test_bad_number_gets_one_line(self, capsys):
        with pytest.raises(SystemExit, match="2"):
            input_pipeline.main(["--batches=0"])
        message = "argument --batches: must be an integer, at least 1. Received: 0.\n"
        assert capsys.readouterr().err == message

    def test_output_that_is_a_file_gets_one_line(self, tmp_path, capsys):
        (tmp_path / "file").touch()
        with pytest.raises(SystemExit, match="2"):
            input_pipeline.main([f"--output={tmp_path / 'file'}"])
        message = capsys.readouterr().err
        assert message.startswith("argument --output: must be a folder that can be written to. Received: ")
        assert message.count("\n") == 1
