import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from PIL import Image

from resources.offline.filling import OpenCvFiller
from resources.offline.restoration import LanczosUpscaler, NonLocalMeansDenoiser
from resources.store import Store
from synth_assets.core.curation.sightings import UNKNOWN
from synth_assets.core.curation.strategies import StrategyConfigs, StrategyEntry, own_strategies
from synth_assets.core.curation.strategies.frame import Frame, Kit, Output, StrategyConfig
from synth_assets.core.curation.strategies.run import character_report, run_strategy
from synth_assets.core.images import encode_png
from synth_assets.core.items import Artifact, Extras, Item, fingerprint
from synth_assets.core.masks import decode_mask, dilate, tight_box
from synth_assets.core.ports import RGB, Mask, Models
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord

ROOT = Path(__file__).parents[4]
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


def _decisions(
    store: Store, strategy: str, masks: Sequence[np.ndarray], others: Mapping[str, np.ndarray] | None = None
) -> ImageSet:
    """Frames of noise with the bunny, and the same ``others`` by label in each."""
    keys = [f"f{at}" for at in range(len(masks))]
    with store.open("strategy_decisions", "bunny") as writer:
        for at, (key, mask) in enumerate(zip(keys, masks, strict=True)):
            image = np.random.default_rng(at).integers(60, 120, (*SIZE_HW, 3), np.uint8)
            image[mask] = (200, 190, 180)
            shown = {"bunny": mask, **(others or {})}
            record = ImageRecord(
                licence="CC-BY-3.0",
                objects=tuple(
                    ObjectRecord(label, tight_box(found) or (0, 0, 0, 0), number, score=0.7)
                    for number, (label, found) in enumerate(shown.items(), 1)
                ),
                extra={"strategy": strategy, "confidence": 0.8, "reasoning": "because", "analysis": "a"},
            )
            made = Artifact(record, f"{key}.png", encode_png(image), list(shown.values()))
            writer.put(key, fingerprint("1", Item(key, {})), [made])
        writer.commit(keys, "v", Extras())
        return writer.records(keys)


def _run(
    store: Store,
    strategy: str,
    decisions: ImageSet,
    models: OfflineModels | None = None,
    config: StrategyConfigs | None = None,
    more: Mapping[str, StrategyEntry] | None = None,
) -> Any:
    with store.open(strategy, "bunny") as writer:
        kit = Kit(cast(Models, models or OfflineModels()), ROOT)
        table = {**own_strategies(config or StrategyConfigs()), **(more or {})}
        return run_strategy(writer, strategy, decisions, kit, table, run_seed=1)


def _report(store: Store, strategy: str) -> dict[str, Any]:
    return json.loads(store.file(strategy, "bunny", "processing_report.json").read_text())


def test_keep_full_is_bit_identical_with_caption_and_mask(store: Store) -> None:
    decisions = _decisions(store, "keep_full", [_mask()])
    row = _run(store, "keep_full", decisions).images.records[0]
    assert row.path == "keep_full/bunny/images/f0.png"
    assert decisions.read_bytes(row.path) == decisions.read_bytes(decisions.records[0].path)
    assert decisions.read_bytes("keep_full/bunny/captions/f0.txt").decode() == row.captions["short"]
    assert row.objects[0].xyxy == (40, 20, 110, 90)
    assert row.parents == (decisions.records[0].id,)


def _frank() -> np.ndarray:
    mask = np.zeros(SIZE_HW, np.bool_)
    mask[80:, 112:150] = True
    return mask


def _objects(images: ImageSet) -> list[dict[str, Any]]:
    """Of each row, the masks by label."""
    return [
        {item.label: decode_mask(images.read_bytes(item.mask_path), "mask") for item in row.objects} for row in images
    ]


