import re
from dataclasses import replace

import pytest

from srgan_report.reporting.text import findings
from tests.reporting.text.reading import tell


class TestCheckerboards:
    @pytest.fixture
    def peaks(self, results):
        """No method has any excess over its neighbours, nor power beyond the originals'."""
        results.lattice_peaks["excess_db"] = 0.0
        results.power_spectra["beyond_db"] = 0.0
        return results.lattice_peaks.set_index(["method", "direction", "frequency"])

    def exceed(self, results, method, decibels):
        """Lets a method exceed the originals' power by so much at its highest frequency."""
        rows = results.power_spectra.index[results.power_spectra["method"] == method]
        results.power_spectra.loc[rows[-1], "beyond_db"] = decibels

    def told(self, results, peaks):
        return tell("checkerboards", replace(results, lattice_peaks=peaks.reset_index()))

    def test_where_no_power_exceeds_the_originals_the_highest_is_said(self, results, peaks):
        self.exceed(results, "srgan_mse", 2.94)
        assert self.told(results, peaks) == (
            "**No checkerboard on average over the crops.** No variant has 3 dB more power (twice) than the "
            "originals at any spatial frequency; the highest is SRGAN-MSE +2.9 dB (at 0.69 cycles per pixel)."
        )

    def test_a_peak_with_less_power_than_the_originals_is_none(self, results, peaks):
        peaks.loc[("srresnet_mse", "diagonal", 0.5), "excess_db"] = 3.7
        results.power_spectra.loc[results.power_spectra["method"] == "srresnet_mse", "beyond_db"] = -15.0
        text = self.told(results, peaks)
        assert text.startswith("**No checkerboard on average over the crops.**")
        assert "SRResNet-MSE" not in text

    def test_are_said_with_variant_direction_and_frequency(self, results, peaks):
        peaks.loc[("srgan_mse", "vertical", 0.25), "excess_db"] = 5.0
        peaks.loc[("srgan_mse", "diagonal", 0.5), "excess_db"] = 12.34
        peaks.loc[("nearest", "horizontal", 0.25), "excess_db"] = 20.0
        for method in ("srgan_mse", "nearest"):
            self.exceed(results, method, 7.25)
        text = self.told(results, peaks)
        assert text.startswith("**Checkerboards** in 1 of 6 variants: ")
        assert "originals' own: SRGAN-MSE +12.3 dB (diagonal, 1/2 cycles per pixel). Highest" in text
        assert text.endswith("3 dB or more: SRGAN-MSE +7.2 dB (at 0.69 cycles per pixel).")

    def test_power_beyond_the_originals_without_a_peak_is_another_pattern(self, results, peaks):
        self.exceed(results, "srgan_mse", 7.25)
        text = self.told(results, peaks)
        assert text.startswith(
            "**No checkerboard on average over the crops.** Highest power beyond the originals'"
        )
        assert "3 dB or more: SRGAN-MSE +7.2 dB (at 0.69 cycles per pixel). None of these peaks at" in text

    def test_that_the_originals_have_are_none(self, results, peaks):
        peaks.loc[(slice(None), "vertical", 0.25), "excess_db"] = 9.0
        self.exceed(results, "srgan_mse", 7.25)
        assert self.told(results, peaks).startswith("**No checkerboard on average over the crops.**")

    def test_of_what_diverged_do_not_count(self, diverged, results, peaks):
        peaks.loc[("srgan_mse", "vertical", 0.25), "excess_db"] = 9.0
        self.exceed(results, "srgan_mse", 7.25)
        assert "SRGAN-MSE" not in self.told(diverged, peaks)

    def test_where_all_diverged_there_are_none(self, results, peaks):
        diverged = {name: summary | {"status": "diverged"} for name, summary in results.summaries.items()}
        assert self.told(replace(results, summaries=diverged), peaks) == "No variant finished its training."

    def test_table_and_text_are_beyond_the_originals_own(self, results, peaks):
        peaks.loc[("srresnet_mse", "horizontal", 0.5), "excess_db"] = 8.7
        peaks.loc[("high_resolution", "horizontal", 0.5), "excess_db"] = -1.1
        self.exceed(results, "srresnet_mse", 3.0)
        html = findings.lattice_table(replace(results, lattice_peaks=peaks.reset_index())).data
        assert html.index(">Nearest<") < html.index(">Bicubic<") < html.index(">SRResNet-MSE<")
        assert ">HR<" not in html
        assert html.count(">+9.8<") == 1
        assert html.count(">+1.1<") == 7
        assert "SRResNet-MSE +9.8 dB (horizontal, 1/2 cycles per pixel)" in self.told(results, peaks)
        assert "<caption>dB over neighbours, beyond HR&#39;s own<" in html
        assert "1/4 cycles per pixel" in html

    def test_where_there_are_none_there_is_no_table(self, results, peaks):
        peaks.loc[("nearest", "horizontal", 0.25), "excess_db"] = 20.0
        peaks.loc[("srgan_mse", "horizontal", 0.25), "excess_db"] = 20.0  # but no more power than HR
        for table in (peaks, peaks.head(0)):
            assert findings.lattice_table(replace(results, lattice_peaks=table.reset_index())) is None


