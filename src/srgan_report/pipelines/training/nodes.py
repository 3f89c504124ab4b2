"""Nodes of one variant's training."""

import logging
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from srgan_report.choices import JitCompile, Precision
from srgan_report.data.crops import TrainingCrops
from srgan_report.data.held_out_crops import require_held_out
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs
from srgan_report.errors import InputError
from srgan_report.networks import accelerate, build_discriminator, build_perceptual_network, load_vgg
from srgan_report.parameters.sections import ProtocolParameters, VariantParameters
from srgan_report.pipelines.data_preparation.nodes import map_training_crops
from srgan_report.pipelines.training.records import identify_training
from srgan_report.pipelines.training.starting_weights import initialize_generator
from srgan_report.seeding import derive_seed
from srgan_report.storage.data_root import checkpoints_folder, events_folder
from srgan_report.training.auxiliary_losses import weigh_losses
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import Replicas, make_strategy
from srgan_report.training.divergence import Divergence
from srgan_report.training.losses import Loss, PerceptualLoss, pixel_mse
from srgan_report.training.optimizer import learning_rate_schedule
from srgan_report.training.progress import Progress
from srgan_report.training.step import TrainingStep
from srgan_report.training.trainer import Trainer
from srgan_report.training.validation import validation_batches
from srgan_report.variants import VARIANTS

logger = logging.getLogger(__name__)


def prepare_training(
    photographs: LoadedPhotographs | FolderPhotographs,
    split: pd.DataFrame,
    variant: VariantParameters,
    protocol: ProtocolParameters,
) -> dict[str, Any]:
    """Sets up what a variant is trained with: its crops, and the networks that not every variant has."""
    prepared: dict[str, Any] = {"training_crops": map_training_crops(photographs, split, variant, protocol)}
    if VARIANTS[variant.name].adversarial:
        prepared["discriminator"] = initialize_discriminator(variant, protocol)
    if VARIANTS[variant.name].perceptual:
        prepared["perceptual_network"] = load_perceptual_network(variant, protocol)
    return prepared


def start_training(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    split: pd.DataFrame,
    validation_crops: dict[str, np.ndarray],
    perceptual_network: keras.Model | None = None,
    **starts: Any,
) -> tuple[keras.Model, dict[str, Any]]:
    """Makes the generator that a variant starts from, and gathers what tells its training from others.

    ``starts`` is what it may start from, as ``initialize_generator`` takes it.
    """
    generator = initialize_generator(variant, protocol, **starts)
    identity = identify_training(variant, protocol, split, validation_crops, generator, perceptual_network)
    return generator, identity


def initialize_discriminator(variant: VariantParameters, protocol: ProtocolParameters) -> keras.Model:
    """Builds the discriminator from which every adversarial variant starts."""
    return build_discriminator(
        crop_size=protocol.crops.size - 2 * variant.training.adversarial_border,
        **protocol.discriminator.model_dump(),
        batch_normalization_momentum=protocol.generator.batch_normalization_momentum,
        seed=derive_seed(protocol.seed, "discriminator"),
    )


def load_perceptual_network(variant: VariantParameters, protocol: ProtocolParameters) -> keras.Model:
    """Loads the pretrained network whose feature maps the content loss compares."""
    perceptual = protocol.perceptual
    return build_perceptual_network(
        load_vgg(perceptual.network),
        content_loss=variant.content_loss,
        formulation=perceptual.formulation,
        preprocessing=perceptual.preprocessing,
    )


