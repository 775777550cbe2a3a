"""SAM2 with a tiny model, saved to disk and loaded through the registry like a real one."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from transformers import Dinov2Config

from resources.models.entries import ModelEntry, load_models_config
from resources.models.registry import ModelRegistry, loads
from resources.models.sam2 import Sam2, load_sam2
from resources.models.sam2_masks import GridParams, prepare
from synth_assets.core.ports import DeviceMemoryError, Model
from synth_assets_tests.resources.tiny_sam2 import SIDE_PX, save_sam2, save_sam2_video, tiny_sam2

YAML = """\
sets:
  tiny:
    memory_mb: 100
    roles:
      segment:
        ref: "file:sam2"
        licence: Apache-2.0
        engine: sam2
        batch_size: 10
        segment: {points_per_side: 5, pred_iou: 0.5, stability: 0.2, nms_iou: 1,
                  min_side_px: 4, max_share: 1, max_border: 4, part_share: 1, min_left: 0.05}
"""
GRID = GridParams(
    points_per_side=5, pred_iou=0.5, stability=0.2, nms_iou=1, min_side_px=4, max_share=1, max_border=4, part_share=1
)
ENTRY = ModelEntry(ref="file:sam2", licence="Apache-2.0", engine="sam2", batch_size=64, segment=GRID)
MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
POINTS = [[[10, 10]], [[80, 30]], [[40, 20]], [[5, 40]]]


def _picture(seed: int) -> np.ndarray:
    """Soft blobs: what a tiny model with random weights can tell apart."""
    small = np.random.default_rng(seed).integers(0, 256, (12, 23, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (90 + 9 * seed, 48), interpolation=cv2.INTER_CUBIC), np.uint8)


IMAGES = [_picture(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sam2")
    save_sam2(folder / "sam2")
    save_sam2_video(folder / "video")
    (folder / "models.yaml").write_text(YAML)
    return folder


@pytest.fixture
def engine(root: Path) -> Sam2:
    return load_sam2(ENTRY, root / "sam2", "cpu")


def test_every_picture_gets_disjoint_instances_largest_first(registry: ModelRegistry) -> None:
    model = registry.segment()
    assert isinstance(model, Model)
    assert model.name.startswith("file:sam2@")
    assert loads() == {}
    before = [image.copy() for image in IMAGES]
    found = model.segment(IMAGES)
    assert loads() == {"file:sam2": 1}
    assert sum(len(instances) for instances in found) > len(IMAGES)
    for image, old, instances in zip(IMAGES, before, found, strict=True):
        areas = [int(instance.mask.sum()) for instance in instances]
        assert areas == sorted(areas, reverse=True)
        assert all(area >= GRID.min_side_px for area in areas)
        assert sum(areas) == int(np.any([instance.mask for instance in instances], axis=0).sum())
        for instance in instances:
            assert instance.mask.shape == image.shape[:2]
            assert instance.mask.dtype == np.bool_
            assert GRID.pred_iou < instance.score <= 1
        assert np.array_equal(image, old)
    assert model.segment([]) == []


def test_a_picture_does_not_depend_on_its_neighbours(engine: Sam2) -> None:
    together = engine.segment(IMAGES)
    for image, found in zip(IMAGES, together, strict=True):
        alone = engine.segment([image])[0]
        assert [item.score for item in alone] == [item.score for item in found]
        assert all(np.array_equal(one.mask, other.mask) for one, other in zip(alone, found, strict=True))


def test_a_prompt_gives_the_same_mask_whatever_the_batch(engine: Sam2) -> None:
    together = engine.segment_prompts(IMAGES[0], POINTS)
    assert len({mask.mask.tobytes() for mask in together}) == len(POINTS)
    for point, expected in zip(POINTS, together, strict=True):
        found = engine.segment_prompts(IMAGES[0], [point])[0]
        assert found.score == pytest.approx(expected.score, abs=1e-5)
        assert np.mean(found.mask ^ expected.mask) < 0.002


def test_the_picture_is_read_once_whatever_the_number_of_prompts(engine: Sam2) -> None:
    reads: list[int] = []
    engine.model.vision_encoder.register_forward_pre_hook(lambda *_: reads.append(1))
    engine.segment(IMAGES[:1])
    engine.segment_prompts(IMAGES[0], POINTS)
    assert reads == [1, 1]


def test_the_model_itself_gives_the_same(engine: Sam2) -> None:
    """What transformers' processor hands to the model and makes of its answer, written out for one point."""
    image, (x, y) = IMAGES[1], (60, 12)
    height, width = image.shape[:2]
    pixels = torch.from_numpy(prepare(image, SIDE_PX, MEAN, STD)[None])
    points = torch.tensor([[[[x * SIDE_PX / width, y * SIDE_PX / height]]]])
    with torch.inference_mode():
        made = engine.model(pixel_values=pixels, input_points=points, input_labels=torch.ones(1, 1, 1, dtype=torch.int))
    best = int(made.iou_scores[0, 0].argmax())
    expected = interpolate(made.pred_masks[0], (height, width), mode="bilinear", align_corners=False)[0, best] > 0
    found = engine.segment_prompts(image, [[[x, y]]])[0]
    assert found.score == pytest.approx(float(made.iou_scores[0, 0, best]), abs=1e-6)
    assert 0 < found.mask.mean() < 1
    np.testing.assert_array_equal(found.mask, expected.numpy())


