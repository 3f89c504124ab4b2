"""Where each variant does best and worst, beside bicubic interpolation."""

from collections.abc import Collection, Hashable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from srgan_report.reporting.figures.crops import Images
from srgan_report.reporting.figures.gains import gains_over_bicubic
from srgan_report.reporting.figures.panels import Block, Panel, draw_note, draw_panels
from srgan_report.variants import METHOD_LABELS, VARIANTS

_PICTURE = ["position", "crop"]
_RANKS = ("best", "median", "worst")


def draw_extremes(
    validation_crops: dict[str, Any],
    super_resolved: Images,
    photograph_metrics: pd.DataFrame,
    diverged: Collection[str] = (),
) -> Figure:
    """Draws each variant's best, median and worst validation crop, by its PSNR over bicubic's.

    Variants that diverged are left out.
    """
    pictures = zip(validation_crops["position"].tolist(), validation_crops["crop"].tolist(), strict=True)
    indices = {picture: index for index, picture in enumerate(pictures)}
    gains = gains_over_bicubic(photograph_metrics, _PICTURE)
    finished = [name for name in VARIANTS if name in super_resolved and name not in diverged]
    blocks = []
    for name in [name for name in finished if name in set(gains["method"])]:
        row: list[Panel | None] = []
        for rank, picture in pick_extremes(gains[gains["method"] == name]).items():
            index = indices[picture["position"], picture["crop"]]
            original = validation_crops["high_resolution"][index]
            row.append(Panel(original, f"HR, crop {index}"))
            gain = round(picture["psnr"], 2) + 0.0  # no minus before a zero
            note = f"{rank}: {gain:+.2f} dB"
            row.append(Panel(super_resolved[name][index], METHOD_LABELS[name], note))
        blocks.append(Block("", [row]))
    if not finished:
        return draw_note("No variant finished its training.")
    if not blocks:
        return draw_note("Some method reproduces every crop exactly.")
    return draw_panels(blocks, footnote="PSNR minus bicubic's on the same crop")


def pick_extremes(gains: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """Picks a method's rows with the highest, the middle (of two the higher) and the lowest PSNR.

    Fewer rows than three are several of these.
    """
    ranked = gains.sort_values("psnr", ascending=False, kind="stable").to_dict("records")
    places = (0, (len(ranked) - 1) // 2, len(ranked) - 1)
    return {rank: ranked[place] for rank, place in zip(_RANKS, places, strict=True)}
