import base64
import html
import io
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from IPython.display import HTML
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from srgan_report import report
from srgan_report.comparison import leave_out_diverged
from srgan_report.figures import draw_benchmark
from srgan_report.report.rendering import NotebookError, convert_to_html, execute_notebook
from srgan_report.significance import FEWEST_PHOTOGRAPHS
from srgan_report.variants import VARIANTS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def rows(table):
    """The texts of an HTML table's cells without notes, row by row, the header first."""
    lines = re.findall(r"<tr>(.*?)</tr>", table.data, re.S)
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)(?:<br>.*?)?</t[hd]>", line)]
        for line in lines
    ]


def notes(table):
    """The small lines below an HTML table's values, row by row."""
    return re.findall(r"<br><small>(.*?)</small></td>", table.data)


class TestSentences:
    def test_data(self, results):
        sentence = report.describe_data(
            results.split, results.validation_crops, results.summaries["srgan_mse"]
        )
        assert (
            "scikit-image and scikit-learn carry: **5** in all, **3** to train on and **2** held out"
            in sentence
        )
        assert "4 crops of 16 \N{MULTIPLICATION SIGN} 16 pixels, cut once from the held-out ones" in sentence
        assert "given 4 \N{MULTIPLICATION SIGN} 4 pixels each, made by bilinear interpolation" in sentence

    def test_low_resolution_of_the_paper(self, results):
        summary = results.summaries["srgan_mse"]
        summary["parameters"]["crops"]["downscaling"] = "antialiased_bicubic"
        sentence = report.describe_data(results.split, results.validation_crops, summary)
        assert sentence.endswith("each, made by bicubic interpolation with antialiasing, as in the paper.")

    def test_low_resolution_of_summaries_from_before_there_was_a_choice(self, results):
        summary = results.summaries["srgan_mse"]
        del summary["parameters"]["crops"]["downscaling"]
        sentence = report.describe_data(results.split, results.validation_crops, summary)
        assert "bilinear interpolation without antialiasing, as in the article" in sentence

    @pytest.mark.parametrize(
        ("photographs", "expected"),
        [
            ({"source": "tfds", "name": "tf_flowers", "path": None}, "`tf_flowers`, as TensorFlow Datasets"),
            ({"source": "folder", "name": None, "path": "my photographs"}, "the files in `my photographs`"),
        ],
    )
    def test_source(self, results, photographs, expected):
        summary = results.summaries["srgan_mse"] | {"photographs": photographs}
        assert expected in report.describe_data(results.split, results.validation_crops, summary)

    def test_photographs_that_were_left_out_are_counted(self, results):
        results.summaries["srgan_mse"]["training_photographs"] = 2
        sentence = report.describe_data(
            results.split, results.validation_crops, results.summaries["srgan_mse"]
        )
        assert "**5** in all, **2** to train on and **2** held out for validation (1 are smaller" in sentence

    def test_too_small_a_budget_is_called_undertrained(self, results):
        results.summaries["srresnet_mse"]["images"] = 15_350  # a tenth of 50 x 3070
        sentence = report.describe_budget(results.summaries)
        assert sentence.startswith("> **Undertrained.**")
        assert "50 epochs over 3,070 photographs, 153,500 crops" in sentence
        assert "all 6 variants saw 160 to 15,350 crops (0.10% to 10.00% of that)" in sentence
        assert (
            "of 16 \N{MULTIPLICATION SIGN} 16 pixels instead of 128 \N{MULTIPLICATION SIGN} 128" in sentence
        )

    def test_only_what_is_undertrained_is_called_so(self, results):
        for summary in results.summaries.values():
            summary["images"] = 153_500
            summary["parameters"]["crops"]["size"] = 128
        assert report.describe_budget(results.summaries) == ""
        results.summaries["srgan_mse"]["images"] = 153_499
        sentence = report.describe_budget(results.summaries)
        assert (
            "1 of 6 variants saw 153,499 crops (100.00% of that); the paper's SRResNets saw 16,000,000. Read"
            in sentence
        )

    def test_another_perceptual_network_is_said(self, results):
        sentence = report.describe_perceptual_network(results.summaries)
        assert "`block5_conv3`, which stands in for VGG19's sixteenth, `block5_conv4`" in sentence
        assert "fed as it was trained" in sentence
        for summary in results.summaries.values():
            if summary["parameters"]["perceptual"]:
                summary["parameters"]["perceptual"]["network"] = "vgg19"
        assert report.describe_perceptual_network(results.summaries) == ""

    def test_what_is_compared_is_said_by_formulation(self, results):
        for formulation, expected in {
            "article": "the first five, up to `block3_conv1`",
            "paper": "a single feature map: “2.2” that of `block2_conv2`",
            "all_layers": "were trained with one and the same content loss",
        }.items():
            for summary in results.summaries.values():
                if summary["parameters"]["perceptual"]:
                    summary["parameters"]["perceptual"]["formulation"] = formulation
            sentence = report.describe_perceptual_network(results.summaries)
            assert expected in sentence
            assert sentence.startswith("> **VGG16 instead of VGG19.**")

    def test_network_that_was_fed_raw(self, results):
        results.summaries["srresnet_vgg22"]["parameters"]["perceptual"]["preprocessing"] = "none"
        assert "fed raw on [-1, 1]" in report.describe_perceptual_network(results.summaries)

    def test_start_from_scratch(self, results):
        same = "All variants start from the same initial generator."
        assert report.describe_start(results.summaries) == same
        for summary in results.summaries.values():
            del summary["parameters"]["training"]["start_from"]  # as it was before there was a choice
        assert report.describe_start(results.summaries) == same

    def test_unequal_budgets_are_said(self, results):
        for summary in results.summaries.values():
            summary["images"] = 160
        assert report.describe_unequal_budgets(results.summaries) == ""
        results.summaries["srgan_mse"]["images"] = 1_600
        sentence = report.describe_unequal_budgets(results.summaries)
        assert sentence.startswith("> **Unequal budgets.** Variants were trained on 160 to 1,600 crops.")

    def test_start_from_srresnet_mse(self, results):
        for name in ("srgan_mse", "srgan_vgg22", "srgan_vgg54"):
            results.summaries[name]["parameters"]["training"]["start_from"] = "srresnet_mse"
        assert report.describe_start(results.summaries) == (
            "SRGAN-MSE, SRGAN-VGG22 and SRGAN-VGG54 start from what SRResNet-MSE had become by the end of "
            "its training, which comes on top of what the table says of those. SRResNet-MSE, SRResNet-VGG22 "
            "and SRResNet-VGG54 start from one initial generator."
        )

    def test_start_of_all_others_from_srresnet_mse(self, results):
        for name in results.summaries.keys() - {"srresnet_mse"}:
            results.summaries[name]["parameters"]["training"]["start_from"] = "srresnet_mse"
        assert report.describe_start(results.summaries).endswith(" SRResNet-MSE starts from scratch.")

    def test_start_from_what_is_shipped(self, results):
        for summary in results.summaries.values():
            summary["parameters"]["training"]["start_from"] = "shipped"
        sentence = report.describe_start(results.summaries)
        assert "SRGAN-VGG54 start from the generator of that name which comes with the project." in sentence
        assert sentence.endswith("comes on top of what the table says.")
        assert "SRGAN-VGG54 start from what comes with the project, though" in report.describe_budget(
            results.summaries
        )

    def test_start_of_one_from_srresnet_mse(self, results):
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "srresnet_mse"
        assert report.describe_start(results.summaries).startswith("SRGAN-MSE starts from what SRResNet-MSE")

    def test_winners(self, results):
        results.comparison.loc[results.comparison["method"] == "srresnet_vgg22", "ssim"] = 0.98765
        results.comparison.loc[results.comparison["method"] == "srgan_mse", "lpips"] = 0.12345
        assert report.describe_winners(results.comparison) == (
            "Among the variants, trained once each, **SRGAN-VGG54** has the highest PSNR, 27.00 dB (bicubic: "
            "21.00 dB), **SRResNet-VGG22** has the highest SSIM, 0.9877 (bicubic: 0.5100), **SRGAN-MSE** has "
            "the lowest LPIPS, 0.1235 (bicubic: 0.2900)."
        )

    def test_a_winner_in_all_is_named_once(self, results):
        sentence = report.describe_winners(results.comparison)
        assert sentence.count("SRGAN-VGG54") == 1
        assert ", and the highest SSIM, 0.5700 (bicubic: 0.5100), and the lowest LPIPS, 0.2300" in sentence

    def test_a_baseline_is_never_a_winner(self, results):
        results.comparison.loc[0, ["psnr", "ssim", "lpips"]] = [99.0, 0.999, 0.0]
        sentence = report.describe_winners(results.comparison)
        assert "27.00 dB" in sentence
        assert "lowest LPIPS, 0.2300" in sentence

    def test_variants_behind_bicubic_are_named_with_the_gap(self, results):
        assert report.describe_baseline_gap(results.comparison) == (
            "Every variant is ahead of bicubic in PSNR, by 1.00 to 6.00 dB."
        )
        results.comparison.loc[2, "psnr_over_bicubic"] = -1.234
        assert report.describe_baseline_gap(results.comparison) == (
            "> **Behind bicubic.** In PSNR 1 of 6 variants stays behind bicubic interpolation: "
            "SRResNet-MSE by 1.23 dB."
        )
        results.comparison["psnr_over_bicubic"] = -0.5
        assert "all 6 variants stay behind" in report.describe_baseline_gap(results.comparison)


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
            "`seed` is `2017` (SRResNet-MSE, SRResNet-VGG22, SRResNet-VGG54, SRGAN-VGG22 and SRGAN-VGG54) "
            "and `1` (SRGAN-MSE). Train them again" in sentence
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
        assert f"`another` ({VARIANTS[name].label})" in sentence
        assert sentence.count(f"`{group}.{parameter}`") == 1

    def test_other_photographs_are_told_by_their_fingerprint(self, results):
        for summary in results.summaries.values():
            summary["data_sha256"] = "a" * 64
        results.summaries["srgan_vgg54"]["data_sha256"] = "b" * 64
        sentence = report.describe_mixed_protocols(results.summaries)
        assert "and `bbbbbbbbbbbb` (SRGAN-VGG54)" in sentence

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


