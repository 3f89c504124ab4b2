import json

import article_step
import keras
import numpy as np
import pytest
import training_step

from srgan_report.variants import VARIANTS


class TestArticleStep:
    def test_generator_has_the_articles_parameters(self):
        assert article_step.build_generator().count_params() == 1_030_531

    def test_discriminator_has_the_articles_parameters(self):
        assert article_step.build_discriminator(128).count_params() == 38_249_281

    # The second step's losses also tell whether the first one updated the weights alike; not to the same
    # number of digits, as Adam's first step takes the sign alone of gradients however small.
    @pytest.mark.parametrize("name", ["srresnet_mse", "srgan_vgg22"])
    def test_project_step_has_the_articles_losses(self, name):
        keras.utils.set_random_seed(0)
        steps = training_step.build_steps(VARIANTS[name], size=16, batch_size=2)
        for tolerance in (1e-4, 1e-3):
            theirs, ours = steps["article"](), steps["project"]()
            pairs = [(ours["content_loss"], theirs["reconstruction"])]
            if VARIANTS[name].adversarial:
                pairs.append((0.001 * ours["adversarial_loss"], theirs["adv_g"]))
                pairs.append((ours["discriminator_loss"], theirs["adv_d"]))
            np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=tolerance)


class TestMain:
    @pytest.fixture(scope="class")
    def saved(self, tmp_path_factory):
        output = tmp_path_factory.mktemp("benchmarks")
        options = ["--size=16", "--batch-size=2", "--repeats=1", f"--output={output}"]
        training_step.main(["srresnet_mse", *options])
        return output

    def test_json(self, saved):
        result = json.loads((saved / "training_step.json").read_text())
        assert set(result["versions"]) == {"TensorFlow", "Keras", "Python"}
        assert result["machine"]["cpu"]
        assert result["machine"]["cores"] >= 1
        assert "random weights" in result["settings"]["perceptual_network"]
        assert list(result["variants"]) == ["srresnet_mse"]
        measured = result["variants"]["srresnet_mse"]
        for side in ("article", "project"):
            assert measured["repeats"][side] == [measured[f"{side}_seconds"]]
            assert measured[f"{side}_images_per_second"] == pytest.approx(2 / measured[f"{side}_seconds"])
            assert measured[f"{side}_first_step_seconds"] > 0
        assert measured["ratio"] == pytest.approx(measured["article_seconds"] / measured["project_seconds"])
        assert measured["matrix_product_gflops"] > 0

    def test_markdown(self, saved):
        header, alignment, row, *_ = (saved / "training_step.md").read_text().splitlines()
        assert row.startswith("| SRResNet-MSE |")
        assert header.count("|") == alignment.count("|") == row.count("|")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["srresnet"], f"Variants must be among {', '.join(VARIANTS)}. Received: srresnet."),
        (["srresnet_mse", "--size=18"], "--size must be a multiple of 4, 4 or more. Received: 18."),
        (["srgan_vgg54", "--size=16"], "--size must be a multiple of 4, 32 or more. Received: 16."),
        (["--repeats=0"], "--batch-size and --repeats must be at least 1. Received: [16, 0]."),
    ],
)
def test_bad_argument_gets_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        training_step.main(arguments)
    assert capsys.readouterr().err == message + "\n"
