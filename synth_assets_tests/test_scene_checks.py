"""Scenes of the real offline engines under the leak probe, and the asset check on them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from dagster import AssetCheckResult, AssetCheckSeverity, TableMetadataValue

from resources.offline.compose import PhotoComposer
from resources.offline.cut_paste import CutPaste
from resources.store import Store
from resources.store_resource import StoreResource
from synth_assets.core.images import decode_image, decode_rgba
from synth_assets.core.items import Artifact, Item, run_items
from synth_assets.core.masks import box_mask, soft_rim, tight_box
from synth_assets.core.ports import RGB, Box, InpaintRequest, TextToImageRequest
from synth_assets.core.records import ImageRecord, ObjectRecord
from synth_assets.core.scenes.leak import ProbeSample, border_step, leak_probe, repainted_region
from synth_assets.core.scenes.seams import context_box
from synth_assets.scene_checks import seams

SIZE_HW = (384, 512)
CUTOUTS = ("dog", "elephant", "automobile", "deer")
PLACES: list[Box] = [(60, 200, 190, 330), (330, 230, 440, 340)]


@pytest.fixture(scope="module")
def samples(sample: Path) -> list[ProbeSample]:
    """One scene a photo, of every second photo, with two objects each."""
    cutouts = [decode_rgba((sample / f"cutouts/{name}.webp").read_bytes(), name) for name in CUTOUTS]
    files = sorted((sample / "reference").glob("*/*_[01][0-9].jpg"))[::2]
    made: list[ProbeSample] = []
    for seed, file in enumerate(files):
        photo = decode_image(file.read_bytes(), file.name)
        background = PhotoComposer().generate([TextToImageRequest("", "", seed, SIZE_HW, [photo])])[0]
        scene, objects = background.copy(), np.zeros(SIZE_HW, np.bool_)
        for number, box in enumerate(PLACES):
            x0, y0, x1, y1 = context_box(box, SIZE_HW, 0.35, 24)
            inner = (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0)
            rim = soft_rim(box_mask(inner, (y1 - y0, x1 - x0)), 8)
            cutout = cutouts[(seed + number) % len(cutouts)]
            request = InpaintRequest(scene[y0:y1, x0:x1].copy(), inner, rim, "", "", seed, [cutout])
            painted = CutPaste().inpaint([request])[0]
            scene[y0:y1, x0:x1] = painted.image
            assert painted.object_mask is not None
            objects[y0:y1, x0:x1] |= painted.object_mask
        made.append(ProbeSample(scene, background, repainted_region(scene, background), objects, file.name))
    return made


def repainted_naively(sample: ProbeSample) -> ProbeSample:
    """The same places decoded from half the resolution, without care for the border."""
    with_object = np.where(sample.objects[..., None], sample.scene, sample.background)
    small = cv2.resize(with_object, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    decoded = cv2.resize(small, SIZE_HW[::-1], interpolation=cv2.INTER_CUBIC)
    decoded = cv2.GaussianBlur(decoded, (0, 0), 0.5)
    return replace(sample, scene=np.where(sample.repainted[..., None], decoded, sample.background).astype(np.uint8))


def test_offline_scenes_do_not_leak_and_a_naive_repaint_of_the_same_places_does(samples: list[ProbeSample]) -> None:
    ours, naive = leak_probe(samples), leak_probe([repainted_naively(sample) for sample in samples])
    assert ours.patches == naive.patches > 500
    assert ours.low <= 0.6
    assert ours.auc <= 0.65
    assert naive.auc >= 0.9
    assert border_step(samples) <= 1.1


def fill(store: Store, samples: list[ProbeSample], repaint: Callable[[ProbeSample], ProbeSample]) -> None:
    def background(batch: list[Item]) -> list[list[Artifact]]:
        return [[Artifact(ImageRecord(), f"{item.key}.png", samples[int(item.key)].background)] for item in batch]

    keys = [Item(str(index), {}) for index in range(len(samples))]
    with store.open("backgrounds", "midday") as writer:
        backgrounds = run_items(writer, keys, background).images.ok

    def scene(batch: list[Item]) -> list[list[Artifact]]:
        made: list[list[Artifact]] = []
        for item in batch:
            sample, under = repaint(samples[int(item.key)]), backgrounds[int(item.key)]
            bounds = tight_box(sample.objects)
            assert bounds is not None
            row = ImageRecord(
                group=sample.group, objects=(ObjectRecord("thing", bounds, 1),), extra={"background_id": under.id}
            )
            made.append([Artifact(row, f"{item.key}.png", sample.scene, masks=[sample.objects])])
        return made

    with store.open("inpainted_scenes", "midday") as writer:
        run_items(writer, keys, scene)


def checked(store: Store) -> AssetCheckResult:
    result = seams(store=StoreResource(root=str(store.root)))
    assert isinstance(result, AssetCheckResult)
    return result


def number(result: AssetCheckResult, name: str) -> float:
    value = result.metadata[name].value
    assert isinstance(value, float)
    return value


def test_the_check_passes_offline_scenes(store: Store, samples: list[ProbeSample]) -> None:
    fill(store, samples, lambda sample: sample)
    result = checked(store)
    assert result.passed
    assert result.metadata["scenes"].value == len(samples)
    assert number(result, "border_step_ratio") <= 1.1
    assert number(result, "low") <= number(result, "limit") == 0.6


def test_the_check_fails_naive_scenes_and_names_the_worst(store: Store, samples: list[ProbeSample]) -> None:
    fill(store, samples, repainted_naively)
    result = checked(store)
    assert not result.passed
    assert result.severity == AssetCheckSeverity.ERROR
    assert number(result, "low") > 0.8
    table = result.metadata["worst_scenes"]
    assert isinstance(table, TableMetadataValue)
    worst = [record.data for record in table.records]
    assert len(worst) == 10
    assert str(worst[0]["scene"]).startswith("inpainted_scenes/midday/images/")
    scores = [row["score"] for row in worst]
    assert isinstance(scores[0], float)
    assert scores[0] == max(score for score in scores if isinstance(score, float)) > 0.3


def test_a_seam_that_is_hard_to_find_is_told_and_stops_nothing(store: Store, samples: list[ProbeSample]) -> None:
    naive = {sample.group for sample in samples[::3]}
    fill(store, samples, lambda sample: repainted_naively(sample) if sample.group in naive else sample)
    result = checked(store)
    assert 0.6 < number(result, "low") < 0.75
    assert not result.passed
    assert result.severity == AssetCheckSeverity.WARN


def test_the_check_judges_nothing_where_scenes_are_few(store: Store, samples: list[ProbeSample]) -> None:
    assert checked(store).passed
    fill(store, samples[:2], repainted_naively)
    result = checked(store)
    assert result.passed
    assert str(result.metadata["verdict"].value).startswith("not judged: ")
    assert "auc" not in result.metadata


def test_scenes_without_their_background_are_left_out(store: Store, samples: list[ProbeSample]) -> None:
    fill(store, samples, repainted_naively)
    fewer: list[RGB] = [sample.background for sample in samples[:3]]
    with store.open("backgrounds", "midday") as writer:
        items = [Item(str(index), {}, image) for index, image in enumerate(fewer)]
        run_items(
            writer,
            items,
            lambda batch: [[Artifact(ImageRecord(), f"{item.key}.png", fewer[int(item.key)])] for item in batch],
        )
    scenes = checked(store).metadata["scenes"].value
    assert isinstance(scenes, int)
    assert scenes <= 3
