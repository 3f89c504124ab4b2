import json

import pytest

from benchmarks import growth


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    output = tmp_path_factory.mktemp("growth")
    options = ["--batch-sizes=1", "--sizes=32", "--photographs", "1", "2", "--repeats=1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growth, "VARIANT_NAMES", ("srresnet_mse",))
        patch.setattr(growth, "SIZE", 32)
        patch.setattr(growth, "BATCH_SIZE", 2)
        growth.main([*options, f"--output={output}"])
    return output


def test_measures_each_pair_once(output):
    result = json.loads((output / "growth.json").read_text())
    pairs = [(row["variant"], row["batch_size"], row["size"]) for row in result["steps"]]
    assert pairs == [("srresnet_mse", 1, 32), ("srresnet_mse", 2, 32)]
    assert all(row["seconds"] > 0 and row["step_megabytes"] > 0 for row in result["steps"])
    assert [row["photographs"] for row in result["evaluation"]] == [1, 2]
    assert all(row["seconds"] > 0 for row in result["evaluation"])


def test_figure_shows_what_was_measured():
    steps = [
        {"variant": "srresnet_mse", "batch_size": batch, "size": size, "seconds": seconds}
        for batch, size, seconds in [(16, 128, 4.0), (4, 128, 1.0), (16, 64, 1.1)]
    ]
    evaluation = [{"photographs": 10, "seconds": 1.0}, {"photographs": 40, "seconds": 4.0}]
    by_batch, by_size, by_photographs = growth.draw({"steps": steps, "evaluation": evaluation}).axes
    assert by_batch.lines[0].get_xydata().tolist() == [[4, 1], [16, 4]]
    assert by_size.lines[0].get_xydata().tolist() == [[64, 1.1], [128, 4]]
    assert by_photographs.lines[0].get_xydata().tolist() == [[10, 1], [40, 4]]
    # In proportion to pixels: a quarter of them for half the side.
    assert by_size.lines[1].get_xydata().tolist() == [[64, 1], [128, 4]]


def test_markdown():
    steps = [
        {"variant": "srresnet_mse", "batch_size": batch, "size": size, "seconds": s, "step_megabytes": mb}
        for batch, size, s, mb in [(64, 128, 4.0, 300), (16, 128, 1.0, 100), (16, 64, 0.5, 40)]
    ]
    evaluation = [{"photographs": 10, "seconds": 1.0}, {"photographs": 40, "seconds": 3.0}]
    rows = growth.to_markdown({"steps": steps, "evaluation": evaluation}).splitlines()[2:]
    assert rows == [
        "| SRResNet-MSE | 16 × 128² | 64 × 128² | 4 | 4.0 | 3.0 |",
        "| SRResNet-MSE | 16 × 64² | 16 × 128² | 4 | 2.0 | 2.5 |",
        "| evaluation | 10 photographs | 40 | 4 | 3.0 | |",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--sizes", "64", "30"],
            "argument --sizes: must be an integer, at least 32 and a multiple of 4. Received: 30.",
        ),
        (["--repeats=0"], "argument --repeats: must be an integer, at least 1. Received: 0."),
    ],
)
def test_bad_argument_gets_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        growth.main(arguments)
    assert capsys.readouterr().err == message + "\n"
