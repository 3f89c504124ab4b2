import io

import pandas as pd
import pytest

from srgan_report.errors import InputError
from srgan_report.evaluation.comparison import compare, find_start

NAMES = ["psnr", "ssim", "psnr_y", "ssim_y", "lpips"]


def measures(psnr, ssim, **others):
    """Means of one method, each with an interval from a half below to a quarter above."""
    means = {"psnr": psnr, "ssim": ssim, "psnr_y": psnr + 1, "ssim_y": ssim + 0.5, "lpips": 1 - ssim}
    ends = {
        f"{name}{end}": mean + offset
        for name, mean in means.items()
        for end, offset in (("", 0), ("_low", -0.5), ("_high", 0.25))
    }
    return ends | {"crops": 4, "photographs": 2} | others


@pytest.fixture
def metrics():
    return {
        "srgan_mse": measures(22.25, 0.70),
        "bicubic": measures(23.75, 0.75),
        "srresnet_mse": measures(24.0, 0.76),
        "nearest": measures(21.75, 0.65),
    }


@pytest.fixture
def summaries():
    def summary(epochs, steps, images, seconds):
        training = {"epochs": epochs, "batch_size": 16}
        return {"parameters": {"training": training}, "steps": steps, "images": images, "seconds": seconds}

    return {"srgan_mse": summary(2, 24, 384, 30.5), "srresnet_mse": summary(5, 60, 960, 61.25)}


def test_baselines_come_first_then_variants_in_the_articles_order(metrics, summaries):
    table = compare(metrics, summaries)
    assert table["method"].tolist() == ["nearest", "bicubic", "srresnet_mse", "srgan_mse"]
    assert table["label"].tolist() == ["Nearest", "Bicubic", "SRResNet-MSE", "SRGAN-MSE"]


def test_psnr_is_compared_with_bicubic(metrics, summaries):
    table = compare(metrics, summaries)
    assert table["psnr"].tolist() == [21.75, 23.75, 24.0, 22.25]
    assert table["ssim"].tolist() == [0.65, 0.75, 0.76, 0.70]
    assert table["psnr_over_bicubic"].tolist() == [-2.0, 0.0, 0.25, -1.5]


def test_null_of_json_is_missing(metrics, summaries):
    metrics["srgan_mse"] |= {"psnr": None, "psnr_low": None, "psnr_high": None}
    metrics |= {name: values | {"lpips_low": None} for name, values in metrics.items()}
    table = compare(metrics, summaries)
    assert table.dtypes[["psnr", "psnr_low", "lpips_low", "psnr_over_bicubic"]].eq(float).all()
    assert table["psnr_over_bicubic"].isna().tolist() == [False, False, False, True]
    assert table["lpips_low"].isna().all()


def test_crops_that_only_some_left_out_are_the_same_crops(metrics, summaries):
    metrics["srgan_mse"] |= {"crops": 3, "left_out": 1}
    assert compare(metrics, summaries)["psnr"].notna().all()
    metrics["srgan_mse"]["left_out"] = 2
    with pytest.raises(InputError, match="same validation crops"):
        compare(metrics, summaries)


def test_every_mean_has_its_interval(metrics, summaries):
    table = compare(metrics, summaries).set_index("method")
    for name in NAMES:
        mean = table[name]["srgan_mse"]
        assert mean == metrics["srgan_mse"][name]
        assert (table[f"{name}_low"]["srgan_mse"], table[f"{name}_high"]["srgan_mse"]) == (
            mean - 0.5,
            mean + 0.25,
        )


def test_variants_have_a_cost_and_baselines_have_none(metrics, summaries):
    table = compare(metrics, summaries).set_index("method")
    cost = ["steps", "epochs", "images", "training_seconds"]
    assert table.loc["srresnet_mse", cost].tolist() == [60, 5, 960, 61.25]
    assert table.loc[["nearest", "bicubic"], cost].isna().all(axis=None)
    assert table["content_loss"].fillna("").tolist() == ["", "", "mse", "mse"]
    assert table["adversarial"].tolist() == [False, False, False, True]


def test_counts_are_saved_as_whole_numbers(metrics, summaries):
    saved = compare(metrics, summaries).to_csv(index=False)
    line = saved.splitlines()[3]
    assert line.startswith(
        "srresnet_mse,SRResNet-MSE,mse,False,finished,24.0,23.5,24.25,0.76,0.26,1.01,25.0,"
    )
    assert line.endswith(",0.25,60,5,960,61.25")
    assert list(pd.read_csv(io.StringIO(saved)).columns) == [
        "method", "label", "content_loss", "adversarial", "status",
        "psnr", "psnr_low", "psnr_high", "ssim", "ssim_low", "ssim_high",
        "psnr_y", "psnr_y_low", "psnr_y_high", "ssim_y", "ssim_y_low", "ssim_y_high",
        "lpips", "lpips_low", "lpips_high",
        "psnr_over_bicubic", "steps", "epochs", "images", "training_seconds",
    ]  # fmt: skip


def test_measures_of_a_variant_that_diverged_are_missing(metrics, summaries):
    summaries["srgan_mse"] |= {"status": "diverged", "steps": 0}
    table = compare(metrics, summaries).set_index("method")
    assert table["status"].fillna("").to_dict() == {
        "nearest": "",
        "bicubic": "",
        "srresnet_mse": "finished",
        "srgan_mse": "diverged",
    }
    measures = [column for column in table if column.startswith((*NAMES,))]
    assert len(measures) == 3 * len(NAMES) + 1  # and PSNR over bicubic
    assert table.loc["srgan_mse", measures].isna().all()
    assert table.loc[["nearest", "bicubic", "srresnet_mse"], measures].notna().all(axis=None)
    assert table["steps"]["srgan_mse"] == 0


def test_all_variants_may_have_diverged(metrics, summaries):
    for summary in summaries.values():
        summary["status"] = "diverged"
    assert compare(metrics, summaries)["psnr"].isna().tolist() == [False, False, True, True]


def test_methods_measured_on_different_crops_are_not_compared(metrics, summaries):
    metrics["srgan_mse"]["validation_crops_sha256"] = "another"
    with pytest.raises(
        InputError, match=r"same validation crops.*for: srgan_mse\. Run their pipelines again"
    ):
        compare(metrics, summaries)


@pytest.mark.parametrize(
    ("asked", "initial", "start"),
    [
        ("srresnet_mse", "its end", "srresnet_mse"),
        ("srresnet_mse", "its start", "alike"),
        ("srresnet_mse", "of another", "another"),
        ("scratch", "its start", "scratch"),
        ("pretrained", "its end", "pretrained"),
        ("shipped", "of another", "pretrained"),
    ],
)
def test_what_a_variant_started_from_is_known_by_the_weights(asked, initial, start):
    first = {"initial_generator_sha256": "its start", "generator_sha256": "its end"}
    summary = {"initial_generator_sha256": initial, "parameters": {"training": {"start_from": asked}}}
    assert find_start(summary, first) == start
