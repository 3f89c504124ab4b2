"""What a generator needs, in a sentence of Markdown."""

from srgan_report.reporting.templates import say
from srgan_report.reporting.text.results import Results
from srgan_report.variants import VARIANTS

_FILTERS = 64  # channels of the generator, as in article and paper


def describe_cost(results: Results) -> str:
    """Says what a generator needs: parameters, operations and time for a crop."""
    side = results.validation_crops["high_resolution"].shape[1]
    summary = results.summaries["srresnet_mse"]
    crops = len(results.validation_crops["high_resolution"])
    times = (results.provenance or {}).get("seconds", {})
    seconds = [took for node, took in times.items() if node in {f"{name}.super_resolve" for name in VARIANTS}]
    return say(
        "cost",
        parameters=summary["generator_parameters"],
        side=side,
        gflop=f"{2e-9 * count_multiplications(summary['parameters']['generator'], side // 4):.3g}",
        seconds=f"{sum(seconds) / len(seconds) / crops:.2g}" if seconds else "",
    )


def count_multiplications(generator: dict[str, int], side: int) -> int:
    """Counts the generator's multiplications for one LR image: those of its convolutions.

    Args:
        generator: Its parameters.
        side: The image's height and width.
    """
    inner = 9 * _FILTERS**2  # a 3 x 3 convolution, at each pixel
    outer = 81 * 3 * _FILTERS  # the first and the last one, 9 x 9
    skip = generator["skip_kernel_size"] ** 2 * _FILTERS**2
    at_input = outer + 2 * generator["residual_blocks"] * inner + skip
    upsampling = 4 * inner * (1 + 4)  # to 256 channels, at LR and at twice its size
    return side**2 * (at_input + upsampling + 16 * outer)
