"""Encoded photographs within TensorFlow's graph, where no Python is in the way of other threads."""

import os
import shutil
from collections.abc import Callable
from tempfile import NamedTemporaryFile, gettempdir, mkdtemp
from threading import Lock
from weakref import WeakKeyDictionary, finalize

import numpy as np
import tensorflow as tf

from srgan_report.data.decoding import DECODABLE, decode_photograph
from srgan_report.data.image_reading import find_orientation
from srgan_report.data.photographs import FolderPhotographs, LoadedPhotographs, Photograph, Photographs
from srgan_report.data.split import map_in_threads
from srgan_report.errors import InputError

_opened: WeakKeyDictionary[Photographs, "EncodedFiles"] = WeakKeyDictionary()
_opening = Lock()  # variants that train at the same time share photographs


class EncodedFiles:
    """The files of photographs, to be read within a graph: from memory, or from their folder.

    Of WebP, TIFF and BMP files TensorFlow's decoder would give other pixels or none: PNG files of the same
    pixels take their place. Those of a folder are in a temporary one, which is removed with this object.
    """

    def __init__(self, photographs: LoadedPhotographs | FolderPhotographs) -> None:
        """Looks at each file once, for its kind and orientation; not within a graph.

        Raises:
            InputError: A PNG file can't be written.
        """
        with tf.device("CPU"):
            if isinstance(photographs, LoadedPhotographs):
                self._open: Callable[[tf.Tensor], tf.Tensor] = tf.identity
                folder, files = None, photographs.encoded
            else:
                self._open = tf.io.read_file
                folder = mkdtemp(prefix="srgan_report_")
                finalize(self, shutil.rmtree, folder, ignore_errors=True)
                files = tf.constant([os.fsencode(photographs.path(name)) for name in photographs.ids])
            orientations, others = _look(photographs, folder)
            if others:
                at = [[position] for position in others]
                files = tf.tensor_scatter_nd_update(files, at, list(others.values()))
            self._files, self._orientations = files, tf.constant(orientations)

    @classmethod
    def of(cls, photographs: LoadedPhotographs | FolderPhotographs) -> "EncodedFiles":
        """Gives the same files to all who ask for those of the same photographs."""
        with _opening:
            if photographs not in _opened:
                _opened[photographs] = cls(photographs)
            return _opened[photographs]

    def read(self, position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Reads one photograph within a graph.

        Args:
            position: Its position, a scalar int64.

        Returns:
            The bytes of a JPEG or PNG file, a scalar string; and its orientation, from 1 to 8, as EXIF has
            it, a scalar int32.
        """
        orientation = tf.cast(tf.gather(self._orientations, position), tf.int32)
        return self._open(tf.gather(self._files, position)), orientation


def _look(photographs: Photographs, folder: str | None) -> tuple[np.ndarray, dict[int, bytes]]:
    """Looks at all files, each whole: EXIF may follow a PNG's pixels.

    Returns:
        Their orientations, ``(photographs,)`` int8; and by position what takes the place of files: PNG files,
        or their paths where there is a ``folder`` to write them to, and nothing of those that can't be read,
        so that reading them fails.

    Raises:
        InputError: One can't be written.
    """

    def look(photograph: Photograph) -> int | bytes:
        if photograph.encoded.startswith(DECODABLE):
            return find_orientation(photograph.encoded)
        # Not compressed: it would take three times as long to decode.
        png: bytes = tf.io.encode_png(decode_photograph(photograph), compression=0).numpy()
        if folder is None:
            return png
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(png)
        return os.fsencode(file.name)

    orientations, others = np.ones(len(photographs), np.int8), {}
    try:
        for position, found in enumerate(map_in_threads(look, photographs)):
            if isinstance(found, int):
                orientations[position] = found
            else:
                others[position] = b"" if isinstance(found, InputError) else found
    except OSError as error:
        raise InputError(
            f"There must be room in {gettempdir()} for PNG files of all photographs that are not JPEG or PNG "
            f"files, 3 bytes a pixel. Writing one failed: {error.strerror}. Set TMPDIR to another folder, or "
            "convert these photographs."
        ) from error
    return orientations, others
