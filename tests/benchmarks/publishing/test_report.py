import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from benchmarks.publishing import report
from benchmarks.publishing import results as publish_results
from tests.reporting.figures.drawing import texts


@pytest.fixture
def executed(monkeypatch):
    """What the notebook was run with; it gives a heading and a picture."""
    ran = {}

    def execute(path, *, directory, environment):
        ran.update(environment, notebook=path.read_text())
        picture = {"image/webp": base64.b64encode(b"any image").decode()}
        described = {"caption": "Seen.", "name": "spectra", "source": "<p>Source: split</p>"}
        output = new_output("display_data", picture, metadata=described)
        return new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("", outputs=[output])])

    monkeypatch.setattr(report, "execute_notebook", execute)
    return ran


class TestReport:
    def test_is_markdown_with_its_pictures_in_place_of_an_earlier_one(self, executed, tmp_path):
        folder = tmp_path / "report"
        folder.mkdir()
        (folder / "old.png").touch()
        report.write_report("flagship", folder)
        assert sorted(path.name for path in folder.iterdir()) == ["README.md", "spectra.webp"]
        assert (folder / "README.md").read_text() == (
            "# Title\n\n![Seen.](spectra.webp)\n\nSeen.\n<p>Source: split</p>\n"
        )
        assert (folder / "spectra.webp").read_bytes() == b"any image"

    def test_is_of_the_environment_with_pictures_of_all_figures(self, executed, tmp_path):
        report.main(["article", str(tmp_path / "report")])
        assert json.loads(executed["SRGAN_REPORT_RUN"]) == {"environment": "article", "runtime_params": {}}
        assert "import PictureReport as Report" in executed["notebook"]

    def test_a_notebook_that_fails_leaves_the_earlier_one(self, monkeypatch, tmp_path):
        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(report, "execute_notebook", fail)
        (tmp_path / "README.md").write_text("old")
        with pytest.raises(RuntimeError):
            report.write_report("flagship", tmp_path)
        assert (tmp_path / "README.md").read_text() == "old"


def test_tagged_sections_are_folded_and_what_needs_scripts_is_left_out():
    table = new_output("execute_result", {"text/html": "<table></table>", "text/plain": "…"})
    cells = [
        new_markdown_cell("## Open & first\n\nText."),
        new_code_cell("hidden = 1", outputs=[table]),
        new_markdown_cell("## Moving", metadata={"tags": ["page"]}),
        new_code_cell("hidden = 2", outputs=[table], metadata={"tags": ["page"]}),
        new_markdown_cell("## Folded\n\nMore.", metadata={"tags": ["details"]}),
        new_code_cell(
            "seen = 1", outputs=[new_output("stream", text="Printed\n")], metadata={"tags": ["visible"]}
        ),
        new_markdown_cell("## Folded too", metadata={"tags": ["details"]}),
        new_code_cell("hidden = 3", outputs=[table]),
    ]
    text, pictures = report.convert_to_markdown(new_notebook(cells=cells))
    assert pictures == {}
    assert text.split("\n\n") == [
        "## Open & first",
        "Text.",
        "<table></table>",
        "<details>\n<summary><b>Folded</b></summary>",
        "More.",
        "```\nseen = 1\n```",
        "    Printed",
        "</details>",
        "<details>\n<summary><b>Folded too</b></summary>",
        "<table></table>",
        "</details>\n",
    ]


@pytest.mark.parametrize("name", ["comparison_grid", "spectra"])
def test_figures_are_pictures_with_their_caption_and_sources(make_results, name):
    versions = {"validation_crops": "v1", "power_spectra": "v1"}
    shown = report.PictureReport(replace(make_results(size=32), versions=versions)).figure(name, "Seen.")
    data, described = shown._repr_mimebundle_()
    assert (described["caption"], described["name"]) == ("Seen.", name)
    assert re.fullmatch(r'<p class="source">.*<code>\w+</code> of .*v1.*</p>', described["source"])
    assert Image.open(io.BytesIO(base64.b64decode(data["image/webp"]))).width <= 1600


class TestFigures:
    @pytest.fixture
    def results(self, make_results, monkeypatch):
        """With the largest regions that photographs are shown with."""
        results = make_results(size=76)
        monkeypatch.setattr(report, "open_catalog", lambda environment: environment)
        monkeypatch.setattr(report, "load_results", {"sample": results}.__getitem__)
        return results

    def test_have_their_own_pixels_and_fit_a_document(self, results, tmp_path):
        report.draw("sample", tmp_path, list(report.DRAWN))
        for name in report.DRAWN:
            with Image.open(tmp_path / name) as image:
                pixels = np.asarray(image.convert("RGB"))
            assert pixels.shape[1] <= 1620
            original = results.figure_photograph["high_resolution"][0]
            magnified = np.kron(original[:8, :8], np.ones((2, 2, 1), np.uint8))
            rows, columns = np.nonzero((pixels == magnified[0, 0]).all(axis=-1))
            places = zip(rows.tolist(), columns.tolist(), strict=True)
            assert any(np.array_equal(pixels[y : y + 16, x : x + 16], magnified) for y, x in places)

    def test_the_teaser_is_a_row_of_five_for_each(self, results):
        figure = report.draw_teaser(results)
        row = ["LR", "Bicubic", "SRResNet-MSE", "SRGAN-VGG54", "HR"]
        assert [text for text in texts(figure) if text in row] == 2 * row
        assert "27.00 dB · LPIPS 0.230" in texts(figure)

    def test_blends_lie_between_two_variants(self, results):
        for name, level in (("srresnet_mse", 100), ("srgan_vgg54", 200)):
            results.upscaled_photograph[name][:] = level
        figure = report.draw_blend(results)
        assert [text for text in texts(figure) if text.startswith("blend")] == [
            "blend 0", "blend 0.5", "blend 0.8", "blend 1"
        ] * 2  # fmt: skip
        levels = [axes.images[0].get_array().mean() for axes in figure.axes]
        assert [*levels[:4], *levels[5:9]] == [100, 150, 180, 200] * 2

    def test_that_no_document_shows_are_not_drawn(self, tmp_path, monkeypatch):
        monkeypatch.setattr(report, "open_catalog", None)  # not even results are loaded
        report.draw("sample", tmp_path, [])

    def test_of_photographs_are_shown_by_documents(self):
        texts = [document.read_text() for document in publish_results.DOCUMENTS]
        assert set(report.DRAWN) <= set(publish_results.find_figures("flagship", texts))
