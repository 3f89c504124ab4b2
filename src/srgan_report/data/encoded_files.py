"""Encoded photographs within TensorFlow's graph, where no Python is in the way of other threads."""

import os
from collections.abc import Callable, Sequence
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from srgan_report.data.decoding import as_decodable, is_decodable
from srgan_report.data.image_reading import find_orientation
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs, Photograph
from srgan_report.data.split import map_in_threads
from srgan_report.errors import InputError

_BY_PYTHON = 0  # in place of an orientation

_orientations: WeakKeyDictionary[Sequence[Photograph], np.ndarray] = WeakKeyDictionary()
_looking = Lock()  # variants that train at the same time share photographs


class EncodedFiles:
    """The files of photographs, to be read within a graph.

    JPEG and PNG files are read by TensorFlow alone: from memory, or from their folder. Of WebP, TIFF and BMP
    files TensorFlow's decoder would give other pixels or none, so that Python converts them (see
    ``as_decodable``), and it reads what are not ``LoadedPhotographs`` or ``FolderPhotographs``.
    """

    def __init__(self, photographs: Sequence[Photograph]) -> None:
        """Looks at each file once, for its kind and orientation; not within a graph."""
        self._photographs = photographs
        self._open: Callable[[tf.Tensor], tf.Tensor] | None = None
        with tf.device("CPU"):
            if isinstance(photographs, LoadedPhotographs):
                self._files = photographs.encoded
                self._open = tf.identity
            elif isinstance(photographs, FolderPhotographs):
                self._files = tf.constant([os.fsencode(photographs.path(name)) for name in photographs.ids])
                self._open = tf.io.read_file
            if self._open:
                orientations = _find_orientations(photographs)
                self._all_by_graph = bool(orientations.all())
                self._orientations = tf.constant(orientations)

    def read(self, position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Reads one photograph within a graph.

        Args:
            position: Its position, a scalar int64.

        Returns:
            The bytes of a file that ``decode`` can read, a scalar string; and its orientation, from 1 to 8,
            as EXIF has it, a scalar int32.
        """
        open_file = self._open
        if open_file is None:
            return self._read_by_python(position)
        orientation = tf.cast(tf.gather(self._orientations, position), tf.int32)

        def read() -> tuple[tf.Tensor, tf.Tensor]:
            return open_file(tf.gather(self._files, position)), orientation

        if self._all_by_graph:
            return read()
        return tf.cond(orientation == _BY_PYTHON, lambda: self._read_by_python(position), read)

    def _read_by_python(self, position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        def read(position: np.int64) -> tuple[bytes, np.int32]:
            encoded, orientation = as_decodable(self._photographs[int(position)])
            return encoded, np.int32(orientation)

        encoded, orientation = tf.numpy_function(read, [position], (tf.string, tf.int32), stateful=False)
        return tf.ensure_shape(encoded, ()), tf.ensure_shape(orientation, ())


def _find_orientations(photographs: Sequence[Photograph]) -> np.ndarray:
    """Of all photographs, ``(photographs,)`` int8; files are read whole: EXIF may follow a PNG's pixels."""

    def find(photograph: Photograph) -> int:
        encoded = photograph.encoded
        return find_orientation(encoded) if is_decodable(encoded) else _BY_PYTHON

    with _looking:
        if photographs not in _orientations:
            found = map_in_threads(find, photographs)
            kept = (_BY_PYTHON if isinstance(each, InputError) else each for each in found)
            _orientations[photographs] = np.fromiter(kept, np.int8, len(photographs))
        return _orientations[photographs]
