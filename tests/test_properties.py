"""What must hold of the split, the crops and the tiles, whatever the sizes and seeds."""

import io
from functools import cache

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from keras import layers
from PIL import Image

from srgan_report.data.crops import TrainingCrops
from srgan_report.data.photographs import Photograph
from srgan_report.data.split import split_photographs
from srgan_report.inference.upscaler import Upscaler, _windows, receptive_radius
from srgan_report.parameters.sections import CropsParameters
from srgan_report.pipelines.data_preparation.nodes import cut_validation_crops
from tests.data.numbered_photographs import Listed, load

SIZE = 16  # of crops here


def deterministic(examples: int) -> settings:
    # No search for a simpler example, which would take minutes: all here are small.
    phases = (Phase.explicit, Phase.generate)
    return settings(derandomize=True, deadline=None, database=None, phases=phases, max_examples=examples)


@cache
def make_photograph(number: int, height: int, width: int) -> Photograph:
    """A photograph whose every pixel says where it is and in which photograph: (row, column, number)."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows, columns, np.full_like(rows, number)], axis=-1).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return Photograph(f"{number}.png", file.getvalue())


def assert_window(crop: np.ndarray, sizes: list[tuple[int, int]]) -> int:
    """Checks that a crop (uint8) is cut whole from a photograph; gives the number of that."""
    row, column, number = (int(value) for value in crop[0, 0])
    rows, columns = np.mgrid[row : row + SIZE, column : column + SIZE]
    np.testing.assert_array_equal(crop, np.stack([rows, columns, np.full_like(rows, number)], axis=-1))
    height, width = sizes[number]
    assert row + SIZE <= height
    assert column + SIZE <= width
    return number


sizes_of_photographs = st.lists(
    st.tuples(st.integers(SIZE, 40), st.integers(SIZE, 40)), min_size=2, max_size=7
)


def make_photographs(sizes: list[tuple[int, int]]) -> Listed:
    return Listed(make_photograph(number, *size) for number, size in enumerate(sizes))


class TestSplit:
    @deterministic(50)
    @given(sizes=sizes_of_photographs, data=st.data())
    def test_is_disjoint_complete_and_in_order(self, sizes, data):
        validation_size = data.draw(st.integers(1, len(sizes) - 1))
        photographs = make_photographs(sizes)
        split = split_photographs(photographs, validation_size, SIZE, "error")
        assert split["position"].tolist() == list(range(len(sizes)))
        assert split["id"].tolist() == [photograph.id for photograph in photographs]
        assert list(zip(split["height"], split["width"], strict=True)) == sizes
        held_out, training = (
            set(split["id"][split["subset"] == name]) for name in ("validation", "training")
        )
        assert held_out == {photograph.id for photograph in photographs[:validation_size]}
        assert training == {photograph.id for photograph in photographs[validation_size:]}


def high_resolution(training_crops: TrainingCrops, epoch: int, first_step: int = 0) -> np.ndarray:
    """All HR crops of an epoch as uint8, in order."""
    batches = [high.numpy() for _, high in training_crops.batches(epoch, first_step)]
    return np.rint((np.concatenate(batches) + 1) * 127.5).astype(np.uint8)


@st.composite
def settings_of_crops(draw):
    sizes = draw(sizes_of_photographs)
    return {
        "photographs": load(make_photographs(sizes)),
        "positions": list(range(draw(st.integers(0, len(sizes) - 1)), len(sizes))),
        "size": SIZE,
        "seed": draw(st.integers(0, 2**31 - 1)),
        "shuffle": draw(st.booleans()),
        "downscaling": "bilinear",
    }, sizes


class TestTrainingCrops:
    @deterministic(15)
    @given(drawn=settings_of_crops(), batch_size=st.integers(1, 5))
    def test_a_pass_takes_one_window_of_each_photograph(self, drawn, batch_size):
        options, sizes = drawn
        crops = high_resolution(TrainingCrops(**options, batch_size=batch_size, steps_per_epoch=None), 1)
        assert sorted(assert_window(crop, sizes) for crop in crops) == options["positions"]

    @deterministic(12)
    @given(drawn=settings_of_crops(), batch_size=st.integers(1, 4), steps=st.integers(1, 3), data=st.data())
    def test_epochs_from_any_step_on_are_pieces_of_one_stream(self, drawn, batch_size, steps, data):
        options, _ = drawn
        stream = high_resolution(
            TrainingCrops(**options, batch_size=1, steps_per_epoch=3 * steps * batch_size), 0
        )
        training_crops = TrainingCrops(**options, batch_size=batch_size, steps_per_epoch=steps)
        epoch = data.draw(st.integers(0, 2))
        first_step = data.draw(st.integers(0, steps - 1))
        piece = stream[(epoch * steps + first_step) * batch_size : (epoch + 1) * steps * batch_size]
        np.testing.assert_array_equal(high_resolution(training_crops, epoch, first_step), piece)

    @deterministic(12)
    @given(drawn=settings_of_crops(), batch_sizes=st.tuples(st.integers(1, 8), st.integers(1, 8)))
    def test_the_same_seed_gives_the_same_crops_whatever_the_batch_size(self, drawn, batch_sizes):
        options, _ = drawn
        one, other = (
            high_resolution(TrainingCrops(**options, batch_size=batch_size, steps_per_epoch=None), 2)
            for batch_size in batch_sizes
        )
        np.testing.assert_array_equal(one, other)


class TestValidationCrops:
    @deterministic(20)
    @given(
        sizes=sizes_of_photographs,
        seed=st.integers(0, 2**31 - 1),
        per_photograph=st.integers(1, 3),
        data=st.data(),
    )
    def test_do_not_depend_on_which_other_photographs_there_are(self, sizes, seed, per_photograph, data):
        photographs = make_photographs(sizes)
        heights, widths = zip(*sizes, strict=True)
        ids = [photograph.id for photograph in photographs]
        facts = {"id": ids, "height": heights, "width": widths, "subset": "validation"}
        rows = pd.DataFrame({"position": range(len(sizes)), **facts})
        chosen = rows.iloc[sorted(data.draw(st.sets(st.sampled_from(range(len(sizes))), min_size=1)))]
        crops = CropsParameters.model_construct(
            size=SIZE, too_small="error", validation_per_photograph=per_photograph, downscaling="bilinear"
        )
        everything, alone = (
            cut_validation_crops(photographs, split, crops, seed) for split in (rows, chosen)
        )
        kept = np.isin(everything["position"], chosen["position"])
        for name in ("high_resolution", "low_resolution", "photograph_id", "position", "crop"):
            np.testing.assert_array_equal(alone[name], everything[name][kept])
        numbers = [assert_window(crop, sizes) for crop in alone["high_resolution"]]
        assert numbers == alone["position"].tolist()


class TestWindows:
    @deterministic(500)
    @example(side=42, tile_size=256, halo=21)  # nothing but halo
    @given(side=st.integers(1, 400), tile_size=st.integers(1, 64), halo=st.integers(0, 45))
    def test_cover_the_axis_exactly_with_the_halo_around(self, side, tile_size, halo):
        windows = _windows(side, tile_size, halo)
        written = np.zeros(4 * side, int)
        for window in windows:
            assert 0 <= window.read.start < window.read.stop <= side
            # What is kept is written where it belongs.
            offset = 4 * window.read.start
            assert (window.kept.start + offset, window.kept.stop + offset) == (
                window.written.start,
                window.written.stop,
            )
            # At least the halo lies around it, but where the image ends.
            assert window.read.start == 0 or window.kept.start >= 4 * halo
            assert window.read.stop == side or window.read.stop * 4 - window.written.stop >= 4 * halo
            written[window.written] += 1
        assert written.all()
        (size,) = {window.read.stop - window.read.start for window in windows}
        assert size <= tile_size + 2 * halo


@pytest.fixture(scope="module")
def upscalers():
    """A tiny generator that sees 4 pixels far: untiled, and in tiles of 3 and 8 pixels."""
    x = image = keras.Input((None, None, 3))
    for seed, (size, times) in enumerate([(5, 2), (3, 2), (7, 1)]):
        kernel = keras.initializers.GlorotUniform(seed)
        x = layers.Conv2D(3, size, padding="same", kernel_initializer=kernel, activation="tanh")(x)
        x = layers.UpSampling2D(times)(x)
    generator = keras.Model(image, x)
    assert receptive_radius(generator) == 4
    return Upscaler(generator), [Upscaler(generator, tile_size=size, batch_size=2) for size in (3, 8)]


class TestUpscaler:
    @deterministic(25)
    @example(height=8, width=9, images=1, seed=0)  # as high as the halos of both sides
    @given(
        height=st.integers(1, 40), width=st.integers(1, 40), images=st.integers(1, 3), seed=st.integers(0, 99)
    )
    def test_tiles_are_the_untiled_result(self, upscalers, height, width, images, seed):
        untiled, tiled = upscalers
        low_resolution = np.random.default_rng(seed).random((images, height, width, 3), np.float32)
        expected = untiled(low_resolution).astype(int)
        for upscaler in tiled:
            assert np.abs(upscaler(low_resolution) - expected).max() <= 1  # from another rounding
