"""What published numbers and this run's have in common and what not, in sentences of Markdown."""

import pandas as pd

from srgan_report.figures import METHOD_LABELS
from srgan_report.report.published import PAPER
from srgan_report.report.results import Results
from srgan_report.report.sentences import PAPER_BATCH_SIZE, PAPER_STEPS, crops_seen
from srgan_report.report.words import count, join, sides, span

# Ledig et al. 2017, section 3.2: what an SRResNet was trained on.
PAPER_PHOTOGRAPHS = 350_000
PAPER_CROP_SIZE = 96

_MOS = "MOS is the paper's mean opinion score, the verdict of 26 people from 1 (bad) to 5 (excellent)"
_DIFFERENCES = (
    "**Not one protocol.** The paper's numbers: {protocol}. Ours: PSNR-Y and SSIM-Y are of the same channel "
    "without the same border, but our SSIM has a fixed window, of 11 pixels, where daala's grows with the "
    "image, so it is another SSIM.{check}\n\n"
    "**Not one training.** The paper trained on {photographs:,} photographs of ImageNet, SRResNet in "
    "{steps:,} steps of {batch} crops of {size} pixels; here each variant saw {crops} crops of "
    "{training:,} photographs.{downscaling} So the paper's numbers say where such networks can get to, and "
    "ours how far these got: what lies between them tells nothing of the losses.\n\n"
    + _MOS
    + "; nobody has judged what this run's variants make."
)
_OTHER_LR = (
    " Ours learned to enlarge LR made by bilinear interpolation without antialiasing; the sets, as they "
    "are usually distributed, have bicubic LR with antialiasing."
)


def describe_benchmark(results: Results) -> str:
    """Says how far the paper's numbers and this run's compare; where there are none, how to measure."""
    protocol = _protocol(results.published_results, of_paper=True)
    if results.benchmark_comparison is None:
        return (
            f"These are the paper's numbers: {protocol}. {_MOS}. This run's variants were not measured on "
            f"benchmark sets. To measure them, name the folder that holds the sets: {_command(results)}"
        )
    summaries = list(results.summaries.values())
    images = crops_seen(results.summaries) or [0]  # where all diverged, nothing that counts was trained
    bilinear = {summary["parameters"]["crops"].get("downscaling", "bilinear") for summary in summaries}
    return _DIFFERENCES.format(
        protocol=protocol,
        check=_compare_bicubic(results.published_results, results.benchmark_comparison),
        downscaling=_OTHER_LR if "bilinear" in bilinear else "",
        photographs=PAPER_PHOTOGRAPHS,
        steps=PAPER_STEPS,
        batch=PAPER_BATCH_SIZE,
        size=sides({PAPER_CROP_SIZE}),
        training=summaries[0]["training_photographs"],
        crops=span(min(images), max(images)),
    )


def describe_other_implementations(results: Results) -> str:
    """Says what the numbers of other implementations are."""
    protocol = _protocol(results.published_results, of_paper=False)
    ours = "" if results.benchmark_comparison is None else ", and so are this run's beside them"
    return (
        f"Others trained these networks again, changed, on other photographs. Their numbers: {protocol}"
        f"{ours}."
    )


def describe_outdated_benchmark(results: Results) -> str:
    """Says which generators were measured on benchmark sets in another version than the present one."""
    measured = results.benchmark_comparison
    if measured is None:
        return ""
    rows = measured.drop_duplicates("method")
    others = [
        f"{METHOD_LABELS[method]} (measured: {version}; now: {current})"
        for method, version in zip(rows["method"], rows["generator_version"], strict=True)
        if (current := results.generator_versions.get(method)) and current != version
    ]
    if not others:
        return ""
    return (
        f"> **Measured with other generators.** {count(len(others), 'variant')} on benchmark sets "
        f"{'is' if len(others) == 1 else 'are'} not of the same saved generator as the rest of this report: "
        f"{join(others)}. To measure again: {_command(results)}"
    )


def _compare_bicubic(published_results: pd.DataFrame, benchmark_comparison: pd.DataFrame) -> str:
    """Bicubic's PSNR-Y beside the paper's: it needs no training, so only the protocol can make it differ."""
    theirs = published_results[
        (published_results["source"] == PAPER) & (published_results["method"] == "bicubic")
    ].set_index("set")["psnr_db"]
    ours = benchmark_comparison[benchmark_comparison["method"] == "bicubic"].set_index("set")["psnr_y"]
    shared = [name for name in ours.index if name in theirs.index]
    if not shared:
        return ""
    first, *others = shared
    pairs = [f"{ours[first]:.2f} dB here and {theirs[first]:.2f} dB in the paper on {first}"]
    pairs += [f"{ours[name]:.2f} and {theirs[name]:.2f} on {name}" for name in others]
    return f" How alike both measure PSNR-Y, bicubic interpolation shows: {', '.join(pairs)}."


def _command(results: Results) -> str:
    options = f"--params=benchmark_sets.root=DIR --env={results.environment}"
    again = f"`kedro run --pipelines=comparison --env={results.environment}`"
    return f"`kedro run --pipelines=benchmark_sets {options}`, and for a report with them {again}"


def _protocol(published_results: pd.DataFrame, *, of_paper: bool) -> str:
    """How the paper, or everybody else, measured: as the table of published results says."""
    theirs = published_results[(published_results["source"] == PAPER) == of_paper]
    return join([str(protocol) for protocol in theirs["protocol"].unique()])
