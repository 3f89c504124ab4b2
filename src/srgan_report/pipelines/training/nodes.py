"""Nodes of one variant's training."""

import logging
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from kedro.utils import find_kedro_project

from srgan_report.data.crops import TrainingCrops, require_held_out
from srgan_report.data.split import DAMAGED
from srgan_report.errors import InputError
from srgan_report.networks import (
    Precision,
    accelerate,
    build_discriminator,
    build_generator,
    build_perceptual_network,
    load_vgg,
)
from srgan_report.networks.saved import SavedGenerator
from srgan_report.parameters import (
    HOW_TO_RUN,
    CropsParameters,
    DiscriminatorParameters,
    GeneratorParameters,
    PerceptualParameters,
    PhotographsParameters,
    TrainingParameters,
)
from srgan_report.provenance.fingerprints import fingerprint_crops, fingerprint_split, fingerprint_weights
from srgan_report.provenance.machine import describe_machine
from srgan_report.seeding import derive_seed
from srgan_report.storage.data_root import local_root
from srgan_report.training.checkpoints import Checkpoints
from srgan_report.training.distribution import make_strategy
from srgan_report.training.divergence import Divergence
from srgan_report.training.losses import PerceptualLoss, pixel_mse
from srgan_report.training.optimizer import learning_rate_schedule
from srgan_report.training.progress import Progress
from srgan_report.training.step import Loss
from srgan_report.training.trainer import Trainer, validation_batches
from srgan_report.variants import VARIANTS, ContentLoss

logger = logging.getLogger(__name__)


def initialize_generator(
    name: str,
    generator: GeneratorParameters,
    start_from: Literal["scratch", "shipped", "saved"],
    shipped_generators: dict[str, SavedGenerator],
    seed: int,
    saved_generators: dict[str, SavedGenerator] | None = None,
) -> keras.Model:
    """Builds the generator from which every variant starts, or copies this variant's shipped or saved one.

    Raises:
        InputError: There is no such generator, or it is of other ``generator`` parameters.
    """
    if start_from == "scratch":
        return _build(generator, seed)
    if start_from == "saved":
        return _copy_saved(saved_generators or {}, name, generator, seed)
    if name not in shipped_generators:
        raise InputError(
            f"{name}.training.start_from=shipped needs a generator of {name} that comes with the project "
            f"(data/shipped). Received: {', '.join(shipped_generators) or 'none'}. Set it to scratch."
        )
    remedy = "Set generator as it says in data/shipped/shipped.json, or training.start_from to scratch."
    return _copy(shipped_generators[name].load(), generator, seed, name=f"The shipped {name}", remedy=remedy)


def _copy_saved(
    saved_generators: dict[str, SavedGenerator], name: str, generator: GeneratorParameters, seed: int
) -> keras.Model:
    if name not in saved_generators:
        raise InputError(
            f"{name}.training.start_from=saved needs a generator of {name} that an earlier run saved in this "
            f"environment. Received: {', '.join(saved_generators) or 'none'}. Set it to scratch or shipped."
        )
    saved = saved_generators[name]
    logger.info("%s starts from its generator of %s", VARIANTS[name].label, saved.version)
    remedy = "Set generator as that run did, or training.start_from to scratch."
    return _copy(saved.load(), generator, seed, name=f"The saved {name}", remedy=remedy)


def _build(generator: GeneratorParameters, seed: int) -> keras.Model:
    return build_generator(**generator.model_dump(), seed=derive_seed(seed, "generator"))


def continue_from_srresnet_mse(
    trained_generator: keras.Model, generator: GeneratorParameters, seed: int
) -> keras.Model:
    """Copies the trained SRResNet-MSE, from which the paper's SRGANs start (Ledig et al. 2017, section 3.2).

    Raises:
        InputError: It was trained with other ``generator`` parameters.
    """
    remedy = "Train it anew, in the same environment (--env): kedro run --pipelines=srresnet_mse"
    return _copy(trained_generator, generator, seed, name="srresnet_mse.generator", remedy=remedy)


