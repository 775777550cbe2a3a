"""Profiles of made-up measurements: an unremarkable picture, and what a test changes about it."""

import numpy as np

from synth_assets.core.measure import PHOTO_METRICS
from synth_assets.core.profile.building import build_profile
from synth_assets.core.profile.set_sketch import Measured

UNREMARKABLE = {
    **dict.fromkeys(PHOTO_METRICS, 0.4),
    "brightness_mean": 0.48,
    "contrast": 0.42,
    "saturation": 0.25,
    "warmth": 0.0,
    "thirds": 0.5,
    "symmetry": 0.5,
    "sharpness": 0.1,
    "noise": 0.01,
    "width_px": 1200.0,
    "height_px": 900.0,
}
THREE_COLOURS = (((200.0, 40.0, 40.0), 0.4), ((40.0, 200.0, 40.0), 0.35), ((40.0, 40.0, 200.0), 0.25))


def picture(name="a.jpg", colours=THREE_COLOURS, licence="", fault="", labels=(), taken=None, **metrics):
    return Measured(
        name=name,
        metrics={**UNREMARKABLE, **metrics},
        histograms=np.full((3, 4), 0.25),
        colours=colours,
        licence=licence,
        fault=fault,
        labels=labels,
        taken=taken,
    )


def made_up(count=2, name="trip", **changes):
    """A profile of pictures that are all the same, but for values that are given as a list of one each."""

    def of(index):
        return {key: value[index] if isinstance(value, list) else value for key, value in changes.items()}

    return build_profile(name, [picture(**of(index)) for index in range(count)])
