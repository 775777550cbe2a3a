"""Pasting back: bit-identical outside, matched inside, no more taken over than the object; objects found by change."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.core.masks import box_mask, soft_rim, tight_box
from synth_assets.core.ports import Inpainted, Instance, Mask, SoftMask
from synth_assets.core.scenes.seams import (
    context_box,
    find_object,
    match_tone,
    paste_tight,
    settle,
    split_object,
)

SOFT = soft_rim(box_mask((20, 20, 44, 44), (64, 64)), 6)
OBJECT = box_mask((26, 26, 40, 40), (64, 64))


def crop() -> np.ndarray:
    return np.random.default_rng(0).integers(90, 130, (64, 64, 3)).astype(np.uint8)


def drifted(before: np.ndarray) -> np.ndarray:
    after = np.clip(before.astype(int) + 12, 0, 255).astype(np.uint8)
    after[OBJECT] = (200, 40, 40)
    return after


@given(
    height=st.integers(4, 48),
    width=st.integers(4, 48),
    feather=st.integers(0, 8),
    rim=st.integers(0, 6),
    exact=st.booleans(),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=120, deadline=None)
def test_pixels_outside_the_soft_mask_keep_their_bytes(
    height: int, width: int, feather: int, rim: int, exact: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    blobs = cv2.resize(rng.random((3, 3)), (width, height)) > rng.uniform(0.2, 0.9)
    soft = soft_rim(blobs, feather)
    touched: Mask | None = rng.random((height, width)) > 0.7 if exact else None
    painted = Inpainted(after, touched, touched)
    loose = settle(before, painted, soft)
    object_mask = touched if touched is not None else find_object(before, loose, soft, []).mask
    pasted = paste_tight(before, loose, painted, object_mask, soft, rim)
    may_change = soft > 0 if touched is None else touched
    assert (pasted[~may_change] == before[~may_change]).all()
    assert not (object_mask & ~may_change).any()
    if touched is not None:
        assert (pasted[touched] == after[touched]).all()


def test_drift_is_undone_and_only_the_object_is_taken_over() -> None:
    before = crop()
    painted = Inpainted(drifted(before))
    loose = settle(before, painted, SOFT)
    around = (SOFT > 0) & ~cv2.dilate(OBJECT.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert np.abs(loose[around].astype(int) - before[around]).mean() < 2  # tone was matched, not kept at +12
    found = find_object(before, loose, SOFT, []).mask
    assert tight_box(found) == (26, 26, 40, 40)
    pasted = paste_tight(before, loose, painted, found, SOFT, 3)
    changed = (pasted != before).any(axis=2)
    assert changed[OBJECT].all()
    assert not (changed & ~box_mask((23, 23, 43, 43), (64, 64))).any()  # a rim of 3 px ends before its third


def test_a_shadow_comes_along_and_a_new_texture_does_not() -> None:
    before = crop()
    after = before.copy()
    after[OBJECT] = (200, 40, 40)
    after[40:44, 24:42] = after[40:44, 24:42] // 2
    after[20:24, 20:44] = np.random.default_rng(1).integers(90, 130, (4, 24, 3))
    painted = Inpainted(after)
    loose = settle(before, painted, SOFT)
    pasted = paste_tight(before, loose, painted, OBJECT, SOFT, 2)
    assert pasted[41, 26:40].mean() < 70
    assert (pasted[20:23] == before[20:23]).all()


def test_tone_is_matched_on_the_ring_in_mean_and_within_bounds_in_spread() -> None:
    reference = crop()
    flatter = np.clip((reference.astype(float) - 110) * 0.9 + 118, 0, 255).astype(np.uint8)
    where = SOFT == 0
    matched = match_tone(flatter, reference, where).astype(int)
    assert abs(matched[where].mean() - reference[where].mean()) < 0.7
    assert matched[where].std() == pytest.approx(reference[where].std(), rel=0.05)
    far = match_tone(np.full_like(reference, 250), reference, where)
    assert far.mean() > 180  # a shift is bounded: 12 in lightness
    assert match_tone(flatter, reference, np.zeros_like(where)) is flatter


def test_nothing_is_found_where_nothing_changed() -> None:
    before = crop()
    assert not find_object(before, before, SOFT, []).mask.any()
    assert not split_object(np.zeros((9, 9), np.bool_)).mask.any()


def instance(box: tuple[int, int, int, int]) -> Instance:
    return Instance(box_mask(box, (64, 64)), 1.0)


def two_objects() -> tuple[np.ndarray, SoftMask]:
    after = crop()
    after[22:42, 20:30] = (200, 40, 40)
    after[22:42, 30:40] = (210, 40, 40)
    return after, soft_rim(box_mask((16, 16, 48, 48), (64, 64)), 4)


def test_instance_that_covers_the_change_wins_less_what_did_not_change() -> None:
    before = crop()
    loose = settle(before, Inpainted(drifted(before)), SOFT)
    found = find_object(before, loose, SOFT, [instance((0, 0, 12, 60)), instance((22, 26, 40, 40))])
    assert tight_box(found.mask) == (26, 26, 40, 40)
    assert found.others == ()


def test_two_new_instances_are_not_merged() -> None:
    after, soft = two_objects()
    assert find_object(crop(), after, soft, []).others == ()  # by change alone they are one
    found = find_object(crop(), after, soft, [instance((20, 22, 30, 42)), instance((30, 22, 40, 42))])
    assert tight_box(found.mask) == (20, 22, 30, 42)
    assert [tight_box(other) for other in found.others] == [(30, 22, 40, 42)]


def test_a_segmented_shadow_is_no_second_object_where_it_changed_less_than_the_object() -> None:
    before, soft = crop(), soft_rim(box_mask((16, 16, 48, 48), (64, 64)), 4)
    after = before.copy()
    after[20:36, 20:32] = (200, 40, 40)
    after[36:46, 20:46] = after[36:46, 20:46] // 2
    found = find_object(before, after, soft, [instance((20, 36, 46, 46)), instance((20, 20, 32, 36))])
    assert tight_box(found.mask) == (20, 20, 32, 36)
    assert found.others == ()


def test_pieces_apart_are_named_and_near_ones_are_one() -> None:
    mask = box_mask((4, 4, 24, 24), (64, 64)) | box_mask((26, 4, 36, 24), (64, 64))
    assert split_object(mask).others == ()
    apart = mask | box_mask((50, 4, 60, 24), (64, 64))
    assert [tight_box(piece) for piece in split_object(apart).others] == [(50, 4, 60, 24)]


def test_context_is_clipped() -> None:
    assert context_box((0, 10, 20, 40), (50, 60), 0.5, 4) == (0, 0, 35, 50)


def test_changed_size_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        settle(crop(), Inpainted(np.zeros((8, 8, 3), np.uint8)), SOFT)
