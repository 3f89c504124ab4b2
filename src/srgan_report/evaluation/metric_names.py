"""What the measures of image quality are called and how they are written; metrics.py computes them.

A module of its own, so that tables and figures of saved numbers need no TensorFlow.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """How a measure is written.

    Attributes:
        label: Its name in tables and figures, with its unit.
        digits: How many digits behind the point mean anything to a reader.
        higher_is_better: Whether a larger value is a better one.
    """

    label: str
    digits: int
    higher_is_better: bool


MEASURES: dict[str, Measure] = {
    "psnr": Measure("PSNR (dB)", 2, higher_is_better=True),
    "ssim": Measure("SSIM", 4, higher_is_better=True),
    "psnr_y": Measure("PSNR-Y (dB)", 2, higher_is_better=True),
    "ssim_y": Measure("SSIM-Y", 4, higher_is_better=True),
    "lpips": Measure("LPIPS", 4, higher_is_better=False),
}
# What a table of means holds: each measure, and both ends of its interval.
MEAN_COLUMNS = [f"{measure}{end}" for measure in MEASURES for end in ("", "_low", "_high")]
