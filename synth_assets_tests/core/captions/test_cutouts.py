import numpy as np
import pytest

from synth_assets.core.captions.cutouts import is_cutout, object_alone


def _picture() -> np.ndarray:
    picture = np.full((30, 50, 4), 255, np.uint8)
    picture[..., 3] = 0
    picture[10:20, 5:25] = (10, 20, 30, 255)
    picture[10:14, 5:25, 0] = 90
    return picture


def test_only_partly_transparent_pictures_are_cutouts() -> None:
    picture = _picture()
    assert is_cutout(picture)
    assert not is_cutout(np.full_like(picture, 255))
    assert not is_cutout(np.zeros_like(picture))
    soft = np.full_like(picture, 200)
    assert not is_cutout(soft)


def test_the_object_stands_alone_on_its_own_colour() -> None:
    alone = object_alone(_picture())
    # 20 x 10 pixels and 6% of 20 around them.
    assert alone.shape == (12, 22, 3)
    assert np.array_equal(alone[1:11, 1:21], _picture()[10:20, 5:25, :3])
    assert (alone[0] == (10, 20, 30)).all()


def test_soft_edges_are_mixed_with_that_colour() -> None:
    picture = _picture()
    picture[15, 10] = (210, 120, 30, 128)
    assert np.abs(object_alone(picture)[6, 6].astype(int) - (110, 70, 30)).max() <= 1


def test_nothing_to_see_is_an_error() -> None:
    with pytest.raises(ValueError, match="transparent everywhere"):
        object_alone(np.zeros((4, 4, 4), np.uint8))
