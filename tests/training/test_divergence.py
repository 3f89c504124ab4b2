import math

import pytest

from srgan_report.training.divergence import Divergence, find_non_finite, find_symptoms
from srgan_report.training.progress import Progress

FINE = {"content_loss": 0.1, "total_variation": 2.0, "gradient_norm": 3.0, "psnr": 20.0}


class TestFindNonFinite:
    def test_nothing_where_all_is_finite(self):
        assert find_non_finite(FINE, gradients_too=True) == {}

    @pytest.mark.parametrize("name", ["content_loss", "total_variation", "gradient_norm"])
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_names_what_is_not(self, name, value):
        found = find_non_finite(FINE | {name: value}, gradients_too=True)
        assert list(found) == [name]

    def test_a_perfect_crops_psnr_and_a_silent_adversary_are_no_failure(self):
        assert (
            find_non_finite(FINE | {"psnr": math.inf, "gradient_ratio": math.inf}, gradients_too=True) == {}
        )

    def test_gradients_of_scaled_losses_may_overflow(self):
        wrong = FINE | {"gradient_norm": math.inf, "content_loss": math.nan}
        assert list(find_non_finite(wrong, gradients_too=False)) == ["content_loss"]


class TestFindSymptoms:
    def test_none_of_a_fair_contest(self):
        row = {"epoch": 1, "discriminator_loss": 2 * math.log(2), "validation_contrast": 0.9}
        assert find_symptoms(row) == {}

    def test_none_without_a_discriminator(self):
        assert find_symptoms({"epoch": 1, "validation_contrast": 0.9}) == {}

    def test_a_discriminator_that_has_won(self):
        # Sure of both by 99.5%: -2 ln 0.995.
        found = find_symptoms({"epoch": 3, "discriminator_loss": 0.01003, "validation_contrast": 0.9})
        assert list(found) == ["won"]
        assert "in epoch 3 its loss was 0.01 nats" in found["won"]

    def test_a_constant_output(self):
        found = find_symptoms({"epoch": 3, "validation_contrast": 0.0123})
        assert list(found) == ["constant"]
        assert "1.2% of the originals' contrast" in found["constant"]


class TestDivergence:
    def test_message_says_what_happened_what_is_left_and_what_to_do(self):
        error = Divergence(
            "SRGAN-MSE: a loss is infinite.",
            step=12,
            last_good=Progress(rows=[{"step": 10}]),
            remedies=["training.learning_rate", "training.adversarial_weight"],
        )
        assert str(error) == (
            "SRGAN-MSE: a loss is infinite. The last good checkpoint is of step 10. Lower "
            "training.learning_rate or training.adversarial_weight; training.on_failure=continue trains the "
            "other variants all the same."
        )

    def test_without_checkpoints(self):
        error = Divergence("It is.", step=1, last_good=None, remedies=["training.learning_rate"])
        assert "checkpoint" not in str(error)
