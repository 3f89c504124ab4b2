from dataclasses import replace

import numpy as np
import pytest

from srgan_report.evaluation.benchmark_sets import MADE, STORED
from srgan_report.reporting import text as report
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import notes, rows


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

    def test_low_resolution_that_was_made_is_said_in_the_table(self, results, make_benchmark):
        measured = make_benchmark().assign(low_resolution=MADE)
        five, _ = report.benchmark_tables(results.published_results, measured)
        expected = "Set5, 5 images; LR made by bicubic interpolation with antialiasing"
        assert f"<caption>{expected}</caption>" in five.data
        five, _ = report.benchmark_tables(results.published_results, measured.assign(low_resolution=STORED))
        assert "<caption>Set5, 5 images</caption>" in five.data

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

    def test_a_set_says_how_many_of_its_images_count(self, results, make_benchmark):
        measured = make_benchmark(("Set5",)).assign(left_out=1)
        (table,) = report.benchmark_tables(results.published_results, measured)
        assert "Set5, 5 images (1 more left out)" in table.data

    def test_bicubic_is_not_compared_with_the_papers_where_nothing_counts(self, results, make_benchmark):
        measured = make_benchmark(("Set5", "Set14"))
        measured.loc[measured["set"] == "Set5", "psnr_y"] = np.nan
        sentence = report.describe_benchmark(replace(results, benchmark_comparison=measured))
        assert "on Set5" not in sentence
        assert "in the paper on Set14" in sentence


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
