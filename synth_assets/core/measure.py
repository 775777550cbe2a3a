"""Measuring: the one place that metrics of pictures are imported from.

``Look`` holds a picture and its shared planes; the functions read values off it. Nobody else
computes a metric. Belongs here: the list of what there is. Does not belong here: the computation
(``look.py``, ``measure_frames.py``, ``measure_photos.py``, ``measure_colours.py``,
``measure_motion.py``).
"""

from synth_assets.core.look import Look
from synth_assets.core.measure_colours import Colour, channel_histograms, palette
from synth_assets.core.measure_frames import FRAME_METRICS, frame_metrics
from synth_assets.core.measure_motion import motion_between
from synth_assets.core.measure_photos import PHOTO_METRICS, TRAITS, photo_metrics, traits

__all__ = [
    "FRAME_METRICS",
    "PHOTO_METRICS",
    "TRAITS",
    "Colour",
    "Look",
    "channel_histograms",
    "frame_metrics",
    "motion_between",
    "palette",
    "photo_metrics",
    "traits",
]
