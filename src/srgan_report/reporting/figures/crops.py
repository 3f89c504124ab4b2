"""Validation crops, and the middle of some photographs, beside what each method makes of them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from srgan_report.errors import InputError
from srgan_report.reporting.figures.panels import Block, ColourBar, Panel, PanelFigure, draw_panels
from srgan_report.variants import METHOD_LABELS, VARIANTS

Images = dict[str, np.ndarray]

_COLOURS = (255 * matplotlib.colormaps["cividis"].resampled(256)(np.arange(256))[:, :3]).astype(np.uint8)
_SHOWN = 99  # percent of all errors: the scale ends there, so that a few large ones don't darken the rest

_SIDE = 320  # pixels of the page: three are as wide as it
FOOTNOTE = (
    "After Ledig et al. 2017, Fig. 2. PSNR (higher is better) and LPIPS (lower is better) of what is shown."
)
_HEADING_LENGTH = 90  # characters of a photograph's name that fit above the narrowest figure


def draw_article_rows(
    validation_crops: dict[str, Any],
    super_resolved: Images,
    photograph_metrics: pd.DataFrame,
    crops: list[int],
    variant: str,
    diverged: Collection[str] = (),
) -> Figure:
    """Draws the article's rows of one variant: HR, SR, LR and bicubic.

    One row for each chosen validation crop, as in the article's section "Evaluation", with PSNR (dB) and SSIM
    under SR and bicubic.
    """
    shown = {name: super_resolved[name] for name in (variant, "bicubic")}
    blocks = []
    for index in crops:
        results = _draw_results(validation_crops, shown, photograph_metrics, index, diverged)
        high = Panel(validation_crops["high_resolution"][index], "HR")
        low = Panel(validation_crops["low_resolution"][index], "LR")
        row: list[Panel | None] = [high, results[variant], low, results["bicubic"]]
        blocks.append(Block(name_crop(validation_crops, index), [row]))
    return draw_panels(blocks, footnote="The article's figure. PSNR in dB · SSIM")


def draw_comparison_grid(
    validation_crops: dict[str, Any],
    super_resolved: Images,
    photograph_metrics: pd.DataFrame,
    crops: list[int],
    diverged: Collection[str] = (),
) -> Figure:
    """Draws all methods side by side on the same validation crops.

    Two rows for each crop (see ``_grid_block``), with PSNR (dB) and SSIM under each method, bold where the
    PSNR is the crop's highest.
    """
    blocks = []
    for index in crops:
        panels = _draw_results(validation_crops, super_resolved, photograph_metrics, index, diverged)
        blocks.append(_grid_block(validation_crops, index, panels))
    return draw_panels(
        blocks, footnote="After Ledig et al. 2017, Fig. 2. PSNR in dB · SSIM. Bold: the crop's highest PSNR."
    )


def draw_crop_pairs(validation_crops: dict[str, Any], crops: list[int]) -> Figure:
    """Draws validation crops in high resolution, and below each the LR that the models are given."""
    rows: list[list[Panel | None]] = []
    for name, images in (("HR", "high_resolution"), ("LR", "low_resolution")):
        height, width = validation_crops[images].shape[1:3]
        title = f"{name}, {height} \N{MULTIPLICATION SIGN} {width} pixels"
        rows.append([Panel(validation_crops[images][index], title) for index in crops])
    return draw_panels([Block("", rows)])


def draw_error_maps(
    validation_crops: dict[str, Any], super_resolved: Images, crops: list[int], diverged: Collection[str] = ()
) -> Figure:
    """Draws |SR - HR| of every method on the same validation crops, beside the originals.

    The colours are cividis: as even to colour-blind readers and in grey as to others. The scale is not that
    of variants that diverged.
    """
    originals = validation_crops["high_resolution"][crops]
    errors = {  # the mean over channels, (crops, height, width) each
        name: np.abs(images[crops].astype(float) - originals).mean(axis=-1)
        for name, images in super_resolved.items()
    }
    counted = [maps for name, maps in errors.items() if name not in diverged]
    # Where the scale ends; without any map it has no meaning.
    end = max(1, int(np.ceil(np.percentile(counted, _SHOWN)))) if counted else 255
    blocks = []
    for place, index in enumerate(crops):
        panels = {}
        for name, maps in errors.items():
            colours = _COLOURS[np.minimum(255 * maps[place] / end, 255).astype(int)]
            note = "diverged" if name in diverged else f"{maps[place].mean():.2f}"
            panels[name] = Panel(colours, METHOD_LABELS[name], note)
        blocks.append(_grid_block(validation_crops, index, panels))
    bar = ColourBar(_COLOURS[None], "0", f"≥ {end}")
    return draw_panels(blocks, footnote="Below each map: its mean, in grey levels of 255.", bar=bar)


def draw_photographs(
    figure_photograph: Mapping[str, Any],
    upscaled_photograph: Images,
    upscaled_photograph_metrics: Mapping[str, Any],
    diverged: Collection[str] = (),
) -> PanelFigure:
    """Draws each photograph's region as LR, bicubic and HR, and by every variant below, three in a row."""
    variants = [name for name in VARIANTS if name in upscaled_photograph]
    rows = [["LR", "bicubic", "HR"], *(variants[start : start + 3] for start in range(0, len(variants), 3))]
    ids = [shorten(str(name)) for name in figure_photograph["photograph_id"]]
    panels = cut_regions(figure_photograph, upscaled_photograph, upscaled_photograph_metrics, diverged)
    blocks = [
        Block(name, [[of_region.get(method) for method in row] for row in rows])
        for name, of_region in zip(ids, panels, strict=True)
    ]
    zoom = max(1, _SIDE // figure_photograph["high_resolution"].shape[1])
    return draw_panels(blocks, footnote=FOOTNOTE, zoom=zoom)


def cut_regions(
    figure_photograph: Mapping[str, Any],
    upscaled: Images,
    metrics: Mapping[str, Any],
    diverged: Collection[str],
) -> Iterator[dict[str, Panel]]:
    """Yields of each region its panels by the method's name, ``LR`` or ``HR``."""
    for index, original in enumerate(figure_photograph["high_resolution"]):
        panels = {
            name: Panel(images[index], METHOD_LABELS[name], _note(metrics[name], index, name in diverged))
            for name, images in upscaled.items()
        }
        low_resolution = figure_photograph["low_resolution"][index]
        yield {"LR": Panel(low_resolution, "LR", "input"), "HR": Panel(original, "HR", "original")} | panels


def check_crops(crops: list[int], count: int) -> None:
    """Raises an InputError unless every one of ``crops`` is an index of ``count`` validation crops."""
    wrong = [index for index in crops if not 0 <= index < count]
    if wrong or not crops:
        raise InputError(
            f"figures.crops must name validation crops from 0 to {count - 1}, of which there are {count}. "
            f"Received: {list(crops)}."
        )


def _grid_block(validation_crops: dict[str, Any], index: int, panels: Mapping[str, Panel]) -> Block:
    """Lays out one crop: HR, bicubic and SRResNets above; LR in its own size, nearest and SRGANs below."""
    names = {(variant.content_loss, variant.adversarial): name for name, variant in VARIANTS.items()}
    losses = dict.fromkeys(variant.content_loss for variant in VARIANTS.values())
    upper, lower = (
        [panels.get(interpolation), *(panels.get(names.get((loss, adversarial), "")) for loss in losses)]
        for interpolation, adversarial in (("bicubic", False), ("nearest", True))
    )
    high_resolution = Panel(validation_crops["high_resolution"][index], "HR")
    low_resolution = Panel(validation_crops["low_resolution"][index], "LR", magnified=False)
    return Block(name_crop(validation_crops, index), [[high_resolution, *upper], [low_resolution, *lower]])


def _draw_results(
    validation_crops: dict[str, Any],
    images: Images,
    metrics: pd.DataFrame,
    index: int,
    diverged: Collection[str],
) -> dict[str, Panel]:
    """What each method made of crop ``index``, with PSNR and SSIM; bold is the best of more than two."""
    position, crop = validation_crops["position"][index], validation_crops["crop"][index]
    scores = metrics[(metrics["position"] == position) & (metrics["crop"] == crop)].set_index("method")
    if missing := sorted(set(images) - set(scores.index)):
        raise InputError(
            f"photograph_metrics of {', '.join(missing)} must have a row for crop {crop} of the photograph "
            f"at position {position}: are they of the same run as validation_crops?"
        )
    finished = [name for name in images if name not in diverged]
    best = scores["psnr"][finished].max() if len(images) > 2 else np.nan
    panels = {}
    for name, of_method in images.items():
        psnr, ssim = scores["psnr"][name], scores["ssim"][name]
        # An image that is the original to the last bit has an infinite PSNR.
        note = "exact" if np.isinf(psnr) else f"{psnr:.2f} · {ssim:.4f}"
        counts = name in finished
        strong = bool(counts and psnr == best)
        panels[name] = Panel(of_method[index], METHOD_LABELS[name], note if counts else "diverged", strong)
    return panels


def name_crop(validation_crops: dict[str, Any], index: int) -> str:
    """Says which validation crop it is, and of which photograph."""
    return f"Validation crop {index}: {shorten(str(validation_crops['photograph_id'][index]))}"


def shorten(name: str) -> str:
    """Cuts a photograph's name to what fits above it: the end of a path says more than its start."""
    return name if len(name) <= _HEADING_LENGTH else "…" + name[1 - _HEADING_LENGTH :]


def _note(metrics: Mapping[str, list[float]], index: int, diverged: bool) -> str:
    psnr, lpips = metrics["psnr"][index], metrics["lpips"][index]
    if diverged:
        return "diverged"
    return "exact" if psnr is None or np.isinf(psnr) else f"{psnr:.2f} dB · LPIPS {lpips:.3f}"
