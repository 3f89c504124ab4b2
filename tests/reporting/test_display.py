import base64
import io
import re

from matplotlib.figure import Figure
from PIL import Image

from srgan_report.reporting import display
from srgan_report.reporting.display import Shown


class TestCite:
    def test_names_datasets_by_version_below_what_is_shown(self):
        versions = {"split": "v1", "comparison": "v2", "published_results": "not versioned"}
        cited = display.cite(
            Shown("<table>"), versions, "split", "published_results", "comparison", "absent"
        ).data
        assert cited.startswith("<table>")
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: split of v1; published_results (not versioned); comparison of v2"
        )

    def test_a_name_stands_for_all_methods(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v1", "split": "v1"}
        cited = display.cite(Shown(""), versions, "metrics", "split").data
        assert re.sub("<[^>]*>", "", cited) == "Source: metrics, split of v1"
        cited = display.cite(Shown(""), versions, "srgan_mse.metrics").data
        assert re.sub("<[^>]*>", "", cited) == "Source: srgan_mse.metrics of v1"

    def test_methods_of_different_versions_are_told_apart(self):
        versions = {"srresnet_mse.metrics": "v1", "srgan_mse.metrics": "v2", "baselines.metrics": "v1"}
        cited = display.cite(Shown(""), versions, "metrics").data
        assert re.sub("<[^>]*>", "", cited) == (
            "Source: metrics (SRResNet-MSE, baselines) of v1; metrics (SRGAN-MSE) of v2"
        )

    def test_of_what_is_not_known_says_nothing(self):
        assert display.cite(Shown("<table>"), {}, "provenance").data == "<table>"


def test_a_figure_is_embedded_with_its_caption():
    figure = Figure(figsize=(2, 1))
    shown = display.show_figure(figure, 'Crops & "more"').data
    assert 'alt="Crops &amp; &quot;more&quot;"' in shown
    assert "<figcaption>Crops &amp; &quot;more&quot;</figcaption>" in shown
    png = base64.b64decode(re.search(r"data:image/png;base64,([^\"]+)", shown).group(1))
    assert Image.open(io.BytesIO(png)).size == (300, 150)  # 150 pixels an inch …
    assert 'width="200"' in shown  # … of which a screen shows 100
