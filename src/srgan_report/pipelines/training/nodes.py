"""Nodes of one variant's training."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from kedro.utils import find_kedro_project

from srgan_report.crops import TrainingCrops, require_held_out
from srgan_report.errors import InputError
from srgan_report.losses import PerceptualLoss, pixel_mse
from srgan_report.networks import (
    Precision,
    accelerate,
    build_discriminator,
    build_generator,
    build_perceptual_network,
    load_vgg,
)
from srgan_report.parameters import (
    CropsParameters,
    DiscriminatorParameters,
    GeneratorParameters,
    PerceptualParameters,
    PhotographsParameters,
    TrainingParameters,
)
from srgan_report.seeding import derive_seed
from srgan_report.trainer import Loss, Trainer, learning_rate_schedule, validation_batches
from srgan_report.variants import VARIANTS, ContentLoss


def initialize_generator(generator: GeneratorParameters, seed: int) -> keras.Model:
    """Builds the generator from which every variant starts."""
    return build_generator(**generator.model_dump(), seed=derive_seed(seed, "generator"))


def continue_from_srresnet_mse(
    trained_generator: keras.Model, generator: GeneratorParameters, seed: int
) -> keras.Model:
    """Copies the trained SRResNet-MSE, from which the paper's SRGANs start (Ledig et al. 2017, section 3.2).

    Raises:
        InputError: It was trained with other ``generator`` parameters.
    """
    initial = initialize_generator(generator, seed)
    if _architecture(initial) != _architecture(trained_generator):
        raise InputError(
            "srresnet_mse.generator must be a network of this run's generator parameters. Received: another, "
            "from an earlier run. Train it anew, in the same environment (--env): "
            "kedro run --pipelines=srresnet_mse"
        )
    initial.set_weights(trained_generator.get_weights())
    return initial


def _architecture(generator: keras.Model) -> list[tuple[Any, ...]]:
    """What tells generators of different parameters apart; their seeds and weights don't."""
    return [
        (layer.name, layer.get_config().get("activation"), [weight.shape for weight in layer.weights])
        for layer in generator.layers
    ]


def initialize_discriminator(
    crops: CropsParameters, generator: GeneratorParameters, discriminator: DiscriminatorParameters, seed: int
) -> keras.Model:
    """Builds the discriminator from which every adversarial variant starts."""
    return build_discriminator(
        crop_size=crops.size,
        **discriminator.model_dump(),
        batch_normalization_momentum=generator.batch_normalization_momentum,
        seed=derive_seed(seed, "discriminator"),
    )


def load_perceptual_network(perceptual: PerceptualParameters, content_loss: ContentLoss) -> keras.Model:
    """Loads the pretrained network whose feature maps the content loss compares."""
    return build_perceptual_network(
        load_vgg(perceptual.network),
        content_loss=content_loss,
        formulation=perceptual.formulation,
        preprocessing=perceptual.preprocessing,
    )


def train(
    name: str,
    training_crops: TrainingCrops,
    validation_crops: dict[str, np.ndarray],
    generator: keras.Model,
    training: TrainingParameters,
    perceptual: PerceptualParameters,
    discriminator_output: Literal["probability", "logit"],
    data_root: str,
    perceptual_network: keras.Model | None = None,
    discriminator: keras.Model | None = None,
) -> dict[str, keras.Model | pd.DataFrame]:
    """Trains the generator, and the discriminator against it where the variant is adversarial."""
    require_held_out(training_crops, validation_crops)
    trainer = Trainer(
        name=VARIANTS[name].label,
        generator=generator,
        discriminator=discriminator,
        discriminator_output=discriminator_output,
        content_loss=_content_loss(perceptual_network, perceptual, training.precision),
        adversarial_weight=training.adversarial_weight,
        total_variation_weight=training.total_variation_weight,
        learning_rate=learning_rate_schedule(
            training.learning_rate, training.learning_rate_schedule, training.epochs * training_crops.steps
        ),
        precision=training.precision,
        jit_compile=training.jit_compile,
    )
    validation = validation_batches(
        validation_crops["low_resolution"], validation_crops["high_resolution"], training.batch_size
    )
    # Below the project, from whichever folder in it Kedro was called; Kedro does the same for the catalog.
    root = (find_kedro_project(Path.cwd()) or Path()) / data_root
    log_dir = root / "08_reporting" / "tensorboard" / name / f"{datetime.now():%Y-%m-%dT%H.%M.%S}"
    history = trainer.train(training_crops, validation, epochs=training.epochs, log_dir=log_dir)
    trained = {"generator": generator, "training_history": history}
    return trained if discriminator is None else trained | {"discriminator": discriminator}


def _content_loss(
    perceptual_network: keras.Model | None, perceptual: PerceptualParameters, precision: Precision
) -> Loss:
    if perceptual_network is None:
        return pixel_mse
    scale = perceptual.scale.model_dump()[perceptual.network]
    return PerceptualLoss(accelerate(perceptual_network, precision), scale)


def summarize_training(
    name: str,
    training_history: pd.DataFrame,
    training_crops: TrainingCrops,
    trained_generator: keras.Model,
    seed: int,
    photographs: PhotographsParameters,
    crops: CropsParameters,
    generator: GeneratorParameters,
    discriminator: DiscriminatorParameters,
    training: TrainingParameters,
    perceptual: PerceptualParameters,
    trained_discriminator: keras.Model | None = None,
) -> dict[str, Any]:
    """Records with what data, parameters and budget the variant was trained."""
    last = training_history.iloc[-1]
    return {
        "variant": name,
        "seed": seed,
        "photographs": photographs.model_dump(),
        "training_photographs": len(training_crops.positions),
        "parameters": {
            "crops": crops.model_dump(),
            "generator": generator.model_dump(),
            "discriminator": discriminator.model_dump() if trained_discriminator else None,
            "training": training.model_dump(),
            "perceptual": perceptual.model_dump() if VARIANTS[name].perceptual else None,
        },
        "steps": int(last["step"]),
        "images": int(last["images"]),
        "seconds": float(training_history["seconds"].sum()),
        "generator_parameters": trained_generator.count_params(),
        "discriminator_parameters": trained_discriminator.count_params() if trained_discriminator else None,
    }
