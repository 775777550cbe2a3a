import re
from datetime import datetime

import numpy as np
import pytest

from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row, merge_profiles
from synth_assets.core.profile.insights import insights_of
from synth_assets_tests.core.profile.made_up import made_up

EVEN_LIGHT = np.linspace(0.36, 0.60, 12).tolist()
"""Neither uniform nor very varied, nor of two kinds."""


def texts(profile):
    return [insight.text for insight in insights_of(profile)]


def without_numbers(text):
    return re.sub(r"[+-]?[\d.]+", "", text)


def twelve(**changes):
    return made_up(12, **{"brightness_mean": EVEN_LIGHT, **changes})


def test_nothing_is_said_of_an_unremarkable_set():
    assert insights_of(made_up()) == ()
    assert insights_of(twelve()) == ()


@pytest.mark.parametrize(
    ("changes", "text", "numbers", "opposite"),
    [
        (
            {"green_mean": 0.54},
            "High green channel values (0.14 above the next channel) suggest nature or other outdoor scenes",
            {"green_lead": 0.14},
            {"green_mean": 0.3},
        ),
        (
            {"blue_mean": 0.5},
            "High blue channel values (0.10 above the next channel) suggest sky, water or shade",
            {"blue_lead": 0.1},
            {"blue_mean": 0.5, "green_mean": 0.49},
        ),
        (
            {"red_mean": 0.5},
            "High red channel values (0.10 above the next channel) suggest low sun, lamplight or interiors",
            {"red_lead": 0.1},
            {"red_mean": 0.3},
        ),
        (
            {"contrast": 0.65},
            "Moderate brightness (0.48) with strong contrast (0.65)",
            {"brightness_mean": 0.48, "contrast": 0.65},
            {"contrast": 0.2},
        ),
        (
            {"brightness_mean": 0.2, "contrast": 0.3},
            "Low brightness (0.20) with soft contrast (0.30)",
            {"brightness_mean": 0.2, "contrast": 0.3},
            {"brightness_mean": 0.7, "contrast": 0.3},
        ),
        (
            {"brightness_mean": 0.7},
            "High brightness (0.70) with moderate contrast (0.42)",
            {"brightness_mean": 0.7, "contrast": 0.42},
            {"brightness_mean": 0.2},
        ),
        ({"warmth": 20.0}, "Warm colors (warmth +20)", {"warmth": 20.0}, {"warmth": -20.0}),
        ({"warmth": -20.0}, "Cool colors (warmth -20)", {"warmth": -20.0}, {"warmth": 20.0}),
        ({"saturation": 0.5}, "Vivid colors (saturation 0.50)", {"saturation": 0.5}, {"saturation": 0.1}),
        ({"saturation": 0.1}, "Muted colors (saturation 0.10)", {"saturation": 0.1}, {"saturation": 0.5}),
        ({"thirds": 0.7}, "Strong rule of thirds composition (0.70)", {"thirds": 0.7}, {"thirds": 0.3}),
        (
            {"thirds": 0.3},
            "Little detail on the thirds (0.30): subjects are centred or at the border",
            {"thirds": 0.3},
            {"thirds": 0.7},
        ),
        ({"symmetry": 0.9}, "Mostly symmetrical pictures (0.90)", {"symmetry": 0.9}, {"symmetry": 0.0}),
        ({"complexity": 0.68}, "Rich in detail (complexity 0.68)", {"complexity": 0.68}, {"complexity": 0.1}),
        ({"complexity": 0.1}, "Simple scenes (complexity 0.10)", {"complexity": 0.1}, {"complexity": 0.68}),
        (
            {"width_px": 3840.0, "height_px": 2160.0},
            "Primarily high-resolution pictures (8.3 megapixels at the mean size)",
            {"megapixels": 8.2944},
            {"width_px": 320.0, "height_px": 240.0},
        ),
        (
            {"width_px": 320.0, "height_px": 240.0},
            "Low resolution (0.08 megapixels at the mean size)",
            {"megapixels": 0.0768},
            {"width_px": 3840.0, "height_px": 2160.0},
        ),
        (
            {"sharpness": 0.004},
            "Blurred pictures throughout (sharpness 0.0040)",
            {"sharpness": 0.004},
            {"sharpness": 0.9},
        ),
        ({"noise": 0.05}, "Noisy pictures throughout (noise 0.050)", {"noise": 0.05}, {"noise": 0.001}),
        (
            {"fault": ["blurred", ""]},
            "50% of the pictures are of low quality",
            {"poor_share": 0.5},
            {"fault": ""},
        ),
        (
            {"colours": (((20.0, 90.0, 220.0), 0.6), ((250.0, 250.0, 250.0), 0.3))},
            "One color, blue (#145ADC), stands for 67% of the pixels",
            {"#145ADC": 2 / 3},
            {"colours": (((20.0, 90.0, 220.0), 0.3), ((250.0, 250.0, 250.0), 0.3), ((250.0, 0.0, 0.0), 0.3))},
        ),
    ],
)
def test_a_rule_speaks_up_and_is_silent_on_the_opposite(changes, text, numbers, opposite):
    insights = {insight.text: insight.numbers for insight in insights_of(made_up(**changes))}
    assert insights == {text: pytest.approx(numbers)}
    assert without_numbers(text) not in [without_numbers(other) for other in texts(made_up(**opposite))]


