"""Several devices or machines that train one variant, by TensorFlow's own distribution.

Source: TensorFlow's guide "Distributed training with TensorFlow". Every replica holds all weights, takes its
part of each batch, and sums gradients with the others; so all have the same weights after each step.
"""

import functools
import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from srgan_report.choices import StrategyName
from srgan_report.training.cluster import read_task

# What a step raises where another worker has gone.
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.InternalError)


@functools.cache
def make_strategy(name: StrategyName) -> tf.distribute.Strategy:
    """Makes the strategy of this process, once. ``multi_worker_mirrored`` waits for all other workers.

    Args:
        name: ``default``: one device. ``mirrored``: all GPUs of this machine. ``multi_worker_mirrored``:
            those of every machine that the environment variable ``TF_CONFIG`` names, or their CPUs; to be
            made before TensorFlow does anything else.

    Raises:
        InputError: ``TF_CONFIG`` is not what TensorFlow needs.
    """
    if name == "default":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    read_task()
    return tf.distribute.MultiWorkerMirroredStrategy()


def local_replicas(strategy: tf.distribute.Strategy) -> range:
    """The numbers of this process' replicas among all."""
    devices = strategy.num_replicas_in_sync // _count_workers(strategy)
    worker = strategy.cluster_resolver.task_id if is_multi_worker(strategy) else 0
    return range(worker * devices, (worker + 1) * devices)


def _count_workers(strategy: tf.distribute.Strategy) -> int:
    return (
        len(strategy.cluster_resolver.cluster_spec().as_dict()["worker"]) if is_multi_worker(strategy) else 1
    )


def is_multi_worker(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes train along."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that saves."""
    return local_replicas(strategy)[0] == 0


def distribute(
    network: keras.Model, strategy: tf.distribute.Strategy, *, synchronize_batch_normalization: bool
) -> keras.Model:
    """Copies a network to all replicas.

    Args:
        network: The network; it stays as it is.
        strategy: The strategy of the training.
        synchronize_batch_normalization: Whether BatchNorm takes the statistics of the whole batch. Otherwise
            each replica takes those of its part, and the moving averages are the mean of all.

    Returns:
        A network with the same weights on every replica; ``network`` itself where there is but one device.
    """
    if strategy is tf.distribute.get_strategy():
        return network

    def copy(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if isinstance(layer, keras.layers.BatchNormalization):
            config["synchronized"] = synchronize_batch_normalization
        return type(layer).from_config(config)

    with strategy.scope():
        copied = keras.models.clone_model(network, clone_function=copy)
    copied.set_weights(network.get_weights())
    return copied


def sum_replicas(values: Any) -> Any:
    """Within a replica: the sums over all replicas of tensors, in any nest of them."""
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def broadcast_variables(strategy: tf.distribute.Strategy, variables: Sequence[tf.Variable]) -> None:
    """Sets variables to the chief's values in every process."""
    values = [strategy.experimental_local_results(variable)[0].numpy() for variable in variables]
    for variable, value in zip(variables, _broadcast(strategy, values), strict=True):
        variable.assign(value)


def broadcast_json(strategy: tf.distribute.Strategy, value: Any) -> Any:
    """Gives the chief's value, of what JSON knows, to every process."""
    encoded = np.frombuffer(json.dumps(value).encode(), np.uint8).astype(np.int32)
    [length] = _broadcast(strategy, [np.array(encoded.size, np.int32)])
    [received] = _broadcast(strategy, [np.resize(encoded, int(length))])
    return json.loads(received.astype(np.uint8).tobytes())


def _broadcast(strategy: tf.distribute.Strategy, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The chief's values. All processes must give as many, of the same shapes and dtypes."""

    def give() -> list[tf.Tensor]:
        first = tf.equal(tf.distribute.get_replica_context().replica_id_in_sync_group, 0)
        # One sum of one dtype, which holds float32 and all integers below 2^53 exactly.
        doubles = [tf.cast(value, tf.float64) for value in values]
        return sum_replicas([tf.where(first, value, tf.zeros_like(value)) for value in doubles])

    sums = strategy.run(tf.function(give))
    received = [strategy.experimental_local_results(value)[0].numpy() for value in sums]
    return [new.astype(old.dtype) for new, old in zip(received, values, strict=True)]
