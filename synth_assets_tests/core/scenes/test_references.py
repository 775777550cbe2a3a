"""The choice of reference photos is deterministic and hardly changed by a new photo."""

from synth_assets.core.records import ImageRecord
from synth_assets.core.scenes.references import choose_references, joined

PHOTOS = [ImageRecord(id=f"photo{index:02d}") for index in range(20)]


def chosen(photos: list[ImageRecord], seed: int) -> list[str]:
    return [photo.id for photo in choose_references(photos, seed, 2)]


def test_order_and_repeats_do_not_matter() -> None:
    assert chosen(PHOTOS, 5) == chosen([*PHOTOS[::-1], PHOTOS[3]], 5)
    assert len(set(chosen(PHOTOS, 5))) == 2


def test_a_new_photo_changes_only_what_uses_it() -> None:
    more = [*PHOTOS, ImageRecord(id="new")]
    changed = [seed for seed in range(200) if chosen(PHOTOS, seed) != chosen(more, seed)]
    assert all("new" in chosen(more, seed) for seed in changed)
    assert 5 < len(changed) < 40  # about 2 of 21


def test_fewer_than_asked() -> None:
    assert chosen(PHOTOS[:1], 1) == ["photo00"]
    assert chosen([], 1) == []


def test_joined() -> None:
    assert joined(["MIT", "", "CC0", "MIT"]) == "CC0; MIT"
