from xml.etree import ElementTree

import pytest
from nbconvert.filters import markdown2html

from srgan_report.reporting import text as report


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
            (
                {"source": "tfds", "name": "tf_flowers", "path": None},
                "<code>tf&#95;flowers</code>, as TensorFlow Datasets",
            ),
            (
                {"source": "folder", "name": None, "path": "my photographs"},
                "the files in <code>my photographs</code>",
            ),
        ],
    )
    def test_source(self, results, photographs, expected):
        summary = results.summaries["srgan_mse"] | {"photographs": photographs}
        assert expected in report.describe_data(results.split, results.validation_crops, summary)

    @pytest.mark.parametrize("source", [{"source": "folder", "name": None}, {"source": "tfds", "path": None}])
    def test_hostile_names_are_text(self, results, source):
        hostile = "a`<img src=x onerror=alert(1)> [b](javascript:c) *d* <script>e</script>"
        photographs = {"name": hostile, "path": hostile} | source
        summary = results.summaries["srgan_mse"] | {"photographs": photographs}
        page = markdown2html(report.describe_data(results.split, results.validation_crops, summary))
        elements = ElementTree.fromstring(f"<div>{page}</div>")
        assert {element.tag for element in elements.iter()} <= {"div", "p", "code", "strong"}
        assert hostile in ["".join(code.itertext()) for code in elements.iter("code")]

    def test_of_a_path_only_the_last_part_is_shown(self, results):
        photographs = {"source": "folder", "name": None, "path": "/home/somebody/secret/photos"}
        summary = results.summaries["srgan_mse"] | {"photographs": photographs}
        page = markdown2html(report.describe_data(results.split, results.validation_crops, summary))
        assert "…/photos" in "".join(ElementTree.fromstring(f"<div>{page}</div>").itertext())
        assert "somebody" not in page

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

    def test_start_from_what_was_saved(self, results):
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "saved"
        sentence = report.describe_start(results.summaries)
        assert sentence.startswith("SRGAN-MSE starts from the generator that an earlier run saved.")
        assert "SRResNet-MSE, SRResNet-VGG22" in sentence
        assert "SRGAN-MSE starts from an earlier run's generator" in report.describe_budget(results.summaries)

    def test_start_of_one_from_srresnet_mse(self, results):
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "srresnet_mse"
        assert report.describe_start(results.summaries).startswith("SRGAN-MSE starts from what SRResNet-MSE")
