"""What charts share: the same bytes for the same figure, open frames, whole numbers."""

import io

import pytest
from PIL import Image

from synth_assets.core.charts import empty_figure, figure_png, open_frame, whole_numbers


def _chart() -> bytes:
    figure = empty_figure(3, 2)
    axes = figure.add_subplot()
    axes.barh([0, 1], [1, 3])
    open_frame(axes)
    return figure_png(figure, 50)


def test_a_figure_is_a_png_of_its_size_without_the_librarys_name() -> None:
    made = _chart()
    assert made == _chart()
    assert b"Software" not in made
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.format, picture.size) == ("PNG", (150, 100))
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_frames_are_open_and_ticks_whole() -> None:
    left, right = empty_figure(6, 2).subplots(1, 2)
    open_frame(left, right)
    for axes in (left, right):
        axes.plot([0, 2], [0, 1])
        assert [name for name, side in axes.spines.items() if side.get_visible()] == ["left", "bottom"]
    whole_numbers(left)
    whole_numbers(right, 1)
    assert list(left.get_xticks()) == pytest.approx([round(tick) for tick in left.get_xticks()])
    assert any(tick != round(tick) for tick in left.get_yticks())
    assert len([tick for tick in right.get_xticks() if 0 <= tick <= 2]) <= 2
