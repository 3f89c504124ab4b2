import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan_report.training.optimizer import FusedAdam

SHAPES = [(3, 3, 4, 5), (7,)]


def draw(seed):
    return [np.random.default_rng(seed).normal(size=shape).astype(np.float32) for shape in SHAPES]


def descend(optimizer, *, steps, jit_compile):
    """Follows the same gradients, large and small, from the same start."""
    variables = [keras.Variable(values, dtype="float32") for values in draw(0)]
    optimizer.build(variables)
    apply = tf.function(lambda gradients: optimizer.apply(gradients, variables), jit_compile=jit_compile)
    for step in range(steps):
        apply([tf.constant(values * 10.0**-step) for values in draw(step + 1)])
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    "learning_rate", [0.01, keras.optimizers.schedules.CosineDecay(0.01, decay_steps=6)], ids=["", "decay"]
)
def test_keras_steps(learning_rate, jit_compile):
    ours, theirs = (
        descend(adam(learning_rate), steps=6, jit_compile=jit_compile)
        for adam in (FusedAdam, keras.optimizers.Adam)
    )
    for our, their, start in zip(ours, theirs, draw(0), strict=True):
        assert np.abs(our - start).max() > 0.01
        # To 1e-4 of the way: 1 - 0.999 is 1.3e-5 off where it is taken of float32 numbers.
        np.testing.assert_allclose(our, their, atol=1e-4 * np.abs(our - start).max())


def test_keras_state():
    optimizers = FusedAdam(0.01), keras.optimizers.Adam(0.01)
    for optimizer in optimizers:
        descend(optimizer, steps=3, jit_compile=False)
    ours, theirs = (optimizer.variables for optimizer in optimizers)
    assert len(ours) == len(theirs) == 2 + 2 * len(SHAPES)  # iterations, learning rate, both moments
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-4)


def test_scaled_losses_of_float16():
    scaled = keras.optimizers.LossScaleOptimizer(FusedAdam(0.01), initial_scale=8.0)
    plain = descend(FusedAdam(0.01), steps=1, jit_compile=False)
    variables = [keras.Variable(values, dtype="float32") for values in draw(0)]
    scaled.build(variables)
    scaled.apply([tf.constant(8 * values) for values in draw(1)], variables)
    for variable, expected in zip(variables, plain, strict=True):
        np.testing.assert_allclose(variable, expected, rtol=1e-6)
    scaled.apply([tf.constant(values * np.inf) for values in draw(1)], variables)  # an overflow: no step
    for variable, expected in zip(variables, plain, strict=True):
        np.testing.assert_allclose(variable, expected, rtol=1e-6)