class TestCite:
    def test_names_datasets_by_version_below_what_is_shown(self):
        versions = {"split": "v1", "comparison": "v2", "published_results": "not versioned"}
        cited = report.cite(
            HTML("<table>"), versions, "split", "published_results", "comparison", "absent"
        ).data
        assert cited.startswith("<table>")
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: split of v1; published_results (not versioned); comparison of v2"
        )

    def test_a_name_stands_for_all_methods(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v1", "split": "v1"}
        cited = report.cite(HTML(""), versions, "metrics", "split").data
        assert re.sub("<[^>]*>", "", cited) == "Source: metrics, split of v1"
        cited = report.cite(HTML(""), versions, "srgan_mse.metrics").data
        assert re.sub("<[^>]*>", "", cited) == "Source: srgan_mse.metrics of v1"

    def test_methods_of_different_versions_are_told_apart(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v2", "baselines.metrics": "v1"}
        cited = report.cite(HTML(""), versions, "metrics").data
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: metrics (SRResNet-MSE, baselines) of v1; metrics (SRGAN-MSE) of v2"
        )

    def test_of_what_is_not_known_says_nothing(self):
        assert report.cite(HTML("<table>"), {}, "provenance").data == "<table>"


class TestProvenance:
    def test_of_the_run_that_made_everything(self, results):
        assert report.describe_provenance(results) == (
            "What follows is of the run that started at 2026-01-31T12:00:01.000+00:00 "
            "(version 2026-01-31T12.00.00.000Z)."
        )

    def test_what_other_runs_made_is_said(self, results):
        results.versions["srgan_mse.training_summary"] = "v1"
        text = report.describe_provenance(results)
        assert "It did not train SRGAN-MSE: `provenance` has a version of its own" in text
        assert "comparison" not in text
        results.versions["comparison"] = "v1"
        assert "**It did not make the comparison above**" in report.describe_provenance(results)

    def test_that_is_not_saved_is_said(self, results):
        text = report.describe_provenance(replace(results, provenance=None))
        assert text.startswith("> **How these results came about is not recorded.**")

    def test_run(self, results):
        facts = dict(rows(report.run_table(results.provenance))[1:])
        assert facts == {
            "Kedro environment": "sample",
            "Asked for": 'pipeline_names=["all_variants"]',
            "--params": "data_root=…/data, training.epochs=2",
            "--load-versions": "nothing",
            "Commit": "c0ffee" * 6,
            "Code": "exactly as in this commit, which restores it",
            "Processor": "A Processor, 3 cores",
            "Platform": "Linux-6.1",
            "GPUs": "none",
            "Threads of TensorFlow": "2 within an operation, its default between operations",
            "Seed": "2017",
            "Fingerprint of the photographs": "abc123",
        }

    def test_run_of_which_less_is_known(self, results):
        provenance = results.provenance | {
            "code": {"commit": None, "clean": None},
            "tensorflow": None,
            "data_sha256": None,
        }
        facts = dict(rows(report.run_table(provenance))[1:])
        assert facts["Commit"] == "unknown: no git, or no repository"
        assert facts["Code"] == "unknown"
        assert facts["GPUs"] == "none"
        assert facts["Threads of TensorFlow"].startswith("none:")
        assert facts["Fingerprint of the photographs"].startswith("none:")

    def test_changed_code_and_gpus(self, results):
        results.provenance["code"]["clean"] = False
        results.provenance["tensorflow"]["gpus"] = ["A GPU", "A GPU"]
        facts = dict(rows(report.run_table(results.provenance))[1:])
        assert facts["Code"] == "changed since this commit, which alone does not restore it"
        assert facts["GPUs"] == "A GPU, A GPU"

    def test_wall_times_of_every_node_by_owner(self, results):
        table = report.wall_times_table(results.provenance)
        assert [[cell.replace("\xa0", " ") for cell in row] for row in rows(table)] == [
            ["Of", "Nodes", "Together"],
            ["all methods", "split_photographs 0.2 s", "0.2 s"],
            ["SRGAN-MSE", "train 1 min 15 s, evaluate 2.0 s", "1 min 17 s"],
        ]

    def test_wall_times_have_the_variants_in_the_articles_order(self, results):
        owners = "srgan_vgg22", "srgan_mse", "srresnet_vgg54", "figures", "srresnet_mse"
        seconds = {f"{owner}.train": 1.0 for owner in owners}
        body = rows(report.wall_times_table(results.provenance | {"seconds": seconds}))[1:]
        assert [row[0] for row in body] == [
            "figures",
            "SRResNet-MSE",
            "SRResNet-VGG54",
            "SRGAN-MSE",
            "SRGAN-VGG22",
        ]


class TestDifferences:
    def test_pairs_are_counted_and_those_that_do_not_differ_named(self, make_differences):
        alike = (
            ("ssim", "srresnet_mse", "srgan_mse"),
            ("ssim", "srgan_vgg22", "srgan_vgg54"),
            ("lpips", "srresnet_vgg22", "srgan_vgg22"),
        )
        text = report.describe_differences(make_differences(photographs=600, alike=alike))
        assert "Which of the 15 pairs of variants differ by more than chance over the 600 photographs" in text
        assert re.findall(r"^- .*$", text, re.M) == [
            "- **PSNR**: all 15",
            "- **SSIM**: 13 of 15. Not: SRResNet-MSE and SRGAN-MSE; SRGAN-VGG22 and SRGAN-VGG54",
            "- **PSNR-Y**: all 15",
            "- **SSIM-Y**: all 15",
            "- **LPIPS**: 14 of 15. Not: SRResNet-VGG22 and SRGAN-VGG22",
        ]

    def test_none_differ(self, make_differences):
        differences = make_differences().assign(larger_than_chance=False)
        assert "- **PSNR**: none\n" in report.describe_differences(differences)

    @pytest.mark.parametrize(
        ("photographs", "few", "smallest"),
        [(9, "9 photographs are", "0.0039"), (2, "2 photographs are", "0.5"), (1, "1 photograph is", "1")],
    )
    def test_of_too_few_photographs_are_not_tested(self, make_differences, photographs, few, smallest):
        text = report.describe_differences(make_differences(photographs=photographs))
        assert f"was not tested: {few} too few" in text
        assert f"can give is {smallest}, and to tell 15 pairs apart Holm's correction asks" in text
        assert "below 0.0033" in text
        assert "\n- " not in text

    @pytest.mark.parametrize("photographs", [2, 20])
    def test_one_training_run_proves_no_ranking(self, make_differences, photographs):
        text = report.describe_differences(make_differences(photographs=photographs))
        assert text.count("**One training run for each variant proves no ranking.**") == 1


class TestBenchmark:
    def test_what_is_not_measured_can_be(self, results):
        text = report.describe_benchmark(results)
        command = "`kedro run --pipelines=benchmark_sets --params=benchmark_sets.root=DIR --env=sample`"
        then = "and for a report with them `kedro run --pipelines=comparison --env=sample`"
        assert text.endswith(f"name the folder that holds the sets: {command}, {then}")
        assert "Y channel, 4 pixels of border left out, computed with daala" in text
        assert "mean opinion score" in text
        assert report.benchmark_tables(results.published_results, None) == []
        assert report.describe_outdated_benchmark(results) == ""

    def test_what_is_measured_is_no_contest(self, results, make_benchmark):
        results.summaries["srresnet_mse"]["images"] = 2000
        text = report.describe_benchmark(replace(results, benchmark_comparison=make_benchmark()))
        assert "Y channel, 4 pixels of border left out, computed with daala" in text
        assert "350,000 photographs of ImageNet" in text
        assert "here each variant saw 160 to 2,000 crops of 3 photographs" in text
        assert "it is another SSIM" in text
        assert "Ours learned to enlarge LR made by bilinear interpolation" in text

    def test_bicubic_tells_how_alike_both_measure(self, results, make_benchmark):
        sets = ("Set5", "Urban100", "Set14")  # of Urban100 the paper has nothing
        text = report.describe_benchmark(replace(results, benchmark_comparison=make_benchmark(sets)))
        assert "bicubic" in text
        assert "23.00 dB here and 28.43 dB in the paper on Set5, 23.00 and 25.99 on Set14." in text

    def test_sets_that_the_paper_has_not_check_nothing(self, results, make_benchmark):
        measured = replace(results, benchmark_comparison=make_benchmark(sets=("Urban100",)))
        assert "in the paper on" not in report.describe_benchmark(measured)

    def test_low_resolution_made_alike_is_no_disadvantage(self, results, make_benchmark):
        for summary in results.summaries.values():
            summary["parameters"]["crops"]["downscaling"] = "antialiased_bicubic"
        text = report.describe_benchmark(replace(results, benchmark_comparison=make_benchmark()))
        assert "bilinear" not in text

    def test_each_set_has_a_table_of_theirs_and_ours(self, results, make_benchmark):
        five, urban = report.benchmark_tables(results.published_results, make_benchmark())
        assert "<caption>Set5, 5 images</caption>" in five.data
        above, header, *body = rows(five)
        assert [cell for cell in above if cell.strip("\xa0")] == ["Ledig 2017", "this run"]
        assert header == [
            "Method",
            "PSNR-Y (dB)",
            "SSIM (daala)",
            "MOS",
            "PSNR-Y (dB)",
            "SSIM-Y",
            "LPIPS",
        ]
        ours = ["23.00", "20.7 to 25.3", "0.6100", "0.549 to 0.671", "0.2900", "0.261 to 0.319"]
        assert body[1] == ["Bicubic", "28.43", "0.8211", "1.97", *ours[::2]]
        assert [body[row][1:4] for row in (0, 2, 7)] == [
            ["26.26", "0.7552", "1.28"],
            ["32.05", "0.9019", "3.37"],
            ["29.40", "0.8472", "3.58"],
        ]
        assert notes(five)[3:6] == ours[1::2]
        assert body[4][:4] == ["SRResNet-VGG54", "—", "—", "—"]  # the paper has none
        assert {tuple(row[1:4]) for row in rows(urban)[2:]} == {("—", "—", "—")}

    def test_both_of_the_papers_names_of_one_variant_count(self, results, make_benchmark):
        (table,) = report.benchmark_tables(results.published_results, make_benchmark(sets=("BSD100",)))
        body = {row[0]: row[1:4] for row in rows(table)[2:]}
        assert body["SRResNet-MSE"] == ["27.58", "0.7620", "2.29"]  # table 2's SRResNet
        assert body["SRGAN-VGG54"] == ["25.16", "0.6688", "3.56"]  # and SRGAN
        assert body["SRGAN-MSE"] == ["—", "—", "—"]

    def test_without_ours_the_papers_table_stands_alone_and_complete(self, results):
        above, _, *body = rows(report.published_table(results.published_results, None))
        assert [cell for cell in above if cell.strip("\xa0")] == ["Set5", "Set14", "BSD100"]
        assert [row[0] for row in body] == [
            "Nearest",
            "Bicubic",
            "SRCNN",
            "SelfExSR",
            "DRCN",
            "ESPCN",
            *(variant.label for variant in VARIANTS.values()),
            "Originals (HR)",
        ]
        assert body[2][1:] == [
            "30.07",
            "0.8627",
            "2.57",
            "27.18",
            "0.7861",
            "2.26",
            "26.68",
            "0.7291",
            "1.87",
        ]
        assert body[6][1:] == [
            "32.05",
            "0.9019",
            "3.37",
            "28.49",
            "0.8184",
            "2.98",
            "27.58",
            "0.7620",
            "2.29",
        ]
        assert body[8][1:] == ["—"] * 9
        assert body[-1][1:4] == ["—", "1.0000", "4.32"]  # PSNR of a photograph with itself is infinite

    def test_beside_ours_stand_only_methods_that_have_no_counterpart(self, results, make_benchmark):
        body = rows(report.published_table(results.published_results, make_benchmark()))[2:]
        assert [row[0] for row in body] == ["SRCNN", "SelfExSR", "DRCN", "ESPCN", "Originals (HR)"]

    def test_other_implementations_stand_above_our_rgb_numbers(self, results, make_benchmark):
        benchmark = make_benchmark(sets=("Set14",))
        table = report.other_implementations_table(results.published_results, benchmark)
        assert rows(table)[1] == ["Method", "By", *["PSNR (dB)", "SSIM"] * 2]
        assert rows(table)[2:] == [
            ["SRResNet (MSRResNet)", "BasicSR model zoo", "30.25", "0.8651", "26.78", "0.7451"],
            ["SRResNet-MSE", "this run", "—", "—", "22.00", "0.5200"],
            ["SRGAN (MSRGAN)", "BasicSR model zoo", "28.02", "0.8087", "24.75", "0.6623"],
            ["SRGAN-VGG54", "this run", "—", "—", "27.00", "0.5700"],
        ]
        assert "RGB, 4 pixels of border left out." in report.describe_other_implementations(results)

    def test_other_implementations_without_ours(self, results):
        body = rows(report.other_implementations_table(results.published_results, None))[2:]
        assert [row[0] for row in body] == ["SRResNet (MSRResNet)", "SRGAN (MSRGAN)"]

    def test_generators_that_are_no_longer_the_same_are_named(self, results, make_benchmark):
        measured = replace(
            results,
            benchmark_comparison=make_benchmark(version="v1"),
            generator_versions=dict.fromkeys(VARIANTS, "v1"),
        )
        assert report.describe_outdated_benchmark(measured) == ""
        measured.generator_versions["srgan_mse"] = "v2"
        text = report.describe_outdated_benchmark(measured)
        assert text.startswith("> **Measured with other generators.** 1 variant on benchmark sets is not")
        assert "SRGAN-MSE (measured: v1; now: v2)." in text
        assert "kedro run --pipelines=benchmark_sets" in text
        assert "kedro run --pipelines=comparison --env=" in text
        del measured.generator_versions["srgan_mse"]  # nothing saved to compare with
        assert report.describe_outdated_benchmark(measured) == ""


class TestPublishedResults:
    @pytest.fixture
    def published(self, results):
        return results.published_results

    def test_have_the_columns_of_the_catalog(self, published):
        assert list(published) == ["source", "table", "protocol", "method", "set", "psnr_db", "ssim", "mos"]
        assert not published.drop(columns="mos").isna().any(axis=None)

    def test_one_source_has_one_protocol(self, published):
        protocols = published.groupby("source")["protocol"].unique()
        assert {source: list(texts) for source, texts in protocols.items()} == {
            "Ledig 2017": [
                "Y channel, 4 pixels of border left out, computed with daala, whose SSIM has another window"
            ],
            "BasicSR model zoo": ["RGB, 4 pixels of border left out"],
        }

    def test_both_tables_of_the_paper_agree_on_what_both_hold(self, published):
        numbers = ["psnr_db", "ssim", "mos"]
        table = published.set_index(["method", "set"])[numbers]
        for brief, full in (("SRResNet", "SRResNet-MSE"), ("SRGAN", "SRGAN-VGG54")):
            for name in ("Set5", "Set14"):
                assert table.loc[(brief, name)].tolist() == table.loc[(full, name)].tolist()


class TestTables:
    @pytest.mark.parametrize(
        ("network", "formulation", "vgg22", "vgg54"),
        [
            (
                "vgg16",
                "article",
                "feature maps of VGG16: its first five convolutions, to block3_conv1 (“2.2”)",
                "feature maps of VGG16: all its thirteen convolutions, to block5_conv3 (“5.4”)",
            ),
            (
                "vgg19",
                "article",
                "feature maps of VGG19: its first five convolutions, to block3_conv1 (“2.2”)",
                "feature maps of VGG19: all its sixteen convolutions, to block5_conv4 (“5.4”)",
            ),
            (
                "vgg16",
                "paper",
                "one feature map of VGG16: block2_conv2 (“2.2”)",
                "one feature map of VGG16: block5_conv3 (“5.4”)",
            ),
            (
                "vgg19",
                "paper",
                "one feature map of VGG19: block2_conv2 (“2.2”)",
                "one feature map of VGG19: block5_conv4 (“5.4”)",
            ),
            (
                "vgg19",
                "all_layers",
                "pixels and feature maps of VGG19: all its layers (no different from “5.4”)",
                "pixels and feature maps of VGG19: all its layers (no different from “2.2”)",
            ),
        ],
    )
    def test_variants_say_what_their_losses_compared(self, results, network, formulation, vgg22, vgg54):
        for summary in results.summaries.values():
            if perceptual := summary["parameters"]["perceptual"]:
                perceptual |= {"network": network, "formulation": formulation}
        body = rows(report.variants_table(results.summaries))[1:]
        assert [row[1] for row in body] == 2 * ["pixel mean squared error", vgg22, vgg54]

    def test_variants_from_before_there_was_a_choice(self, results):
        for name in ("srresnet_vgg22", "srgan_vgg54"):
            del results.summaries[name]["parameters"]["perceptual"]["formulation"]
        body = rows(report.variants_table(results.summaries))[1:]
        assert "first five convolutions" in body[1][1]
        assert "thirteen convolutions" in body[5][1]

    def test_variants(self, results):
        header, *body = rows(report.variants_table(results.summaries))
        assert header == ["Variant", "Content loss", "Adversarial loss"]
        assert [row[0] for row in body] == [variant.label for variant in VARIANTS.values()]
        assert [row[2] for row in body] == ["no", "no", "no", "yes", "yes", "yes"]

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [(59.4, "59 s"), (75.4, "1 min 15 s"), (7500, "2 h 5 min"), (59.9, "1 min 0 s")],
    )
    def test_training(self, results, seconds, expected):
        results.summaries["srgan_vgg54"]["seconds"] = seconds
        results.summaries["srgan_vgg54"]["images"] = 15_350
        last = rows(report.training_table(results.summaries))[-1]
        assert last == [
            "SRGAN-VGG54",
            "2",
            "20",
            "8",
            "15,350",
            "10.00%",
            "VGG16",
            expected.replace(" ", "\xa0"),
        ]

    def test_comparison_writes_each_measure_with_its_digits(self, results):
        results.comparison.loc[1, ["ssim", "lpips"]] = [0.123456, 0.98765]
        header, *body = rows(report.comparison_table(results.comparison, results.summaries))
        assert header == [
            "Method",
            "PSNR (dB)",
            "SSIM",
            "PSNR-Y (dB)",
            "SSIM-Y",
            "LPIPS",
            "PSNR over bicubic (dB)",
        ]
        assert body[0] == ["Nearest", "20.00", "0.5000", "22.00", "0.6000", "0.3000", "-1.00"]
        assert body[1] == ["Bicubic", "21.00", "0.1235", "23.00", "0.6100", "0.9877", "+0.00"]
        assert body[-1] == ["SRGAN-VGG54", "27.00", "0.5700", "29.00", "0.6700", "0.2300", "+6.00"]

    def test_comparison_has_the_interval_below_each_mean(self, results):
        table = report.comparison_table(results.comparison, results.summaries)
        assert notes(table)[:5] == [
            "18.0 to 22.0",
            "0.450 to 0.550",
            "19.8 to 24.2",
            "0.540 to 0.660",
            "0.270 to 0.330",
        ]
        assert len(notes(table)) == 5 * 8

    def test_comparison_of_one_photograph_has_no_intervals(self, results):
        ends = [column for column in results.comparison if column.endswith(("_low", "_high"))]
        results.comparison.loc[0, ends] = np.nan
        table = report.comparison_table(results.comparison, results.summaries)
        assert len(notes(table)) == 5 * 7
        assert rows(table)[1][1] == "20.00"

    def test_comparison_sets_the_best_in_bold(self, results):
        table = report.comparison_table(results.comparison, results.summaries)
        bold = re.search(r"^(.*) \{[^}]*font-weight: bold", table.data, re.M).group(1)
        best = set(re.findall(r"#(\S+_row\d+_col\d+)", bold))
        cells = dict(re.findall(r'<td id="(\S+)"[^>]*>([^<]*)<', table.data))
        assert {cells[cell] for cell in best} == {"27.00", "0.5700", "29.00", "0.6700", "0.2300"}

    def test_parameters_on_which_variants_differ_have_several_rows(self, results):
        results.summaries["srresnet_mse"]["parameters"]["training"]["epochs"] = 9
        body = rows(report.parameters_table(results.summaries))[1:]
        assert ["seed", "2017", "all"] in body
        assert ["photographs.source", "sample", "all"] in body
        assert ["training.epochs", "9", "SRResNet-MSE"] in body
        assert [row[1] for row in body if row[0] == "training.epochs"] == ["9", "2"]
        assert [
            "perceptual.network",
            "vgg16",
            "SRResNet-VGG22, SRResNet-VGG54, SRGAN-VGG22, SRGAN-VGG54",
        ] in body

    def test_versions_of_one_owner_share_a_row(self):
        table = report.versions_table(
            {"split": "v1", "comparison": "v2", "srgan_mse.metrics": "v1", "srgan_mse.super_resolved": "v1"}
        )
        assert rows(table)[1:] == [
            ["all methods", "split", "v1"],
            ["all methods", "comparison", "v2"],
            ["SRGAN-MSE", "metrics, super_resolved", "v1"],
        ]

    def test_packages_are_those_of_the_run_beside_those_of_the_notebook(self, results):
        header, *body = rows(report.packages_table(results.provenance))
        assert header == ["Package", "The run's", "This notebook's"]
        versions = {name: (of_run, here) for name, of_run, here in body}
        assert versions["numpy"] == ("2.0.1", np.__version__)
        assert versions["python"] == ("3.11.9", ".".join(str(part) for part in sys.version_info[:3]))
        assert versions["keras"][0] == "—"

    def test_packages_of_a_run_that_is_not_recorded(self):
        body = rows(report.packages_table(None))[1:]
        assert {of_run for _, of_run, _ in body} == {"—"}
        assert ["numpy", "—", np.__version__] in body

    def test_what_users_wrote_is_not_html(self):
        shown = pd.DataFrame({"Value": ["<b>&"], "Noted": ["<i>"]})
        table = report.show_table(shown, notes={"Noted": ["<u>{"]}, caption="<s>")
        for expected in ("&lt;b&gt;&amp;", "&lt;i&gt;<br><small>&lt;u&gt;{</small>", "<caption>&lt;s&gt;<"):
            assert expected in table.data

    def test_numbers_and_what_is_told_to_stay_on_one_line(self):
        shown = pd.DataFrame({"Text": ["a b"], "Number": [-1.5], "Version": ["2026-01-31"]})
        table = report.show_table(shown, unbroken=["Version"])
        assert re.findall(r"td\.(col\d) \{\s*white-space: nowrap", table.data) == ["col1", "col2"]
        versions = report.versions_table({"split": "2026-01-31"}).data
        assert re.findall(r"td\.(col\d) \{\s*white-space: nowrap", versions) == ["col2"]

    def test_times_of_training_stay_on_one_line(self, results):
        table = report.training_table(results.summaries).data
        assert re.findall(r"td\.(col\d) \{\s*white-space: nowrap", table)[-1] == "col7"

    def test_tables_of_two_levels_have_two_lines_of_headers(self):
        table = report.show_table(pd.DataFrame({("", "a"): [1], ("b", "c"): [2], ("b", "d"): [3]}))
        assert 'colspan="2"' in table.data
        assert rows(table)[1:] == [["a", "c", "d"], ["1", "2", "3"]]


