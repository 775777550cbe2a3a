from datetime import timedelta

import numpy as np
import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.profile.plots import analysis_plots
from synth_assets_tests.core.profile.made_up import made_up

LIGHT = [*np.linspace(0.17, 0.23, 18), *np.linspace(0.67, 0.73, 12)]
PROFILE = made_up(
    30, brightness_mean=LIGHT, contrast=np.linspace(0.3, 0.5, 30).tolist(), warmth=np.linspace(-9, 30, 30).tolist()
)
