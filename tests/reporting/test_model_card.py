from importlib.metadata import version

import pytest

from srgan_report.reporting.model_card import write_card
from srgan_report.variants import VARIANTS

NAN = float("nan")


@pytest.fixture
def summary():
    return {
        "status": "finished",
        "seed": 2017,
        "photographs": {"source": "tfds", "name": "tf_flowers:3.0.1", "path": None},
        "training_photographs": 3070,
        "steps": 1200,
        "images": 153500,
        "data_sha256": "da7a",
        "generator_sha256": "9e9e",
        "generator_parameters": 1030531,
        "parameters": {"crops": {"size": 128}, "training": {"learning_rate": 0.001}, "perceptual": None},
    }


@pytest.fixture
def metrics():
    means = {"psnr": 23.456, "ssim": 0.71234, "psnr_y": 25.0, "ssim_y": 0.8, "lpips": 0.21}
    intervals = {f"{name}_{end}": mean for name, mean in means.items() for end in ("low", "high")}
    return means | intervals | {"psnr_low": 22.0, "psnr_high": 25.0, "crops": 600, "photographs": 600}


@pytest.fixture
def card(summary, metrics):
    def write(name="srgan_vgg54", summary=summary, metrics=metrics, bicubic=None):
        return write_card(
            VARIANTS[name],
            {
                "version": "2026-01-31T12.00.00.000Z",
                "summary": summary,
                "metrics": metrics,
                "bicubic": bicubic,
            },
            differences={"generator.keras": 0.0, "generator.onnx": 2.4e-6},
            checksums={"generator.keras": "c0ffee", "generator.onnx": "decade"},
        )

    return write


class TestWhatItIs:
    def test_names_variant_and_version(self, card):
        text = card()
        assert text.startswith("# SRGAN-VGG54\n")
        assert "Version: 2026-01-31T12.00.00.000Z." in text

    @pytest.mark.parametrize(
        ("name", "losses"),
        [
            ("srresnet_mse", "trained with pixel MSE."),
            ("srresnet_vgg22", "trained with a perceptual loss on feature maps (vgg22)."),
            ("srgan_mse", "trained with pixel MSE and an adversarial loss."),
            (
                "srgan_vgg54",
                "trained with a perceptual loss on feature maps (vgg54) and an adversarial loss.",
            ),
        ],
    )
    def test_tells_the_losses(self, card, name, losses):
        assert losses in card(name)

    def test_only_one_trained_by_pixels_alone_invents_nothing(self, card):
        inventing = [name for name in VARIANTS if "It invents detail" in card(name)]
        assert inventing == [name for name in VARIANTS if name != "srresnet_mse"]
        assert "It averages over what is likely" in card("srresnet_mse")


class TestTraining:
    def test_tells_what_the_summary_does(self, card):
        text = card()
        assert "3,070 photographs, 1,200 steps, 153,500 crops, seed 2017.\n" in text
        assert "Split (SHA-256): `da7a`. Weights (SHA-256): `9e9e`, 1,030,531 parameters." in text
        assert (
            "```yaml\ncrops:\n  size: 128\ntraining:\n  learning_rate: 0.001\nperceptual: null\n```" in text
        )

    @pytest.mark.parametrize(
        ("source", "name", "told"),
        [
            ("tfds", "tf_flowers", "On tf_flowers of TensorFlow Datasets (CC BY 2.0): "),
            ("tfds", "tf_flowers:3.0.1", "On tf_flowers:3.0.1 of TensorFlow Datasets (CC BY 2.0): "),
            ("tfds", "div2k", "On div2k of TensorFlow Datasets (see there for its licence): "),
            ("sample", "tf_flowers", "On photographs that scikit-image and scikit-learn carry, "),
            ("folder", None, "On a folder of the trainer's own photographs, "),
        ],
    )
    def test_names_the_photographs_and_their_licence(self, card, summary, source, name, told):
        photographs = {"source": source, "name": name, "path": "/home/me/private"}
        text = card(summary=summary | {"photographs": photographs})
        assert told in text
        assert "private" not in text

    def test_one_that_diverged_says_so(self, card, summary):
        assert "The training diverged" in card(summary=summary | {"status": "diverged"})
        assert "diverged" not in card()

    def test_what_is_not_saved_is_not_told(self, card):
        text = card(summary=None, metrics=None)
        assert text.count("Not saved with this version.") == 2
        assert "seed" not in text
        assert "PSNR" not in text


class TestMeasures:
    def test_are_means_with_their_intervals(self, card):
        text = card()
        assert "Means over 600 held-out photographs (600 crops)" in text
        assert "| PSNR (dB) | 23.46 (22.00 to 25.00) |" in text
        assert "| LPIPS | 0.2100 (0.2100 to 0.2100) |" in text

    def test_stand_beside_bicubics_where_these_are_known(self, card, metrics):
        assert "| LPIPS | 0.2100 (0.2100 to 0.2100) | not saved |" in card()
        text = card(bicubic=metrics | {"lpips": 0.35, "lpips_low": 0.3, "lpips_high": 0.4})
        assert "| LPIPS | 0.2100 (0.2100 to 0.2100) | 0.3500 (0.3000 to 0.4000) |" in text

    def test_of_few_photographs_have_no_interval(self, card, metrics):
        for missing in (None, NAN):  # JSON's null, or what earlier versions saved
            few = {
                name: missing if name.endswith(("_low", "_high")) else value
                for name, value in metrics.items()
            }
            text = card(metrics=few)
            assert "| SSIM | 0.7123 |" in text
            assert not {"nan", "None"} & set(text.split())

    def test_of_crops_that_are_all_exact_are_none(self, card, metrics):
        nothing = {name: None if "psnr" in name else value for name, value in metrics.items()}
        assert "| PSNR (dB) | — |" in card(metrics=nothing | {"crops": 0, "photographs": 0, "left_out": 8})

    def test_say_how_many_crops_are_left_out(self, card, metrics):
        assert "left out" not in card()
        assert "because a method reproduces them exactly: 8." in card(metrics=metrics | {"left_out": 8})


def test_files_have_their_difference_their_checksum_and_how_to_load_them(card):
    text = card()
    assert f"| `generator.onnx` | 2.4e-06 | tf2onnx {version('tf2onnx')}, opset 15; tried with" in text
    assert f"| `generator.keras` | 0.0e+00 | Keras {version('keras')}; tried with Keras 3.3.3, " in text
    assert "| `generator.onnx` | `decade` |" in text
    assert 'onnxruntime.InferenceSession("generator.onnx")' in text
    assert "saved_model" not in text  # it was left out


def test_of_a_pretrained_generator(summary, metrics):
    facts = {"version": "2026-01-31", "summary": summary, "metrics": metrics, "bicubic": None}
    facts |= {"levels": 0.0625, "dtype": "float16"}
    text = write_card(VARIANTS["srgan_vgg54"], facts)
    assert text.startswith("# SRGAN-VGG54\n")
    assert "Version: 2026-01-31." in text
    assert "tf_flowers:3.0.1 of TensorFlow Datasets (CC BY 2.0)" in text
    assert "| PSNR (dB) | 23.46 (22.00 to 25.00) |" in text
    assert "    kedro upscale INPUT OUTPUT --variant=srgan_vgg54" in text
    assert "The weights are float16, which changes images of validation crops by 0.062 of 256 levels" in text
