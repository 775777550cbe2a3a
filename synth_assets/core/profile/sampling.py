"""Sampling from a profile: what varies from one generated picture to the next.

Belongs here: drawing from a profile by seed. Does not belong here: which words a profile has
(``wording.py``) and what is done with them (``core/scenes``).
"""

from __future__ import annotations

import numpy as np

from synth_assets.core.profile.profile import Profile
from synth_assets.core.profile.slots import SLOTS

_WORD_SHARE = 0.75
"""Of the pictures that get a word which describes the set as a whole; a set's spread needs some without."""


def sample_words(profile: Profile, seed: int) -> tuple[str, ...]:
    """Draws prompt words for one picture: always the slot's light, most other words, one thing shown.

    What is shown is drawn by the shares of the profile's labels, so that over many pictures they
    come about as often as in the references; a profile without labels has none.
    """
    rng = np.random.default_rng(seed)
    kept = [
        word
        for place, word in enumerate(profile.prompt_words)
        if rng.random() < _WORD_SHARE or (place == 0 and profile.name in SLOTS)
    ]
    shares = profile.statistics.content.labels
    labels, weights = list(shares), np.array(list(shares.values()))
    return (*kept, *([str(rng.choice(labels, p=weights / weights.sum()))] if labels else []))
