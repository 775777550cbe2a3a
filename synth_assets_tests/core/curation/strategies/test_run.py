import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from resources.offline.filling import OpenCvFiller
from resources.offline.restoration import LanczosUpscaler, NonLocalMeansDenoiser
from resources.store import Store
from synth_assets.core.curation.strategies import StrategyConfigs
from synth_assets.core.curation.strategies.run import run_strategy
from synth_assets.core.images import encode_png
from synth_assets.core.items import Artifact, Extras, Item, fingerprint
from synth_assets.core.masks import dilate, tight_box
from synth_assets.core.ports import RGB, Mask, Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

SIZE_HW = (120, 160)


class RecordingFiller(OpenCvFiller):
    def __init__(self) -> None:
        self.masks: list[Mask] = []

    def fill(self, images: Sequence[RGB], masks: Sequence[Mask]) -> list[RGB]:
        self.masks += masks
        return super().fill(images, masks)


class OfflineModels:
    """The real offline engines, without a registry."""

    def __init__(self) -> None:
        self.filler = RecordingFiller()

    def has(self, role: str) -> bool:
        return role in ("background_fill", "upscale", "denoise")

    def background_fill(self) -> RecordingFiller:
        return self.filler

    def upscale(self) -> LanczosUpscaler:
        return LanczosUpscaler()

    def denoise(self) -> NonLocalMeansDenoiser:
        return NonLocalMeansDenoiser()


def _mask(side_px: int = 70) -> np.ndarray:
    mask = np.zeros(SIZE_HW, np.bool_)
    mask[20 : 20 + side_px, 40 : 40 + side_px] = True
    return mask


def _decisions(store: Store, strategy: str, masks: Sequence[np.ndarray]) -> ImageSet:
    keys = [f"f{at}" for at in range(len(masks))]
    with store.open("strategy_decisions", "bunny") as writer:
        for at, (key, mask) in enumerate(zip(keys, masks, strict=True)):
            image = np.random.default_rng(at).integers(60, 120, (*SIZE_HW, 3), np.uint8)
            image[mask] = (200, 190, 180)
            box = tight_box(mask)
            assert box
            record = ImageRecord(
                objects=(ObjectRecord("bunny", box, 1, score=0.7),),
                extra={"strategy": strategy, "confidence": 0.8, "reasoning": "because", "analysis": "a"},
            )
            writer.put(
                key, fingerprint("1", Item(key, {})), [Artifact(record, f"{key}.png", encode_png(image), [mask])]
            )
        writer.commit(keys, "v", Extras())
        return writer.records(keys)


def _run(store: Store, strategy: str, decisions: ImageSet, models: OfflineModels | None = None) -> Any:
    with store.open(strategy, "bunny") as writer:
        chosen = cast(Models, models or OfflineModels())
        return run_strategy(writer, strategy, decisions, chosen, StrategyConfigs(), run_seed=1)


def test_keep_full_is_bit_identical_with_caption_and_mask(store: Store) -> None:
    decisions = _decisions(store, "keep_full", [_mask()])
    row = _run(store, "keep_full", decisions).images.records[0]
    assert row.path == "keep_full/bunny/images/f0.png"
    assert decisions.read_bytes(row.path) == decisions.read_bytes(decisions.records[0].path)
    assert decisions.read_bytes("keep_full/bunny/captions/f0.txt").decode() == row.captions["short"]
    assert row.objects[0].xyxy == (40, 20, 110, 90)
    assert row.parents == (decisions.records[0].id,)


def test_segment_fills_a_hole_five_pixels_larger(store: Store) -> None:
    decisions, models = _decisions(store, "segment", [_mask()]), OfflineModels()
    images = _run(store, "segment", decisions, models).images
    names = [record.path.rsplit("/", 1)[-1] for record in images]
    assert names == ["f0_character.png", "f0_background.png", "f0_composite.png"]
    assert (models.filler.masks[0] == dilate(_mask(), 5)).all()
    outside = ~dilate(_mask(), 5)
    assert (images.read(images.records[1])[outside] == decisions.read(decisions.records[0])[outside]).all()
    assert [len(record.objects) for record in images] == [1, 0, 1]
    with Image.open(io.BytesIO(decisions.read_bytes(images.records[0].path))) as character:
        assert character.mode == "RGBA"
        assert character.getpixel((character.width // 2, character.height // 2)) == (200, 190, 180, 255)
        assert cast("tuple[int, ...]", character.getpixel((0, 0)))[3] == 0


def test_occlusion_makes_three_variants_with_visible_share(store: Store) -> None:
    images = _run(store, "create_occlusion", _decisions(store, "create_occlusion", [_mask()])).images
    assert [record.path.rsplit("/", 1)[-1] for record in images] == ["f0_occ0.png", "f0_occ1.png", "f0_occ2.png"]
    assert images.records[2].extra["occlusion_kind"] == "overlay"
    assert all(0.5 < cast(float, record.extra["visible_share"]) <= 1 for record in images)


def test_enhance_doubles_the_crop_and_names_the_missing_face_step(store: Store) -> None:
    summary = _run(store, "enhance_segment", _decisions(store, "enhance_segment", [_mask()]))
    row = summary.images.records[0]
    assert row.path.endswith("f0_enhanced_character.png")
    width = cast(int, row.extra["crop_x1"]) - cast(int, row.extra["crop_x0"])
    assert row.width == 2 * width
    assert cast(float, row.extra["delta_e"]) < 3
    assert "face_restore" in summary.details["skipped_face_enhance"]


def test_failing_frame_is_recorded_and_the_rest_go_on(store: Store) -> None:
    decisions = _decisions(store, "segment", [_mask(), _mask(side_px=30)])
    summary = _run(store, "segment", decisions)
    assert [record.status for record in summary.images] == ["ok", "ok", "ok", "failed"]
    report = json.loads((store.file("segment", "bunny", "processing_report.json")).read_text())
    assert report["summary"] == {"total_frames": 2, "successful": 1, "failed": 1, "strategies": {"segment": 2}}
    assert [result["success"] for result in report["results"]] == [True, False]
    assert "below min_instance_size 64" in report["results"][1]["error"]
    assert len(report["results"][0]["outputs"]) == 6


def test_only_changed_frames_are_made_again(store: Store) -> None:
    decisions = _decisions(store, "keep_full", [_mask(), _mask()])
    _run(store, "keep_full", decisions)
    first = decisions.records[0]
    changed = replace(first, extra={**first.extra, "analysis": "b"})
    summary = _run(store, "keep_full", ImageSet(decisions.root, (changed, decisions.records[1])))
    assert (summary.made, summary.reused) == (1, 1)


def test_unknown_strategy_is_named(store: Store) -> None:
    with pytest.raises(ValueError, match="unknown strategy 'keep_ful'"):
        _run(store, "keep_ful", _decisions(store, "keep_full", [_mask()]))
