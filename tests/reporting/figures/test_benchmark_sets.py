import io
import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from srgan_report.evaluation.metric_names import METRICS
from srgan_report.reporting.figures.benchmark_sets import draw_benchmark
from srgan_report.reporting.figures.style import METHOD_COLOURS
from srgan_report.variants import METHOD_LABELS

METHODS = list(METHOD_LABELS)


def comparison(images, methods=METHODS):
    """The k-th method has a mean of 20 + k in the first measure, 30 + k in the second; intervals are ± 1."""
    rows = []
    for set_name, count in images.items():
        for rank, method in enumerate(methods):
            row = {"set": set_name, "method": method, "images": count}
            for index, measure in enumerate(METRICS):
                mean = 20.0 + 10 * index + rank
                row |= {measure: mean, f"{measure}_low": mean - 1, f"{measure}_high": mean + 1}
            rows.append(row)
    return pd.DataFrame(rows)


def dots(axes):
    return [float(line.get_xdata()[0]) for line in axes.lines]


def intervals(axes):
    return [tuple(lines.get_segments()[0][:, 0]) for lines in axes.collections]


def draw(figure):
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=300)
    return np.asarray(Image.open(png))


def test_rows_are_sets_and_columns_are_measures():
    figure = draw_benchmark(comparison({"Set14": 14, "Set5": 5}))
    assert [axes.get_title(loc="left") for axes in figure.axes[:3]] == [
        "PSNR-Y (dB), higher is better →",
        "SSIM-Y, higher is better →",
        "← LPIPS, lower is better",
    ]
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == ["Set14\n14 images", "Set5\n5 images"]


def test_each_method_is_a_dot_with_its_interval_in_its_colour():
    axes = draw_benchmark(comparison({"Set5": 5})).axes[0]
    assert dots(axes) == [40.0 + rank for rank in range(8)]
    assert intervals(axes) == [(39.0 + rank, 41.0 + rank) for rank in range(8)]
    colours = [METHOD_COLOURS[method].lower() for method in METHODS]
    assert [to_hex(line.get_color()) for line in axes.lines] == colours
    assert [to_hex(lines.get_color()[0]) for lines in axes.collections] == colours


def test_each_set_has_its_own_numbers():
    table = comparison({"Set5": 5, "Set14": 14})
    table.loc[table["set"] == "Set14", "lpips"] += 0.5
    figure = draw_benchmark(table)
    assert dots(figure.axes[2]) == [60.0 + rank for rank in range(8)]
    assert dots(figure.axes[5]) == [60.5 + rank for rank in range(8)]


def test_methods_are_named_at_the_left_alone_the_first_on_top():
    figure = draw_benchmark(comparison({"Set5": 5, "Set14": 14}, ["bicubic", "srresnet_mse", "srgan_mse"]))
    figure.draw_without_rendering()
    for column in range(3):
        for axes in figure.axes[column::3]:
            shown = [label.get_text() for label in axes.get_yticklabels() if label.get_visible()]
            named = ["Bicubic", "SRResNet-MSE", "SRGAN-MSE"] if column == 0 else []
            assert shown == named
            bottom, top = axes.get_ylim()
            assert top < 0 < 2 < bottom
            assert [float(line.get_ydata()[0]) for line in axes.lines] == [0, 1, 2]


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ({"Set5": 5, "Set14": 14}, ["Set5 has 5."]),
        ({"nine": 9, "mine": 2}, ["nine has 9, mine has 2."]),
        ({"ten": 10, "Set14": 14}, []),
    ],
)
def test_footnote_names_sets_of_few_images(images, said):
    footnote = draw_benchmark(comparison(images)).get_supxlabel()
    assert footnote.startswith("Means over a set")
    few = "So few images have none that could be trusted: "
    assert [line.removeprefix(few) for line in footnote.splitlines() if line.startswith(few)] == said


def test_a_single_image_has_a_dot_and_no_interval():
    table = comparison({"mine": 1})
    table[[f"{measure}_{end}" for measure in METRICS for end in ("low", "high")]] = math.nan
    figure = draw_benchmark(table)
    figure.draw_without_rendering()
    assert dots(figure.axes[0]) == [40.0 + rank for rank in range(8)]
    assert figure.axes[0].get_ylabel() == "mine\n1 image"


def test_an_infinite_mean_leaves_the_others_readable():
    table = comparison({"mine": 2})
    table.loc[0, ["psnr_y", "psnr_y_low", "psnr_y_high"]] = math.inf, math.nan, math.nan
    figure = draw_benchmark(table)
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_xlim()
    assert 38 < low < high < 50


def test_a_sets_name_may_be_a_number_or_hold_dollars():
    table = pd.concat([comparison({100: 9}), comparison({"a$\\frac$b": 2})])
    figure = draw_benchmark(table)
    figure.draw_without_rendering()
    labels = [axes.get_ylabel() for axes in figure.axes[::3]]
    assert labels == ["100\n9 images", "a$\\frac$b\n2 images"]


def test_texts_neither_overlap_nor_are_cut_off_and_fit_a_page():
    figure = draw_benchmark(comparison({"Set5": 5, "Set14": 14, "BSD100": 100, "Urban100": 100}))
    image = draw(figure)
    assert image.shape[1] == 3048
    assert (np.concatenate([image[:4], image[-4:]])[..., :3] == 255).all()
    assert (np.concatenate([image[:, :4], image[:, -4:]], axis=1)[..., :3] == 255).all()
    texts = [axes.yaxis.label for axes in figure.axes] + [axes._left_title for axes in figure.axes]
    texts += [label for axes in figure.axes[::3] for label in axes.get_yticklabels()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    overlapping = [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]
    assert overlapping == []
