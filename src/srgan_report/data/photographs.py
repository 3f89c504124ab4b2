"""Photographs as encoded bytes in a fixed order, from three sources."""

import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_report.data.image_folders import find_images
from srgan_report.errors import InputError, printable

if TYPE_CHECKING:  # slow to import, and a folder does not need it
    import tensorflow as tf

# The first ones are held out for validation. Left out: motorcycle_right.png (all but equal to the left
# one), hubble_deep_field.jpg and retina.jpg (mostly black, or without any detail to restore).
_SAMPLE = (
    ("sklearn", "datasets/images/flower.jpg"),
    ("skimage", "data/chelsea.png"),
    ("sklearn", "datasets/images/china.jpg"),
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/coffee.png"),
    ("skimage", "data/rocket.jpg"),
    ("skimage", "data/motorcycle_left.png"),
    ("skimage", "data/ihc.png"),
)

DAMAGED = "damaged"  # the subset of photographs that can't be read

_FEATURES = ("image", "hr")  # what datasets of TFDS call their photographs; DIV2K: hr, with an lr


@dataclass(frozen=True)
class Photograph:
    """One photograph as it is stored: an id, unique within its source, and the bytes of an image file."""

    id: str
    encoded: bytes = field(repr=False)


class Photographs(Sequence[Photograph]):
    """Photographs in a fixed order, of which ``ids`` are the names."""

    def __init__(self, ids: Sequence[str]) -> None:
        """Takes the names in order."""
        self.ids = tuple(ids)

    def __len__(self) -> int:
        """Counts the photographs."""
        return len(self.ids)


class LoadedPhotographs(Photographs):
    """Photographs in memory: ``encoded``, a ``(photographs,)`` string tensor that graphs read from."""

    def __init__(self, ids: Sequence[str], encoded: "tf.Tensor") -> None:
        """Takes names and files in the same order."""
        super().__init__(ids)
        self.encoded = encoded

    def __getitem__(self, index: Any) -> Any:
        """Copies one photograph's file; there are no slices."""
        position = range(len(self))[operator.index(index)]
        return Photograph(self.ids[position], self.encoded[position].numpy())


class FolderPhotographs(Photographs):
    """The photographs of a folder, each read from disk when it is asked for."""

    def __init__(self, folder: Path, ids: Sequence[str]) -> None:
        """Takes the folder and the POSIX paths of its photographs, relative to it and in order."""
        super().__init__(ids)
        self._folder = folder

    def __getitem__(self, index: Any) -> Any:
        """Reads one photograph; there are no slices."""
        name = self.ids[operator.index(index)]
        return Photograph(name, read_file(self.path(name)))

    def path(self, name: str) -> Path:
        """The absolute path of a photograph by its id."""
        return self._folder.absolute() / name


def read_file(path: Path) -> bytes:
    """Reads an image file.

    Raises:
        InputError: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Photograph {printable(str(path))} can't be read: {error.strerror}.") from error


def read_sample() -> LoadedPhotographs:
    """Reads the colour photographs that scikit-image and scikit-learn carry; downloads nothing.

    Returns:
        Eight photographs in a fixed order; ``flower.jpg`` and ``chelsea.png`` come first.
    """
    import tensorflow as tf

    encoded = [files(package).joinpath(path).read_bytes() for package, path in _SAMPLE]
    with tf.device("CPU"):
        return LoadedPhotographs([Path(path).name for _, path in _SAMPLE], tf.constant(encoded))


def read_folder(path: str | os.PathLike[str]) -> FolderPhotographs:
    """Finds the image files below a folder (see ``find_images``).

    Args:
        path: The folder, relative to the current one. ``~`` is the home directory.

    Returns:
        The photographs, sorted by their POSIX path relative to the folder, which is their id.

    Raises:
        InputError: If the folder does not exist, is a file, or holds no image file; a folder in it can't be
            read or is a link that leads in circles; or a name can't be written to split.csv.
    """
    folder = Path(os.path.expanduser(path))
    if not os.path.isdir(folder):
        found = "a file" if os.path.exists(folder) else "a path that does not exist"
        raise InputError(f"photographs.path must be a folder. Received {found}: {printable(str(path))}")
    ids = find_images(folder, "photographs.path")
    for name in ids:
        if "\r" in name or name != name.encode(errors="ignore").decode():
            raise InputError(
                "Names of photographs must be UTF-8 without carriage returns, so that split.csv can list "
                f"them. Received: {printable(name)}. Rename the file or its folder."
            )
    return FolderPhotographs(folder, ids)


def read_tfds(name: str) -> LoadedPhotographs:
    """Reads the ``train`` part of a TensorFlow Datasets image dataset, in the article's order.

    The order is that of ``tfds.load(name)["train"]`` (article, "Loading the data"): no shuffling. TFDS looks
    in the directory that the environment variable TFDS_DATA_DIR names, and downloads what is not there.

    Args:
        name: A TFDS name such as ``tf_flowers`` or ``tf_flowers:3.0.1``.

    Returns:
        The photographs; their ids are the name and a running number: ``tf_flowers/00042``.

    Raises:
        InputError: TFDS knows no such dataset or can't download it, or it has no split ``train`` or no
            feature ``image`` or ``hr`` that holds images.
    """
    data_dir = os.environ.get("TFDS_DATA_DIR") or None
    try:
        encoded = _load_encoded(name, data_dir)
    except InputError:
        raise
    except Exception as error:  # TFDS raises anything from ValueError to requests' and TensorFlow's errors
        reason = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
        raise InputError(
            f"TFDS could not load photographs.name={name}: tried tfds.load({name!r}, split='train') with "
            f"data directory {data_dir or '~/tensorflow_datasets'} ({type(error).__name__}: {reason}). "
            "Set TFDS_DATA_DIR to a directory that contains it, "
            "or choose photographs.source=folder or sample."
        ) from error
    return LoadedPhotographs([f"{name}/{number:05d}" for number in range(len(encoded))], encoded)


def _load_encoded(name: str, data_dir: str | None) -> "tf.Tensor":
    import tensorflow as tf
    import tensorflow_datasets as tfds  # slow to import, and the other sources don't need it

    info = tfds.builder(name, data_dir=data_dir).info
    features = dict(info.features.items())
    images = [each for each in _FEATURES if isinstance(features.get(each), tfds.features.Image)]
    if not images or (info.splits and "train" not in info.splits):
        found = ", ".join(f"{each} ({type(feature).__name__})" for each, feature in features.items())
        raise InputError(
            f"photographs.name={name} must be a dataset with a split train and a feature "
            f"{' or '.join(_FEATURES)} with images. Received one with splits {', '.join(info.splits)} and "
            f"features {found}. Choose another, or photographs.source=folder or sample."
        )
    feature = images[0]
    encoded = {feature: tfds.decode.SkipDecoding()}
    dataset = tfds.load(name, split="train", data_dir=data_dir, shuffle_files=False, decoders=encoded)
    with tf.device("CPU"):
        return dataset.map(lambda example: example[feature]).batch(len(dataset)).get_single_element()
