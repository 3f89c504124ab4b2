import keras
import numpy as np
import pytest
import skimage.metrics
from PIL import Image

from srgan_report.data.benchmark_sets import read_sets
from srgan_report.evaluation.benchmark_sets import measure_sets
from srgan_report.evaluation.metrics import SHARES, measure_crop_blends
from srgan_report.networks.lpips import load_lpips
from srgan_report.networks.saved import SavedGenerator

RANDOM = np.random.default_rng(0)


def paint(level):
    """A generator of one colour, whatever it is given."""
    image = keras.Input((None, None, 3))
    one = keras.layers.Rescaling(0.0, 2 * level / 255 - 1)(keras.layers.UpSampling2D(4)(image))
    return keras.Model(image, one)


@pytest.fixture(scope="module")
def lpips():
    return load_lpips()


def psnr(reference, first, second, share):
    """Of an average that is taken in float64 and rounded."""
    blended = np.rint((1 - share) * first.astype(float) + share * second).astype(np.uint8)
    return skimage.metrics.peak_signal_noise_ratio(reference, blended)


def test_crops(lpips):
    crops = {
        "high_resolution": RANDOM.integers(0, 256, (2, 32, 32, 3), np.uint8),
        "photograph_id": np.array(["a", "b"]),
        "position": np.array([0, 1]),
        "crop": np.array([0, 0]),
        "greyscale": np.array([False, False]),
    }
    first, second = RANDOM.integers(0, 256, (2, 2, 32, 32, 3), np.uint8)
    table = measure_crop_blends(crops, first, second, lpips)
    assert table["share"].tolist() == list(SHARES)
    for share, found in zip(SHARES, table["psnr"], strict=True):
        expected = [
            psnr(*pictures, share) for pictures in zip(crops["high_resolution"], first, second, strict=True)
        ]
        assert found == pytest.approx(np.mean(expected), abs=1e-3)


class TestSets:
    @pytest.fixture
    def sets(self, tmp_path):
        (tmp_path / "Set5").mkdir()
        for name in ("a", "b"):
            high = RANDOM.integers(0, 256, (44, 48, 3), np.uint8)
            Image.fromarray(high).save(tmp_path / "Set5" / f"{name}_HR.png")
            Image.fromarray(high[::4, ::4]).save(tmp_path / "Set5" / f"{name}_LR.png")
        return read_sets(str(tmp_path), ["Set5"])

    def test_are_measured_as_the_methods_are(self, sets, lpips):
        generators = {
            name: SavedGenerator("1", lambda level=level: paint(level))
            for name, level in (("srresnet_mse", 50), ("srgan_vgg54", 150))
        }
        _, table = measure_sets(sets, generators, lpips)
        assert table["set"].tolist() == ["Set5"] * len(SHARES)
        inner = [np.asarray(Image.open(pair.high_resolution))[4:-4, 4:-4] for pair in sets["Set5"]]
        for share, found in zip(SHARES, table["psnr"], strict=True):
            grey = np.full_like(inner[0], round(50 + 100 * share))
            expected = [skimage.metrics.peak_signal_noise_ratio(high, grey) for high in inner]
            assert found == pytest.approx(np.mean(expected), abs=1e-3)

    def test_there_are_none_of_one_generator_alone(self, sets, lpips):
        _, table = measure_sets(sets, {"srgan_vgg54": SavedGenerator("1", lambda: paint(1))}, lpips)
        assert table.empty
        assert table.columns.tolist()[:2] == ["set", "share"]
