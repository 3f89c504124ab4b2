import json

import numpy as np
import pytest

from benchmarks.scaling import many_records
from benchmarks.scaling.many_records import SyntheticPhotographs, measure_records, write_jpegs
from srgan_report.data.decoding import decode


class TestSyntheticPhotographs:
    def test_each_has_the_pixels_of_one_file_and_bytes_of_its_own(self, tmp_path):
        write_jpegs(tmp_path)
        files = sorted(tmp_path.iterdir())
        photographs = SyntheticPhotographs(10, tmp_path)
        one, other = photographs[1], photographs[1 + len(files)]
        assert one.encoded != other.encoded
        for photograph in (one, other):
            np.testing.assert_array_equal(decode(photograph.encoded), decode(files[1].read_bytes()))

    def test_names_are_those_of_folders_of_1300(self, tmp_path):
        names = SyntheticPhotographs(3_000, tmp_path).ids
        assert len(names) == 3_000
        assert names[1_299] == "n00000000/n00000000_1299.JPEG"
        assert names[2_600] == "n00000002/n00000002_2600.JPEG"


def test_a_small_index_is_measured(tmp_path):
    measured = measure_records(tmp_path, 700, epochs=2, steps_per_epoch=12, inspected=3)
    assert measured["records"] == 700
    assert len(measured["resident_mb"]) == 2
    assert measured["resident_mb"][0] > measured["before_mb"] / 2 > 50  # TensorFlow alone takes more
    for name in ("inspect_ms", "inspect_cpu_ms", "images_per_second", "cpu_ms_per_image", "split_seconds"):
        assert measured[name] > 0
    # A header, and for each record its position, name, size, digest (64 digits) and subset.
    assert 700 * 100 < 1e6 * measured["csv_mb"] < 700 * 150


def test_each_number_of_records_is_saved(tmp_path):
    counts = ["--records", "601", "602", "--epochs=1", "--steps-per-epoch=11", "--inspected=1"]
    many_records.main([*counts, f"--output={tmp_path}"])
    saved = json.loads((tmp_path / "many_records.json").read_text())
    assert [row["records"] for row in saved["rows"]] == [601, 602]


@pytest.mark.parametrize("wrong", ["--records=600", "--steps-per-epoch=10", "--epochs=0", "--inspected=0"])
def test_bad_number_gets_one_line(wrong, capsys):
    with pytest.raises(SystemExit, match="2"):
        many_records.main([wrong])
    message = capsys.readouterr().err
    assert message.startswith(f"argument {wrong.partition('=')[0]}: must be an integer, at least ")
    assert message.count("\n") == 1
