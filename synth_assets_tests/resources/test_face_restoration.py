"""The face restorer with a tiny detector and a net that brightens, through the registry."""

from pathlib import Path

import numpy as np
import pytest

from resources.models.face_restoration import load_face_restorer
from synth_assets.core.ports import Restorer
from synth_assets_tests.resources.tiny_onnx import (
    entry,
    face_entry,
    registry,
    write_face_net,
)

FACE_PX = 40


@pytest.fixture(autouse=True)
def _on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DEVICE", "cpu")


def _restorer(folder: Path, fidelity: float | None = 0.5) -> Restorer:
    return registry("face_restore", face_entry(folder, fidelity=fidelity, face_px=FACE_PX), folder).face_restore()


def _people(*centres_yx: tuple[int, int]) -> np.ndarray:
    """Grey, with a red spot that the tiny detector takes for the middle of a face."""
    image = np.full((120, 160, 3), 100, np.uint8)
    for y, x in centres_yx:
        image[y - 2 : y + 2, x - 2 : x + 2] = (255, 0, 0)
    return image


def test_faces_are_restored_and_the_rest_keeps_its_bytes(tmp_path: Path) -> None:
    image = _people((42, 50), (82, 118))
    (made,) = _restorer(tmp_path).restore([image])
    changed = (made != image).any(axis=2)
    for y, x in ((42, 50), (82, 118)):
        # 0.5 of [-1, 1] is a quarter of 255
        assert np.abs(made[y + 8, x - 8].astype(int) - 164).max() <= 1
        changed[y - FACE_PX : y + FACE_PX, x - FACE_PX : x + FACE_PX] = False
    assert not changed.any()


def test_pictures_without_faces_come_back_bit_for_bit(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 120, (90, 70, 3), np.uint8)
    (made,) = _restorer(tmp_path).restore([image])
    assert np.array_equal(made, image)
    assert made is not image


def test_fidelity_reaches_the_net_and_its_name(tmp_path: Path) -> None:
    image = _people((62, 82))
    engines = [_restorer(tmp_path / str(number), fidelity) for number, fidelity in enumerate((0.1, 0.6))]
    dim, bright = (engine.restore([image])[0][68, 76, 0] for engine in engines)
    assert (int(dim), int(bright)) == (pytest.approx(113, abs=1), pytest.approx(176, abs=1))
    assert engines[0].name.rpartition("~")[2] != engines[1].name.rpartition("~")[2]


def test_a_net_that_asks_for_no_fidelity_works_too(tmp_path: Path) -> None:
    (made,) = _restorer(tmp_path, fidelity=None).restore([_people((62, 82))])
    assert np.abs(made[68, 76].astype(int) - 164).max() <= 1


def test_what_cannot_work_is_told(tmp_path: Path) -> None:
    net = write_face_net(tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"give the entry parts: \{detector"):
        load_face_restorer(entry(net, "codeformer-onnx"), net, "cpu")
