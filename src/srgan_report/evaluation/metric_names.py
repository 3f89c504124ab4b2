"""What the metrics of image quality are called and how they are written; metrics.py computes them.

A module of its own, so that tables and figures of saved numbers need no TensorFlow.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """How a metric is written.

    Attributes:
        label: Its name in tables and figures, with its unit.
        digits: How many digits behind the point mean anything to a reader.
        higher_is_better: Whether a larger value is a better one.
    """

    label: str
    digits: int
    higher_is_better: bool


METRICS: dict[str, Metric] = {
    "psnr": Metric("PSNR (dB)", 2, higher_is_better=True),
    "ssim": Metric("SSIM", 4, higher_is_better=True),
    "psnr_y": Metric("PSNR-Y (dB)", 2, higher_is_better=True),
    "ssim_y": Metric("SSIM-Y", 4, higher_is_better=True),
    "lpips": Metric("LPIPS", 4, higher_is_better=False),
}
# What a table of means holds: each metric, and both ends of its interval.
MEAN_COLUMNS = [f"{metric}{end}" for metric in METRICS for end in ("", "_low", "_high")]
