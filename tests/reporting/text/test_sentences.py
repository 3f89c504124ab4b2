import html
from dataclasses import replace

import numpy as np
import pytest

from srgan_report.evaluation.comparison import leave_out_diverged
from srgan_report.reporting.figures.benchmark_sets import draw_benchmark
from srgan_report.reporting.text import findings, protocol, published
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import notes, rows, tell


class TestLeftOut:
    def test_nothing_is_said_where_nothing_is(self, results, make_benchmark):
        assert tell("left_out", results) == ""
        assert tell("left_out", replace(results, benchmark_comparison=make_benchmark())) == ""

    def test_crops_and_images_are_counted(self, results, make_benchmark):
        table = results.photograph_metrics
        table.loc[(table["method"] == "nearest") & (table["position"] == 0), "psnr"] = np.inf
        sentence = tell("left_out", results)
        assert "reproduces 2 of 4 validation crops exactly" in sentence
        measured = make_benchmark().assign(left_out=[1] * 8 + [0] * 8)
        sentence = tell("left_out", replace(results, benchmark_comparison=measured))
        assert "2 of 4 validation crops and 1 of 6 images of Set5 exactly" in sentence


class TestDiverged:
    """SRGAN-MSE diverged in step 1,234."""

    def test_is_said_in_red_and_bold_once_for_all(self, diverged):
        assert html.unescape(tell("diverged", diverged)) == (
            '> <span style="color: #b3001b">**Diverged: SRGAN-MSE in step 1,234 (its last good networks are '
            "of step 1,000).** Its numbers are left out below; figures show its last good generator. "
            "SRGAN-MSE: content_loss is nan.</span>"
        )

    def test_of_several_all_are_named(self, diverged):
        diverged.summaries["srgan_vgg22"] |= {
            "status": "diverged",
            "diverged": {"step": 7, "last_good_step": 5, "reason": "SRGAN-VGG22: no number."},
        }
        sentence = html.unescape(tell("diverged", diverged))
        assert "; SRGAN-VGG22 in step 7 (its last good networks are of step 5).** Their" in sentence
        assert sentence.endswith("SRGAN-MSE: content_loss is nan. SRGAN-VGG22: no number.</span>")

    def test_of_summaries_from_before_it_was_recorded_none_did(self, results):
        assert tell("diverged", results) == ""
        assert results.diverged == []

    def test_is_known_by_name(self, diverged):
        assert diverged.diverged == ["srgan_mse"]

    def test_never_wins(self, diverged):
        diverged.comparison.loc[diverged.comparison["method"] == "srgan_vgg54", "psnr"] = np.nan
        sentence = tell("winners", diverged)
        assert "**SRGAN-VGG22** is best in PSNR (26.00 dB" in sentence

    def test_is_told_from_there_being_nothing_to_compare_by(self, results):
        nothing = replace(
            results, comparison=results.comparison.assign(psnr=np.nan, psnr_over_bicubic=np.nan)
        )
        assert tell("winners", nothing).startswith("**No crop is left to compare by**")
        assert tell("baseline_gap", nothing) == ""

    def test_is_neither_behind_nor_ahead_of_bicubic(self, diverged):
        sentence = tell("baseline_gap", diverged)
        assert (
            sentence
            == "Every variant that finished is ahead of bicubic interpolation in PSNR, by 1.00 to 6.00 dB."
        )
        diverged.comparison["psnr_over_bicubic"] -= 10
        sentence = tell("baseline_gap", diverged)
        assert "all 5 variants that finished are below bicubic" in sentence
        assert "SRGAN-MSE" not in sentence

    def test_its_budget_does_not_count(self, diverged):
        assert "all 5 variants saw 160 crops" in tell("budget", diverged)
        assert tell("unequal_budgets", diverged) == ""

    def test_its_row_says_so_instead_of_measures(self, diverged):
        table = findings.comparison_table(diverged)
        assert rows(table)[6] == ["SRGAN-MSE", *["—"] * 6]
        assert notes(table).count("diverged in step 1,234") == 1
        assert len(notes(table)) == 5 * 7 + 1

    def test_the_training_table_says_so_too(self, diverged):
        table = protocol.training_table(diverged)
        assert rows(table)[4][:6] == ["SRGAN-MSE", "2", "0", "8", "0", "0"]
        assert notes(table) == ["diverged in step 1,234"]

    def test_benchmarks_tell_of_the_others(self, diverged, make_benchmark):
        measured = leave_out_diverged(make_benchmark(sets=("Set5",)), diverged.summaries)
        text = tell("benchmark", replace(diverged, benchmark_comparison=measured))
        assert "here each variant saw 160 crops" in text
        (table,) = published.benchmark_tables(replace(diverged, benchmark_comparison=measured))
        assert rows(table)[7] == ["SRGAN-MSE", "30.64", "0.8701", "3.77", "—", "—", "—"]
        draw_benchmark(measured).canvas.draw()

    def test_all_may_have_diverged(self, diverged, make_differences, make_benchmark):
        for name in VARIANTS:
            diverged.summaries[name] |= {
                key: diverged.summaries["srgan_mse"][key] for key in ("status", "diverged", "images")
            }
        comparison = leave_out_diverged(diverged.comparison, diverged.summaries)
        diverged = replace(diverged, comparison=comparison, differences=make_differences().head(0))
        assert "No variant finished its training" in tell("winners", diverged)
        assert tell("baseline_gap", diverged) == ""
        assert tell("budget", diverged) == ""
        assert tell("unequal_budgets", diverged) == ""
        assert tell("differences", diverged).startswith("No two variants finished")
        measured = replace(diverged, benchmark_comparison=make_benchmark())
        assert "here each variant saw 0 crops" in tell("benchmark", measured)
        assert len(notes(findings.comparison_table(diverged))) == 5 * 2 + 6


