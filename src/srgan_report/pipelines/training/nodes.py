"""Nodes of one variant's training."""

import logging
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs
from srgan_report.errors import InputError
from srgan_report.networks import accelerate, build_discriminator, build_perceptual_network, load_vgg
from srgan_report.parameters.sections import ProtocolParameters, VariantParameters
from srgan_report.pipelines.data_preparation.nodes import map_training_crops
from srgan_report.pipelines.training.records import identify_training
from srgan_report.seeding import derive_seed
from srgan_report.storage.paths import checkpoints_folder, events_folder
from srgan_report.training.auxiliary_losses import weigh_losses
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import Replicas, make_strategy
from srgan_report.training.divergence import Divergence
from srgan_report.training.losses import Loss, PerceptualLoss, pixel_mse
from srgan_report.training.optimizer import learning_rate_schedule
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
    if variant.adversarial:
        prepared["discriminator"] = build_discriminator(
            crop_size=protocol.crops.size - 2 * variant.training.adversarial_border,
            **protocol.discriminator.model_dump(),
            batch_normalization_momentum=protocol.generator.batch_normalization_momentum,
            seed=derive_seed(protocol.seed, "discriminator"),
        )
    if variant.content_loss != "mse":
        prepared["perceptual_network"] = build_perceptual_network(
            load_vgg(protocol.perceptual.network),
            content_loss=variant.content_loss,
            formulation=protocol.perceptual.formulation,
            preprocessing=protocol.perceptual.preprocessing,
        )
    return prepared


def train(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    split: pd.DataFrame,
    training_crops: TrainingCrops,
    validation_crops: dict[str, np.ndarray],
    local_folder: Path,
    **networks: keras.Model,
) -> dict[str, Any]:
    """Trains the generator, and the discriminator against it where the variant is adversarial.

    ``local_folder`` is for checkpoints and TensorBoard's events, ``networks`` are ``generator`` and, where
    there are, ``discriminator`` and ``perceptual_network``.

    Returns:
        The trained networks; ``training_history``; and ``training_outcome``: what ``identify_training``
        gathered, and how the training ended.
    """
    training_crops.require_held_out(validation_crops)
    training = variant.training
    compared = networks.get("perceptual_network")
    identity = identify_training(variant, protocol, split, validation_crops, networks["generator"], compared)
    step = _make_step(variant, protocol, training_crops.steps, **networks)
    folder = checkpoints_folder(local_folder, variant.name)
    checkpoints = Checkpoints(folder, identity, step, training.checkpoint_every, resume=training.resume)
    validation = validation_batches(validation_crops, training.batch_size)
    log_dir = events_folder(local_folder, variant.name) / checkpoints.folder.name
    diverged: dict[str, Any] | None = None
    try:
        progress = Trainer(step, training_crops, validation, training.epochs, log_dir, checkpoints).train()
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(_explain_out_of_memory(step, training_crops)) from error
    except Divergence as error:
        if training.on_failure == "stop" or error.last_good is None:
            raise
        logger.error("%s Continuing with the other variants (training.on_failure=continue).", error)
        progress = error.last_good
        diverged = {"step": error.step, "last_good_step": progress.steps, "reason": error.reason}
    trained = {name: networks[name] for name in ("generator", "discriminator") if name in networks}
    outcome = identity | {
        "fingerprint": checkpoints.fingerprint,
        "status": "diverged" if diverged else "finished",
        "diverged": diverged,
        "warnings": list(progress.warnings.values()),
        "steps": progress.steps,
    }
    return trained | {"training_history": progress.history, "training_outcome": outcome}


def _make_step(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    steps_per_epoch: int,
    perceptual_network: keras.Model | None = None,
    **trained: keras.Model,
) -> TrainingStep:
    training, perceptual = variant.training, protocol.perceptual
    content_loss: Loss = pixel_mse
    if perceptual_network:
        scale = getattr(perceptual.scale, perceptual.network)
        content_loss = PerceptualLoss(accelerate(perceptual_network, training.precision), scale)
    jit_compile = training.jit_compile
    if jit_compile == "auto":  # on a GPU it is several times as fast, on a CPU slower
        jit_compile = bool(tf.config.list_physical_devices("GPU"))
    return TrainingStep(
        name=VARIANTS[variant.name].label,
        **trained,
        discriminator_output=protocol.discriminator.output,
        content_loss=content_loss,
        adversarial_weight=training.adversarial_weight,
        auxiliary_losses=weigh_losses(training.model_dump()),
        adversarial_border=training.adversarial_border,
        learning_rate=learning_rate_schedule(
            training.learning_rate, training.learning_rate_schedule, training.epochs * steps_per_epoch
        ),
        roll_seed=derive_seed(protocol.seed, "roll") if training.roll else None,
        precision=training.precision,
        ema_momentum=training.ema_momentum,
        jit_compile=jit_compile,
        replicas=Replicas(make_strategy(training.strategy)),
        synchronize_batch_normalization=training.synchronize_batch_normalization,
    )


def _explain_out_of_memory(step: TrainingStep, crops: TrainingCrops) -> str:
    precision = step.precision
    remedy = ", or set training.precision to mixed_bfloat16 (on GPUs mixed_float16, too)"
    return (
        f"{step.name}: there is not enough memory to train with training.batch_size={crops.batch_size}, "
        f"crops.size={crops.size} and training.precision={precision}. Lower training.batch_size or "
        f"crops.size{remedy if precision == 'float32' else ''}."
    )
