import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest

from srgan_report.evaluation.significance import compare_pairs, confidence_intervals, holm

SEED = 2017


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def table_of(measure="psnr", **values):
    """A row for each method and photograph."""
    return pd.concat(
        pd.DataFrame({"method": method, "photograph_id": [f"p{i}" for i in range(len(v))], measure: v})
        for method, v in values.items()
    )


def compare(table, methods="ab", measures=("psnr",), seed=SEED):
    return compare_pairs(table, list(methods), measures, seed)


def enumerate_p(differences):
    """The share of all sign patterns whose sum lies at least as far from zero as the one that was seen."""
    signs = np.array(list(itertools.product((-1, 1), repeat=len(differences))))
    return np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12)


def confidence_interval(values, seed):
    (low,), (high,) = confidence_intervals(np.array(values, float)[None], seed)
    return low, high


class TestConfidenceIntervals:
    def test_is_the_normal_one_for_many_values(self):
        values = np.random.default_rng(1).normal(25, 3, 400)
        half = 1.959964 * values.std() / math.sqrt(400)
        expected = [values.mean() - half, values.mean() + half]
        np.testing.assert_allclose(confidence_interval(values, SEED), expected, atol=0.04 * half)

    def test_is_that_of_resampled_means_for_few_and_skewed_values(self):
        values = 1.5 ** np.arange(12)
        random = np.random.default_rng(3)
        means = [values[random.integers(0, 12, 12)].mean() for _ in range(20_000)]
        expected = np.percentile(means, [2.5, 97.5])
        np.testing.assert_allclose(confidence_interval(values, SEED), expected, rtol=0.03)
        assert sum(expected) > 2.1 * values.mean()  # so that a symmetric interval would not pass

    def test_covers_the_true_mean_as_often_as_it_says(self):
        random = np.random.default_rng(4)
        intervals = [confidence_interval(random.normal(0, 1, 40), SEED) for _ in range(200)]
        assert 0.9 <= np.mean([low < 0 < high for low, high in intervals]) <= 0.98

    def test_each_row_has_its_own(self):
        rows = np.random.default_rng(5).normal(25, [[1], [3], [9]], (3, 12))
        rows[1, 4] = math.inf
        expected = [confidence_interval(row, SEED) for row in rows]
        np.testing.assert_allclose(np.transpose(confidence_intervals(rows, SEED)), expected, rtol=1e-12)

    def test_is_missing_below_ten_values(self):
        values = np.random.default_rng(6).normal(25, 3, 10)
        assert np.isnan(confidence_interval(values[:9], SEED)).all()
        assert np.isfinite(confidence_interval(values, SEED)).all()

    def test_equal_values_leave_no_doubt(self):
        assert confidence_interval(np.full(10, 21.5), SEED) == (21.5, 21.5)

    @pytest.mark.parametrize(
        "values", [[], [25.0] * 9, [25.0, math.inf] * 9, [math.inf] * 12, [25.0, math.nan] * 9]
    )
    def test_is_missing_where_resampling_tells_nothing(self, values):
        assert np.isnan(confidence_interval(np.array(values), SEED)).all()

    def test_depends_on_the_seed_alone(self):
        values = np.random.default_rng(5).normal(25, 3, 30)
        assert confidence_interval(values, 1) == confidence_interval(values, 1)
        assert confidence_interval(values, 1) != confidence_interval(values, 2)


class TestHolm:
    def test_by_hand(self):
        # Ascending 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04, and never falling.
        np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])

    def test_is_one_at_most(self):
        np.testing.assert_allclose(holm(np.array([0.7, 0.6, 0.3])), [1, 1, 0.9])

    def test_leaves_out_what_was_not_tested(self):
        np.testing.assert_allclose(holm(np.array([math.nan, 0.5, 0.02])), [math.nan, 0.5, 0.04])
        assert np.isnan(holm(np.full(3, math.nan))).all()

    def test_of_one_is_itself(self):
        np.testing.assert_allclose(holm(np.array([0.2])), [0.2])


