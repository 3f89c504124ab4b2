"""What a reader may look for in vain, and why, in sentences of Markdown."""

from srgan_report.report.results import Results
from srgan_report.report.words import count, join
from srgan_report.significance import FEWEST_PHOTOGRAPHS
from srgan_report.variants import VARIANTS


def describe_missing(results: Results) -> str:
    """Lists what this report lacks: what was not measured, what can't be, and who has no numbers."""
    photographs = len(set(results.validation_crops["position"].tolist()))
    missing = ["**People's judgement.** Nobody has judged pictures; LPIPS stands in for the paper's MOS."]
    missing.append("**Other seeds.** Each variant was trained once, so that chance in training is not known.")
    if results.diverged:
        names = join([VARIANTS[name].label for name in results.diverged])
        missing.append(f"**Measures of {names}**: training diverged.")
    if photographs < FEWEST_PHOTOGRAPHS:
        missing.append(
            f"**Intervals, tests and boxes.** {count(photographs, 'validation photograph')} "
            f"{'is' if photographs == 1 else 'are'} too few: these need {FEWEST_PHOTOGRAPHS}."
        )
    if results.benchmark_comparison is None:
        missing.append("**This run's numbers on Set5, Set14 and BSD100**: no benchmark sets were named.")
    if results.lattice_peaks is None:
        missing.append("**Power spectra**: an earlier version of the project saved these results.")
    if results.provenance is None:
        missing.append("**The run itself**: how these results came about is not recorded.")
    return "\n".join(f"- {line}" for line in missing)
