"""Painting: many scenes together, each object by object.

Belongs here: which objects are painted in a round, what a scene has become, retries, and cutting the
masks of objects that others hide. Does not belong here: one round's way through the models
(``attempts.py``), where objects go (``planning.py``), items and rows (``inpainting.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import Field

from synth_assets.core.boxes import area, intersection
from synth_assets.core.masks import tight_box
from synth_assets.core.ports import RGB, Box, Mask, UnsupportedRequestError
from synth_assets.core.scenes.attempts import Attempt, AttemptParams, Outcome, PaintTools, make_attempts, thumbnail
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.cutouts import Cutout, classes_left_out
from synth_assets.core.scenes.gallery import Gallery, make_gallery
from synth_assets.core.scenes.planning import Planned, PlanParams, plan_scene
from synth_assets.core.seeds import derive_seed

HIDDEN = "hidden"


class PaintParams(PlanParams, AttemptParams):
    """How the objects of a scene are placed, painted and checked.

    Attributes:
        max_retries: further tries, with another seed, for an object that fails a check.
        max_hidden: an object of which later ones hide more is dropped.
    """

    max_retries: int = Field(default=2, ge=0)
    max_hidden: float = Field(default=0.6, ge=0, le=1)


@dataclass(frozen=True)
class Painted:
    """One object of a scene.

    Attributes:
        number: its place in the scene's plan.
        row: its class.
        mask: (H, W) bool, what can be seen of it.
        full_px: its pixels before others hid some of them.
        cutout_id: the cutout shown to the engine; "" for none.
        score: likeness to its class in [0, 1]; 1 where nothing judged it.
        attempt: which try it was, from 0.
    """

    number: int
    row: ObjectClass
    mask: Mask
    full_px: int
    cutout_id: str = ""
    score: float = 1.0
    attempt: int = 0


@dataclass(frozen=True)
class Reject:
    """One object that was painted and refused.

    Attributes:
        number: the object's place in the scene's plan.
        attempt: which try it was, from 0.
        label: its class.
        reason: in words.
        box: where it was to go, in the scene.
        picture: (h, w, 3) small crop with the outline of what was taken for the object.
    """

    number: int
    attempt: int
    label: str
    reason: str
    box: Box
    picture: RGB


@dataclass
class Scene:
    """What became of one scene.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        objects: in the order of the plan, far to near.
        requested: objects drawn for the scene.
        attempts: tries that made the scene what it is, and those refused.
        invalid: attempts that failed a check, by reason.
        dropped: objects given up, by reason.
        rejects: every refused attempt, and objects that nearer ones hid.
    """

    image: RGB
    objects: list[Painted] = field(default_factory=list[Painted])
    requested: int = 0
    attempts: int = 0
    invalid: Counter[str] = field(default_factory=Counter[str])
    dropped: Counter[str] = field(default_factory=Counter[str])
    rejects: list[Reject] = field(default_factory=list[Reject])


def paint_scenes_together(
    backgrounds: Sequence[RGB],
    seeds: Sequence[int],
    rows: Sequence[ObjectClass],
    cutouts: Mapping[str, Sequence[Cutout]],
    tools: PaintTools,
    params: PaintParams,
    gallery: Gallery | None = None,
) -> list[Scene]:
    """Gives every background with its objects; no pixel changes but where an object was painted.

    In each round all objects of all scenes whose turn it is go to each model in one list. A scene is
    what painting its objects one after another gives, whatever the other scenes are.

    Args:
        backgrounds: (H, W, 3) uint8 RGB, of any sizes.
        seeds: one a background; alone decides the scene.
        rows: the classes; those that the engine cannot paint (``classes_left_out``) are passed over.
        cutouts: label → cutouts, for engines that paste and for verification; may be empty.
        tools: the models.
        params: see there.
        gallery: from ``make_gallery``, where it is at hand already.

    Raises:
        UnsupportedRequestError: the engine can paint none of the classes.
    """
    left_out = classes_left_out(rows, cutouts, tools.inpaint)
    rows = [row for row in rows if row.label not in left_out]
    if not rows:
        raise UnsupportedRequestError(
            f"{tools.inpaint.name} pastes cutouts, but no class has any; name some in the references column of "
            "classes.csv, or choose a model set with an inpainting model"
        )
    gallery = gallery or make_gallery(cutouts, tools.embed)
    labels = [row.label for row in rows]
    canvases = [
        _Canvas(background, rows, cutouts, params, seed) for background, seed in zip(backgrounds, seeds, strict=True)
    ]
    while turns := [(canvas, planned, tried) for canvas in canvases for planned, tried in canvas.turns()]:
        attempts = [canvas.attempt(planned, tried) for canvas, planned, tried in turns]
        outcomes = make_attempts(attempts, tools, gallery, labels, params)
        for (canvas, planned, tried), attempt, outcome in zip(turns, attempts, outcomes, strict=True):
            canvas.keep(planned, tried, attempt, outcome)
    return [canvas.scene for canvas in canvases]


class _Canvas:
    """One scene in the making."""

    def __init__(
        self,
        background: RGB,
        rows: Sequence[ObjectClass],
        cutouts: Mapping[str, Sequence[Cutout]],
        params: PaintParams,
        seed: int,
    ) -> None:
        self._background, self._cutouts, self._params, self._seed = background, cutouts, params, seed
        self._plan = plan_scene(background, rows, params, seed)
        self._known: dict[tuple[int, int], tuple[Attempt, Outcome]] = {}
        self._hidden: dict[int, Reject] = {}
        self._start()

    def _start(self) -> None:
        """Begins with the background, without the objects known to end up hidden."""
        self._waiting = {
            planned.number: (planned, 0) for planned in self._plan.objects if planned.number not in self._hidden
        }
        dropped = self._plan.dropped + Counter({HIDDEN: len(self._hidden)} if self._hidden else {})
        self.scene = Scene(self._background.copy(), requested=self._plan.requested, dropped=dropped)
        self.scene.attempts = sum(reject.attempt + 1 for reject in self._hidden.values())
        for number, reject in self._hidden.items():
            for tried in range(reject.attempt):
                self._refuse(self._plan.objects[number], tried, self._known[number, tried][1])
            self.scene.rejects.append(reject)

    def turns(self) -> list[tuple[Planned, int]]:
        """The objects to paint next, each with its number of tries so far; none once the scene is done.

        An object waits for every earlier one whose crop meets its own. What was painted before into
        the same pixels, with the same seed, is taken from there.
        """
        while True:
            ready = self._ready()
            fresh: list[tuple[Planned, int]] = []
            for planned, tried in ready:
                known = self._known.get((planned.number, tried))
                if known and np.array_equal(known[0].crop, self._crop(planned)):
                    self._apply(planned, tried, *known)
                else:
                    fresh.append((planned, tried))
            if fresh:
                return fresh
            if not ready and not self._again_without_hidden():
                self.scene.objects.sort(key=lambda item: item.number)
                self.scene.rejects.sort(key=lambda item: (item.number, item.attempt))
                return []

    def _ready(self) -> list[tuple[Planned, int]]:
        waiting = sorted(self._waiting.values(), key=lambda entry: entry[0].number)
        return [
            (planned, tried)
            for place, (planned, tried) in enumerate(waiting)
            if all(area(intersection(planned.crop, earlier.crop)) == 0 for earlier, _ in waiting[:place])
        ]

    def _again_without_hidden(self) -> bool:
        """Begins anew without objects that nearer ones hide; False where there are none.

        A half-seen object without a label would teach a detector wrong.
        """
        hidden = [item for item in self.scene.objects if _is_hidden(item, self._params)]
        if not hidden:
            return False
        for item in hidden:
            x0, y0, x1, y1 = self._plan.objects[item.number].crop
            picture = thumbnail(self.scene.image[y0:y1, x0:x1], item.mask[y0:y1, x0:x1])
            reason, box = f"{HIDDEN} by nearer objects", self._plan.objects[item.number].box
            self._hidden[item.number] = Reject(item.number, item.attempt, item.row.label, reason, box, picture)
        self._start()
        return True

    def _crop(self, planned: Planned) -> RGB:
        x0, y0, x1, y1 = planned.crop
        return self.scene.image[y0:y1, x0:x1]

    def attempt(self, planned: Planned, tried: int) -> Attempt:
        """The next try at an object."""
        x0, y0, x1, y1 = planned.crop
        seed = derive_seed(self._seed, "object", str(planned.number), tried)
        choices = self._cutouts.get(planned.row.label, ())
        height, width = self._background.shape[:2]
        box = (planned.box[0] - x0, planned.box[1] - y0, planned.box[2] - x0, planned.box[3] - y0)
        return Attempt(
            crop=self._crop(planned).copy(),
            box=box,
            row=planned.row,
            cutout=choices[seed % len(choices)] if choices else None,
            seed=seed,
            scene_sides=(x0 == 0, y0 == 0, x1 == width, y1 == height),
        )

    def keep(self, planned: Planned, tried: int, attempt: Attempt, outcome: Outcome) -> None:
        """Takes an outcome into the scene, or counts why not."""
        self._known[planned.number, tried] = (attempt, outcome)
        self._apply(planned, tried, attempt, outcome)

    def _apply(self, planned: Planned, tried: int, attempt: Attempt, outcome: Outcome) -> None:
        self.scene.attempts += 1
        if not outcome.reason:
            self._put(planned, tried, attempt, outcome)
        else:
            self._refuse(planned, tried, outcome)
            if tried < self._params.max_retries:
                self._waiting[planned.number] = (planned, tried + 1)
                return
            self.scene.dropped["invalid"] += 1
        del self._waiting[planned.number]

    def _refuse(self, planned: Planned, tried: int, outcome: Outcome) -> None:
        picture, label = thumbnail(outcome.image, outcome.mask), planned.row.label
        self.scene.invalid[outcome.reason] += 1
        self.scene.rejects.append(Reject(planned.number, tried, label, outcome.reason, planned.box, picture))

    def _put(self, planned: Planned, tried: int, attempt: Attempt, outcome: Outcome) -> None:
        x0, y0, x1, y1 = planned.crop
        self.scene.image[y0:y1, x0:x1] = outcome.image
        mask = np.zeros(self.scene.image.shape[:2], np.bool_)
        mask[y0:y1, x0:x1] = outcome.mask
        cut = [replace(item, mask=item.mask & ~mask) for item in self.scene.objects]
        cutout_id = attempt.cutout.id if attempt.cutout else ""
        new = Painted(planned.number, planned.row, mask, int(mask.sum()), cutout_id, outcome.score, tried)
        self.scene.objects = [*cut, new]


def _is_hidden(painted: Painted, params: PaintParams) -> bool:
    seen = int(painted.mask.sum())
    return seen < params.min_object_px or seen < (1 - params.max_hidden) * painted.full_px


def bounds(painted: Painted) -> Box:
    """The object's tight box.

    Raises:
        ValueError: nothing of it can be seen.
    """
    box = tight_box(painted.mask)
    if box is None:
        raise ValueError(f"nothing can be seen of {painted.row.label!r}")
    return box
