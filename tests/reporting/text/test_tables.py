import re
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.training_step.flops import forward_flop
from srgan_report.networks import build_generator
from srgan_report.reporting import display
from srgan_report.reporting.text import findings, protocol, provenance
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import notes, rows, tell


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
        body = rows(protocol.variants_table(results))[1:]
        assert [row[1] for row in body] == 2 * ["pixel mean squared error", vgg22, vgg54]

    def test_variants(self, results):
        results.summaries["srgan_vgg22"]["parameters"]["training"]["adversarial_weight"] = 0.008
        header, *body = rows(protocol.variants_table(results))
        assert header == ["Variant", "Content loss", "Adversarial weight"]
        assert [row[0] for row in body] == [variant.label for variant in VARIANTS.values()]
        assert [row[2] for row in body] == ["—", "—", "—", "0.001", "0.008", "0.001"]

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [(59.4, "59 s"), (75.4, "1 min 15 s"), (7500, "2 h 5 min"), (59.9, "1 min 0 s")],
    )
    def test_training(self, results, seconds, expected):
        results.summaries["srgan_vgg54"]["seconds"] = seconds
        results.summaries["srgan_vgg54"]["images"] = 15_350
        last = rows(protocol.training_table(results))[-1]
        assert last == [
            "SRGAN-VGG54",
            "2",
            "20",
            "8",
            "15,350",
            "0",
            "10.00%",
            "VGG16",
            expected.replace(" ", "\xa0"),
        ]

    def test_where_earlier_crops_are_not_recorded_the_share_is_a_least_one(self, results):
        results.summaries["srgan_vgg54"]["images"] = 15_350
        results.summaries["srgan_vgg54"]["parameters"]["training"]["start_from"] = "shipped"
        last = rows(protocol.training_table(results))[-1]
        assert last[5:7] == ["not recorded", "≥ 10.00%"]

    def test_comparison_writes_each_measure_with_its_digits(self, results):
        results.comparison.loc[1, ["ssim", "lpips"]] = [0.123456, 0.98765]
        header, *body = rows(findings.comparison_table(results))
        assert header == [
            "Method",
            "PSNR (dB)\N{NO-BREAK SPACE}↑",
            "SSIM\N{NO-BREAK SPACE}↑",
            "PSNR-Y (dB)\N{NO-BREAK SPACE}↑",
            "SSIM-Y\N{NO-BREAK SPACE}↑",
            "LPIPS\N{NO-BREAK SPACE}↓",
            "PSNR over bicubic (dB)",
        ]
        assert body[0] == ["Nearest", "20.00", "0.5000", "22.00", "0.6000", "0.3000", "-1.00"]
        assert body[1] == ["Bicubic", "21.00", "0.1235", "23.00", "0.6100", "0.9877", "+0.00"]
        assert body[-1] == ["SRGAN-VGG54", "27.00", "0.5700", "29.00", "0.6700", "0.2300", "+6.00"]

    def test_comparison_has_the_interval_below_each_mean(self, results):
        table = findings.comparison_table(results)
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
        table = findings.comparison_table(results)
        assert len(notes(table)) == 5 * 7
        assert rows(table)[1][1] == "20.00"

    def test_comparison_sets_the_best_in_bold_and_underlines_the_second_best(self, results):
        table = findings.comparison_table(results).data
        assert re.findall("<b>(.*?)</b>", table) == ["27.00", "0.5700", "29.00", "0.6700", "0.2300"]
        assert re.findall("<u>(.*?)</u>", table) == ["26.00", "0.5600", "28.00", "0.6600", "0.2400"]

    def test_crops_of_the_starting_weights_count(self, results):
        of = results.summaries
        of["srresnet_mse"]["parameters"]["training"]["start_from"] = "pretrained"
        of["srgan_mse"]["parameters"]["training"]["start_from"] = "srresnet_mse"
        of["srgan_mse"]["initial_generator_sha256"] = "of srresnet_mse"
        of["srgan_vgg54"]["parameters"]["training"]["start_from"] = "saved"
        of["srgan_vgg22"]["parameters"]["training"]["start_from"] = "pretrained"
        of["srresnet_vgg22"]["parameters"]["training"]["start_from"] = "pretrained"
        again, tuned, scratch = (
            {
                "images": images,
                "generator_sha256": start,
                "initial_generator_sha256": "scratch",  # as the first below ended
                "parameters": {"training": {"start_from": start}},
            }
            for images, start in (
                (8_000, "pretrained"),
                (16_000, "srresnet_mse"),
                (160_000, "scratch"),
            )
        )
        results = replace(
            results, pretrained={"srresnet_mse": scratch, "srgan_vgg22": tuned, "srresnet_vgg22": again}
        )
        body = {row[0]: (row[4], row[5]) for row in rows(protocol.training_table(results))[1:]}
        assert body == {
            "SRResNet-MSE": ("160", "160,000"),
            "SRResNet-VGG22": ("160", "at least 8,000"),
            "SRResNet-VGG54": ("160", "0"),
            "SRGAN-MSE": ("160", "160,160"),
            "SRGAN-VGG22": ("160", "176,000"),
            "SRGAN-VGG54": ("160", "not recorded"),
        }

    @pytest.mark.parametrize(("residual_blocks", "skip_kernel_size"), [(5, 9), (2, 3)])
    def test_cost_is_that_of_the_real_network(self, results, residual_blocks, skip_kernel_size):
        parameters = {"residual_blocks": residual_blocks, "skip_kernel_size": skip_kernel_size}
        network = build_generator(
            **parameters,
            activation="leaky_relu",
            activate_residual=True,
            output_activation="tanh",
            batch_normalization_momentum=0.9,
            seed=0,
        )
        assert 2 * findings.count_multiplications(parameters, 24) == sum(forward_flop(network, 24))
        results.provenance["seconds"] = {"srgan_mse.super_resolve": 2.0, "srgan_vgg22.super_resolve": 1.0}
        assert "1,030,531 parameters; a crop of 16 × 16 pixels takes 0.0545 GFLOP and 0.38 s" in (
            tell("cost", results)
        )

    def test_parameters_on_which_variants_differ_have_several_rows(self, results):
        results.summaries["srresnet_mse"]["parameters"]["training"]["epochs"] = 9
        body = rows(provenance.parameters_table(results))[1:]
        assert ["seed", "2017", "all"] in body
        assert ["photographs.source", "sample", "all"] in body
        assert ["training.epochs", "9", "SRResNet-MSE"] in body
        assert [row[1] for row in body if row[0] == "training.epochs"] == ["9", "2"]
        assert [
            "perceptual.network",
            "vgg16",
            "SRResNet-VGG22, SRResNet-VGG54, SRGAN-VGG22, SRGAN-VGG54",
        ] in body

    def test_versions_of_one_owner_share_a_row(self, results):
        loaded = {
            "split": "v1",
            "comparison": "v2",
            "srgan_mse.metrics": "v1",
            "srgan_mse.super_resolved": "v1",
        }
        table = provenance.versions_table(replace(results, versions=loaded))
        assert rows(table)[1:] == [
            ["all methods", "split", "v1"],
            ["all methods", "comparison", "v2"],
            ["SRGAN-MSE", "metrics, super_resolved", "v1"],
        ]

    def test_packages_are_those_of_the_run_beside_those_of_the_notebook(self, results):
        header, *body = rows(provenance.packages_table(results))
        assert header == ["Package", "The run's", "This notebook's"]
        versions = {name: (of_run, here) for name, of_run, here in body}
        assert versions["numpy"] == ("2.0.1", np.__version__)
        assert versions["python"] == ("3.11.9", ".".join(str(part) for part in sys.version_info[:3]))
        assert versions["keras"][0] == "—"

    def test_packages_of_a_run_that_is_not_recorded(self, results):
        table = provenance.packages_table(replace(results, provenance=None))
        assert "align" not in table.data  # versions are texts, even where all of them are missing
        body = rows(table)[1:]
        assert {of_run for _, of_run, _ in body} == {"—"}
        assert ["numpy", "—", np.__version__] in body

    def test_what_users_wrote_is_not_html(self):
        shown = pd.DataFrame({"Value": ["<b>&"], "Noted": ["<i>"]})
        table = display.show_table(shown, notes={"Noted": ["<u>{"]}, caption="<s>")
        for expected in ("&lt;b&gt;&amp;", "&lt;i&gt;<br><small>&lt;u&gt;{</small>", "<caption>&lt;s&gt;<"):
            assert expected in table.data

    def test_names_numbers_and_what_is_told_to_stay_on_one_line(self, results):
        shown = pd.DataFrame({"Name": ["SRGAN-MSE"], "Text": ["a b"], "Number": [-1.5], "Version": ["2026"]})
        table = display.show_table(shown, unbroken=["Version"])
        assert re.findall(r"<td[^>]*nowrap[^>]*>(.*?)<", table.data) == ["SRGAN-MSE", "-1.5", "2026"]
        assert re.findall(r'<td[^>]*align="right"[^>]*>(.*?)<', table.data) == ["-1.5"]
        assert "nowrap" in provenance.versions_table(results).data
        assert re.search(r'nowrap data-label="Time"', protocol.training_table(results).data)

    def test_tables_of_two_levels_have_two_lines_of_headers(self):
        table = display.show_table(pd.DataFrame({("", "a"): [1], ("b", "c"): [2], ("b", "d"): [3]}))
        assert 'colspan="2"' in table.data
        assert rows(table)[1:] == [["a", "c", "d"], ["1", "2", "3"]]