class TestWithoutPairs:
    @pytest.mark.parametrize("methods", ["a", ""])
    def test_of_fewer_than_two_methods_there_are_no_rows_but_all_columns(self, methods):
        table = table_of(a=[21.0, 23.0] * 6, b=[20.0, 20.5] * 6)
        both, none = compare(table), compare(table, methods)
        assert len(none) == 0
        assert list(none) == list(both)

    def test_of_methods_that_are_left_out_nothing_is_corrected_for(self):
        random = np.random.default_rng(1)
        table = table_of(a=random.random(12), b=random.random(12), c=random.random(12))
        (row,) = compare(table, "ab").itertuples()
        assert row.p_holm == row.p


class TestDifferences:
    def test_every_pair_in_order_within_every_measure(self):
        random = np.random.default_rng(1)
        table = table_of(c=random.random(3), a=random.random(3), b=random.random(3)).assign(ssim=0.5)
        pairs = compare(table, "abc", ("psnr", "ssim"))
        assert list(pairs) == [
            "measure", "method_a", "method_b", "difference", "low", "high", "photographs",
            "p", "p_holm", "larger_than_chance",
        ]  # fmt: skip
        assert pairs["measure"].tolist() == ["psnr"] * 3 + ["ssim"] * 3
        assert (pairs["method_a"] + pairs["method_b"]).tolist() == ["ab", "ac", "bc"] * 2

    def test_is_the_first_less_the_second(self):
        (row,) = compare(table_of(a=[21.0, 23.0] * 5, b=[20.0, 20.5] * 5)).itertuples()
        assert row.difference == pytest.approx(1.75)
        assert 1.0 < row.low < 1.75 < row.high < 2.5
        assert row.photographs == 10

    def test_interval_is_that_of_the_paired_differences(self):
        random = np.random.default_rng(2)
        easy = random.normal(25, 5, 40)  # what both have in common makes it no wider
        a, b = easy + random.normal(0.3, 0.2, 40), easy
        (row,) = compare(table_of(a=a, b=b)).itertuples()
        half = 1.96 * (a - b).std() / math.sqrt(40)
        expected = [np.mean(a - b) - half, np.mean(a - b) + half]
        np.testing.assert_allclose([row.low, row.high], expected, atol=0.15 * half)

    def test_photographs_are_paired_by_name(self):
        table = table_of(a=np.arange(21.0, 31.0), b=np.arange(20.0, 30.0))
        (row,) = compare(pd.concat([table.iloc[:10], table.iloc[:9:-1]])).itertuples()
        assert (row.low, row.high) == (1.0, 1.0)

    def test_crops_of_a_photograph_count_as_their_mean(self):
        table = pd.DataFrame(
            {
                "method": ["a"] * 3 + ["b"] * 3,
                "photograph_id": ["rose", "rose", "tulip"] * 2,
                "psnr": [20.0, 30.0, 31.0, 0.0, 0.0, 0.0],
            }
        )
        (row,) = compare(table).itertuples()
        assert row.difference == 28.0  # (25 + 31) / 2, and not the mean of three crops
        assert row.photographs == 2

    def test_of_few_photographs_has_no_interval(self):
        (row,) = compare(table_of(a=[21.0] * 9, b=[20.0] * 9)).itertuples()
        assert row.difference == 1.0
        assert math.isnan(row.low)
        assert math.isnan(row.high)


