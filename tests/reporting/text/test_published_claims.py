"""What the paper found, beside numbers that are known: the k-th method has a PSNR-Y of 22 + k dB."""

from dataclasses import replace

import pytest

from srgan_report.evaluation.comparison import leave_out_diverged
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import tell


def lines(results):
    return [line for line in tell("claims", results).splitlines() if line.startswith("- **")]


def set_values(results, measure, **values):
    for name, value in values.items():
        results.comparison.loc[results.comparison["method"] == name, measure] = value


class TestClaims:
    def test_each_has_the_papers_numbers_and_this_runs(self, results):
        # Set14, Ledig et al. 2017: SRResNet 28.49 dB, bicubic 25.99 dB.
        assert lines(results)[0] == (
            "- **SRResNet-MSE has a higher PSNR than bicubic: consistent (not tested).** "
            "SRResNet-MSE against Bicubic: +2.50 dB in the paper, +1.00 dB here."
        )
        # SRGAN-MSE: MOS 3.43 against 2.98, and an LPIPS of 0.25 against 0.28.
        assert (
            "SRGAN-MSE against SRResNet-MSE: +0.45 MOS in the paper, -0.0300 LPIPS here" in lines(results)[3]
        )

    def test_that_hold_are_seen(self, results):
        verdicts = [line.split("**")[1].rpartition(": ")[2] for line in lines(results)]
        assert verdicts == [
            "consistent (not tested).",
            *2 * ["not consistent (not tested)."],
            *2 * ["consistent (not tested)."],
        ]
        assert tell("claims", results).startswith(
            "This run is consistent with (not tested) **3** of the paper's 5 findings (PSNR on Y; LPIPS"
        )

    def test_that_hold_for_some_pairs_are_seen_in_part(self, results):
        set_values(results, "psnr_y", srresnet_mse=40.0)
        assert ": consistent in part (not tested).**" in lines(results)[1]
        assert ": consistent in part (not tested).**" in lines(results)[2]

    @pytest.mark.parametrize(
        ("ahead", "verdict", "said"),
        [
            (0.004, "not consistent", "+0.00 dB"),
            (0.04, "not consistent", "+0.04 dB"),
            (0.05, "consistent", "+0.05 dB"),
        ],
    )
    def test_small_differences_do_not_count(self, results, ahead, verdict, said):
        set_values(results, "psnr_y", srresnet_mse=30.0 + ahead, bicubic=30.0)
        first = lines(results)[0]
        assert f": {verdict} (not tested).** SRResNet-MSE against" in first
        assert f": +2.50 dB in the paper, {said} here." in first
        assert "A difference counts from 0.05 dB and 0.0005 LPIPS" in tell("claims", results)

    @pytest.mark.parametrize(("ahead", "verdict"), [(0.0004, "consistent in part"), (0.0005, "consistent")])
    def test_small_differences_of_lpips_do_not_count(self, results, ahead, verdict):
        set_values(results, "lpips", srgan_mse=0.3 - ahead, srresnet_mse=0.3)
        assert f": {verdict} (not tested).**" in lines(results)[3]

    def test_of_what_diverged_cannot_be_told(self, results):
        for name in VARIANTS:
            if name != "srresnet_mse":
                results.summaries[name] |= {"status": "diverged"}
        comparison = leave_out_diverged(results.comparison, results.summaries)
        told = lines(replace(results, comparison=comparison))
        assert ": consistent (not tested).**" in told[0]
        for line in told[1:4]:
            assert ": can't be told.**" in line
            assert "unknown here" in line

    def test_pairs_that_chance_could_make_are_named_and_do_not_count(self, results, make_differences):
        assert "chance" not in "".join(lines(results))  # nothing was tested
        alike = (("lpips", "srresnet_mse", "srgan_mse"), ("psnr", "srresnet_mse", "srgan_mse"))
        tested = replace(results, differences=make_differences(alike=alike))
        chance = "Not larger than chance over photographs: SRGAN-MSE and SRResNet-MSE."
        assert [line.endswith(chance) for line in lines(tested)] == [False, False, False, True, False]
        assert ": agrees in part.**" in lines(tested)[3]

    def test_undertrained_runs_say_nothing_against_the_paper(self, results):
        said = "says nothing against the paper"
        assert said in tell("claims", results)
        for summary in results.summaries.values():
            summary["images"] = 153_500
        assert said not in tell("claims", results)


def test_claims_rest_on_numbers_that_the_paper_gives(results):
    assert "nan" not in " ".join(lines(results))
