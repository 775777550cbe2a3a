import numpy as np
import pytest

from synth_assets.core.profile.building import build_profile, measure_picture, measured_from_row
from synth_assets.core.profile.sampling import sample_words

ROW = measure_picture(np.full((32, 48, 3), (90, 60, 40), np.uint8))


def profile(name, *labels):
    return build_profile(name, [measured_from_row(label, {**ROW, "scene_labels": label}) for label in labels])


def test_the_light_of_the_slot_is_always_there_and_other_words_mostly():
    night = profile("night", "")
    drawn = [sample_words(night, seed) for seed in range(400)]
    assert all(words[0] == "at night" for words in drawn)
    others = set(night.prompt_words[1:])
    assert others
    for word in others:
        assert sum(word in words for words in drawn) / 400 == pytest.approx(0.75, abs=0.08)


def test_what_most_photos_show_comes_as_often_as_in_them():
    lakes = profile("x", "lake=0.70", "lake=0.70", "lake=0.70", "city skyline=0.50")
    drawn = [sample_words(lakes, seed) for seed in range(400)]
    assert sum("lake" in words for words in drawn) / 400 == pytest.approx(0.75, abs=0.08)
    assert not any("city skyline" in words for words in drawn)


def test_same_seed_same_words():
    lakes = profile("evening", "lake=0.70", "sky=0.30")
    assert sample_words(lakes, 7) == sample_words(lakes, 7)
    assert len({sample_words(lakes, seed) for seed in range(20)}) > 1
