"""Seeds: the same for the same names, unlike for others."""

from hypothesis import given
from hypothesis import strategies as st

from synth_assets.core.seeds import derive_seed, generator

names = st.text(st.characters(blacklist_characters="\x1f", blacklist_categories=("Cs",)), max_size=8)


def test_seeds_do_not_change_with_versions() -> None:
    assert derive_seed(0, "backgrounds", "morning", 0) == 2314232022531152818
    assert derive_seed(0, "backgrounds", "morning", "0") == derive_seed(0, "backgrounds", "morning", 0)


def test_every_part_counts() -> None:
    seeds = {
        derive_seed(run, asset, partition, index)
        for run in (0, 1)
        for asset in ("a", "b")
        for partition in ("", "a", "ab")
        for index in range(50)
    }
    assert len(seeds) == 2 * 2 * 3 * 50


@given(st.integers(), names, names, st.integers(0, 1000))
def test_seeds_are_in_range_and_stable(run: int, asset: str, partition: str, index: int) -> None:
    seed = derive_seed(run, asset, partition, index)
    assert 0 <= seed < 2**63
    assert seed == derive_seed(run, asset, partition, index)
    assert generator(seed).integers(2**60) == generator(seed).integers(2**60)
