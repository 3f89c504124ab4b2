import numpy as np
import pytest
import tensorflow as tf

from srgan_report.training.auxiliary_losses import (
    chroma_mse,
    consistency_mse,
    lattice_loss,
    spectral_excess,
    total_variation,
    weigh_losses,
)


def test_losses_without_weight_are_left_out():
    unused = dict.fromkeys(("total_variation_weight", "spectral_weight", "consistency_weight"), 0.0)
    weighed = weigh_losses(unused | {"lattice_weight": 2.0, "chroma_weight": 0.5, "batch_size": 16})
    assert {name: weight for name, (weight, _) in weighed.items()} == {"lattice_loss": 2.0, "chroma_mse": 0.5}
    assert weighed["lattice_loss"][1] is lattice_loss


class TestTotalVariation:
    def test_by_hand(self):
        # The second image is flat and has none.
        image = [[0.0, 1.0, 0.0], [-0.5, 0.0, 0.5]]
        across, down = 1 + 1 + 0.5 + 0.5, 0.5 + 1 + 0.5
        images = tf.constant([image, [[0.5] * 3] * 2], tf.float32)[..., None]
        assert float(total_variation(images[:1])) == across + down == 5
        assert float(total_variation(images)) == 2.5  # a mean over the batch

    def test_is_a_sum_over_pixels_and_channels(self):
        images = np.random.default_rng(1).uniform(-1, 1, (2, 5, 4, 3)).astype(np.float32)
        differences = [np.abs(np.diff(images.astype(float), axis=axis)).sum() for axis in (1, 2)]
        loss = total_variation(tf.constant(images))
        assert (loss.shape, loss.dtype) == ((), tf.float32)
        assert float(loss) == pytest.approx(sum(differences) / 2, rel=1e-6)


def checkerboard(amplitude, size=48):
    """``(1, size, size, 3)``: alternate pixels of plus and minus the amplitude."""
    signs = (-1.0) ** np.add.outer(np.arange(size), np.arange(size))
    return tf.constant(np.repeat(amplitude * signs[None, :, :, None], 3, axis=3), tf.float32)


class TestLatticeLoss:
    def test_is_all_of_a_checkerboards_power(self):
        assert float(lattice_loss(tf.zeros((1, 48, 48, 3)), checkerboard(0.3))) == pytest.approx(0.09)

    def test_is_of_the_error_not_of_the_image(self):
        pattern = checkerboard(0.3)
        assert float(lattice_loss(pattern, pattern)) == 0

    def test_a_constant_error_costs_nothing(self):
        assert float(lattice_loss(tf.zeros((2, 24, 24, 3)), tf.fill((2, 24, 24, 3), 0.7))) < 1e-12

    def test_a_pattern_of_another_period_averages_out(self):
        wave = np.cos(2 * np.pi * np.arange(96) / 6)[None, None, :, None] * np.ones((1, 96, 1, 3))
        # Period 6: each phase sees the wave advance by 4/6 of a cycle, and six of those are whole cycles.
        assert float(lattice_loss(tf.zeros((1, 96, 96, 3)), tf.constant(wave, tf.float32))) < 1e-10

    def test_a_ramp_by_hand(self):
        # Rising by 0.01 a pixel along rows: phases differ by 0, 1, 2 and 3 hundredths, of variance 1.25.
        ramp = 0.01 * np.arange(48)[None, None, :, None] * np.ones((1, 48, 1, 3))
        loss = float(lattice_loss(tf.zeros((1, 48, 48, 3)), tf.constant(ramp, tf.float32)))
        assert loss == pytest.approx(1.25e-4, rel=1e-3)

    @pytest.mark.parametrize("windows", [{}, {"window": 2, "stride": 1}, {"window": 12, "stride": 6}])
    def test_expected_of_white_noise(self, windows):
        noise = np.random.default_rng(1).normal(0, 0.5, (64, 96, 96, 3)).astype(np.float32)
        loss = float(lattice_loss(tf.zeros(noise.shape), tf.constant(noise), **windows))
        # A mean of n² keeps 1/n² of the variance, and the phases' own mean takes one of 16.
        assert loss == pytest.approx(15 / 16 * 0.25 / windows.get("window", 6) ** 2, rel=0.03)

    def test_is_the_same_of_crops_rolled_by_window_strides(self):
        error = np.random.default_rng(2).normal(0, 1, (1, 48, 48, 3)).astype(np.float32)
        periodic = np.tile(error[:, :24, :24], (1, 2, 2, 1))  # so that each window has its like after a roll
        rolled = np.roll(periodic, (12, 24), (1, 2))
        losses = [float(lattice_loss(tf.zeros_like(each), tf.constant(each))) for each in (periodic, rolled)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)

    def test_a_checkerboard_costs_the_same_however_the_crops_are_rolled(self):
        board = checkerboard(0.3)
        for shift in (1, 2, 3, 5):
            rolled = tf.roll(board, (shift, 0), (1, 2))
            assert float(lattice_loss(tf.zeros_like(board), rolled)) == pytest.approx(0.09)

    def test_gradient_points_along_the_pattern(self):
        board = checkerboard(0.3)
        with tf.GradientTape() as tape:
            tape.watch(board)
            loss = lattice_loss(tf.zeros_like(board), board)
        gradient = tape.gradient(loss, board).numpy()
        # A step along the board itself changes a² by 2a da: what the gradient gives in that direction.
        assert float(np.sum(gradient * board.numpy())) == pytest.approx(2 * 0.09, rel=1e-4)
        assert np.abs(gradient.reshape(-1, 3).sum(axis=0)).max() < 1e-6  # brightness is left alone


