"""What two runs must have in common to have the same fingerprint."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from srgan_report.provenance.fingerprints import fingerprint_split, fingerprint_weights


def make_split() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "position": [0, 1],
            "id": ["a.png", "b.png"],
            "height": [8, 9],
            "width": [8, 8],
            "sha256": ["00", "ff"],
            "subset": ["validation", "training"],
        }
    )


class TestFingerprintSplit:
    def test_is_sha256_over_what_identifies_each_row(self):
        rows = b'["0", "a.png", "00", "validation"]["1", "b.png", "ff", "training"]'
        assert fingerprint_split(make_split()) == hashlib.sha256(rows).hexdigest()

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("position", [1, 0]),
            ("id", ["a.png", "c.png"]),
            ("sha256", ["00", "fe"]),
            ("subset", ["validation", "validation"]),
        ],
    )
    def test_follows_every_column_that_identifies_a_row(self, column, values):
        assert fingerprint_split(make_split().assign(**{column: values})) != fingerprint_split(make_split())

    def test_follows_the_order_of_rows(self):
        assert fingerprint_split(make_split()[::-1]) != fingerprint_split(make_split())

    def test_keeps_neighbouring_values_apart(self):
        shifted = make_split().assign(id=["a.png0", "b.png"], sha256=["0", "ff"])
        assert fingerprint_split(shifted) != fingerprint_split(make_split())

    def test_survives_the_saved_file(self, tmp_path):
        make_split().to_csv(tmp_path / "split.csv", index=False)
        saved = pd.read_csv(tmp_path / "split.csv", dtype={"sha256": str})
        assert fingerprint_split(saved) == fingerprint_split(make_split())


class TestFingerprintWeights:
    def test_is_sha256_over_dtype_shape_and_bytes(self):
        weights = [np.array([[1, 2]], np.uint8), np.array(3, np.uint8)]
        written = b'["|u1", [1, 2]]\x01\x02["|u1", []]\x03'
        assert fingerprint_weights(weights) == hashlib.sha256(written).hexdigest()

    @pytest.mark.parametrize(
        "other",
        [
            [np.array([[0, 0]], np.int32)],
            [np.array([0, 0], np.float32)],
            [np.array([[0, np.nextafter(np.float32(0), np.float32(1))]], np.float32)],
            [np.zeros((1, 2), np.float32), np.zeros(0, np.float32)],
        ],
        ids=["dtype", "shape", "last bit", "one array more"],
    )
    def test_follows_dtype_shape_and_every_bit(self, other):
        assert fingerprint_weights(other) != fingerprint_weights([np.zeros((1, 2), np.float32)])

    def test_follows_the_order_of_arrays(self):
        first, second = np.zeros(2, np.float32), np.ones(2, np.float32)
        assert fingerprint_weights([first, second]) != fingerprint_weights([second, first])

    def test_is_the_same_whatever_the_layout_in_memory(self):
        array = np.arange(6, dtype=np.float32).reshape(2, 3)
        assert fingerprint_weights([np.asfortranarray(array)]) == fingerprint_weights([array])