def train(
    variant: VariantParameters,
    identity: dict[str, Any],
    training_crops: TrainingCrops,
    validation_crops: dict[str, np.ndarray],
    local_folder: Path,
    **networks: keras.Model,
) -> dict[str, Any]:
    """Trains the generator, and the discriminator against it where the variant is adversarial.

    ``identity`` is what ``identify_training`` gathered, ``local_folder`` is for checkpoints and TensorBoard's
    events, ``networks`` are ``generator`` and, where there are, ``discriminator`` and ``perceptual_network``.

    Returns:
        The trained networks, ``training_history`` and ``training_outcome``.
    """
    require_held_out(training_crops, validation_crops)
    training = variant.training
    step = _make_step(variant, identity, training_crops.steps, networks)
    checkpoints = Checkpoints(
        checkpoints_folder(local_folder, variant.name),
        identity,
        step,
        every=training.checkpoint_every,
        resume=training.resume,
    )
    divergence: Divergence | None = None
    try:
        progress = Trainer(
            step,
            training_crops,
            validation_batches(
                validation_crops["low_resolution"], validation_crops["high_resolution"], training.batch_size
            ),
            epochs=training.epochs,
            log_dir=events_folder(local_folder, variant.name) / checkpoints.folder.name,
            checkpoints=checkpoints,
        ).train()
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(_explain_out_of_memory(step, training_crops)) from error
    except Divergence as error:
        if training.on_failure == "stop" or error.last_good is None:
            raise
        logger.error("%s Continuing with the other variants (training.on_failure=continue).", error)
        progress, divergence = error.last_good, error
    trained = {name: networks[name] for name in ("generator", "discriminator") if name in networks}
    outcome = _describe_outcome(progress, divergence) | {"fingerprint": checkpoints.fingerprint}
    return trained | {"training_history": progress.history, "training_outcome": outcome}


def _describe_outcome(progress: Progress, divergence: Divergence | None) -> dict[str, Any]:
    return {
        "status": "diverged" if divergence else "finished",
        "diverged": divergence.to_dict() if divergence else None,
        "warnings": list(progress.warnings.values()),
        "steps": progress.steps,
    }


def _make_step(
    variant: VariantParameters,
    identity: dict[str, Any],
    steps_per_epoch: int,
    networks: dict[str, keras.Model],
) -> TrainingStep:
    training = variant.training
    return TrainingStep(
        name=VARIANTS[variant.name].label,
        generator=networks["generator"],
        discriminator=networks.get("discriminator"),
        discriminator_output=(identity["discriminator"] or {"output": "probability"})["output"],
        content_loss=_content_loss(networks.get("perceptual_network"), identity, training.precision),
        adversarial_weight=training.adversarial_weight,
        auxiliary_losses=weigh_losses(training.model_dump()),
        adversarial_border=training.adversarial_border,
        learning_rate=learning_rate_schedule(
            training.learning_rate, training.learning_rate_schedule, training.epochs * steps_per_epoch
        ),
        roll_seed=derive_seed(identity["seed"], "roll") if training.roll else None,
        precision=training.precision,
        ema_momentum=training.ema_momentum,
        jit_compile=_uses_xla(training.jit_compile),
        replicas=Replicas(make_strategy(training.strategy)),
        synchronize_batch_normalization=training.synchronize_batch_normalization,
    )


def _uses_xla(jit_compile: JitCompile) -> bool:
    """By itself on a GPU, where it is several times as fast, and not on a CPU, where it is slower."""
    return bool(tf.config.list_physical_devices("GPU")) if jit_compile == "auto" else jit_compile


def _explain_out_of_memory(step: TrainingStep, crops: TrainingCrops) -> str:
    precision = step.precision
    remedy = ", or set training.precision to mixed_bfloat16 (on GPUs mixed_float16, too)"
    return (
        f"{step.name}: there is not enough memory to train with training.batch_size={crops.batch_size}, "
        f"crops.size={crops.size} and training.precision={precision}. Lower training.batch_size or "
        f"crops.size{remedy if precision == 'float32' else ''}."
    )


def _content_loss(
    perceptual_network: keras.Model | None, identity: dict[str, Any], precision: Precision
) -> Loss:
    if perceptual_network is None:
        return pixel_mse
    perceptual = identity["perceptual"]
    return PerceptualLoss(
        accelerate(perceptual_network, precision), perceptual["scale"][perceptual["network"]]
    )
