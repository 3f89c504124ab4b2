from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from srgan_report.evaluation.comparison import leave_out_diverged
from srgan_report.reporting import text as report
from srgan_report.reporting.figures import draw_benchmark
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import notes, rows


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

    def test_damaged_photographs_are_counted_and_named_harmlessly(self, results):
        assert "Damaged" not in report.describe_missing(results)
        names = ["a.jpg", "`<img src=x onerror=alert(1)>`.png", *(f"{number}.png" for number in range(10))]
        damaged = pd.DataFrame({"id": names, "subset": "damaged"})
        split = pd.concat([results.split, damaged], ignore_index=True)
        text = report.describe_missing(replace(results, split=split))
        assert "12 of 17 could not be read and were left out: a.jpg, &#96;&#60;img src&#61;x" in text
        assert text.count(".png") == 9
        assert " and 2 more." in text
        assert "<img" not in text
        sentence = report.describe_data(split, results.validation_crops, results.summaries["srgan_mse"])
        assert "**17** in all" in sentence
        assert "smaller" not in sentence


class TestLeftOut:
    def test_nothing_is_said_where_nothing_is(self, results, make_benchmark):
        assert report.describe_left_out(results.photograph_metrics, None) == ""
        assert report.describe_left_out(results.photograph_metrics, make_benchmark()) == ""

    def test_crops_and_images_are_counted(self, results, make_benchmark):
        table = results.photograph_metrics
        table.loc[(table["method"] == "nearest") & (table["position"] == 0), "psnr"] = np.inf
        sentence = report.describe_left_out(table, None)
        assert "reproduces 2 of 4 validation crops exactly" in sentence
        measured = make_benchmark().assign(left_out=[1] * 8 + [0] * 8)
        sentence = report.describe_left_out(table, measured)
        assert "2 of 4 validation crops and 1 of 6 images of Set5 exactly" in sentence


class TestDiverged:
    """SRGAN-MSE diverged in step 1,234."""

    def test_is_said_in_red_and_bold_once_for_all(self, diverged):
        assert report.describe_diverged(diverged.summaries) == (
            '> <span style="color: #b3001b">**Diverged: SRGAN-MSE in step 1,234 (its last good networks are '
            "of step 1,000).** Its numbers are left out of all that follows; figures show what the last good "
            "generator makes. SRGAN-MSE: content_loss is nan.</span>"
        )

    def test_of_several_all_are_named(self, diverged):
        diverged.summaries["srgan_vgg22"] |= {
            "status": "diverged",
            "diverged": {"step": 7, "last_good_step": 5, "reason": "SRGAN-VGG22: no number."},
        }
        sentence = report.describe_diverged(diverged.summaries)
        assert "; SRGAN-VGG22 in step 7 (its last good networks are of step 5).** Their" in sentence
        assert sentence.endswith("SRGAN-MSE: content_loss is nan. SRGAN-VGG22: no number.</span>")

    def test_of_summaries_from_before_it_was_recorded_none_did(self, results):
        assert report.describe_diverged(results.summaries) == ""
        assert results.diverged == []

    def test_is_known_by_name(self, diverged):
        assert diverged.diverged == ["srgan_mse"]

    def test_never_wins(self, diverged):
        diverged.comparison.loc[diverged.comparison["method"] == "srgan_vgg54", "psnr"] = np.nan
        sentence = report.describe_winners(diverged.comparison)
        assert "**SRGAN-VGG22** has the highest PSNR, 26.00 dB" in sentence

    def test_is_told_from_there_being_nothing_to_compare_by(self, results):
        nothing = results.comparison.assign(psnr=np.nan, psnr_over_bicubic=np.nan)
        assert report.describe_winners(nothing).startswith("**No crop is left to compare by**")
        assert report.describe_baseline_gap(nothing) == ""

    def test_is_neither_behind_nor_ahead_of_bicubic(self, diverged):
        sentence = report.describe_baseline_gap(diverged.comparison)
        assert sentence == "Every variant that finished is ahead of bicubic in PSNR, by 1.00 to 6.00 dB."
        diverged.comparison["psnr_over_bicubic"] -= 10
        sentence = report.describe_baseline_gap(diverged.comparison)
        assert "all 5 variants that finished stay behind" in sentence
        assert "SRGAN-MSE" not in sentence

    def test_its_budget_does_not_count(self, diverged):
        assert "all 5 variants saw 160 crops" in report.describe_budget(diverged.summaries)
        assert report.describe_unequal_budgets(diverged.summaries) == ""

    def test_its_row_says_so_instead_of_measures(self, diverged):
        table = report.comparison_table(diverged.comparison, diverged.summaries)
        assert rows(table)[6] == ["SRGAN-MSE", *["—"] * 6]
        assert notes(table).count("diverged in step 1,234") == 1
        assert len(notes(table)) == 5 * 7 + 1

    def test_the_training_table_says_so_too(self, diverged):
        table = report.training_table(diverged.summaries)
        assert rows(table)[4][:5] == ["SRGAN-MSE", "2", "0", "8", "0"]
        assert notes(table) == ["diverged in step 1,234"]

    def test_benchmarks_tell_of_the_others(self, diverged, make_benchmark):
        measured = leave_out_diverged(make_benchmark(sets=("Set5",)), diverged.summaries)
        text = report.describe_benchmark(replace(diverged, benchmark_comparison=measured))
        assert "here each variant saw 160 crops" in text
        (table,) = report.benchmark_tables(diverged.published_results, measured)
        assert rows(table)[7] == ["SRGAN-MSE", "30.64", "0.8701", "3.77", "—", "—", "—"]
        draw_benchmark(measured).canvas.draw()

    def test_all_may_have_diverged(self, diverged, make_differences, make_benchmark):
        for name in VARIANTS:
            diverged.summaries[name] |= {
                key: diverged.summaries["srgan_mse"][key] for key in ("status", "diverged", "images")
            }
        comparison = leave_out_diverged(diverged.comparison, diverged.summaries)
        assert "No variant finished its training" in report.describe_winners(comparison)
        assert report.describe_baseline_gap(comparison) == ""
        assert report.describe_budget(diverged.summaries) == ""
        assert report.describe_unequal_budgets(diverged.summaries) == ""
        assert report.describe_differences(make_differences().head(0)).startswith("No two variants finished")
        measured = replace(diverged, benchmark_comparison=make_benchmark())
        assert "here each variant saw 0 crops" in report.describe_benchmark(measured)
        assert len(notes(report.comparison_table(comparison, diverged.summaries))) == 5 * 2 + 6


