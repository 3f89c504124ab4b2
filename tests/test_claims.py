"""What the paper found, beside numbers that are known: the k-th method has a PSNR-Y of 22 + k dB."""

from dataclasses import replace

import pytest

from srgan_report import report
from srgan_report.comparison import leave_out_diverged
from srgan_report.variants import VARIANTS


def lines(results):
    return [line for line in report.describe_claims(results).splitlines() if line.startswith("- **")]


def set_values(results, measure, **values):
    for name, value in values.items():
        results.comparison.loc[results.comparison["method"] == name, measure] = value


class TestClaims:
    def test_each_has_the_papers_numbers_and_this_runs(self, results):
        # Set14, Ledig et al. 2017: SRResNet 28.49 dB, bicubic 25.99 dB.
        assert lines(results)[0] == (
            "- **SRResNet-MSE has a higher PSNR than bicubic: seen.** SRResNet-MSE against Bicubic: "
            "+2.50 dB in the paper, +1.00 dB here."
        )
        # SRGAN-MSE: MOS 3.43 against 2.98, and an LPIPS of 0.25 against 0.28.
        assert (
            "SRGAN-MSE against SRResNet-MSE: +0.45 MOS in the paper, -0.0300 LPIPS here" in lines(results)[3]
        )

    def test_that_hold_are_seen(self, results):
        verdicts = [line.split("**")[1].rpartition(": ")[2] for line in lines(results)]
        assert verdicts == ["seen.", "not seen.", "not seen.", "seen.", "seen."]
        assert report.describe_claims(results).startswith(
            "Of 5 findings of the paper this run sees **3**, 2 not."
        )

    def test_that_hold_for_some_pairs_are_seen_in_part(self, results):
        set_values(results, "psnr_y", srresnet_mse=40.0)
        assert ": in part.**" in lines(results)[1]
        assert ": in part.**" in lines(results)[2]

    @pytest.mark.parametrize(
        ("ahead", "said"),
        [
            (0.004, "not seen.** SRResNet-MSE against Bicubic: +2.50 dB in the paper, +0.00 dB"),
            (0.04, "not seen.** SRResNet-MSE against Bicubic: +2.50 dB in the paper, +0.04 dB"),
            (0.05, "seen.** SRResNet-MSE against Bicubic: +2.50 dB in the paper, +0.05 dB"),
        ],
    )
    def test_small_differences_do_not_count(self, results, ahead, said):
        set_values(results, "psnr_y", srresnet_mse=30.0 + ahead, bicubic=30.0)
        assert f": {said} here." in lines(results)[0]
        assert "A difference counts from 0.05 dB and 0.0005 LPIPS" in report.describe_claims(results)

    @pytest.mark.parametrize(("ahead", "verdict"), [(0.0004, "in part"), (0.0005, "seen")])
    def test_small_differences_of_lpips_do_not_count(self, results, ahead, verdict):
        set_values(results, "lpips", srgan_mse=0.3 - ahead, srresnet_mse=0.3)
        assert f": {verdict}.**" in lines(results)[3]

    def test_of_what_diverged_cannot_be_told(self, results):
        for name in VARIANTS:
            if name != "srresnet_mse":
                results.summaries[name] |= {"status": "diverged"}
        comparison = leave_out_diverged(results.comparison, results.summaries)
        told = lines(replace(results, comparison=comparison))
        assert ": seen.**" in told[0]
        for line in told[1:4]:
            assert ": can't be told.**" in line
            assert "unknown here" in line

    def test_pairs_that_chance_could_make_are_named_and_do_not_count(self, results, make_differences):
        assert "chance" not in "".join(lines(results))  # nothing was tested
        alike = (("lpips", "srresnet_mse", "srgan_mse"), ("psnr", "srresnet_mse", "srgan_mse"))
        tested = replace(results, differences=make_differences(alike=alike))
        chance = "What lies between SRGAN-MSE and SRResNet-MSE is no more than chance over photographs makes."
        assert [line.endswith(chance) for line in lines(tested)] == [False, False, False, True, False]
        assert ": in part.**" in lines(tested)[3]

    def test_undertrained_runs_say_nothing_against_the_paper(self, results):
        said = "says nothing against the paper"
        assert said in report.describe_claims(results)
        for summary in results.summaries.values():
            summary["images"] = 153_500
        assert said not in report.describe_claims(results)


