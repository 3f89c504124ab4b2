import base64
import html
import io
import os
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from srgan_report import report
from srgan_report.report.rendering import NotebookError, convert_to_html, execute_notebook
from srgan_report.variants import VARIANTS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def rows(table):
    """The texts of an HTML table's cells, row by row, the header first."""
    lines = re.findall(r"<tr>(.*?)</tr>", table.data, re.S)
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)] for line in lines
    ]


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
        assert "given 4 \N{MULTIPLICATION SIGN} 4 pixels each" in sentence

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
        assert "1 of 6 variants saw 153,499 crops (100.00% of that). Read" in sentence

    def test_another_perceptual_network_is_said(self, results):
        sentence = report.describe_perceptual_network(results.summaries)
        assert "`block5_conv3`, which stands in for VGG19's sixteenth, `block5_conv4`" in sentence
        assert "fed as it was trained" in sentence
        for summary in results.summaries.values():
            if summary["parameters"]["perceptual"]:
                summary["parameters"]["perceptual"]["network"] = "vgg19"
        assert report.describe_perceptual_network(results.summaries) == ""

    def test_winners(self, results):
        results.comparison.loc[results.comparison["method"] == "srresnet_vgg22", "ssim"] = 0.98765
        assert report.describe_winners(results.comparison) == (
            "Among the variants **SRGAN-VGG54** has the highest PSNR, 27.00 dB (bicubic: 21.00 dB), and "
            "**SRResNet-VGG22** the highest SSIM, 0.9877 (bicubic: 0.5100)."
        )

    def test_a_baseline_is_never_a_winner(self, results):
        results.comparison.loc[0, ["psnr", "ssim"]] = [99.0, 0.999]
        assert "27.00 dB" in report.describe_winners(results.comparison)

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


class TestTables:
    def test_variants(self):
        header, *body = rows(report.variants_table())
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
        assert last == ["SRGAN-VGG54", "2", "20", "8", "15,350", "10.00%", "VGG16", expected]

    def test_comparison_has_two_decimals_of_psnr_and_four_of_ssim(self, results):
        results.comparison.loc[1, "ssim"] = 0.123456
        header, *body = rows(report.comparison_table(results.comparison))
        assert header == ["Method", "PSNR (dB)", "SSIM", "Over bicubic (dB)"]
        assert body[:2] == [["Nearest", "20.00", "0.5000", "-1.00"], ["Bicubic", "21.00", "0.1235", "+0.00"]]
        assert body[-1] == ["SRGAN-VGG54", "27.00", "0.5700", "+6.00"]

    def test_comparison_sets_the_best_in_bold(self, results):
        table = report.comparison_table(results.comparison)
        bold = re.search(r"^(.*) \{[^}]*font-weight: bold", table.data, re.M).group(1)
        best = set(re.findall(r"#(\S+_row\d+_col\d+)", bold))
        cells = dict(re.findall(r'<td id="(\S+)"[^>]*>([^<]*)<', table.data))
        assert {cells[cell] for cell in best} == {"27.00", "0.5700"}

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

    def test_packages(self):
        versions = dict(rows(report.packages_table())[1:])
        assert versions["numpy"] == np.__version__
        assert versions["Python"] == ".".join(str(part) for part in sys.version_info[:3])

    def test_what_users_wrote_is_not_html(self):
        table = report.show_table(pd.DataFrame({"Value": ["<b>&"]}))
        assert "&lt;b&gt;&amp;" in table.data


def test_a_figure_is_embedded_with_its_caption():
    figure = Figure(figsize=(2, 1))
    shown = report.show_figure(figure, 'Crops & "more"').data
    assert 'alt="Crops &amp; &quot;more&quot;"' in shown
    assert "<figcaption>Crops &amp; &quot;more&quot;</figcaption>" in shown
    png = base64.b64decode(re.search(r"data:image/png;base64,([^\"]+)", shown).group(1))
    assert Image.open(io.BytesIO(png)).size == (400, 200)  # 200 pixels an inch …
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

    def test_runs_in_whatever_kernel_is_called_python3(self, notebook):
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.cells[0].source.startswith(f"# {notebook.metadata.title}")
