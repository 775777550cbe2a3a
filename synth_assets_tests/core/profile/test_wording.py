import pytest

from synth_assets.core.profile.wording import colour_name, prompt_words, quality_fault, warnings_of

FAIR = {
    "brightness_mean": 0.5,
    "warmth": 0.0,
    "saturation": 0.25,
    "contrast": 0.45,
    "symmetry": 0.4,
    "complexity": 0.4,
    "sharpness": 0.1,
    "noise": 0.01,
}


def test_words_follow_the_numbers():
    assert prompt_words("night", FAIR, []) == ("at night",)
    words = prompt_words("holiday", {**FAIR, "brightness_mean": 0.2, "warmth": 30.0}, [((220.0, 120.0, 40.0), 1.0)])
    assert words == ("dim light", "warm tones", "orange hues")


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((5, 5, 5), "black"),
        ((250, 250, 245), "white"),
        ((120, 120, 125), "gray"),
        ((20, 90, 220), "blue"),
        ((30, 140, 40), "green"),
        ((110, 60, 30), "brown"),
        ((255, 0, 10), "red"),
    ],
)
def test_colour_names(colour, name):
    assert colour_name(colour) == name


def test_few_and_poor_pictures_are_warned_of():
    blurred = {**FAIR, "sharpness": 0.0001}
    assert quality_fault(FAIR) == ""
    assert quality_fault(blurred) == "blurred (sharpness 0.0001)"
    few, poor, one_sided = warnings_of(2, 1, ["b.jpg: blurred (sharpness 0.0001)"], {"lake": 0.95, "sky": 0.9})
    assert few.startswith("only 2 pictures")
    assert poor == "low quality: b.jpg: blurred (sharpness 0.0001)"
    assert one_sided.startswith("unbalanced: 95% of the pictures show 'lake'")
    assert warnings_of(50, 0, [], {"lake": 0.4}) == ()
    assert warnings_of(900, 300, ["a: dark"]) == ("low quality: a: dark", "low quality: 299 more")