class TestP:
    @pytest.mark.parametrize("photographs", [10, 13])
    def test_is_exact_for_few_photographs(self, photographs):
        differences = np.random.default_rng(3).normal(0.5, 1, photographs)
        (row,) = compare(table_of(a=differences, b=np.zeros(photographs))).itertuples()
        expected = enumerate_p(differences)
        assert 0.01 < expected < 0.9
        assert row.p == pytest.approx(expected, abs=1e-12)

    def test_is_all_but_exact_for_more(self):
        differences = np.random.default_rng(4).normal(0.4, 1, 16)
        (row,) = compare(table_of(a=differences, b=np.zeros(16))).itertuples()
        expected = enumerate_p(differences)
        assert 0.02 < expected < 0.5
        assert row.p == pytest.approx(expected, abs=4 * math.sqrt(expected / 9999))

    def test_can_not_be_zero(self):
        (row,) = compare(table_of(a=np.arange(1.0, 61.0), b=np.zeros(60))).itertuples()
        assert row.p == pytest.approx(1 / 10_000)  # what was seen is one of the patterns

    def test_is_the_same_from_either_side(self):
        random = np.random.default_rng(5)
        table = table_of(a=random.normal(0.5, 1, 12), b=random.normal(0, 1, 12))
        (forth,), (back,) = compare(table, "ab").itertuples(), compare(table, "ba").itertuples()
        assert forth.p == pytest.approx(back.p)
        assert forth.difference == pytest.approx(-back.difference)
        assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))

    def test_of_equal_methods_is_one(self):
        values = np.random.default_rng(6).normal(25, 3, 20)
        (row,) = compare(table_of(a=values, b=values)).itertuples()
        assert (row.difference, row.low, row.high, row.p, row.p_holm) == (0, 0, 0, 1, 1)
        assert not row.larger_than_chance

    def test_is_missing_below_ten_photographs(self):
        pairs = compare(table_of(a=np.arange(1.0, 10.0), b=np.zeros(9)))
        assert pairs[["p", "p_holm"]].isna().all(axis=None)
        assert pairs["larger_than_chance"].tolist() == [False]

    def test_ten_photographs_are_enough_for_fifteen_pairs(self):
        # Every method is better than the one before on every photograph: 2 of 2¹⁰ patterns go as far.
        methods = {name: 3.0**rank * np.linspace(1, 2, 10) for rank, name in enumerate("abcdef")}
        pairs = compare(table_of(**methods), "abcdef")
        np.testing.assert_allclose(pairs["p"], 2 / 1024)
        np.testing.assert_allclose(pairs["p_holm"], 15 * 2 / 1024)
        assert pairs["larger_than_chance"].all()

    def test_is_corrected_within_its_measure(self):
        random = np.random.default_rng(7)
        table = table_of(a=random.normal(0.7, 1, 12), b=random.normal(0, 1, 12), c=random.normal(0, 1, 12))
        alone = compare(table, "abc")
        beside = compare(table.assign(ssim=table["psnr"] ** 2), "abc", ("psnr", "ssim"))
        np.testing.assert_allclose(alone["p_holm"], holm(alone["p"].to_numpy()))
        assert (alone["p_holm"] != alone["p"]).any()
        pd.testing.assert_frame_equal(beside[:3], alone)
        assert beside["p"][3:].tolist() != alone["p"].tolist()

    def test_decides_what_is_larger_than_chance_once_corrected(self):
        # 1 + 10 of 2¹⁰ patterns lie as far on either side: below 0.05 alone, but not as one of three.
        pairs = compare(table_of(a=[1.0] * 9 + [-1.0], b=np.zeros(10), c=np.zeros(10)), "abc")
        np.testing.assert_allclose(pairs["p"], [22 / 1024, 22 / 1024, 1])
        np.testing.assert_allclose(pairs["p_holm"], [66 / 1024, 66 / 1024, 1])
        assert not pairs["larger_than_chance"].any()

    def test_same_seed_same_p(self):
        random = np.random.default_rng(9)
        table = table_of(a=random.normal(0.2, 1, 30), b=random.normal(0, 1, 30))
        pd.testing.assert_frame_equal(compare(table), compare(table))
        assert compare(table, seed=1)["p"].tolist() != compare(table, seed=2)["p"].tolist()


class TestInfiniteValues:
    def test_leave_nothing_to_tell_of_their_pair(self):
        values = np.linspace(20, 31, 12)
        perfect = np.where(np.arange(12) == 5, math.inf, values + 1)
        pairs = compare(table_of(a=perfect, b=values, c=perfect, d=values - np.arange(1, 13)), "abcd")
        pairs.index = pd.Index(pairs["method_a"] + pairs["method_b"])
        assert pairs["difference"]["ab"] == math.inf
        assert math.isnan(pairs["difference"]["ac"])
        assert pairs.loc[["ab", "ac", "ad", "bc", "cd"], ["low", "high", "p", "p_holm"]].isna().all(axis=None)
        assert pairs["larger_than_chance"].tolist() == [False, False, False, False, True, False]
        # One test was made, so there is one to correct for.
        assert pairs["p_holm"]["bd"] == pairs["p"]["bd"] == pytest.approx(2 / 2**12)