def test_segment_fills_a_hole_five_pixels_larger_and_leaves_the_others(store: Store) -> None:
    decisions, models = _decisions(store, "segment", [_mask()], {"frank": _frank()}), OfflineModels()
    images = _run(store, "segment", decisions, models).images
    names = [record.path.rsplit("/", 1)[-1] for record in images]
    assert names == ["f0_character.png", "f0_background.png", "f0_composite.png"]
    assert (models.filler.masks[0] == dilate(_mask(), 5)).all()
    outside = ~dilate(_mask(), 5)
    frame = decisions.read(decisions.records[0])
    assert (images.read(images.records[1])[outside] == frame[outside]).all()
    assert (images.read(images.records[2])[~dilate(_mask(), 4)] == frame[~dilate(_mask(), 4)]).all()
    character, background, composite = _objects(images)
    assert [list(part) for part in (character, background, composite)] == [["bunny"], ["frank"], ["bunny", "frank"]]
    assert (background["frank"] == (_frank() & outside)).all()
    assert images.records[1].captions["short"].endswith(", with frank")
    with Image.open(io.BytesIO(decisions.read_bytes(images.records[0].path))) as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((picture.width // 2, picture.height // 2)) == (200, 190, 180, 255)
        assert cast("tuple[int, ...]", picture.getpixel((0, 0)))[3] == 0


def test_occlusion_makes_three_variants_with_the_visible_share_and_mask(store: Store) -> None:
    low = np.roll(_mask(), 25, axis=0)
    summary = _run(store, "create_occlusion", _decisions(store, "create_occlusion", [low]))
    images = summary.images
    assert [record.path.rsplit("/", 1)[-1] for record in images] == ["f0_occ0.png", "f0_occ1.png", "f0_occ2.png"]
    kinds = {str(record.extra["occlusion_kind"]): record for record in images}
    assert set(kinds) == {"edge_blur_bottom", "overlay", "object"}
    behind = kinds["object"]
    assert summary.details["foregrounds"] == 7
    assert str(behind.extra["foreground"]).endswith(".webp")
    assert behind.licence == "CC-BY-3.0; MIT"
    assert kinds["overlay"].licence == "CC-BY-3.0"
    assert len(behind.parents) == 2
    for record in images:
        share = cast(float, record.extra["visible_share"])
        assert 0.3 <= share < 1
        shown = decode_mask(images.read_bytes(record.objects[0].mask_path), "mask").sum() / low.sum()
        assert shown == pytest.approx(1 if record is kinds["overlay"] else share, abs=0.06)
    assert "hidden behind object" in behind.captions["short"]


def test_without_foregrounds_that_kind_is_left_out_and_named(store: Store) -> None:
    config = StrategyConfigs.model_validate({"strategies": {"create_occlusion": {"foregrounds": ["nowhere/*.png"]}}})
    summary = _run(store, "create_occlusion", _decisions(store, "create_occlusion", [_mask()]), config=config)
    assert "object" not in {record.extra["occlusion_kind"] for record in summary.images}
    assert "nowhere/*.png" in summary.details["skipped_object"]


def test_enhance_doubles_the_crop_keeps_its_colours_and_names_the_missing_face_step(store: Store) -> None:
    summary = _run(store, "enhance_segment", _decisions(store, "enhance_segment", [_mask()]))
    row = summary.images.records[0]
    assert row.path.endswith("f0_enhanced_character.png")
    width = cast(int, row.extra["crop_x1"]) - cast(int, row.extra["crop_x0"])
    assert row.width == 2 * width
    assert cast(float, row.extra["delta_e"]) <= 2
    assert cast(float, row.extra["max_hue_shift"]) <= 8
    assert {"sharpness_before", "sharpness_after", "delta_e_max"} <= set(row.extra)
    assert summary.details["max_delta_e"] == row.extra["delta_e"]
    assert "face_restore" in summary.details["skipped_face_enhance"]


def test_other_known_characters_go_with_the_picture_as_they_show_in_it(store: Store) -> None:
    others = {"frank": _frank(), UNKNOWN: np.roll(_frank(), -100, axis=1)}

    def made(strategy: str) -> list[dict[str, Any]]:
        return _objects(_run(store, strategy, _decisions(store, strategy, [_mask()], others)).images)

    (kept,) = made("keep_full")
    assert list(kept) == ["bunny", "frank"]
    assert (kept["frank"] == _frank()).all()
    occluded = made("create_occlusion")
    assert {label for part in occluded for label in part} == {"bunny", "frank"}
    assert all((part["frank"] <= _frank()).all() for part in occluded)


def _stored(store: Store, asset: str) -> ImageSet:
    images = store.read(asset, "bunny")
    assert images is not None
    return images


def test_failing_frame_is_recorded_and_the_rest_go_on(store: Store) -> None:
    decisions = _decisions(store, "enhance_segment", [_mask(), _mask(side_px=30)])
    summary = _run(store, "enhance_segment", decisions)
    assert [record.status for record in summary.images] == ["ok", "failed"]
    made = {"enhance_segment": 1}
    report = _report(store, "enhance_segment")
    assert report["summary"] == {"total_frames": 2, "successful": 1, "failed": 1, "strategies": made}
    assert [result["success"] for result in report["results"]] == [True, False]
    assert "below min_instance_size 64" in report["results"][1]["error"]
    assert len(report["results"][0]["outputs"]) == 2


def test_a_frame_that_cannot_be_read_is_recorded_with_its_file(store: Store) -> None:
    decisions = _decisions(store, "keep_full", [_mask(), _mask(), _mask()])
    (store.root / decisions.records[1].path).write_bytes(b"no picture")
    (store.root / decisions.records[2].objects[0].mask_path).unlink()
    summary = _run(store, "keep_full", decisions)
    assert [record.status for record in summary.images] == ["ok", "failed", "failed"]
    results = _report(store, "keep_full")["results"]
    assert "f1.png: not a readable picture" in results[1]["error"]
    assert "f2_1.png" in results[2]["error"]
    assert summary.details["failed"] == 2


class Odd:
    """Works on no frame but the first."""

    name: ClassVar[str] = "odd"
    Config: ClassVar[type[StrategyConfig]] = StrategyConfig

    def __init__(self, kit: Kit, config: StrategyConfig) -> None:
        del kit, config

    def process(self, frame: Frame) -> list[Output]:
        if frame.stem == "f0":
            return [Output("f0_odd.png", frame.image)]
        if frame.stem == "f1":
            return []
        raise ZeroDivisionError("no such luck")


def test_a_strategy_that_raises_or_gives_nothing_fails_those_frames_only(store: Store) -> None:
    more = {"odd": StrategyEntry(Odd, StrategyConfig())}
    summary = _run(store, "odd", _decisions(store, "odd", [_mask()] * 3), more=more)
    assert [record.status for record in summary.images] == ["ok", "failed", "failed"]
    report = _report(store, "odd")
    assert report["summary"] == {"total_frames": 3, "successful": 1, "failed": 2, "strategies": {"odd": 1}}
    assert "gave no output" in report["results"][1]["error"]
    assert report["results"][2]["error"] == "ZeroDivisionError: no such luck"


def test_where_every_frame_fails_the_report_is_there_and_the_run_is_red(store: Store) -> None:
    with pytest.raises(RuntimeError, match="all 2 items failed"):
        _run(store, "segment", _decisions(store, "segment", [_mask(side_px=30)] * 2))
    assert _report(store, "segment")["summary"]["failed"] == 2
    assert [record.status for record in _stored(store, "segment")] == ["failed", "failed"]


def test_the_report_of_a_character_adds_its_strategies_up(store: Store) -> None:
    _run(store, "keep_full", _decisions(store, "keep_full", [_mask()]))
    first = _report(store, "keep_full")
    _run(store, "enhance_segment", _decisions(store, "enhance_segment", [_mask(), _mask(side_px=30)]))
    report = character_report([first, _report(store, "enhance_segment")])
    counts = {"keep_full": 1, "enhance_segment": 1}
    assert report["summary"] == {"total_frames": 3, "successful": 2, "failed": 1, "strategies": counts}
    assert [result["frame"] for result in report["results"]] == ["f0.png", "f0.png", "f1.png"]
    assert character_report([])["summary"] == {"total_frames": 0, "successful": 0, "failed": 0, "strategies": {}}


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
