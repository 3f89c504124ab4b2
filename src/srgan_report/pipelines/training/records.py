"""What is recorded of a training: by what its checkpoints are told from others', and how it went."""

from importlib.metadata import version
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import DAMAGED
from srgan_report.parameters.sections import PhotographsParameters, ProtocolParameters, VariantParameters
from srgan_report.provenance.facts import describe_machine, hide_directories
from srgan_report.provenance.fingerprints import fingerprint_crops, fingerprint_split, fingerprint_weights

# Parameters of training that say how to go about it, and nothing of what comes out.
_RUNTIME_ONLY = {"strategy", "synchronize_batch_normalization", "resume", "checkpoint_every", "on_failure"}


def identify_training(
    variant: VariantParameters,
    protocol: ProtocolParameters,
    split: pd.DataFrame,
    validation_crops: dict[str, np.ndarray],
    initial_generator: keras.Model,
    perceptual_network: keras.Model | None = None,
) -> dict[str, Any]:
    """Gathers all that decides how the training ends, by which its checkpoints are told from others'."""
    shared, training = protocol.model_dump(), variant.training.model_dump(exclude=_RUNTIME_ONLY)
    # Several replicas train as one device does, except for BatchNorm where each takes statistics of its own.
    if variant.training.strategy != "default" and not variant.training.synchronize_batch_normalization:
        training["batch_normalization"] = "per replica"
    damaged = split.loc[split["subset"] == DAMAGED, "id"].tolist()
    return {
        "variant": variant.name,
        "seed": protocol.seed,
        "data_sha256": fingerprint_split(split),
        **({"damaged_photographs": damaged} if damaged else {}),
        "validation_crops_sha256": fingerprint_crops(validation_crops),
        "initial_generator_sha256": fingerprint_weights(initial_generator.get_weights()),
        "crops": shared["crops"],
        "generator": shared["generator"],
        "discriminator": shared["discriminator"] if variant.adversarial else None,
        "training": training,
        "perceptual": shared["perceptual"] if variant.content_loss != "mse" else None,
        "perceptual_network_sha256": fingerprint_weights(perceptual_network.get_weights())
        if perceptual_network
        else None,
        "packages": {package: version(package) for package in ("srgan-report", "tensorflow", "keras")},
    }


def summarize_training(
    training_outcome: dict[str, Any],
    training_history: pd.DataFrame,
    training_crops: TrainingCrops,
    photographs: PhotographsParameters,
    **networks: keras.Model,
) -> dict[str, Any]:
    """Records with what data, parameters and budget the variant was trained, and how that ended.

    ``training_outcome`` is what ``identify_training`` gathered, and how the training ended.
    """
    sections = ("crops", "generator", "discriminator", "training", "perceptual")
    kept = ("variant", "seed", "data_sha256", "initial_generator_sha256")
    ended = ("fingerprint", "status", "diverged", "warnings", "steps")
    generator, discriminator = networks["generator"], networks.get("discriminator")
    return {
        **{key: training_outcome[key] for key in (*kept, *ended)},
        "photographs": hide_directories(photographs.model_dump(exclude={"damaged"})),  # which are told below
        "training_photographs": len(training_crops.positions),
        "damaged_photographs": training_outcome.get("damaged_photographs", []),
        "parameters": {section: training_outcome[section] for section in sections},
        "images": int(training_history["images"].max()) if len(training_history) else 0,
        "seconds": float(training_history["seconds"].sum()),
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or describe_machine()["cores"],
        "generator_sha256": fingerprint_weights(generator.get_weights()),
        "generator_parameters": generator.count_params(),
        "discriminator_parameters": discriminator.count_params() if discriminator else None,
    }
