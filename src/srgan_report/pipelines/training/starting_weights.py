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

_REMEDY = "Set generator as {}, or training.start_from=scratch."

logger = logging.getLogger(__name__)


def initialize_generator(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    pretrained_generators: Mapping[str, SavedGenerator],
    srresnet_mse: keras.Model | None = None,
    saved_generators: Mapping[str, SavedGenerator] | None = None,
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
    if start == "pretrained":
        found = _find(pretrained_generators, name, start, "that comes with the project (data/pretrained)")
        known = "in data/pretrained/pretrained.json"
        _copy(found.load(), initial, name=f"The pretrained {name}", remedy=_REMEDY.format(known))
    elif start == "saved":
        found = _find(saved_generators or {}, name, start, "that an earlier run saved in this environment")
        logger.info("%s starts from its generator %s", VARIANTS[name].label, found.version)
        _copy(found.load(), initial, name=f"The saved {name}", remedy=_REMEDY.format("in that run"))
    elif start == "srresnet_mse":
        if srresnet_mse is None:
            raise InputError(
                f"{name}.training.start_from=srresnet_mse needs the trained SRResNet-MSE, which this "
                "pipeline does not read. Run: kedro run --pipelines=all_variants_from_mse"
            )
        remedy = "Train it again, in the same environment (--env): kedro run --pipelines=srresnet_mse"
        _copy(srresnet_mse, initial, name="srresnet_mse.generator", remedy=remedy)
    return initial


def _find(generators: Mapping[str, SavedGenerator], name: str, start: str, what: str) -> SavedGenerator:
    if name not in generators:
        raise InputError(
            f"{name}.training.start_from={start} needs a generator of {name} {what}. "
            f"Received: {', '.join(generators) or 'none'}. Set it to scratch."
        )
    return generators[name]


def _copy(trained: keras.Model, initial: keras.Model, *, name: str, remedy: str) -> None:
    """Copies weights to a network of the same architecture."""
    if _architecture(initial) != _architecture(trained):
        raise InputError(f"{name} must have this run's generator parameters. Received others. {remedy}")
    initial.set_weights(trained.get_weights())


def _architecture(generator: keras.Model) -> list[tuple[Any, ...]]:
    """What tells generators of different parameters apart; their seeds and weights don't."""
    return [
        (layer.name, layer.get_config().get("activation"), [weight.shape for weight in layer.weights])
        for layer in generator.layers
    ]
