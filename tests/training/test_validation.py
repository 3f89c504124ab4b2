import numpy as np
import pytest
import tensorflow as tf

from srgan_report.training.validation import validation_batches


class TestValidationBatches:
    def test_levels_become_minus_one_to_one(self):
        low = np.zeros((1, 1, 1, 3), np.float32)
        high = np.array([0, 51, 255], np.uint8) * np.ones((1, 4, 4, 1), np.uint8)
        ((_, signed),) = validation_batches({"low_resolution": low, "high_resolution": high}, 1)
        assert signed.dtype == tf.float32
        np.testing.assert_allclose(signed[0, 0, 0], [-1, -0.6, 1], atol=1e-6)

    @pytest.mark.parametrize(
        ("crops", "at_most", "sizes"), [(5, 2, [2, 2, 1]), (6, 4, [3, 3]), (4, 2, [2, 2]), (3, 8, [3])]
    )
    def test_lr_crops_stay_as_they_are_in_batches_of_one_size_if_they_can_be(self, crops, at_most, sizes):
        low = np.random.default_rng(1).random((crops, 2, 2, 3), np.float32)
        high = np.zeros((crops, 8, 8, 3), np.uint8)
        pairs = {"low_resolution": low, "high_resolution": high}
        batches = [lr.numpy() for lr, _ in validation_batches(pairs, at_most)]
        assert [len(lr) for lr in batches] == sizes
        np.testing.assert_array_equal(np.concatenate(batches), low)