def test_a_figure_is_embedded_with_its_caption():
    figure = Figure(figsize=(2, 1))
    shown = report.show_figure(figure, 'Crops & "more"').data
    assert 'alt="Crops &amp; &quot;more&quot;"' in shown
    assert "<figcaption>Crops &amp; &quot;more&quot;</figcaption>" in shown
    png = base64.b64decode(re.search(r"data:image/png;base64,([^\"]+)", shown).group(1))
    assert Image.open(io.BytesIO(png)).size == (600, 300)  # 300 pixels an inch …
    assert 'width="200"' in shown  # … of which a screen shows 100


class TestRendering:
    def test_notebook_runs_in_this_interpreter_where_and_with_what_it_is_told(self, tmp_path):
        path = tmp_path / "notebook.ipynb"
        cell = "import os, sys; print(sys.executable, os.getcwd(), os.environ['TOLD'], sep='\\n')"
        nbformat.write(new_notebook(cells=[new_code_cell(cell)]), path)
        before = path.read_text()
        executed = execute_notebook(path, directory=tmp_path, environment={**os.environ, "TOLD": "this"})
        assert executed.cells[0].outputs[0].text.splitlines() == [
            sys.executable,
            str(tmp_path.resolve()),
            "this",
        ]
        assert path.read_text() == before

    def test_a_failing_cell_is_named(self, tmp_path):
        path = tmp_path / "notebook.ipynb"
        cells = [new_markdown_cell("# Title"), new_code_cell("fine = 1"), new_code_cell("fine / 0")]
        nbformat.write(new_notebook(cells=cells), path)
        with pytest.raises(NotebookError) as raised:
            execute_notebook(path, directory=tmp_path, environment=os.environ)
        message = str(raised.value)
        assert message.startswith("notebook.ipynb: cell 3 failed with ZeroDivisionError: division by zero")
        assert "fine / 0" in message
        assert "\x1b" not in message

    def test_page_holds_prose_tables_and_images_but_no_code_and_nothing_from_elsewhere(
        self, assert_self_contained
    ):
        png = base64.b64encode(b"any image").decode()
        outputs = [
            new_output("stream", name="stderr", text="a warning"),
            new_output("display_data", {"text/html": "<table><tr><td>24.13</td></tr></table>"}),
            new_output("display_data", {"text/markdown": "> **Undertrained.** By far."}),
            new_output("display_data", {"image/png": png}),
        ]
        cells = [
            new_markdown_cell("# A title\n\n[A link](https://arxiv.org/abs/1609.04802), $x$."),
            new_code_cell("secret = 1", outputs=outputs, execution_count=1),
        ]
        notebook = new_notebook(cells=cells, metadata={"title": "Less & more"})
        page = convert_to_html(notebook, NOTEBOOKS / "report.html.j2")
        assert page.lstrip().lower().startswith("<!doctype html>")
        assert "<title>Less &amp; more</title>" in page
        for expected in ("A title</h1>", "24.13", "<strong>Undertrained.</strong>", png):
            assert expected in page
        for absent in ("secret", "a warning", "In&nbsp;[", "¶"):
            assert absent not in page
        assert len(cells[1].outputs) == 4  # the notebook itself is as it was
        assert_self_contained(page)


class TestNotebook:
    @pytest.fixture(scope="class")
    def notebook(self):
        return nbformat.read(NOTEBOOKS / "report.ipynb", as_version=4)

    def test_is_valid_and_without_outputs(self, notebook):
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None

    def test_holds_prose_and_short_cells(self, notebook):
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(code) < len(notebook.cells)
        assert all(len(cell.source.splitlines()) <= 15 for cell in code)

    def test_says_from_how_many_photographs_there_are_intervals(self, notebook):
        assert FEWEST_PHOTOGRAPHS == 10
        assert sum("ten photographs or more" in cell.source for cell in notebook.cells) == 2

    def test_runs_in_whatever_kernel_is_called_python3(self, notebook):
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.cells[0].source.startswith(f"# {notebook.metadata.title}")