class TestTrust:
    def test_lists_in_one_box_what_limits_the_numbers(self, results):
        box = tell("trust", results)
        assert all(line.startswith("> - **") for line in box.splitlines())
        for limit in (
            "One training run per variant cannot establish a ranking.",
            "2 validation photographs",
            "Undertrained.",
            "VGG16 instead of VGG19",
            "LPIPS",
        ):
            assert box.count(f"**{limit}**") == 1
        assert "Unequal budgets" not in box
        assert "Left out" not in box

    def test_of_many_photographs_are_not_too_few(self, make_results):
        assert "too few" not in tell("trust", make_results(count=20))


class TestTrainingWarnings:
    def test_are_listed_by_variant(self, results):
        results.summaries["srgan_mse"]["warnings"] = ["the discriminator has won: …", "another"]
        text = html.unescape(tell("training_warnings", results))
        assert text.splitlines()[2:] == [
            "- **SRGAN-MSE**: the discriminator has won: …",
            "- **SRGAN-MSE**: another",
        ]

    def test_of_trainings_without_any_there_is_nothing(self, results):
        results.summaries["srgan_mse"]["warnings"] = []
        assert tell("training_warnings", results) == ""


class TestMixedProtocols:
    def test_of_one_protocol_there_is_nothing_to_say(self, results):
        for summary in results.summaries.values():
            summary |= {"data_sha256": "abc", "initial_generator_sha256": "1", "generator_sha256": "2"}
        assert tell("mixed_protocols", results) == ""

    def test_parameters_of_training_may_differ(self, results):
        results.summaries["srgan_mse"]["parameters"]["training"]["epochs"] = 9
        assert tell("mixed_protocols", results) == ""

    def test_names_parameter_values_and_variants_in_red(self, results):
        results.summaries["srgan_mse"]["seed"] = 1
        sentence = tell("mixed_protocols", results)
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
        assert tell("mixed_protocols", results) == ""
        owner = results.summaries[name] if group == "photographs" else results.summaries[name]["parameters"]
        owner[group] = owner[group] | {parameter: "another"}
        sentence = tell("mixed_protocols", results)
        assert f"<code>another</code> ({VARIANTS[name].label})" in sentence
        assert sentence.count(f"`{group}.{parameter}`") == 1

    def test_other_photographs_are_told_by_their_fingerprint(self, results):
        for summary in results.summaries.values():
            summary["data_sha256"] = "a" * 64
        results.summaries["srgan_vgg54"]["data_sha256"] = "b" * 64
        sentence = tell("mixed_protocols", results)
        assert "and <code>bbbbbbbbbbbb</code> (SRGAN-VGG54)" in sentence


class TestOtherStarts:
    def test_another_start_than_the_srresnet_mse_shown_is_said(self, results):
        results.summaries["srresnet_mse"]["generator_sha256"] = "1"
        for name in ("srgan_mse", "srgan_vgg22"):
            results.summaries[name]["parameters"]["training"]["start_from"] = "srresnet_mse"
            results.summaries[name]["initial_generator_sha256"] = "1"
        results.summaries["srgan_vgg54"]["initial_generator_sha256"] = "3"  # from scratch
        assert "Another start" not in tell("trust", results)
        results.summaries["srgan_vgg22"]["initial_generator_sha256"] = "2"
        said = (
            "> - **Another start.** SRGAN-VGG22 was fine-tuned from another SRResNet-MSE than the one shown: "
        )
        assert said in tell("trust", results)
        assert tell("mixed_protocols", results) == ""
        results.summaries["srresnet_mse"]["initial_generator_sha256"] = "2"  # where it started itself
        assert "Another start" not in tell("trust", results)
        results.summaries["srresnet_mse"]["initial_generator_sha256"] = "4"
        assert said in tell("trust", results)