def _copy(
    trained: keras.Model, generator: GeneratorParameters, seed: int, *, name: str, remedy: str
) -> keras.Model:
    initial = _build(generator, seed)
    if _architecture(initial) != _architecture(trained):
        raise InputError(
            f"{name} must be a network of this run's generator parameters. Received: another. {remedy}"
        )
    initial.set_weights(trained.get_weights())
    return initial


def _architecture(generator: keras.Model) -> list[tuple[Any, ...]]:
    """What tells generators of different parameters apart; their seeds and weights don't."""
    return [
        (layer.name, layer.get_config().get("activation"), [weight.shape for weight in layer.weights])
        for layer in generator.layers
    ]


def initialize_discriminator(
    crops: CropsParameters,
    generator: GeneratorParameters,
    discriminator: DiscriminatorParameters,
    border: int,
    seed: int,
) -> keras.Model:
    """Builds the discriminator from which every adversarial variant starts."""
    return build_discriminator(
        crop_size=crops.size - 2 * border,
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


def identify_training(
    name: str,
    split: pd.DataFrame,
    validation_crops: dict[str, np.ndarray],
    initial_generator: keras.Model,
    seed: int,
    crops: CropsParameters,
    generator: GeneratorParameters,
    discriminator: DiscriminatorParameters,
    training: TrainingParameters,
    perceptual: PerceptualParameters,
    perceptual_network: keras.Model | None = None,
) -> dict[str, Any]:
    """Gathers all that decides how the training ends, by which its checkpoints are told from others'."""
    variant = VARIANTS[name]
    damaged = split.loc[split["subset"] == DAMAGED, "id"].tolist()
    return {
        "variant": name,
        "seed": seed,
        "data_sha256": fingerprint_split(split),
        **({"damaged_photographs": damaged} if damaged else {}),
        "validation_crops_sha256": fingerprint_crops(validation_crops),
        "initial_generator_sha256": fingerprint_weights(initial_generator.get_weights()),
        "crops": crops.model_dump(),
        "generator": generator.model_dump(),
        "discriminator": discriminator.model_dump() if variant.adversarial else None,
        "training": _describe(training),
        "perceptual": perceptual.model_dump() if variant.perceptual else None,
        "perceptual_network_sha256": fingerprint_weights(perceptual_network.get_weights())
        if perceptual_network
        else None,
        "packages": {package: version(package) for package in ("srgan-report", "tensorflow", "keras")},
    }


def _describe(training: TrainingParameters) -> dict[str, Any]:
    """What decides how a training ends, of its own parameters."""
    described = training.model_dump(exclude=set(HOW_TO_RUN))
    # Several replicas train as one device does, but for BatchNorm where each takes statistics of its own.
    if training.strategy != "default" and not training.synchronize_batch_normalization:
        described["batch_normalization"] = "per replica"
    return described


def train(
    training_crops: TrainingCrops,
    validation_crops: dict[str, np.ndarray],
    generator: keras.Model,
    identity: dict[str, Any],
    training: TrainingParameters,
    perceptual: PerceptualParameters,
    discriminator_output: Literal["probability", "logit"],
    data_root: str,
    perceptual_network: keras.Model | None = None,
    discriminator: keras.Model | None = None,
) -> dict[str, Any]:
    """Trains the generator, and the discriminator against it where the variant is adversarial."""
    require_held_out(training_crops, validation_crops)
    name = identity["variant"]
    trainer = Trainer(
        name=VARIANTS[name].label,
        generator=generator,
        discriminator=discriminator,
        discriminator_output=discriminator_output,
        content_loss=_content_loss(perceptual_network, perceptual, training.precision),
        adversarial_weight=training.adversarial_weight,
        total_variation_weight=training.total_variation_weight,
        lattice_weight=training.lattice_weight,
        spectral_weight=training.spectral_weight,
        chroma_weight=training.chroma_weight,
        adversarial_border=training.adversarial_border,
        learning_rate=learning_rate_schedule(
            training.learning_rate, training.learning_rate_schedule, training.epochs * training_crops.steps
        ),
        roll_seed=derive_seed(identity["seed"], "roll") if training.roll else None,
        precision=training.precision,
        ema_momentum=training.ema_momentum,
        jit_compile=training.jit_compile,
        strategy=make_strategy(training.strategy),
        synchronize_batch_normalization=training.synchronize_batch_normalization,
    )
    # Below the project, from whichever folder in it Kedro was called; Kedro does the same for the catalog.
    root = local_root(data_root, find_kedro_project(Path.cwd()) or Path())
    folder = root / "06_models" / name / "checkpoints"
    checkpoints = Checkpoints(folder, identity, trainer.name, resume=training.resume)
    progress, divergence = _train(
        trainer,
        on_failure=training.on_failure,
        crops=training_crops,
        validation=validation_batches(
            validation_crops["low_resolution"], validation_crops["high_resolution"], training.batch_size
        ),
        epochs=training.epochs,
        log_dir=root / "08_reporting" / "tensorboard" / name / checkpoints.folder.name,
        checkpoints=checkpoints,
        checkpoint_every=training.checkpoint_every,
    )
    outcome = {
        "status": "diverged" if divergence else "finished",
        "diverged": divergence.to_dict() if divergence else None,
        "warnings": list(progress.warnings.values()),
        "steps": progress.steps,
        "fingerprint": checkpoints.fingerprint,
    }
    trained = {"generator": generator, "training_history": progress.history, "training_outcome": outcome}
    return trained if discriminator is None else trained | {"discriminator": discriminator}


def _train(
    trainer: Trainer, *, on_failure: Literal["stop", "continue"], **arguments: Any
) -> tuple[Progress, Divergence | None]:
    try:
        return trainer.train(**arguments), None
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(_explain_out_of_memory(trainer, arguments["crops"])) from error
    except Divergence as divergence:
        if on_failure == "stop" or divergence.last_good is None:
            raise
        logger.error("%s The other variants go on (training.on_failure=continue).", divergence)
        return divergence.last_good, divergence


def _explain_out_of_memory(trainer: Trainer, crops: TrainingCrops) -> str:
    remedy = ", or set training.precision to mixed_bfloat16 (on GPUs mixed_float16, too)"
    return (
        f"{trainer.name}: there is not enough memory to train with training.batch_size={crops.batch_size}, "
        f"crops.size={crops.size} and training.precision={trainer.precision}. Lower training.batch_size or "
        f"crops.size{remedy if trainer.precision == 'float32' else ''}."
    )


def _content_loss(
    perceptual_network: keras.Model | None, perceptual: PerceptualParameters, precision: Precision
) -> Loss:
    if perceptual_network is None:
        return pixel_mse
    scale = perceptual.scale.model_dump()[perceptual.network]
    return PerceptualLoss(accelerate(perceptual_network, precision), scale)


def summarize_training(
    identity: dict[str, Any],
    training_outcome: dict[str, Any],
    training_history: pd.DataFrame,
    training_crops: TrainingCrops,
    trained_generator: keras.Model,
    photographs: PhotographsParameters,
    trained_discriminator: keras.Model | None = None,
) -> dict[str, Any]:
    """Records with what data, parameters and budget the variant was trained, and how that ended."""
    sections = ("crops", "generator", "discriminator", "training", "perceptual")
    kept = ("variant", "seed", "data_sha256", "initial_generator_sha256")
    return {
        **{key: identity[key] for key in kept},
        "photographs": photographs.model_dump(exclude={"damaged"}),  # which are told below
        "training_photographs": len(training_crops.positions),
        "damaged_photographs": identity.get("damaged_photographs", []),
        "parameters": {section: identity[section] for section in sections},
        **training_outcome,
        "images": int(training_history["images"].max()) if len(training_history) else 0,
        "seconds": float(training_history["seconds"].sum()),
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or describe_machine()["cores"],
        "generator_sha256": fingerprint_weights(trained_generator.get_weights()),
        "generator_parameters": trained_generator.count_params(),
        "discriminator_parameters": trained_discriminator.count_params() if trained_discriminator else None,
    }
