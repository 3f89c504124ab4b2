"""A figure and its PDF."""

import errno
import os
import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError, Version
from matplotlib.figure import Figure
from PIL import Image

from srgan_report.datasets import MatplotlibDataset

VERSION = "2026-01-01T00.00.00.000Z"


def make_figure(image=None):
    figure = Figure(figsize=(3, 2))
    axes = figure.add_axes((0, 0, 0.7, 0.7))
    axes.plot([0, 1], [0, 1]) if image is None else axes.imshow(image, interpolation="none")
    figure.text(0.5, 0.9, "A title")
    return figure


def make_dataset(folder, versioned=True):
    version = Version(None, VERSION) if versioned else None
    return MatplotlibDataset(filepath=str(folder / "grid.png"), save_args={"dpi": 300}, version=version)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def images(pdf):
    """The RGB images of a PDF, as they are stored: as in a PNG, but for its header."""
    for stored in re.split(rb"\nendobj", pdf):
        if b"/Subtype /Image" not in stored:
            continue
        width, height = (int(re.search(rb"/%s (\d+)" % key, stored)[1]) for key in (b"Width", b"Height"))
        data = re.search(rb"stream\r?\n(.*)\r?\nendstream", stored, re.S)[1]
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n"
        for kind, content in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")):
            checksum = struct.pack(">I", zlib.crc32(kind + content))
            png += struct.pack(">I", len(content)) + kind + content + checksum
        yield np.asarray(Image.open(BytesIO(png)))


def test_loads_as_the_image_that_was_saved(tmp_path):
    make_dataset(tmp_path).save(make_figure())
    image = make_dataset(tmp_path).load()
    assert (image.format, image.size) == ("PNG", (900, 600))
    saved = Image.open(tmp_path / "grid.png" / VERSION / "grid.png")
    np.testing.assert_array_equal(np.asarray(image), np.asarray(saved))
    assert make_dataset(tmp_path).preview().startswith("iVBORw0KGgo")  # a PNG, for Kedro-Viz


def test_pdf_lies_beside_the_png_of_the_resolution_asked_for(tmp_path):
    make_dataset(tmp_path).save(make_figure())
    assert files(tmp_path) == [f"grid.png/{VERSION}/grid.pdf", f"grid.png/{VERSION}/grid.png"]
    folder = tmp_path / "grid.png" / VERSION
    assert Image.open(folder / "grid.png").size == (900, 600)
    assert (folder / "grid.pdf").read_bytes().startswith(b"%PDF-")


def test_lines_are_vectors_and_letters_are_text(tmp_path):
    make_dataset(tmp_path, versioned=False).save(make_figure())
    pdf = (tmp_path / "grid.pdf").read_bytes()
    assert list(images(pdf)) == []
    assert b"/Subtype /Type0" in pdf  # a TrueType font, not outlines (Type 3)
    assert b"/Subtype /Type3" not in pdf


def test_images_lie_in_the_pdf_pixel_by_pixel(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    make_dataset(tmp_path, versioned=False).save(make_figure(image))
    pdf = (tmp_path / "grid.pdf").read_bytes()
    (stored,) = images(pdf)
    np.testing.assert_array_equal(stored[::-1], image)  # rows are counted from below
    assert len(pdf) < 40_000  # 7 kB are the image's


def test_the_same_figure_makes_the_same_pdf(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        make_dataset(folder, versioned=False).save(make_figure())
    assert (first / "grid.pdf").read_bytes() == (second / "grid.pdf").read_bytes()
    assert b"CreationDate" not in (first / "grid.pdf").read_bytes()


@pytest.mark.parametrize("failing", [".png", ".pdf"])
def test_where_one_cannot_be_written_there_is_none(tmp_path, monkeypatch, failing):
    savefig = Figure.savefig

    def fail(figure, buffer, **options):
        if options.get("format", "png") == failing[1:]:
            raise OSError(errno.ENOSPC, "full")
        savefig(figure, buffer, **options)

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(DatasetError, match="No space left on device"):
        make_dataset(tmp_path).save(make_figure())
    assert files(tmp_path) == []


def test_a_pdf_alone_is_no_version(tmp_path, monkeypatch):
    """The save was killed between the two renames."""
    dataset = make_dataset(tmp_path)
    rename = os.replace
    calls = []

    def die_before_the_second(part, path):
        calls.append(path.suffix)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(part, path)

    monkeypatch.setattr("os.replace", die_before_the_second)
    with pytest.raises(KeyboardInterrupt):
        dataset.save(make_figure())
    assert calls == [".pdf", ".png"]
    assert files(tmp_path) == [f"grid.png/{VERSION}/grid.pdf"]
    assert not MatplotlibDataset(filepath=str(tmp_path / "grid.png"), version=Version(None, None)).exists()
    monkeypatch.undo()
    make_dataset(tmp_path).save(make_figure())
    assert len(files(tmp_path)) == 2


def test_config_can_be_made_from_the_catalog(tmp_path):
    catalog = DataCatalog({"grid": make_dataset(tmp_path, versioned=False)})
    DataCatalog.from_config(*catalog.to_config())["grid"].save(make_figure())
    assert files(tmp_path) == ["grid.pdf", "grid.png"]
