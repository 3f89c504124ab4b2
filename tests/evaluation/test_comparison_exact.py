import numpy as np
import pandas as pd
import pytest

from srgan_report.evaluation.comparison import find_exact


@pytest.fixture
def measured():
    """Bicubic reproduces the second crop of photograph 0, SRGAN-MSE that of photograph 1."""
    return pd.DataFrame(
        {
            "method": ["bicubic"] * 4 + ["srgan_mse"] * 4,
            "position": [0, 0, 1, 1] * 2,
            "crop": [0, 1, 0, 1] * 2,
            "psnr": [20.0, np.inf, 22.0, 23.0, 30.0, 60.0, 32.0, np.inf],
            "ssim": [0.5, 1.0, 0.5, 0.5, 0.5, 0.9, 0.5, 1.0],
        }
    )


def test_a_picture_that_one_method_reproduces_is_left_out_of_all(measured):
    assert find_exact(measured).tolist() == [False, True, False, True] * 2


def test_pictures_are_told_apart_by_all_of_their_columns(measured):
    assert find_exact(measured, ["crop"]).tolist() == [False, True] * 4


def test_nothing_is_left_out_where_all_is_finite(measured):
    finite = measured.assign(psnr=20.0, ssim=np.nan)  # a measure that an earlier version did not save
    assert not find_exact(finite).any()


def test_an_infinite_luma_alone_is_enough(measured):
    luma = measured.assign(psnr=20.0, psnr_y=measured["psnr"])
    assert find_exact(luma).tolist() == [False, True, False, True] * 2
