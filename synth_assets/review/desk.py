"""The desk of a review: the decisions of one character, the reviews, and the pictures that were asked for.

Belongs here: what the page may read and change, safe for several threads. Does not belong here: HTTP (``server.py``)
and how rows and pictures look (``rows.py``, ``pictures.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resources.store import Store
from synth_assets.core.curation.reviews import DROP, Review, read_reviews, write_reviews
from synth_assets.core.curation.thresholds import DecisionThresholds
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.review.pictures import SIZES_HW, frame_picture
from synth_assets.review.rows import decided, decision_row

ASSET = "strategy_decisions"
_PICTURES_KEPT_BYTES = 100_000_000
"""About 5,000 thumbnails; the browser remembers them too."""
_LIMITS = {
    "complexity": "simple_background",
    "lighting": "good_lighting",
    "occlusion": "low_occlusion",
    "quality": "poor_quality",
    "sharpness": "low_sharpness",
}
"""Metric → the threshold that is drawn into it."""


class UnknownFrameError(KeyError):
    """A frame that is not among the decisions."""

    def __str__(self) -> str:
        return str(self.args[0])


class Desk:
    """Decisions and reviews of one character.

    Args:
        store: holds ``strategy_decisions[name]``; read again when it is committed anew.
        name: the character.
        reviews_path: its review.csv; read again before every change, so that nobody's lines are lost.
        config: the character's thresholds and targets.

    Raises:
        ValueError: nothing was decided yet, or the file of reviews is broken.
    """

    def __init__(self, store: Store, name: str, reviews_path: Path, config: DecisionThresholds) -> None:
        self.name, self.reviews_path = name, reviews_path
        self._store, self._config = store, config
        self._lock = threading.Lock()
        self._version = ""
        self._rows: dict[str, ImageRecord] = {}
        self._decided: frozenset[str] = frozenset()
        self._images = self._refreshed()
        self._pictures: dict[tuple[str, str, str, bool], bytes] = {}
        read_reviews(reviews_path)

    def _refreshed(self) -> ImageSet:
        """The decisions as they are committed now."""
        version = self._store.version(ASSET, self.name)
        if version and version == self._version:
            return self._images
        images = decisions_of(self._store, self.name)
        self._images, self._version = images, version
        self._rows = {record.key: record for record in images}
        self._decided = frozenset(decided(record, None) for record in images)
        return images

    def _strategies(self, reviews: Mapping[str, Review]) -> list[str]:
        """Names to choose from: the targets', then others that rows or reviews hold."""
        targets = self._config.strategy_targets
        used = self._decided | {review.strategy for review in reviews.values()}
        return [*targets, *sorted(used - set(targets) - {"", DROP})]

    def state(self) -> dict[str, Any]:
        """All that the page shows, as JSON values.

        Raises:
            ConfigError: the file of reviews is broken.
        """
        with self._lock:
            images, reviews = self._refreshed(), read_reviews(self.reviews_path)
            limits = self._config.thresholds.model_dump()
            return {
                "character": self.name,
                "version": self._version,
                "file": str(self.reviews_path),
                "command": honour_command(self.name),
                "strategies": self._strategies(reviews),
                "targets": dict(self._config.strategy_targets),
                "limits": {metric: limits[name] for metric, name in _LIMITS.items()},
                "rows": [decision_row(record, reviews.get(record.key)) for record in images],
                "gone": sorted(set(reviews) - set(self._rows)),
            }

    def review(self, frame: str, strategy: str | None) -> dict[str, Any]:
        """The file of reviews holds the strategy for this frame, or nothing for None.

        Args:
            frame: key of a row in which the character was found.
            strategy: a strategy's name or DROP; None takes a review back, notes and all.

        Raises:
            UnknownFrameError: no such row, or the character is not in it.
            ValueError: no such strategy, or the file of reviews is broken; it is then left as it is.
        """
        with self._lock:
            self._refreshed()
            reviews = read_reviews(self.reviews_path)
            record = self._rows.get(frame)
            if record is None or not decision_row(record, None)["open"]:
                raise UnknownFrameError(f"{frame!r} is not a frame of {ASSET}[{self.name}] with the character in it")
            names = [*self._strategies(reviews), DROP]
            if strategy is not None and strategy not in names:
                raise ValueError(f"no strategy is called {strategy!r}; there are: {', '.join(names)}")
            former = reviews.pop(frame, None)
            if strategy is not None:
                notes: Mapping[str, str] = former.notes if former else {}
                reviews[frame] = Review(strategy, decided(record, former), notes)
            if former or strategy is not None:
                write_reviews(self.reviews_path, reviews)
            return {"frame": frame, "review": strategy, "reviewed": len(reviews), "version": self._version}

    def picture(self, frame: str, size: str, outlined: bool) -> bytes:
        """A frame's picture as JPEG, drawn once.

        Raises:
            UnknownFrameError: no such row, or one without a picture.
            ValueError: no such size, or a file that is no picture.
            FileNotFoundError: the file is gone.
        """
        if size not in SIZES_HW:
            raise ValueError(f"no size is called {size!r}; there are: {', '.join(SIZES_HW)}")
        with self._lock:
            images, record = self._images, self._rows.get(frame)
        if record is None or not record.path:
            raise UnknownFrameError(f"{frame!r} is not a frame of {ASSET}[{self.name}] with a picture")
        key = (frame, record.fingerprint, size, outlined)
        if (known := self._pictures.get(key)) is not None:
            return known
        data = frame_picture(images, record, size, outlined)
        with self._lock:
            self._pictures[key] = data
            while sum(map(len, self._pictures.values())) > _PICTURES_KEPT_BYTES:
                del self._pictures[next(iter(self._pictures))]
        return data


def decisions_of(store: Store, name: str) -> ImageSet:
    """The decisions of a character as they are committed.

    Raises:
        ValueError: there are none yet; the message says how to make them.
    """
    images = store.read(ASSET, name)
    if images is None:
        there = ", ".join(store.partitions(ASSET)) or "none yet"
        raise ValueError(
            f"{ASSET}[{name}] is not in the store (there: {there}); run "
            f"`synth backfill --assets '*{ASSET}' --partitions {name}` first"
        )
    return images


def honour_command(name: str) -> str:
    """The command that makes the decisions honour a character's reviews."""
    return f"synth backfill --assets '{ASSET}*' --partitions {name}"
