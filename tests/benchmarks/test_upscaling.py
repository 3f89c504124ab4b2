import json

import pytest

from benchmarks import upscaling


def test_measures_each_case_in_a_process_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(upscaling, "KERAS_LIMIT", 12 * 10)
    sizes = ["12x10", "30x20", "12x10"]
    upscaling.main([*sizes, "--tile-size=8", "--repeats=1", f"--output={tmp_path}"])
    result = json.loads((tmp_path / "upscaling.json").read_text())
    cases = [(case["size"], case["method"]) for case in result["cases"]]
    assert cases == [("12x10", "tiled"), ("12x10", "keras"), ("30x20", "tiled")]
    for case in result["cases"]:
        assert case["repeats"] == [case["seconds"]]
        assert case["images_per_second"] == pytest.approx(1 / case["seconds"])
        assert case["peak_memory_mb"] > 100
    megapixels = result["cases"][2]["lr_megapixels_per_second"] * result["cases"][2]["seconds"]
    assert megapixels == pytest.approx(30 * 20 / 1e6)
    rows = (tmp_path / "upscaling.md").read_text().splitlines()
    assert len({row.count("|") for row in rows[:5]}) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["320"], "argument sizes: must be WIDTHxHEIGHT, such as 320x240. Received: 320."),
        (["0x4"], "argument sizes: must be WIDTHxHEIGHT, such as 320x240. Received: 0x4."),
        (["--tile-size=0"], "argument --tile-size: must be an integer, at least 1. Received: 0."),
    ],
)
def test_bad_argument_gets_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        upscaling.main(arguments)
    assert capsys.readouterr().err == message + "\n"
