import numpy as np
import pytest

from synth_assets.core.curation.analysis_plots import FURTHER_COLOURS, metric_plots
from synth_assets.core.curation.thresholds import Thresholds
from synth_assets.core.images import decode_image
from synth_assets_tests.core.curation.decision_rows import analysed


def rows(count, **changes):
    rng = np.random.default_rng(count)
    return [
        dict(analysed(f"f{at}", *rng.random(5), time_s=at / 2, shot=at // 4, video="film.mp4", **changes).extra)
        for at in range(count)
    ]


def drawn(data):
    image = decode_image(data, "metrics.png")
    assert image.shape == (760, 1040, 3)
    return image


def coloured(image, hexcode):
    """Number of pixels of one colour."""
    return int((image == [int(hexcode[at : at + 2], 16) for at in (0, 2, 4)]).all(axis=2).sum())


BLUE, GRAY, PINK = "0072B2", "BDBDBD", "CC79A7"


def test_without_strategies_points_say_whether_the_character_was_found_and_the_threshold_is_where_it_is():
    image = drawn(metric_plots([*rows(8), *rows(5, target_found=False)], Thresholds(simple_background=0.6)))
    assert coloured(image, BLUE) > coloured(image, GRAY) > 0
    assert coloured(image, PINK) == 0
    reddish = (image == [0xC0, 0x39, 0x2B]).all(axis=2)
    lines = [at for at in np.flatnonzero(reddish[:, :400].sum(axis=1) > 200) if at < 200]
    # The first plot spans rows 76 to 190 and values from 1.04 down to -0.04.
    assert np.mean(lines) == pytest.approx(76 + 114 * (1.04 - 0.6) / 1.08, abs=3)


def test_points_have_the_colour_of_their_strategy_and_custom_ones_have_one_too():
    decided = [*rows(8, strategy="enhance_segment"), *rows(6, strategy="far_crop"), *rows(3, target_found=False)]
    image = drawn(metric_plots(decided, Thresholds()))
    assert coloured(image, PINK) > coloured(image, GRAY) > 0
    assert coloured(image, BLUE) == 0
    assert sum(coloured(image, colour.removeprefix("#")) > 0 for colour in FURTHER_COLOURS) == 1


def test_stills_are_drawn_and_rows_without_metrics_left_out():
    stills = [
        {name: value for name, value in row.items() if name not in ("video", "time_s", "shot")} for row in rows(3)
    ]
    assert metric_plots([*stills, {"video": "film.mp4"}], Thresholds()) == metric_plots(stills, Thresholds())


def test_nothing_at_all_is_an_empty_plot():
    assert coloured(drawn(metric_plots([], Thresholds())), BLUE) == 0
