"""Photographs whose pixels say where they are."""

import io
from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from PIL import Image

from srgan_report.data.photographs import LoadedPhotographs, Photograph

HEIGHT, WIDTH = 40, 50


def encode(image: Image.Image, image_format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


class Listed(list[Photograph]):
    """Photographs that a test has made, in a list that may be changed."""

    @property
    def ids(self) -> list[str]:
        return [photograph.id for photograph in self]


def load(photographs: Iterable[Photograph]) -> LoadedPhotographs:
    ids, encoded = zip(*((photograph.id, photograph.encoded) for photograph in photographs), strict=True)
    return LoadedPhotographs(ids, tf.constant(encoded))


def make_photograph(number: int) -> Photograph:
    """A photograph whose every pixel says where it is and in which photograph: (row, column, number)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([rows, columns, np.full_like(rows, number)], axis=-1).astype(np.uint8)
    return Photograph(f"{number}.png", encode(Image.fromarray(pixels)))


def source_of(crop: np.ndarray) -> tuple[int, int, int]:
    """Row, column and photograph of a crop (uint8), after checking that it is cut whole from there."""
    row, column, number = (int(value) for value in crop[0, 0])
    rows, columns = np.mgrid[row : row + crop.shape[0], column : column + crop.shape[1]]
    np.testing.assert_array_equal(crop, np.stack([rows, columns, np.full_like(rows, number)], axis=-1))
    return row, column, number
