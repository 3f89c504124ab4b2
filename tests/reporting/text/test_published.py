from dataclasses import replace

import numpy as np
import pytest

from srgan_report.evaluation.benchmark_sets import MADE, STORED
from srgan_report.reporting.text import published
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import notes, rows, tell


class TestBenchmark:
    def test_what_is_not_measured_can_be(self, results):
        text = tell("benchmark", results)
        command = "`kedro run --pipelines=benchmark_sets --params=benchmark_sets.root=DIR --env=sample`"
        then = "and for a report with them `kedro run --pipelines=comparison --env=sample`"
        assert text.endswith(f"name the folder that holds the sets: {command}, {then}")
        assert "Y channel, 4 pixels of border left out, computed with daala" in text
        assert "mean opinion score" in text
        assert published.benchmark_tables(results) == []
        assert tell("outdated_benchmark", results) == ""

    def test_what_is_measured_is_no_contest(self, results, make_benchmark):
        results.summaries["srresnet_mse"]["images"] = 2000
        text = tell("benchmark", replace(results, benchmark_comparison=make_benchmark()))
        assert "Y channel, 4 pixels of border left out, computed with daala" in text
        assert "350,000 photographs of ImageNet" in text
        assert "here each variant saw 160 to 2,000 crops of 3 photographs" in text
        assert "the two SSIMs are not comparable" in text
        assert "Ours learned to upscale LR made by bilinear interpolation" in text

    def test_bicubic_tells_how_alike_both_measure(self, results, make_benchmark):
        sets = ("Set5", "Urban100", "Set14")  # of Urban100 the paper has nothing
        text = tell("benchmark", replace(results, benchmark_comparison=make_benchmark(sets)))
        assert "bicubic" in text
        assert (
            "here and 28.43 dB in the paper on Set5, 23.00 dB here and 25.99 dB in the paper on Set14."
            in text
        )

    def test_sets_that_the_paper_has_not_check_nothing(self, results, make_benchmark):
        measured = replace(results, benchmark_comparison=make_benchmark(sets=("Urban100",)))
        assert "in the paper on" not in tell("benchmark", measured)

    def test_low_resolution_made_alike_is_no_disadvantage(self, results, make_benchmark):
        for summary in results.summaries.values():
            summary["parameters"]["crops"]["downscaling"] = "antialiased_bicubic"
        text = tell("benchmark", replace(results, benchmark_comparison=make_benchmark()))
        assert "bilinear" not in text

    def test_low_resolution_that_was_made_is_said_in_the_table(self, results, make_benchmark):
        measured = make_benchmark().assign(low_resolution=MADE)
        five, _ = published.benchmark_tables(replace(results, benchmark_comparison=measured))
        expected = "Set5, 5 images; LR made by bicubic interpolation with antialiasing"
        assert f"<caption>{expected}</caption>" in five.data
        five, _ = published.benchmark_tables(
            replace(results, benchmark_comparison=measured.assign(low_resolution=STORED))
        )
        assert "<caption>Set5, 5 images</caption>" in five.data

    def test_each_set_has_a_table_of_theirs_and_ours(self, results, make_benchmark):
        five, urban = published.benchmark_tables(replace(results, benchmark_comparison=make_benchmark()))
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
        (table,) = published.benchmark_tables(
            replace(results, benchmark_comparison=make_benchmark(sets=("BSD100",)))
        )
        body = {row[0]: row[1:4] for row in rows(table)[2:]}
        assert body["SRResNet-MSE"] == ["27.58", "0.7620", "2.29"]  # table 2's SRResNet
        assert body["SRGAN-VGG54"] == ["25.16", "0.6688", "3.56"]  # and SRGAN
        assert body["SRGAN-MSE"] == ["—", "—", "—"]

    def test_all_published_numbers_are_in_one_table(self, results):
        above, header, *body = rows(published.published_table(results))
        assert [cell for cell in above if cell] == ["Set5", "Set14", "BSD100"]
        assert header == ["By", "Method", *["PSNR (dB)", "SSIM", "MOS"] * 3]
        by_method = {row[1]: row for row in body}
        assert len(by_method) == len(body)
        srcnn = ["30.07", "0.8627", "2.57", "27.18", "0.7861", "2.26", "26.68", "0.7291", "1.87"]
        assert by_method["SRCNN"] == ["Ledig 2017", "SRCNN", *srcnn]
        srresnet = ["32.05", "0.9019", "3.37", "28.49", "0.8184", "2.98", "27.58", "0.7620", "2.29"]
        assert by_method["SRResNet-MSE"] == ["Ledig 2017", "SRResNet-MSE", *srresnet]  # of both its tables
        assert by_method["SRResNet (MSRResNet)"][:4] == [
            "BasicSR model zoo",
            "SRResNet (MSRResNet)",
            "30.25",
            "0.8651",
        ]
        assert "SRResNet-VGG54" not in by_method
        # PSNR of a photograph with itself is infinite
        assert by_method["Originals (HR)"][2:5] == ["—", "1.0000", "4.32"]

    def test_generators_that_are_no_longer_the_same_are_named(self, results, make_benchmark):
        versions = {f"{name}.training_summary": "v1" for name in VARIANTS}
        measured = replace(results, benchmark_comparison=make_benchmark(version="v1"), versions=versions)
        assert tell("outdated_benchmark", measured) == ""
        versions["srgan_mse.training_summary"] = "v2"
        text = tell("outdated_benchmark", measured)
        assert text.startswith("> **Measured with other generators.** 1 variant on benchmark sets is not")
        assert "SRGAN-MSE (measured: v1; now: v2)." in text
        assert "kedro run --pipelines=benchmark_sets" in text
        assert "kedro run --pipelines=comparison --env=" in text
        del versions["srgan_mse.training_summary"]  # nothing saved to compare with
        assert tell("outdated_benchmark", measured) == ""

    def test_a_set_says_how_many_of_its_images_count(self, results, make_benchmark):
        measured = make_benchmark(("Set5",)).assign(left_out=1)
        (table,) = published.benchmark_tables(replace(results, benchmark_comparison=measured))
        assert "Set5, 5 images (1 more left out)" in table.data

    def test_bicubic_is_not_compared_with_the_papers_where_nothing_counts(self, results, make_benchmark):
        measured = make_benchmark(("Set5", "Set14"))
        measured.loc[measured["set"] == "Set5", "psnr_y"] = np.nan
        sentence = tell("benchmark", replace(results, benchmark_comparison=measured))
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
