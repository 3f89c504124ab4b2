import hashlib
import re
import warnings

import keras
import numpy as np
import pytest

from srgan_report.errors import InputError
from srgan_report.inference import export
from srgan_report.inference.export import FORMATS, checksums, export_formats
from srgan_report.networks import build_generator
from srgan_report.reporting.model_card import write_card
from srgan_report.variants import VARIANTS

ARTICLE = {}
PAPER = {
    "activation": "prelu",
    "activate_residual": False,
    "skip_kernel_size": 3,
    "output_activation": "linear",
}


def make_generator(**settings):
    """A generator of which no weight is what it is at first, BatchNorm's statistics included."""
    generator = build_generator(residual_blocks=1, **settings)
    random = np.random.default_rng(0)
    for weight in generator.weights:
        spread = 0.1 * random.standard_normal(weight.shape)
        weight.assign(
            weight * (1 + spread) if weight.name in ("kernel", "moving_variance") else weight + spread
        )
    return generator


@pytest.fixture(scope="module", params=[ARTICLE, PAPER], ids=["article", "paper"])
def generator(request):
    return make_generator(**request.param)


@pytest.fixture(scope="module")
def exported(generator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    return folder, export_formats(generator, folder, name="SRGAN-MSE")


class TestExportFormats:
    def test_writes_every_format(self, exported):
        folder, differences = exported
        assert [kind.title for kind in differences] == [
            "Keras",
            "TensorFlow SavedModel",
            "LiteRT (TFLite)",
            "ONNX",
        ]
        assert {path.name for path in folder.iterdir()} == {kind.file for kind in FORMATS}

    def test_each_is_within_the_tolerance(self, exported):
        _, differences = exported
        assert differences[FORMATS[0]] == 0  # the same weights by the same operations
        assert all(0 <= difference < 1e-4 for difference in differences.values())

    def test_onnx_has_the_opset_that_the_card_tells(self, exported):
        folder, _ = exported
        opsets = pytest.importorskip("onnx").load(folder / "generator.onnx").opset_import
        assert [opset.version for opset in opsets if not opset.domain] == [15]

    @pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.file)
    def test_each_is_loaded_as_the_model_card_says(self, exported, generator, kind, monkeypatch):
        folder, _ = exported
        monkeypatch.chdir(folder)
        images = np.random.default_rng(3).random((3, 11, 7, 3), np.float32)
        names = {"images": images}
        nothing = {"version": "v", "summary": None, "metrics": None, "bicubic": None}
        card = write_card(VARIANTS["srgan_mse"], nothing, differences={kind.file: 0.0}, checksums={})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(re.search("```python\n(.*?)```", card, re.DOTALL)[1], names)
        assert names["upscaled"].shape == (3, 44, 28, 3)
        expected = generator(images, training=False).numpy()
        assert expected.std() > 0.05
        np.testing.assert_allclose(names["upscaled"], expected, rtol=0, atol=1e-4)


def fake(title, change=0.0, packages=()):
    """A format that writes nothing much, and gives what the generator does but for ``change``."""
    models = []

    def write(model, path):
        models.append(model)
        path.write_bytes(b"model")

    return export.Format(
        title, title, write, lambda path: lambda images: models[0](images).numpy() + change, packages
    )


@pytest.fixture
def repeat():
    layers = [keras.Input((None, None, 3)), keras.layers.UpSampling2D(4)]
    return keras.Sequential(layers)


class TestChecks:
    @pytest.mark.parametrize("of", [0, 1], ids=["first size", "second size"])
    def test_difference_is_the_largest_of_all_values(self, repeat, tmp_path, monkeypatch, of):
        counts = [shape[0] for shape in export._SHAPES]
        assert len(set(counts)) == 2

        def upscale(images):
            upscaled = repeat(images).numpy()
            if len(images) == counts[of]:
                upscaled[-1, -1, 0, 1] -= 2.0**-14
            return upscaled

        kind = export.Format("off", "off", lambda *_: None, lambda path: upscale)
        monkeypatch.setattr(export, "FORMATS", (kind,))
        differences = export_formats(repeat, tmp_path, name="SRGAN-MSE")
        assert differences[kind] == pytest.approx(2.0**-14, rel=1e-2)

    @pytest.mark.parametrize("change", [1.1e-4, -0.5, float("nan")])
    def test_one_that_differs_is_an_error(self, repeat, tmp_path, monkeypatch, change):
        monkeypatch.setattr(export, "FORMATS", (fake("right"), fake("wrong", change)))
        with pytest.raises(InputError, match=r"^SRGAN-MSE as wrong must agree with the generator"):
            export_formats(repeat, tmp_path, name="SRGAN-MSE")

    def test_one_whose_package_is_missing_is_left_out_with_one_line(
        self, repeat, tmp_path, monkeypatch, caplog
    ):
        kinds = (fake("odd", packages=("no_such_package", "numpy")), fake("plain"))
        monkeypatch.setattr(export, "FORMATS", kinds)
        assert export_formats(repeat, tmp_path, name="SRGAN-MSE") == {kinds[1]: 0}
        assert [path.name for path in tmp_path.iterdir()] == ["plain"]
        assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
            "SRGAN-MSE: skipped odd, which needs no_such_package. "
            "Install with: pip install 'srgan-report[export]'"
        ]

    def test_only_onnx_needs_packages_of_its_own(self):
        needs = {kind.title: kind.packages for kind in FORMATS if kind.packages}
        assert needs == {"ONNX": ("tf2onnx", "onnxruntime")}


class TestChecksums:
    def test_are_of_every_file_below_by_its_path(self, tmp_path):
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "a.bin").write_bytes(b"one")
        (tmp_path / "a").write_bytes(b"")
        expected = {"a": b"", "b/a.bin": b"one"}
        assert list(checksums(tmp_path).items()) == [
            (path, hashlib.sha256(content).hexdigest()) for path, content in expected.items()
        ]
