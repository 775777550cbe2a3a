"""The sample's reference photos, measured once for all tests of profiles (1.3 s)."""

from pathlib import Path

import pytest

from synth_assets.core.images import decode_image
from synth_assets.core.measure import Look, photo_metrics
from synth_assets.core.profile.drift import NamedRow
from synth_assets.core.profile.slots import SLOTS


@pytest.fixture(scope="session")
def sample_rows(sample: Path) -> dict[str, list[NamedRow]]:
    """Slot → name and photo metrics of each of its photos."""
    return {
        slot: [
            (path.name, photo_metrics(Look(decode_image(path.read_bytes(), path.name))))
            for path in sorted((sample / "reference" / slot).iterdir())
        ]
        for slot in SLOTS
    }
