import base64
import io
import re

import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.reporting import display
from tests.reporting.figures.drawing import draw_grid


class TestCite:
    def test_names_datasets_by_version_below_what_is_shown(self):
        versions = {"split": "v1", "comparison": "v2", "published_results": "not versioned"}
        cited = display.cite(
            HTML("<table>"), versions, "split", "published_results", "comparison", "absent"
        ).data
        assert cited.startswith("<table>")
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: split of v1; published_results (not versioned); comparison of v2"
        )

    def test_a_name_stands_for_all_methods(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v1", "split": "v1"}
        cited = display.cite(HTML(""), versions, "metrics", "split").data
        assert re.sub("<[^>]*>", "", cited) == "Source: metrics, split of v1"
        cited = display.cite(HTML(""), versions, "srgan_mse.metrics").data
        assert re.sub("<[^>]*>", "", cited) == "Source: srgan_mse.metrics of v1"

    def test_methods_of_different_versions_are_told_apart(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v2", "baselines.metrics": "v1"}
        cited = display.cite(HTML(""), versions, "metrics").data
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: metrics (SRResNet-MSE, baselines) of v1; metrics (SRGAN-MSE) of v2"
        )

    def test_many_versions_are_counted(self):
        versions = {f"{name}.metrics": f"v{index}" for index, name in enumerate("abcd")} | {"split": "v0"}
        cited = display.cite(HTML(""), versions, "split", "metrics", "absent").data
        assert re.sub("<[^>]*>", "", cited) == "Source: split, metrics in 4 versions (see Provenance)"

    def test_of_what_is_not_known_says_nothing(self):
        assert display.cite(HTML("<table>"), {}, "provenance").data == "<table>"


def test_a_figure_is_embedded_with_its_caption():
    figure = Figure(figsize=(2, 1))
    shown = display.show_figure(figure, 'Crops & "more"').data
    assert 'alt="Crops &amp; &#34;more&#34;"' in shown
    assert "<figcaption>Crops &amp; &#34;more&#34;</figcaption>" in shown
    (source,) = re.findall(r"<img src=\"data:image/webp;base64,([^\"]+)", shown)
    assert Image.open(io.BytesIO(base64.b64decode(source))).size == (300, 150)  # 150 pixels an inch …
    assert 'width="200"' in shown  # … of which a screen shows 100


def test_panels_are_laid_out_by_the_page_with_their_own_pixels(make_results):
    results = make_results(size=32)
    shown = display.show_figure(draw_grid(results, [0, 1]), "Seen.", "grid").data
    assert shown.count("<img ") == 2 * 10
    source = re.search(r'src="data:image/webp;base64,([^"]+)" alt="[^"]*" data-shows="1 SRGAN-MSE"', shown)[1]
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))
    np.testing.assert_array_equal(image, results.super_resolved["srgan_mse"][1])
    assert "<figcaption>LR<br><small></small></figcaption>" in shown
    assert 'style="width: 25%; image-rendering: pixelated"' in shown  # LR, as large as it is
    assert shown.count("<b>27.00 · 0.5700</b>") == 2
    assert "After Ledig et al. 2017, Fig. 2." in shown