def test_uniform_and_varied_light():
    uniform, varied = made_up(12), made_up(12, brightness_mean=[0.02, 0.98] * 6)
    assert texts(uniform) == ["Near-uniform lighting from picture to picture (brightness 0.48 ± 0.00)"]
    (light,) = [insight for insight in insights_of(varied) if insight.text.startswith("Very varied")]
    assert light.text == "Very varied lighting from picture to picture (brightness 0.50 ± 0.48)"
    assert light.numbers == pytest.approx({"brightness_mean": 0.5, "brightness_mean_std": 0.48})


def test_two_kinds_of_pictures_are_told_apart():
    light = [*np.linspace(0.17, 0.23, 18), *np.linspace(0.67, 0.73, 12)]
    (insight,) = [insight for insight in insights_of(made_up(30, brightness_mean=light)) if "kinds" in insight.text]
    assert insight.text == "Two kinds of pictures by brightness: 60% around 0.20, 40% around 0.70"
    assert insight.numbers["brightness_mean_weight_2"] == pytest.approx(0.4, abs=0.01)
    one_kind = made_up(30, brightness_mean=np.linspace(0.4, 0.6, 30).tolist())
    assert not [text for text in texts(one_kind) if "kinds" in text]


def test_hours_that_most_pictures_are_from():
    late = [datetime(2026, 1 + index, 3, hour) for index, hour in enumerate([23, 0, 1] * 3 + [23, 12, 15])]
    (insight,) = insights_of(twelve(taken=late))
    assert insight.text == "83% of the dated pictures were taken from 23:00 to 02:00"
    assert insight.numbers == pytest.approx({"share": 10 / 12, "from_hour": 23, "to_hour": 2})
    assert insights_of(twelve(taken=[datetime(2026, 1 + hour, 3, 2 * hour) for hour in range(12)])) == ()
    # Nine dated ones of twelve are too few to speak of shares.
    assert insights_of(twelve(taken=[*late[:9], None, None, None])) == ()


def test_a_season_that_most_pictures_are_from():
    hours = [2 * index for index in range(12)]
    winter = [datetime(2026, 7 if hour == 0 else 1, 3, hour) for hour in hours]
    (insight,) = insights_of(twelve(taken=winter))
    assert insight.text == "92% of the dated pictures are from winter"
    assert insight.numbers == pytest.approx({"share": 11 / 12})


def test_what_most_pictures_show():
    labels = [("lake", "sky")] * 6 + [("lake",)] * 2 + [("street",)] * 4
    (insight,) = insights_of(twelve(labels=labels))
    assert insight.text == "Of the labelled pictures, 67% show lake, 50% show sky"
    assert insight.numbers == pytest.approx({"lake": 2 / 3, "sky": 0.5})
    assert insights_of(twelve(labels=[(f"thing {index}",) for index in range(12)])) == ()


def test_weights_do_not_make_few_pictures_many():
    parts = [made_up(2, labels=("lake",)), twelve()]
    merged = merge_profiles(parts, weights=[0.3, 0.7])
    assert merged.sketch.labelled == pytest.approx(0.3 * 14)
    assert not [text for text in texts(merged) if "lake" in text]


def test_green_pictures_are_called_so():
    leaves = np.zeros((16, 24, 3), np.uint8)
    leaves[...] = (60, 120, 50)
    leaves[::2] = (110, 150, 90)
    profile = build_profile("park", [measured_from_row("a.jpg", measure_picture(leaves))])
    assert texts(profile)[0].startswith("High green channel values (0.20 above")


def test_the_order_is_that_of_the_rules():
    profile = made_up(green_mean=0.6, contrast=0.7, thirds=0.8, width_px=3840.0, height_px=2160.0)
    assert [text.split(" (")[0] for text in texts(profile)] == [
        "High green channel values",
        "Moderate brightness",
        "Strong rule of thirds composition",
        "Primarily high-resolution pictures",
    ]