class TestTrainingWarnings:
    def test_are_listed_by_variant(self, results):
        results.summaries["srgan_mse"]["warnings"] = ["the discriminator has won: …", "another"]
        text = report.describe_training_warnings(results.summaries)
        assert text.splitlines()[2:] == [
            "- **SRGAN-MSE**: the discriminator has won: …",
            "- **SRGAN-MSE**: another",
        ]

    def test_of_trainings_without_any_there_is_nothing(self, results):
        results.summaries["srgan_mse"]["warnings"] = []
        assert report.describe_training_warnings(results.summaries) == ""


class TestMixedProtocols:
    def test_of_one_protocol_there_is_nothing_to_say(self, results):
        for summary in results.summaries.values():
            summary |= {"data_sha256": "abc", "initial_generator_sha256": "1", "generator_sha256": "2"}
        assert report.describe_mixed_protocols(results.summaries) == ""

    def test_parameters_of_training_may_differ(self, results):
        results.summaries["srgan_mse"]["parameters"]["training"]["epochs"] = 9
        assert report.describe_mixed_protocols(results.summaries) == ""

    def test_names_parameter_values_and_variants_in_red(self, results):
        results.summaries["srgan_mse"]["seed"] = 1
        sentence = report.describe_mixed_protocols(results.summaries)
        assert sentence.startswith('> <span style="color: #b3001b">**Mixed protocols.**')
        assert (
            "`seed` is <code>2017</code> (SRResNet-MSE, SRResNet-VGG22, SRResNet-VGG54, SRGAN-VGG22 and "
            "SRGAN-VGG54) and <code>1</code> (SRGAN-MSE). Train them again" in sentence
        )

    @pytest.mark.parametrize(
        ("group", "parameter", "name"),
        [
            ("photographs", "source", "srresnet_mse"),
            ("crops", "size", "srresnet_mse"),
            ("generator", "residual_blocks", "srresnet_mse"),
            ("discriminator", "output", "srgan_mse"),
            ("perceptual", "network", "srgan_vgg22"),
        ],
    )
    def test_follows_every_group_of_parameters(self, results, group, parameter, name):
        for other, summary in results.summaries.items():
            summary["parameters"] |= {
                "generator": {"residual_blocks": 5},
                "discriminator": {"output": "logit"} if VARIANTS[other].adversarial else None,
            }
        assert report.describe_mixed_protocols(results.summaries) == ""
        owner = results.summaries[name] if group == "photographs" else results.summaries[name]["parameters"]
        owner[group] = owner[group] | {parameter: "another"}
        sentence = report.describe_mixed_protocols(results.summaries)
        assert f"<code>another</code> ({VARIANTS[name].label})" in sentence
        assert sentence.count(f"`{group}.{parameter}`") == 1

    def test_other_photographs_are_told_by_their_fingerprint(self, results):
        for summary in results.summaries.values():
            summary["data_sha256"] = "a" * 64
        results.summaries["srgan_vgg54"]["data_sha256"] = "b" * 64
        sentence = report.describe_mixed_protocols(results.summaries)
        assert "and <code>bbbbbbbbbbbb</code> (SRGAN-VGG54)" in sentence

    def test_what_earlier_versions_did_not_record_is_not_known_to_differ(self, results):
        results.summaries["srgan_mse"]["data_sha256"] = "a" * 64
        del results.summaries["srgan_mse"]["parameters"]["crops"]["downscaling"]
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "srresnet_mse"
        assert report.describe_mixed_protocols(results.summaries) == ""
        results.summaries["srresnet_mse"]["generator_sha256"] = "1"
        assert report.describe_mixed_protocols(results.summaries) == ""

    def test_another_start_than_the_srresnet_mse_shown_is_said(self, results):
        results.summaries["srresnet_mse"]["generator_sha256"] = "1"
        for name in ("srgan_mse", "srgan_vgg22"):
            results.summaries[name]["parameters"]["training"]["start_from"] = "srresnet_mse"
            results.summaries[name]["initial_generator_sha256"] = "1"
        results.summaries["srgan_vgg54"]["initial_generator_sha256"] = "3"  # from scratch
        assert report.describe_mixed_protocols(results.summaries) == ""
        results.summaries["srgan_vgg22"]["initial_generator_sha256"] = "2"
        sentence = report.describe_mixed_protocols(results.summaries)
        assert "SRGAN-VGG22 started from another SRResNet-MSE than the one shown." in sentence
        assert "SRGAN-MSE" not in sentence
