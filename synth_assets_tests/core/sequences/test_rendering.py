import io

import numpy as np
from PIL import Image, ImageSequence

from synth_assets.core.images import decode_image, fit_within
from synth_assets.core.ports import RGB
from synth_assets.core.sequences.ordering import evenly
from synth_assets.core.sequences.rendering import Read, RenderingParams, render_gif, render_sheet

SMALL = RenderingParams(side_px=64, cell_hw=(12, 16), sheet_columns=2, sheet_pictures=4)


def photo(place: int) -> RGB:
    """A wide picture, its left half in one of twelve colours, its right half white."""
    image = np.full((20, 40, 3), 255, np.uint8)
    image[:, :20] = (place * 20, 255 - place * 20, (place * 70) % 256)
    return image


def read_thumbs(count: int, read: Read, params: RenderingParams) -> list[RGB]:
    return [fit_within(read(place), params.cell_hw) for place in evenly(count, params.sheet_pictures)]


def gif(count: int, params: RenderingParams = SMALL) -> tuple[bytes, list[int]]:
    return render_gif(count, photo, read_thumbs(count, photo, params), 220, params)


def frames(data: bytes) -> list[RGB]:
    with Image.open(io.BytesIO(data)) as image:
        return [np.asarray(frame.convert("RGB"), np.uint8) for frame in ImageSequence.Iterator(image)]


def test_size_count_time_and_loop() -> None:
    data, places = gif(12)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.n_frames, image.info["loop"]) == ((64, 64), 12, 0)  # pyright: ignore[reportAttributeAccessIssue]
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(image)] == [220] * 12
    assert places == list(range(12))


def test_frames_are_letterboxed_never_stretched() -> None:
    # 40 x 20 in 64 x 64: 64 x 32 of picture between two black bars of 16 rows.
    for frame in frames(gif(12)[0]):
        assert not frame[:16].any()
        assert not frame[48:].any()
        assert frame[17:47].any(axis=(1, 2)).all()
        white = (frame[32] > 200).all(axis=1)
        assert white[34:].all()
        assert not white[:30].any()


def test_colours_survive_the_shared_palette() -> None:
    for place, frame in enumerate(frames(gif(12, RenderingParams(side_px=64))[0])):
        # Dithering mixes a colour from its neighbours in the palette, so it is right on average.
        assert np.abs(frame[20:44, 4:24].mean(axis=(0, 1)) - photo(place)[0, 0]).max() <= 4


def test_a_gif_keeps_to_its_size() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (30, 48, 48, 3), np.uint8)
    params = RenderingParams(side_px=48, max_gif_mb=0.03)
    data, places = render_gif(30, lambda place: noise[place], read_thumbs(30, lambda p: noise[p], params), 220, params)
    assert len(data) <= 30_000
    assert 5 <= len(places) < 30
    assert len(frames(data)) == len(places)


def test_one_picture_larger_than_the_limit_is_still_shown() -> None:
    assert gif(5, RenderingParams(side_px=64, max_gif_mb=1e-5))[1] == [0]


def test_a_single_picture_makes_a_gif_that_is_read_again() -> None:
    data, places = gif(1)
    assert places == [0]
    assert decode_image(data, "one.gif").shape == (64, 64, 3)


def test_the_same_pictures_give_the_same_bytes() -> None:
    assert gif(12) == gif(12)


def test_sheet_lays_pictures_out_in_order() -> None:
    sheet = decode_image(render_sheet(read_thumbs(4, photo, SMALL), SMALL), "sheet.png")
    # Two columns and two rows of 12 x 16 cells with gaps of 4.
    assert sheet.shape == (2 * 16 + 4, 2 * 20 + 4, 3)
    for place, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        pixel = sheet[4 + 16 * row + 6, 4 + 20 * column + 3].astype(int)
        assert np.abs(pixel - photo(place)[0, 0]).max() <= 12