def test_boxes_and_groups_of_points_give_one_mask_each(engine: Sam2) -> None:
    image, boxes = IMAGES[0], [(4, 4, 40, 40), (30, 10, 88, 44)]
    by_box = engine.segment_prompts(image, boxes=boxes)
    both = engine.segment_prompts(image, [[[20, 20], [2, 2]], [[60, 30], [2, 2]]], [[1, 0], [1, 0]], boxes)
    beside = engine.segment_prompts(image, [[[20, 20], [2, 2]]], [[1, 1]])
    apart = engine.segment_prompts(image, [[[20, 20], [2, 2]]], [[1, 0]])
    assert [len(by_box), len(both), len(beside)] == [2, 2, 1]
    assert not np.array_equal(by_box[0].mask, by_box[1].mask)
    assert by_box[0].score != both[0].score
    assert beside[0].score != apart[0].score
    assert engine.segment_prompts(image, np.zeros((0, 1, 2))) == []


def test_prompts_that_do_not_fit_together_are_refused(engine: Sam2) -> None:
    for points, labels, boxes in (
        (None, None, None),
        ([[1, 2]], None, None),
        ([[[1, 2, 3]]], None, None),
        ([[[1, 2]]], [1], None),
        ([[[1, 2]]], None, [(0, 0, 4, 4), (0, 0, 8, 8)]),
        (None, None, [(0, 0, 4)]),
    ):
        with pytest.raises(ValueError, match=r"expected points \(N, K, 2\)"):
            engine.segment_prompts(IMAGES[0], points, labels, boxes)
    with pytest.raises(ValueError, match="give points too"):
        engine.segment_prompts(IMAGES[0], labels=[[1]], boxes=[(0, 0, 4, 4)])


def test_published_checkpoints_are_of_the_model_for_films(root: Path, engine: Sam2) -> None:
    assert json.loads((root / "video" / "config.json").read_text())["model_type"] == "sam2_video"
    expected = engine.segment_prompts(IMAGES[0], POINTS)
    found = load_sam2(ENTRY, root / "video", "cpu").segment_prompts(IMAGES[0], POINTS)
    assert [one.score for one in found] == [one.score for one in expected]