class TestCheckerboards:
    @pytest.fixture
    def peaks(self, results):
        """No method has any excess."""
        results.lattice_peaks["excess_db"] = 0.0
        return results.lattice_peaks.set_index(["method", "direction", "frequency"])

    def told(self, results, peaks):
        return report.describe_checkerboards(replace(results, lattice_peaks=peaks.reset_index()))

    def test_of_none_the_highest_excess_is_said(self, results, peaks):
        peaks.loc[("srgan_mse", "vertical", 0.25), "excess_db"] = 2.9
        text = self.told(results, peaks)
        assert text.startswith("**No checkerboards.**")
        assert "the highest excess is +2.9 dB" in text

    def test_are_said_with_variant_direction_and_frequency(self, results, peaks):
        peaks.loc[("srgan_mse", "vertical", 0.25), "excess_db"] = 5.0
        peaks.loc[("srgan_mse", "diagonal", 0.5), "excess_db"] = 12.34
        peaks.loc[("nearest", "horizontal", 0.25), "excess_db"] = 20.0
        text = self.told(results, peaks)
        assert text.startswith("**Checkerboards are there**, in 1 of 6 variants; the highest peak of each: ")
        assert "each: SRGAN-MSE +12.3 dB (diagonal, 1/2 cycles per pixel). A peak" in text

    def test_that_the_originals_have_are_none(self, results, peaks):
        peaks.loc[(slice(None), "vertical", 0.25), "excess_db"] = 9.0
        assert self.told(results, peaks).startswith("**No checkerboards.**")

    def test_of_what_diverged_do_not_count(self, diverged, results, peaks):
        peaks.loc[("srgan_mse", "vertical", 0.25), "excess_db"] = 9.0
        assert self.told(diverged, peaks).startswith("**No checkerboards.**")

    def test_that_were_not_measured(self, results, peaks):
        none = replace(results, lattice_peaks=None)
        assert "did not measure spectra" in report.describe_checkerboards(none)
        assert "crops are too small" in self.told(results, peaks.head(0))

    def test_table_and_text_are_beyond_the_originals_own(self, results, peaks):
        peaks.loc[("srresnet_mse", "horizontal", 0.5), "excess_db"] = 8.7
        peaks.loc[("high_resolution", "horizontal", 0.5), "excess_db"] = -1.1
        html = report.lattice_table(peaks.reset_index()).data
        assert html.index(">Nearest<") < html.index(">Bicubic<") < html.index(">SRResNet-MSE<")
        assert ">HR<" not in html
        assert html.count(">+9.8<") == 1
        assert html.count(">+1.1<") == 7
        assert "SRResNet-MSE +9.8 dB (horizontal, 1/2 cycles per pixel)" in self.told(results, peaks)
        assert "<caption>dB over neighbours, beyond HR&#x27;s own<" in html
        assert "1/4 cycles per pixel" in html

    def test_table_of_crops_that_are_too_small_has_no_rows(self, peaks):
        assert "<td" not in report.lattice_table(peaks.reset_index().head(0)).data


class TestMissing:
    def test_is_listed_with_its_reason(self, diverged):
        text = report.describe_missing(diverged)
        assert "**Measures of SRGAN-MSE**: training diverged." in text
        assert "2 validation photographs are too few: these need 10" in text
        assert "no benchmark sets were named" in text
        assert "Power spectra" not in text
        assert "not recorded" not in text

    def test_what_is_there_is_not(self, make_results, make_benchmark):
        results = replace(make_results(count=20), benchmark_comparison=make_benchmark())
        text = report.describe_missing(results)
        for absent in ("diverged", "too few", "benchmark"):
            assert absent not in text
        assert "Power spectra" in report.describe_missing(replace(results, lattice_peaks=None))
        assert "not recorded" in report.describe_missing(replace(results, provenance=None))


def test_claims_rest_on_numbers_that_the_paper_gives(results):
    assert "nan" not in " ".join(lines(results))