class TestWinners:
    def test_winners(self, results):
        results.comparison.loc[results.comparison["method"] == "srgan_mse", "lpips"] = 0.12345
        assert tell("winners", results) == (
            "Among the variants, trained once each, **SRGAN-VGG54** is best in PSNR (27.00 dB, bicubic "
            "21.00 dB) and **SRGAN-MSE** in LPIPS (0.1235, bicubic 0.2900)."
        )

    def test_a_winner_in_both_is_named_once(self, results):
        sentence = tell("winners", results)
        assert sentence.count("SRGAN-VGG54") == 1
        assert sentence.endswith("(27.00 dB, bicubic 21.00 dB) and LPIPS (0.2300, bicubic 0.2900).")

    def test_a_baseline_is_never_a_winner(self, results):
        results.comparison.loc[0, ["psnr", "ssim", "lpips"]] = [99.0, 0.999, 0.0]
        sentence = tell("winners", results)
        assert "27.00 dB" in sentence
        assert "LPIPS (0.2300" in sentence

    def test_variants_below_bicubic_are_named_with_the_gap(self, results):
        assert tell("baseline_gap", results) == (
            "Every variant is ahead of bicubic interpolation in PSNR, by 1.00 to 6.00 dB."
        )
        results.comparison.loc[4, "psnr_over_bicubic"] = -1.234
        assert tell("baseline_gap", results) == (
            "1 of 6 variants is below bicubic interpolation in PSNR (SRResNet-VGG54 by 1.23 dB); the paper "
            "also found that VGG and adversarial losses cost PSNR."
        )

    def test_that_pixel_mse_is_below_bicubic_the_paper_did_not_find(self, results):
        results.comparison.loc[2, "psnr_over_bicubic"] = -1.234
        assert tell("baseline_gap", results).endswith("in PSNR (SRResNet-MSE by 1.23 dB).")


class TestDifferences:
    def test_pairs_are_counted_and_those_that_do_not_differ_named(self, results, make_differences):
        alike = (
            ("ssim", "srresnet_mse", "srgan_mse"),
            ("ssim", "srgan_vgg22", "srgan_vgg54"),
            ("lpips", "srresnet_vgg22", "srgan_vgg22"),
        )
        text = tell(
            "differences", replace(results, differences=make_differences(photographs=600, alike=alike))
        )
        assert "Which of the 15 pairs of variants differ by more than chance over the 600 photographs" in text
        assert re.findall(r"^- .*$", text, re.M) == [
            "- **PSNR**: all 15",
            "- **SSIM**: 13 of 15. Not: SRResNet-MSE and SRGAN-MSE; SRGAN-VGG22 and SRGAN-VGG54",
            "- **PSNR-Y**: all 15",
            "- **SSIM-Y**: all 15",
            "- **LPIPS**: 14 of 15. Not: SRResNet-VGG22 and SRGAN-VGG22",
        ]

    def test_none_differ(self, results, make_differences):
        differences = make_differences().assign(larger_than_chance=False)
        assert "- **PSNR**: none\n" in tell("differences", replace(results, differences=differences))

    @pytest.mark.parametrize(
        ("photographs", "few", "smallest"),
        [(9, "9 photographs are", "0.0039"), (2, "2 photographs are", "0.5"), (1, "1 photograph is", "1")],
    )
    def test_of_too_few_photographs_are_not_tested(
        self, results, make_differences, photographs, few, smallest
    ):
        text = tell("differences", replace(results, differences=make_differences(photographs=photographs)))
        assert f"were not tested: {few} too few" in text
        assert f"can give is {smallest}; to separate 15 pairs, Holm's correction needs" in text
        assert "one below 0.0033" in text
        assert "\n- " not in text
