"""The weights that a variant's training starts from."""

import logging
from collections.abc import Mapping
from typing import Any

import keras

from srgan_report.errors import InputError
from srgan_report.networks import build_generator, initialize
from srgan_report.networks.saved import SavedGenerator
from srgan_report.parameters.sections import ProtocolParameters, VariantParameters
from srgan_report.seeding import derive_seed
from srgan_report.variants import VARIANTS

# Where other generators to start from are, and where the parameters of each are recorded.
_ORIGINS = {
    "pretrained": ("that comes with the project (data/pretrained)", "in data/pretrained/pretrained.json"),
    "saved": ("that an earlier run saved in this environment", "in that run"),
}

logger = logging.getLogger(__name__)


def initialize_generator(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    pretrained_generators: Mapping[str, SavedGenerator],
    saved_generators: Mapping[str, SavedGenerator],
    srresnet_mse: Any = None,
) -> keras.Model:
    """Makes the generator that a variant starts from, as its ``training.start_from`` says.

    All variants start ``scratch`` from the same weights. The paper's SRGANs start from the trained
    SRResNet-MSE (Ledig et al. 2017, section 3.2).

    Raises:
        InputError: The one to start from is not there, or has other ``generator`` parameters.
    """
    name, start = variant.name, variant.training.start_from
    architecture = protocol.generator.model_dump(exclude={"initialization"})
    initial = build_generator(**architecture, seed=derive_seed(protocol.seed, "generator"))
    initialize(initial, protocol.generator.initialization)
    if start == "scratch":
        return initial
    if start == "srresnet_mse":  # which the pipeline reads: see require_starting_points
        trained, what = srresnet_mse, "srresnet_mse.generator"
        remedy = "Train it again, in the same environment (--env): kedro run --pipelines=srresnet_mse"
    else:
        generators = pretrained_generators if start == "pretrained" else saved_generators
        origin, record = _ORIGINS[start]
        if name not in generators:
            raise InputError(
                f"{name}.training.start_from={start} needs a generator of {name} {origin}. "
                f"Received: {', '.join(generators) or 'none'}. Set it to scratch."
            )
        if start == "saved":
            logger.info("%s starts from its generator %s", VARIANTS[name].label, generators[name].version)
        trained, what = generators[name].load(), f"The {start} {name}"
        remedy = f"Set generator as {record}, or training.start_from=scratch."
    if _architecture(initial) != _architecture(trained):
        raise InputError(f"{what} must have this run's generator parameters. Received others. {remedy}")
    initial.set_weights(trained.get_weights())
    return initial


def _architecture(generator: keras.Model) -> list[tuple[Any, ...]]:
    """What tells generators of different parameters apart; their seeds and weights don't."""
    return [
        (layer.name, layer.get_config().get("activation"), [weight.shape for weight in layer.weights])
        for layer in generator.layers
    ]
