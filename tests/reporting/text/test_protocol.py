from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest
from nbconvert.filters import markdown2html

from srgan_report.reporting.text import protocol
from srgan_report.variants import VARIANTS
from tests.reporting.text.reading import tell


def fine_tune(summary):
    """Has a variant start from the fixture's SRResNet-MSE as it ended."""
    summary["parameters"]["training"]["start_from"] = "srresnet_mse"
    summary["initial_generator_sha256"] = "of srresnet_mse"


class TestSentences:
    def test_data(self, results):
        sentence = tell("data", results)
        assert (
            "scikit-image and scikit-learn carry: **5** in all, **3** to train on and **2** held out"
            in sentence
        )
        assert "4 crops of 16 \N{MULTIPLICATION SIGN} 16 pixels, cut once from the held-out ones" in sentence
        assert "given 4 \N{MULTIPLICATION SIGN} 4 pixels each, made by bilinear interpolation" in sentence

    def test_low_resolution_of_the_paper(self, results):
        summary = results.summaries["srresnet_mse"]
        summary["parameters"]["crops"]["downscaling"] = "antialiased_bicubic"
        sentence = tell("data", results)
        assert sentence.endswith("each, made by bicubic interpolation with antialiasing, as in the paper.")

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
        results.summaries["srresnet_mse"]["photographs"] = photographs
        assert expected in tell("data", results)

    @pytest.mark.parametrize("source", [{"source": "folder", "name": None}, {"source": "tfds", "path": None}])
    def test_hostile_names_are_text(self, results, source):
        hostile = "a`<img src=x onerror=alert(1)> [b](javascript:c) *d* <script>e</script>"
        photographs = {"name": hostile, "path": hostile} | source
        results.summaries["srresnet_mse"]["photographs"] = photographs
        page = markdown2html(tell("data", results))
        elements = ElementTree.fromstring(f"<div>{page}</div>")
        assert {element.tag for element in elements.iter()} <= {"div", "p", "code", "strong"}
        assert hostile in ["".join(code.itertext()) for code in elements.iter("code")]

    def test_photographs_that_were_left_out_are_counted(self, results):
        results.summaries["srresnet_mse"]["training_photographs"] = 2
        sentence = tell("data", results)
        assert "**5** in all, **2** to train on and **2** held out for validation (1 are smaller" in sentence

    def test_damaged_photographs_are_counted_and_named_harmlessly(self, results):
        assert "could not be read" not in tell("data", results)
        names = ["a.jpg", "`<img src=x onerror=alert(1)>`.png", *(f"{number}.png" for number in range(10))]
        damaged = pd.DataFrame({"id": names, "subset": "damaged"})
        split = pd.concat([results.split, damaged], ignore_index=True)
        text = tell("data", replace(results, split=split))
        assert "**17** in all" in text
        assert "smaller" not in text
        assert "12 could not be read and were left out: a.jpg, &#96;&#60;img src&#61;x" in text
        assert text.count(".png") == 9
        assert " and 2 more." in text
        assert "<img" not in text

    def test_too_small_a_budget_is_called_undertrained(self, results):
        results.summaries["srresnet_mse"]["images"] = 15_350  # a tenth of 50 x 3070
        sentence = tell("budget", results)
        assert sentence.startswith("**Undertrained.**")
        assert "50 epochs over 3,070 photographs, 153,500 crops" in sentence
        assert "all 6 variants saw 160 to 15,350 crops (0.10% to 10.00% of the article's)" in sentence
        assert "of 16 × 16 pixels instead of 128 × 128" in sentence
        assert "included" not in sentence

    def test_only_what_is_undertrained_is_called_so(self, results):
        for summary in results.summaries.values():
            summary["images"] = 153_500
            summary["parameters"]["crops"]["size"] = 128
        assert tell("budget", results) == ""
        results.summaries["srgan_mse"]["images"] = 153_499
        sentence = tell("budget", results)
        assert "1 of 6 variants saw 153,499 crops (100.00% of the article's)." in sentence

    def test_the_crops_of_the_starting_weights_count(self, results):
        for summary in results.summaries.values():
            summary["parameters"]["training"]["start_from"] = "pretrained"
        before = {
            "images": 1_000,
            "generator_sha256": "",
            "parameters": {"training": {"start_from": "scratch"}},
        }
        pretrained = dict.fromkeys(VARIANTS, before)
        del pretrained["srgan_mse"]
        sentence = tell("budget", replace(results, pretrained=pretrained))
        assert "5 of 6 variants saw 1,160 crops" in sentence
        assert "the training of their starting weights included" in sentence
        assert "Earlier training of what SRGAN-MSE started from is not recorded." in sentence

    def test_weights_that_ship_did_not_start_from_themselves(self, results):
        """SRResNet-MSE was trained on from earlier pretrained weights; SRGAN-MSE started from that, too."""
        mse, gan = results.summaries["srresnet_mse"], results.summaries["srgan_mse"]
        for summary, start, trained in ((mse, "pretrained", "new"), (gan, "srresnet_mse", "gan")):
            summary["parameters"]["training"]["start_from"] = start
            summary |= {"initial_generator_sha256": "old", "generator_sha256": trained}
        counted = protocol.count_crops(replace(results, pretrained={"srresnet_mse": dict(mse)}))
        earlier = counted.loc[["SRResNet-MSE", "SRGAN-MSE"], ["earlier", "complete"]]
        assert earlier.to_numpy().tolist() == [[0, False], [0, False]]
        gan["initial_generator_sha256"] = "new"
        counted = protocol.count_crops(replace(results, pretrained={"srresnet_mse": dict(mse)}))
        assert counted.loc["SRGAN-MSE", ["earlier", "complete"]].tolist() == [mse["images"], False]

    def test_crops_before_what_is_recorded_make_the_count_a_least_one(self, results):
        results.summaries["srgan_mse"]["images"] = 1_600
        assert tell("crops", results) == "160 to 1,600 crops"
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "shipped"
        told = "at least 160 to 1,600 crops (earlier ones, of the weights that they started from, are not rec"
        assert tell("crops", results).startswith(told)
        assert f"Variants were trained on {told}" in tell("unequal_budgets", results)
        results.summaries["srgan_mse"]["status"] = "diverged"
        assert tell("crops", results) == "160 crops"

    def test_another_perceptual_network_is_said(self, results):
        sentence = tell("perceptual_network", results)
        assert sentence.startswith("**VGG16 instead of VGG19**")
        assert "with its original input preprocessing" in sentence
        assert "the same content loss" not in sentence
        for summary in results.summaries.values():
            if summary["parameters"]["perceptual"]:
                summary["parameters"]["perceptual"]["formulation"] = "all_layers"
        assert "were trained with the same content loss" in tell("perceptual_network", results)
        for summary in results.summaries.values():
            if summary["parameters"]["perceptual"]:
                summary["parameters"]["perceptual"]["network"] = "vgg19"
        assert tell("perceptual_network", results) == ""

    def test_network_that_was_fed_raw(self, results):
        results.summaries["srresnet_vgg22"]["parameters"]["perceptual"]["preprocessing"] = "none"
        assert "fed raw on [-1, 1]" in tell("perceptual_network", results)

    def test_start_from_scratch(self, results):
        assert tell("start", results) == "All variants start from the same initial generator."

    def test_unequal_budgets_are_said(self, results):
        for summary in results.summaries.values():
            summary["images"] = 160
        assert tell("unequal_budgets", results) == ""
        results.summaries["srgan_mse"]["images"] = 1_600
        sentence = tell("unequal_budgets", results)
        assert sentence.startswith("**Unequal budgets.** Variants were trained on 160 to 1,600 crops.")

    def test_start_from_srresnet_mse(self, results):
        for name in ("srgan_mse", "srgan_vgg22", "srgan_vgg54"):
            fine_tune(results.summaries[name])
        assert tell("start", results) == (
            "SRGAN-MSE, SRGAN-VGG22 and SRGAN-VGG54 are fine-tuned from this run's SRResNet-MSE. "
            "SRResNet-MSE, SRResNet-VGG22 and SRResNet-VGG54 start from one initial generator."
        )

    def test_what_started_alike_is_not_called_fine_tuned_from_srresnet_mse(self, results):
        for name in ("srgan_mse", "srgan_vgg22", "srgan_vgg54"):
            fine_tune(results.summaries[name])
        results.summaries["srgan_mse"]["initial_generator_sha256"] = "before srresnet_mse"
        results.summaries["srgan_vgg54"]["initial_generator_sha256"] = "of another"
        sentence = tell("start", results)
        assert "SRGAN-MSE starts from the same weights as SRResNet-MSE." in sentence
        assert "SRGAN-VGG22 is fine-tuned from this run's SRResNet-MSE." in sentence
        assert "SRGAN-VGG54 is fine-tuned from another SRResNet-MSE." in sentence

    def test_start_of_all_others_from_srresnet_mse(self, results):
        for name in results.summaries.keys() - {"srresnet_mse"}:
            fine_tune(results.summaries[name])
        assert tell("start", results).endswith(" SRResNet-MSE starts from scratch.")

    def test_start_from_pretrained_weights_and_from_saved_ones(self, results):
        for summary in results.summaries.values():
            summary["parameters"]["training"]["start_from"] = "pretrained"
        results.summaries["srgan_mse"]["parameters"]["training"]["start_from"] = "saved"
        sentence = tell("start", results)
        assert "and SRGAN-VGG54 start from the pretrained generator of that name." in sentence
        assert sentence.endswith("SRGAN-MSE starts from the generator that an earlier run saved.")
