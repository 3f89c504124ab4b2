import pytest

from benchmarks.training_step import tables

SIDES = {
    "article": {"seconds": 4.0, "images_per_second": 4.0, "share_of_bound": 0.2, "first_step_seconds": 9.0},
    "article_without_onednn": {
        "seconds": 8.0, "images_per_second": 2.0, "share_of_bound": 0.1, "first_step_seconds": 9.0
    },
    "project": {"seconds": 2.0, "images_per_second": 8.0, "share_of_bound": 0.4, "first_step_seconds": 5.0},
}  # fmt: skip


@pytest.fixture
def result():
    return {
        "settings": {"size": 128},
        "machine": {"cpu": "Some CPU", "instructions": "avx2, fma"},
        "versions": {"Python": "3.11"},
        "speed": {
            "srgan_vgg54": {
                "gflop_per_image": 70.66,
                "bound_images_per_second": 20.0,
                "sides": SIDES,
                "ratios": {"project": {"article": 2.0, "article_without_onednn": 4.0}},
            }
        },
        "memory": [
            {
                "variant": "srresnet_mse",
                "batch_size": 16,
                "sides": {
                    "article": {"process_mb": 900.0, "step_mb": 400.0, "ratio_to_article": 1.0},
                    "project": {"process_mb": 700.0, "step_mb": 200.0, "ratio_to_article": 0.5},
                },
            },
            {
                "variant": "srresnet_mse",
                "batch_size": 128,
                "sides": {"project": {"process_mb": 2100.4, "step_mb": 1600.0}},
            },
        ],
    }


def read_tables(text):
    """All rows of all tables, as dictionaries."""
    rows = []
    for part in text.split("\n\n"):
        lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
        header, *body = [[cell.strip() for cell in line] for line in lines] or [[]]
        rows += [dict(zip(header, row, strict=True)) for row in body[1:]]
    return rows


def test_rows(result):
    speed, memory, largest = read_tables(tables.to_markdown(result))
    assert speed == {
        "variant": "SRGAN-VGG54",
        "GFLOP/image": "70.7",
        "article s/step": "4.00",
        "project s/step": "2.00",
        "images/s": "8.00",
        "× article": "2.00",
        "× article without oneDNN": "4.00",
        "bound images/s": "20.00",
        "share of bound": "40%",
        "first step s": "5.0",
    }
    assert memory == {
        "variant": "SRResNet-MSE",
        "batch size": "16",
        "article": "400",
        "project": "200",
        "share of article's": "0.50",
        "whole process": "700",
    }
    unmeasured = {"article": "", "share of article's": ""}
    assert largest == memory | unmeasured | {
        "batch size": "128",
        "project": "1600",
        "whole process": "2100",
    }


def test_bfloat16_has_a_row_and_pytorch_a_column(result):
    measured = result["speed"]["srgan_vgg54"]
    measured["sides"] = SIDES | {"project_bfloat16": SIDES["project"] | {"seconds": 1.0}}
    ratios = {"article": 2.0, "article_without_onednn": 4.0, "pytorch": 1.5}
    measured["ratios"] = {"project": ratios, "project_bfloat16": ratios | {"article": 3.0}}
    exact, mixed, *_ = read_tables(tables.to_markdown(result))
    assert exact["× PyTorch"] == mixed["× PyTorch"] == "1.50"
    assert mixed["variant"] == "SRGAN-VGG54, bfloat16"
    assert (mixed["project s/step"], mixed["× article"], mixed["share of bound"]) == ("1.00", "3.00", "")
    measured["bfloat16_bound_images_per_second"] = 30.0
    _, mixed, *_ = read_tables(tables.to_markdown(result))
    assert (mixed["bound images/s"], mixed["share of bound"]) == ("30.00", "40%")


def test_a_side_that_was_not_measured_has_no_column(result):
    del result["speed"]["srgan_vgg54"]["ratios"]["project"]["article_without_onednn"]
    speed, *_ = read_tables(tables.to_markdown(result))
    assert "× article without oneDNN" not in speed


def test_facts_and_no_table_of_what_is_not_measured(result):
    text = tables.to_markdown(result | {"speed": {}, "memory": []})
    assert text.splitlines() == [
        "- size: 128",
        "- cpu: Some CPU",
        "- instructions: avx2, fma",
        "- Python: 3.11",
    ]
