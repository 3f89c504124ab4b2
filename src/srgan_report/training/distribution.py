"""Several devices or machines that train one variant, by TensorFlow's own distribution.

Source: TensorFlow's guide "Distributed training with TensorFlow". Every replica holds all weights, takes its
part of each batch, and sums gradients with the others; so all have the same weights after each step.
"""

import functools
import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from srgan_report.choices import StrategyName
from srgan_report.errors import InputError
from srgan_report.training.cluster import read_task

logger = logging.getLogger(__name__)

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


class Replicas:
    """The replicas that train together: one, for which nothing changes, not even the graph, or several.

    Attributes:
        strategy: The strategy that they are of.
        count: How many there are.
        local: The numbers of this process' replicas among all.
        is_multi_worker: Whether other processes train along.
        is_chief: Whether this process is the one that saves.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None) -> None:
        """Looks at the strategy; by default that of one device."""
        self.strategy = strategy or tf.distribute.get_strategy()
        self.count: int = self.strategy.num_replicas_in_sync
        self.is_multi_worker = isinstance(self.strategy, tf.distribute.MultiWorkerMirroredStrategy)
        workers, worker = 1, 0
        if self.is_multi_worker:
            resolver = self.strategy.cluster_resolver
            workers, worker = len(resolver.cluster_spec().as_dict()["worker"]), resolver.task_id
        devices = self.count // workers
        self.local = range(worker * devices, (worker + 1) * devices)
        self.is_chief = self.local[0] == 0

    def copy(self, network: keras.Model, *, synchronize_batch_normalization: bool) -> keras.Model:
        """Gives a copy of a network on every replica; the network itself where there is one device.

        Unless BatchNorm is synchronised, each replica takes the statistics of its part of a batch, and the
        moving averages are the mean of all.
        """
        if self.strategy is tf.distribute.get_strategy():
            return network

        def copy(layer: keras.Layer) -> keras.Layer:
            config = layer.get_config()
            if isinstance(layer, keras.layers.BatchNormalization):
                config["synchronized"] = synchronize_batch_normalization
            return type(layer).from_config(config)

        with self.strategy.scope():
            copied = keras.models.clone_model(network, clone_function=copy)
        copied.set_weights(network.get_weights())
        return copied

    def run(self, step: Callable[..., dict[str, tf.Tensor]], *batch: Any) -> dict[str, tf.Tensor]:
        """Runs a step in every replica; returns what the first of this process returned."""
        results = self.strategy.run(step, args=batch)
        return {name: self.strategy.experimental_local_results(value)[0] for name, value in results.items()}

    def distribute(self, parts: Sequence[Any]) -> Any:
        """Gives each replica of this process its part."""
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group - self.local[0]]
        )

    def sum(self, values: Any) -> Any:
        """Within a replica: the sums over all replicas of tensors, in any nest of them."""
        if self.count == 1:
            return values
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)

    def share(self, images: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
        """Within a replica: weighs a mean over its images so that the sum over all is the mean over all."""
        if self.count == 1:
            return lambda mean: mean
        here = tf.cast(tf.shape(images)[0], tf.float32)
        share = here / self.sum(here)
        return lambda mean: mean * share

    def norms(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Within a replica: the norm of each gradient of the images of all replicas."""
        if self.count == 1:
            return [tf.norm(gradient) for gradient in gradients]
        squares = self.sum([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])
        return [tf.sqrt(square) for square in squares]

    def broadcast_variables(self, variables: Sequence[tf.Variable]) -> None:
        """Sets variables to the chief's values in every process."""
        values = [self.strategy.experimental_local_results(variable)[0].numpy() for variable in variables]
        for variable, value in zip(variables, self._broadcast(values), strict=True):
            variable.assign(value)

    def broadcast_json(self, value: Any) -> Any:
        """Gives the chief's value, of what JSON knows, to every process."""
        encoded = np.frombuffer(json.dumps(value).encode(), np.uint8).astype(np.int32)
        [length] = self._broadcast([np.array(encoded.size, np.int32)])
        [received] = self._broadcast([np.resize(encoded, int(length))])
        return json.loads(received.astype(np.uint8).tobytes())

    def leave_together(self) -> None:
        """Waits until all workers are done: to the others, one that has left would look crashed.

        Signals are heeded meanwhile, unlike where the main thread waits for TensorFlow. The chief, which has
        saved all, does not mind if another is lost.

        Raises:
            InputError: In a worker that is not the chief: another was lost first.
        """
        if not self.is_chief:
            logger.info("Waiting for the chief to finish")
        together: Future[None] = Future()

        def wait() -> None:
            try:
                together.set_result(self.broadcast_json(None))
            except Exception as error:
                together.set_exception(error)

        Thread(target=wait, daemon=True).start()
        try:
            together.result()
        except LOST as error:
            if not self.is_chief:
                raise InputError(
                    "Another worker of TF_CONFIG has stopped, or can't be reached, before the chief was done "
                    f"({type(error).__name__}). Unless the chief has ended well, start all workers again."
                ) from error

    def _broadcast(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The chief's values. All processes must give as many, of the same shapes and dtypes."""

        def give() -> list[tf.Tensor]:
            first = tf.equal(tf.distribute.get_replica_context().replica_id_in_sync_group, 0)
            # One sum of one dtype, which holds float32 and all integers below 2^53 exactly.
            doubles = [tf.cast(value, tf.float64) for value in values]
            return self.sum([tf.where(first, value, tf.zeros_like(value)) for value in doubles])

        sums = self.strategy.run(tf.function(give))
        received = [self.strategy.experimental_local_results(value)[0].numpy() for value in sums]
        return [new.astype(old.dtype) for new, old in zip(received, values, strict=True)]
