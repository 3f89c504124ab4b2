"""What chance alone could do: intervals of means, and tests of the differences between methods."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from srgan_report.seeding import derive_seed

LEVEL = 0.05  # intervals cover 95%, and a difference is larger than chance where p is below

_RESAMPLES = 9999
_BATCH_SIZE = 100  # resamples held in memory at a time
# With fewer, percentiles of resampled means cover far less than they say (simulated, normal values: 49% for
# two, 84% for five, 90% for ten, 95% for a hundred), and no sign-flip test of nine gets p below 2 / 2⁹, where
# Holm asks 0.05 / 15 of 15 pairs.
MIN_PHOTOGRAPHS = 10


def confidence_intervals(values: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """95% bootstrap intervals of means: percentiles of the means of 9,999 resamples.

    Source: Efron & Tibshirani 1993, chapter 13. All calls with one seed and number of photographs draw the
    same photographs, so that intervals of several methods and of their differences belong together.

    Args:
        values: ``(rows, photographs)`` float64: in each row one value for each photograph.
        seed: The run's seed.

    Returns:
        The lower and the upper ends, ``(rows,)`` each. Both are NaN where there are fewer than ten values,
        and where one is infinite (PSNR of an image without any error): no resampling tells how far such a
        mean could be off.
    """
    low, high = np.full((2, len(values)), np.nan)
    finite = np.isfinite(values).all(axis=1)
    if values.shape[1] >= MIN_PHOTOGRAPHS and finite.any():
        interval = stats.bootstrap(
            (values[finite],),
            np.mean,
            axis=-1,
            vectorized=True,
            n_resamples=_RESAMPLES,
            batch=_BATCH_SIZE,
            confidence_level=1 - LEVEL,
            method="percentile",
            rng=derive_seed(seed, "bootstrap"),
        ).confidence_interval
        low[finite], high[finite] = interval.low, interval.high
    return low, high


def compare_pairs(
    photograph_metrics: pd.DataFrame, methods: Sequence[str], metrics: Sequence[str], seed: int
) -> pd.DataFrame:
    """Compares every method with every other: by how much they differ, and whether chance could do that.

    A two-sided permutation test flips the signs of the photographs' differences: all sign patterns for up to
    13 photographs, 9,999 random ones (and the one that was seen) for more. Holm's correction then keeps the
    chance that any pair of a metric is wrongly called different below 5% (Holm 1979); metrics are not
    corrected for each other. What is tested is that differences are symmetric around zero.

    Args:
        photograph_metrics: ``method``, ``photograph_id`` and a column for each of ``metrics``; of several
            rows for one method and photograph (its crops) the mean counts.
        methods: Names of the methods, all measured on the same photographs. Of fewer than two there is no
            pair, and the table has no rows.
        metrics: Names of the metrics.
        seed: The run's seed.

    Returns:
        A row for each metric and pair, in the order given: ``measure``, ``method_a``, ``method_b``;
        ``difference``, the mean of a less the mean of b over photographs, in the metric's unit, with ``low``
        and ``high``, its 95% bootstrap interval; ``photographs``, their number; ``p``; ``p_holm``,
        corrected for all pairs of the metric; and ``larger_than_chance``, whether ``p_holm`` is below 0.05.
        With fewer than 10 photographs the interval, ``p`` and ``p_holm`` are NaN: they would say nothing.
        A pair with an infinite value has no interval and no p either: all are NaN, and so is the difference
        where both are infinite. ``larger_than_chance`` is False wherever ``p_holm`` is NaN.
    """
    tables = [_compare_by(metric, photograph_metrics, methods, seed) for metric in metrics]
    return pd.concat(tables, ignore_index=True)


def holm(p: np.ndarray) -> np.ndarray:
    """Corrects p-values for their number: Holm's step-down method (Holm 1979).

    From ``(tests,)`` to the same shape, at most 1. NaN is a test that was not made: it does not count, and
    stays NaN.
    """
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # NaN is sorted last
    scaled = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected


def _compare_by(
    metric: str, photograph_metrics: pd.DataFrame, methods: Sequence[str], seed: int
) -> pd.DataFrame:
    of_crops = photograph_metrics.groupby(["method", "photograph_id"])[metric]
    names = np.array(methods, dtype=object)
    means = of_crops.mean().unstack("photograph_id").reindex(names).to_numpy()
    first, second = np.triu_indices(len(methods), k=1)  # of each pair
    with np.errstate(invalid="ignore"):  # two infinite values differ by NaN
        differences = means[first] - means[second]
        difference = differences.mean(axis=1) if means.shape[1] else np.full(len(first), np.nan)
    low, high = confidence_intervals(differences, seed)
    p = _sign_flip_p(differences, seed)
    p_holm = holm(p)
    return pd.DataFrame(
        {
            "measure": metric,
            "method_a": names[first],
            "method_b": names[second],
            "difference": difference,
            "low": low,
            "high": high,
            "photographs": means.shape[1],
            "p": p,
            "p_holm": p_holm,
            "larger_than_chance": p_holm < LEVEL,
        }
    )


def _sign_flip_p(differences: np.ndarray, seed: int) -> np.ndarray:
    """The p-value of each row of ``(pairs, photographs)``; NaN where there is none.

    One product of matrices for all pairs: scipy.stats.permutation_test takes a hundred times as long.
    """
    p = np.full(len(differences), np.nan)
    finite = np.isfinite(differences).all(axis=1)
    if differences.shape[1] >= MIN_PHOTOGRAPHS:
        rows = differences[finite]
        sums = np.abs(_sign_patterns(differences.shape[1], seed) @ rows.T)
        rounding = 1e-12 * np.abs(rows).sum(axis=1)  # equal sums may differ by as much
        p[finite] = (sums >= np.abs(rows.sum(axis=1)) - rounding).mean(axis=0)
    return p


def _sign_patterns(photographs: int, seed: int) -> np.ndarray:
    """``(patterns, photographs)`` of 1 and -1: all of them, or random ones behind that without any flip."""
    if 2**photographs <= _RESAMPLES:
        flipped = np.arange(2**photographs)[:, None] >> np.arange(photographs) & 1
    else:
        random = np.random.default_rng(derive_seed(seed, "permutation test"))
        flipped = random.integers(0, 2, (_RESAMPLES + 1, photographs))
        flipped[0] = 0
    return 1.0 - 2 * flipped
