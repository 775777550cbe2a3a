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

_SHOWN_SHARE = 0.5


def sample_words(profile: Profile, seed: int) -> tuple[str, ...]:
    """Draws prompt words for one picture: always the slot's light, most other words, what is often shown.

    A thing that most of the references show comes about as often as in them. Rarer ones are left
    out: zero-shot labels are wrong too often to put each into a picture.
    """
    rng = np.random.default_rng(seed)
    shares = {
        word: 1.0 if place == 0 and profile.name in SLOTS else _WORD_SHARE
        for place, word in enumerate(profile.prompt_words)
    }
    shares |= {label: share for label, share in profile.statistics.content.labels.items() if share >= _SHOWN_SHARE}
    return tuple(word for word, share in shares.items() if rng.random() < share)