class TestSpectralExcess:
    def noise(self, deviation, seed=1):
        return tf.constant(np.random.default_rng(seed).normal(0, deviation, (8, 64, 64, 3)), tf.float32)

    def by_numpy(self, high, estimate):
        """The definition, square by square and frequency by frequency."""
        line = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(16) / 16)
        window = np.outer(line, line)

        def power(square):
            spectrum = np.fft.fft2(window * (square - square.mean()))
            return np.abs(spectrum) ** 2 / (window**2).sum()

        excesses = []
        for ours, theirs in zip(estimate.mean(axis=3), high.mean(axis=3), strict=True):
            for row in range(0, 49, 8):
                for column in range(0, 49, 8):
                    place = np.s_[row : row + 16, column : column + 16]
                    reference = power(theirs[place])
                    shifts = [np.roll(reference, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
                    ratio = (power(ours[place]) + 1e-4) / (np.mean(shifts, axis=0) + 1e-4)
                    excesses.append(np.maximum(np.log(ratio) - 1, 0) ** 2)
        return np.mean(excesses)

    def test_as_numpy_computes_it(self):
        high, estimate = self.noise(0.1), self.noise(0.3, seed=2)
        expected = self.by_numpy(high.numpy().astype(float), estimate.numpy().astype(float))
        assert float(spectral_excess(high, estimate)) == pytest.approx(expected, rel=1e-4)

    def test_less_power_costs_nothing(self):
        assert float(spectral_excess(self.noise(0.3), tf.zeros((8, 64, 64, 3)))) == 0

    def test_brightness_costs_nothing(self):
        high = tf.zeros((1, 64, 64, 3))
        assert float(spectral_excess(high, high + 0.5)) < 1e-6

    def test_texture_of_another_phase_costs_little_and_hatching_on_a_flat_surface_much(self):
        texture = float(spectral_excess(self.noise(0.1), self.noise(0.1, seed=2)))
        hatching = checkerboard(0.1, size=64)
        flat = float(spectral_excess(tf.zeros_like(hatching), hatching))
        on_texture = float(spectral_excess(self.noise(0.3)[:1], self.noise(0.3)[:1] + hatching))
        assert texture < 0.25 * flat
        assert on_texture < flat


class TestChromaMse:
    def test_by_hand(self):
        # Red wrong by 0.3: the mean error is 0.1, of which red is 0.2 away and the two others 0.1.
        wrong = tf.constant([0.3, 0.0, 0.0], shape=(1, 1, 1, 3)) * tf.ones((2, 4, 4, 1))
        assert float(chroma_mse(tf.zeros_like(wrong), wrong)) == pytest.approx((0.04 + 0.01 + 0.01) / 3)

    def test_a_grey_error_costs_nothing(self):
        high = tf.constant(np.random.default_rng(1).uniform(-1, 1, (1, 8, 8, 3)), tf.float32)
        error = tf.constant(np.random.default_rng(2).uniform(-1, 1, (1, 8, 8, 1)), tf.float32)
        assert float(chroma_mse(high, high + error)) < 1e-12


class TestConsistencyMse:
    def test_a_shift_costs_its_square(self):
        assert float(consistency_mse(tf.zeros((2, 8, 8, 3)), tf.fill((2, 8, 8, 3), -0.2))) == pytest.approx(
            0.04
        )

    def test_detail_within_the_squares_costs_nothing(self):
        assert float(consistency_mse(tf.zeros((1, 48, 48, 3)), checkerboard(0.3))) < 1e-12

    def test_expected_of_white_noise(self):
        noise = np.random.default_rng(3).normal(0, 0.5, (16, 96, 96, 3)).astype(np.float32)
        loss = float(consistency_mse(tf.zeros(noise.shape), tf.constant(noise)))
        assert loss == pytest.approx(0.25 / 16, rel=0.02)
