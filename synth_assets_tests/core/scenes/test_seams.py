"""Pasting back: bit-identical outside, matched inside; objects found where something changed."""

import numpy as np
import pytest

from synth_assets.core.masks import box_mask, soft_rim, tight_box
from synth_assets.core.ports import Inpainted, Instance
from synth_assets.core.scenes.seams import context_box, find_object, paste_back

SOFT = soft_rim(box_mask((20, 20, 44, 44), (64, 64)), 6)


def crop() -> np.ndarray:
    return np.random.default_rng(0).integers(90, 130, (64, 64, 3)).astype(np.uint8)


def drifted(before: np.ndarray) -> np.ndarray:
    after = np.clip(before.astype(int) + 12, 0, 255).astype(np.uint8)
    after[26:40, 26:40] = (200, 40, 40)
    return after


def test_only_touched_pixels_change() -> None:
    before = crop()
    touched = np.zeros((64, 64), np.bool_)
    touched[30:34, 30:34] = True
    after, changed = paste_back(before, Inpainted(drifted(before), touched, touched), SOFT)
    assert (after[~touched] == before[~touched]).all()
    assert (after[touched] == (200, 40, 40)).all()
    assert changed is touched


def test_drift_outside_the_soft_mask_is_undone() -> None:
    before = crop()
    after, changed = paste_back(before, Inpainted(drifted(before)), SOFT)
    assert (after[~changed] == before[~changed]).all()
    assert tight_box(changed) == (15, 15, 49, 49)
    ring = changed & ~np.pad(np.ones((20, 20), bool), 22)
    assert np.abs(after[ring].astype(int) - before[ring].astype(int)).mean() < 2  # tone was matched, not kept at +12


def test_object_is_found_by_change() -> None:
    before = crop()
    after, changed = paste_back(before, Inpainted(drifted(before)), SOFT)
    assert tight_box(find_object(before, after, changed, [])) == (26, 26, 40, 40)
    assert not find_object(before, before, changed, []).any()


def test_instance_that_covers_the_change_wins() -> None:
    before = crop()
    after, changed = paste_back(before, Inpainted(drifted(before)), SOFT)
    elsewhere, here = np.zeros((64, 64), np.bool_), np.zeros((64, 64), np.bool_)
    elsewhere[:60, :12] = True
    here[25:41, 27:41] = True
    assert (find_object(before, after, changed, [Instance(elsewhere, 1), Instance(here, 0.5)]) == here).all()


def test_context_is_clipped() -> None:
    assert context_box((0, 10, 20, 40), (50, 60), 0.5, 4) == (0, 0, 35, 50)


def test_changed_size_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        paste_back(crop(), Inpainted(np.zeros((8, 8, 3), np.uint8)), SOFT)
