"""An engine that fills boxes with grey, a class and a background for it, for the tests of painting."""

from collections.abc import Sequence

import numpy as np

from synth_assets.core.ports import Inpainted, InpaintRequest
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.painting import (
    PaintParams,
    PaintTools,
    Scene,
    paint_scenes_together,
)

PARAMS = PaintParams(placement="uniform", max_iou=1.0, min_object_px=20)


class FillEngine:
    """Fills the box's middle with the seed's grey; knows its mask or not."""

    name = "test:fill@1"
    resolution_px: int | None = None
    needs_references = False

    def __init__(self, *, exact: bool = True, fail_first: bool = False) -> None:
        self.exact, self.fail_first, self.seeds = exact, fail_first, list[int]()
        self.calls: list[int] = []

    def inpaint(self, requests: Sequence[InpaintRequest]) -> list[Inpainted]:
        self.calls.append(len(requests))
        return [self._one(request) for request in requests]

    def _one(self, request: InpaintRequest) -> Inpainted:
        self.seeds.append(request.seed)
        if self.fail_first and len(self.seeds) == 1:
            return Inpainted(request.image.copy(), np.zeros(request.mask.shape, np.bool_), request.mask > 0)
        x0, y0, x1, y1 = request.box
        mask = np.zeros(request.mask.shape, np.bool_)
        mask[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2] = True
        image = request.image.copy()
        image[mask] = 20 + request.seed % 60
        if self.exact:
            return Inpainted(image, mask, mask)
        return Inpainted(np.clip(image.astype(int) + 6, 0, 255).astype(np.uint8))


def row(count: int = 1, low: int = 20, high: int = 30) -> ObjectClass:
    return ObjectClass(
        prompt="block",
        min_appear=count,
        max_appear=count,
        width_min=low,
        height_min=low,
        width_max=high,
        height_max=high,
    )


def background() -> np.ndarray:
    return np.random.default_rng(0).integers(160, 220, (96, 128, 3)).astype(np.uint8)


def paint(engine: FillEngine, rows: list[ObjectClass], params: PaintParams = PARAMS, seed: int = 3) -> Scene:
    return paint_scenes_together([background()], [seed], rows, {}, PaintTools(engine), params)[0]
