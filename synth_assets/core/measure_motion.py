"""Motion between two frames.

Belongs here: how far things move from one picture to the next. Does not belong here: which frames are neighbours
(``sequences/shots.py``) and cuts (``curation/shots.py``).
"""

from __future__ import annotations

import cv2
import numpy as np

from synth_assets.core.images import resize
from synth_assets.core.ports import RGB

_WIDTH_PX = 256


def motion_between(before: RGB, after: RGB) -> float:
    """Gives the mean length of the optical flow, in widths of the picture; 0 where nothing moves.

    Args:
        before: (H, W, 3) frame.
        after: a frame of the same shape.

    Source: Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016, as in OpenCV.
    """
    height = max(1, round(before.shape[0] * _WIDTH_PX / before.shape[1]))
    first, second = (cv2.cvtColor(resize(frame, (height, _WIDTH_PX)), cv2.COLOR_RGB2GRAY) for frame in (before, after))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = np.asarray(search.calc(first, second, np.zeros((*first.shape, 2), np.float32)), np.float64)
    return float(np.hypot(flow[..., 0], flow[..., 1]).mean()) / _WIDTH_PX
