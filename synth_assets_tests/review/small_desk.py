"""A store with a few decided frames of a character, made by hand, and a desk over it."""

import atexit
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp

import numpy as np

from resources.store import Store
from synth_assets.core.curation.thresholds import DecisionThresholds
from synth_assets.core.images import encode_png
from synth_assets.core.items import Artifact, Extras
from synth_assets.core.records import ImageRecord, ObjectRecord, Scalar
from synth_assets.review.desk import Desk

SIZE_HW = (48, 64)
BOX = (16, 8, 40, 40)
NAME = "frank"
CONFIG = DecisionThresholds(strategy_targets={"keep_full": 0.5, "segment": 0.3, "silhouette": 0.2})
"""With a custom strategy among the targets."""
_METRICS = {"complexity": 0.4, "lighting": 0.8, "occlusion": 0.1, "quality": 0.7, "sharpness": 0.6}


def row(key: str, strategy: str, confidence: float, /, **extra: Scalar) -> Artifact:
    """One decision: the character is a bright box on grey; without a strategy it was not found."""
    picture = np.full((*SIZE_HW, 3), 90, np.uint8)
    mask = np.zeros(SIZE_HW, np.bool_)
    mask[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    picture[mask] = 200
    columns: dict[str, Scalar] = {
        **{f"{name}{suffix}": value for name, value in _METRICS.items() for suffix in ("", "_corrected")},
        **dict.fromkeys(("instance_count", "character_count"), 1),
        **dict.fromkeys(("target_share", "target_side_px"), 0.25),
        "shot_type": "close_up",
        "target_found": bool(strategy),
        "analysis": "x",
    }
    if strategy:
        columns |= {
            **{"strategy": strategy, "confidence": confidence, "reasoning": f"because of {key} | and more"},
            **{"corrected_strategy": "segment", "corrected_confidence": 0.8, "corrected_reasoning": "complex"},
            **{"moved": strategy != "segment", "reviewed": False, f"score_{strategy}": confidence},
        }
    record = ImageRecord(
        objects=(ObjectRecord(NAME if strategy else "unknown", BOX, 1),),
        source=f"film.mp4@{key}",
        status="ok" if strategy else "rejected",
        reason="" if strategy else "character not found (best score 0.41)",
        extra={**columns, **extra},
    )
    return Artifact(record, name=f"{key}.png", image=encode_png(picture), masks=[mask])


ROWS = (
    ("f0", "segment", 0.8),
    ("f1", "keep_full", 0.9),
    ("f2", "segment", 0.6),
    ("f3", "silhouette", 0.4),
    ("f4", "", 0),
)


def decide(root: Path, version: str = "1", **extra: Scalar) -> Store:
    """Commits ROWS as the character's decisions; ``extra`` columns are those of the first row."""
    store = Store(root)
    with store.open("strategy_decisions", NAME) as writer:
        keys = [key for key, _, _ in ROWS]
        for key, strategy, confidence in ROWS:
            writer.put(key, key, [row(key, strategy, confidence, **(extra if key == "f0" else {}))])
        writer.commit(keys, version, Extras())
    return store


@cache
def _decided() -> Path:
    """A store that is made once a process."""
    root = Path(mkdtemp(prefix="review-store-"))
    atexit.register(rmtree, root)
    decide(root)
    return root


def desk(folder: Path) -> Desk:
    """The desk over ``<folder>/store``, with its reviews in ``<folder>/frank/review.csv``."""
    copytree(_decided(), folder / "store")
    return Desk(Store(folder / "store"), NAME, folder / NAME / "review.csv", CONFIG)
