"""Where each method is wrong: maps of the absolute error, all on one scale."""

from collections.abc import Collection
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from srgan_report.reporting.figures.crops import Images, check_crops, grid_block
from srgan_report.reporting.figures.panels import ColourBar, Panel, draw_panels
from srgan_report.variants import METHOD_LABELS

_COLOURS = (255 * matplotlib.colormaps["cividis"].resampled(256)(np.arange(256))[:, :3]).astype(np.uint8)
_SHOWN = 99  # percent of all errors: the scale ends there, so that a few large ones don't darken the rest


def draw_error_maps(
    validation_crops: dict[str, Any], super_resolved: Images, crops: list[int], diverged: Collection[str] = ()
) -> Figure:
    """Draws |SR - HR| of every method on the same validation crops, beside the originals.

    The colours are cividis: as even to colour-blind readers and in grey as to others. The scale is not that
    of variants that diverged.
    """
    check_crops(crops, len(validation_crops["position"]))
    originals = validation_crops["high_resolution"]
    errors = {  # the mean over channels, (height, width) each
        name: {index: np.abs(images[index].astype(float) - originals[index]).mean(axis=-1) for index in crops}
        for name, images in super_resolved.items()
    }
    counted = [error for name, maps in errors.items() if name not in diverged for error in maps.values()]
    # Where the scale ends; without any map it has no meaning.
    end = max(1, int(np.ceil(np.percentile(np.stack(counted), _SHOWN)))) if counted else 255
    blocks = [
        grid_block(
            validation_crops,
            index,
            {name: _map(name, maps[index], end, name in diverged) for name, maps in errors.items()},
        )
        for index in crops
    ]
    note = "Below each map: its mean, in grey levels of 255."
    return draw_panels(blocks, footnote=note, bar=ColourBar(_COLOURS[None], "0", f"≥ {end}"))


def _map(name: str, error: np.ndarray, end: int, diverged: bool) -> Panel:
    colours = _COLOURS[np.minimum(255 * error / end, 255).astype(int)]
    return Panel(colours, METHOD_LABELS[name], "diverged" if diverged else f"{error.mean():.2f}")
