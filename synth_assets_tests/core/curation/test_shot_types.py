import numpy as np
import pytest
from pydantic import ValidationError

from synth_assets.core.curation.shot_types import SHOT_TYPES, ShotTypeParams, shot_type

PARAMS = ShotTypeParams()
HEIGHT, WIDTH = 100, 160


def figure(top: int, bottom: int, left: int = 60, right: int = 100) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (figure(10, 100), "close_up"),
        (figure(24, 100), "close_up"),  # 0.76 of the height, exactly the limit
        (figure(25, 100), "medium"),
        (figure(60, 100), "medium"),
        (figure(70, 100, 60, 90), "far"),  # small, cut or not
        (figure(0, 80), "close_up"),  # the head is cut off
        (figure(1, 99), "full_body"),
        (figure(30, 90), "full_body"),
        (figure(40, 73, 60, 90), "full_body"),
        (figure(40, 72, 60, 90), "far"),
        (figure(60, 80, 40, 120), "full_body"),  # it lies
        (figure(30, 90, 0, 40), "full_body"),  # the side does not count
        (figure(0, 0), ""),
    ],
)
def test_types_by_height_and_cut(mask, expected):
    assert shot_type(mask, PARAMS) == expected
    assert expected in (*SHOT_TYPES, "")


@pytest.mark.parametrize("feet_px", [9, 10])
def test_an_ear_at_the_border_is_no_cut(feet_px):
    mask = figure(20, 95)
    mask[95:, 60 : 60 + feet_px] = True  # the figure is 40 px wide
    assert shot_type(mask, PARAMS) == ("full_body" if feet_px < 10 else "close_up")


def test_limits_can_be_set():
    assert shot_type(figure(50, 100), ShotTypeParams(close_up_from=0.5)) == "close_up"
    assert shot_type(figure(30, 90), ShotTypeParams(far_below=0.65)) == "far"
    with pytest.raises(ValidationError, match=r"far_below \(0.8\) must be below close_up_from \(0.76\)"):
        ShotTypeParams(far_below=0.8)