def test_mean_and_deviation_are_the_checkpoints(root: Path, tmp_path: Path, engine: Sam2) -> None:
    np.testing.assert_allclose(engine.mean, MEAN)
    np.testing.assert_allclose(engine.std, STD)
    folder = save_sam2(tmp_path / "other")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [1, 1, 1]})
    )
    other = load_sam2(ENTRY, folder, "cpu")
    np.testing.assert_array_equal(other.mean, [0.5] * 3)
    np.testing.assert_array_equal(other.std, [1] * 3)
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_std": [1, 0, 1]}))
    with pytest.raises(ValueError, match=r"preprocessor_config\.json: .*three numbers"):
        load_sam2(ENTRY, folder, "cpu")


def test_prompts_that_do_not_fit_are_halved_and_one_that_never_fits_is_the_ports_error(engine: Sam2) -> None:
    sizes: list[int] = []

    def full(_module: torch.nn.Module, _args: object, inputs: dict[str, torch.Tensor]) -> None:
        sizes.append(inputs["sparse_prompt_embeddings"].shape[1])
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory")

    engine.model.mask_decoder.register_forward_pre_hook(full, with_kwargs=True)
    most = 10
    assert engine.segment(IMAGES[:1])[0]
    assert sizes == [25, 12, 6, 6, 6, 6, 1]
    most = 0
    with pytest.raises(DeviceMemoryError, match=r"file:sam2.*do not fit on the device"):
        engine.segment(IMAGES[:1])


def test_a_mask_that_overflowed_is_an_error(engine: Sam2) -> None:
    engine.model.mask_decoder.upscale_conv2.bias.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match=r"file:sam2.*float32"):
        engine.segment(IMAGES[:1])


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float16, 0.02), (torch.bfloat16, 0.2)])
def test_the_types_of_a_gpu_fit_together(engine: Sam2, dtype: torch.dtype, rounding: float) -> None:
    """Prompts come in 32 bits; only the model is in 16."""
    expected = engine.segment_prompts(IMAGES[0], POINTS, boxes=[(4, 4, 40, 40)] * 4)
    engine.model.to(dtype)
    found = engine.segment_prompts(IMAGES[0], POINTS, boxes=[(4, 4, 40, 40)] * 4)
    assert [one.score for one in found] == pytest.approx([one.score for one in expected], abs=rounding)
    assert engine.segment(IMAGES[:1])[0]


def test_nothing_believed_is_no_instance(root: Path) -> None:
    strict = ENTRY.model_copy(update={"segment": GridParams(pred_iou=1, points_per_side=2)})
    assert load_sam2(strict, root / "sam2", "cpu").segment(IMAGES[:1]) == [[]]


def test_a_changed_setting_is_another_name() -> None:
    usual = ModelEntry(ref="file:sam2", licence="Apache-2.0", engine="sam2")
    assert usual.name == "file:sam2"
    assert usual.model_copy(update={"segment": GridParams(pred_iou=0.8)}).name.startswith("file:sam2~")


def test_only_safetensors_and_only_this_kind(tmp_path: Path) -> None:
    tiny_sam2().config.save_pretrained(tmp_path / "pickled")
    torch.save(tiny_sam2().state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(OSError, match=r"file:sam2: cannot be loaded .*safetensors"):
        load_sam2(ENTRY, tmp_path / "pickled", "cpu")
    Dinov2Config().save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="expected a model of type sam2 or sam2_video, found dinov2"):
        load_sam2(ENTRY, tmp_path / "other", "cpu")


def test_every_gpu_set_has_it_with_the_documented_settings_and_the_offline_set_has_not(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    found = {name: chosen.roles["segment"] for name, chosen in config.sets.items()}
    offline = found.pop("offline")
    assert offline
    assert offline.engine == "u2net-onnx"
    for name, entry in found.items():
        assert entry, name
        assert entry.engine == "sam2"
        assert entry.ref.startswith("hf:facebook/sam2.1-hiera-")
        grid = entry.segment
        assert (grid.points_per_side, grid.pred_iou, grid.stability, grid.min_side_px) == (20, 0.76, 0.86, 64)
