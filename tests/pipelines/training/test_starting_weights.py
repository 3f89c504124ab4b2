from functools import partial
from typing import ClassVar

import numpy as np
import pytest

from srgan_report.errors import InputError
from srgan_report.networks.saved import SavedGenerator
from tests.pipelines.training.tiny import GENERATOR, initialize


class TestStartFromPretrained:
    PRETRAINED: ClassVar = {
        name: SavedGenerator("pretrained, 1", partial(initialize, GENERATOR, seed=seed))
        for name, seed in (("srresnet_mse", 5), ("srgan_mse", 6))
    }

    def test_copies_the_variants_own_weights(self):
        started = initialize(GENERATOR, start_from="pretrained", pretrained=self.PRETRAINED)
        expected = initialize(GENERATOR, seed=6)
        for ours, theirs in zip(started.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def test_a_variant_that_is_not_pretrained_is_an_error(self):
        message = (
            r"^srgan_vgg54\.training\.start_from=pretrained needs .* Received: srresnet_mse, srgan_mse\."
        )
        with pytest.raises(InputError, match=message):
            initialize(GENERATOR, name="srgan_vgg54", start_from="pretrained", pretrained=self.PRETRAINED)

    def test_a_network_of_other_parameters_is_an_error(self):
        other = GENERATOR.model_copy(update={"output_activation": "linear"})
        with pytest.raises(
            InputError, match=r"^The pretrained srgan_mse must have this run's generator .*pretrained\.json"
        ):
            initialize(other, start_from="pretrained", pretrained=self.PRETRAINED)

    def test_from_scratch_loads_none(self):
        def load():
            raise AssertionError

        initialize(GENERATOR, pretrained={"srgan_mse": SavedGenerator("pretrained, 1", load)})


class TestStartFromSaved:
    SAVED: ClassVar = {"srgan_mse": SavedGenerator("2026-01-31", partial(initialize, GENERATOR, seed=7))}

    def test_copies_the_variants_latest_weights_and_says_which(self, caplog):
        with caplog.at_level("INFO", logger="srgan_report"):
            started = initialize(GENERATOR, start_from="saved", saved=self.SAVED)
        expected = initialize(GENERATOR, seed=7)
        for ours, theirs in zip(started.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert caplog.messages == ["SRGAN-MSE starts from its generator 2026-01-31"]

    @pytest.mark.parametrize(("saved", "found"), [(SAVED, "srgan_mse"), ({}, "none")])
    def test_a_variant_that_is_not_saved_is_an_error(self, saved, found):
        message = rf"^srgan_vgg54\.training\.start_from=saved needs .* Received: {found}\. Set it to scratch"
        with pytest.raises(InputError, match=message):
            initialize(GENERATOR, name="srgan_vgg54", start_from="saved", saved=saved)

    def test_a_network_of_other_parameters_is_an_error(self):
        other = GENERATOR.model_copy(update={"output_activation": "linear"})
        with pytest.raises(
            InputError, match=r"^The saved srgan_mse must have this run's generator .* as in that run"
        ):
            initialize(other, start_from="saved", saved=self.SAVED)


class TestStartFromSrresnetMse:
    def test_copies_the_trained_weights(self):
        trained = initialize(GENERATOR)
        copied = initialize(GENERATOR, start_from="srresnet_mse", mse=trained, seed=2)
        assert copied is not trained  # which training would change
        for ours, theirs in zip(copied.get_weights(), trained.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)

    @pytest.mark.parametrize(
        "other", [{"residual_blocks": 2}, {"activate_residual": False}, {"output_activation": "linear"}]
    )
    def test_refuses_a_network_of_other_parameters(self, other):
        trained = initialize(GENERATOR.model_copy(update=other))
        with pytest.raises(InputError, match=r"^srresnet_mse\.generator must have this run's generator"):
            initialize(GENERATOR, start_from="srresnet_mse", mse=trained)

    def test_other_starts_leave_it_alone(self):
        expected = initialize(GENERATOR)
        started = initialize(GENERATOR, mse=initialize(GENERATOR, seed=2))
        np.testing.assert_array_equal(started.get_weights()[0], expected.get_weights()[0])
