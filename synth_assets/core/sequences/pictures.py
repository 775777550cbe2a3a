"""Pictures: what sequences measure and draw, decoded as seldom as memory allows.

Belongs here: reading pictures by id, and remembering the last ones for the plans that show them too. Does not belong
here: which ones are read (``arranging.py``) and what is made of them (``outputs.py``).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from synth_assets.core.images import BadImageError, fit_within
from synth_assets.core.items import bounded_map
from synth_assets.core.ports import RGB
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sequences.plans import MOST_FRAMES

Candidate = tuple[ImageSet, ImageRecord]
THREADS = 2
"""Decoding and filtering happen outside Python; memory holds twice as many pictures."""


class Pictures:
    """Pictures by id; those read last are kept at the size of a frame, as many as one plan can show.

    Args:
        pairs: id → picture.
        side_px: side of the frames that they are drawn in.
    """

    def __init__(self, pairs: Mapping[str, Candidate], side_px: int) -> None:
        self._pairs, self._side_px = pairs, side_px
        self._room_bytes = MOST_FRAMES * side_px**2 * 3
        self._kept: OrderedDict[str, RGB] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def whole(self, image_id: str) -> RGB:
        """Gives the picture at its full size; not to be written to.

        Raises:
            BadImageError: it cannot be read.
        """
        record = self._pairs[image_id][1]
        kept = self._remembered(image_id)
        if kept is not None and kept.shape[:2] == (record.height, record.width):
            return kept
        return self._read(image_id)[0]

    def fitted(self, image_id: str) -> RGB:
        """Gives the picture scaled down, never up, to the frame; not to be written to.

        Raises:
            BadImageError: it cannot be read.
        """
        kept = self._remembered(image_id)
        return self._read(image_id)[1] if kept is None else kept

    def unreadable(self, image_ids: Iterable[str]) -> dict[str, str]:
        """Gives those that cannot be read, with the reason; up to ``MOST_FRAMES`` others are remembered."""
        keys = list(image_ids)
        reasons = bounded_map(self._reason, keys, THREADS)
        return {key: reason for key, reason in zip(keys, reasons, strict=True) if reason}

    def _reason(self, image_id: str) -> str:
        try:
            self.fitted(image_id)
        except BadImageError as error:
            return str(error)
        return ""

    def _read(self, image_id: str) -> tuple[RGB, RGB]:
        """The picture at its full size, and fitted."""
        images, record = self._pairs[image_id]
        try:
            picture = images.read(record)
        except FileNotFoundError:
            raise BadImageError(f"{record.path}: the file is gone; materialize {record.asset} again") from None
        fitted = fit_within(picture, (self._side_px, self._side_px))
        with self._lock:
            if image_id not in self._kept:
                self._kept[image_id] = fitted
                self._kept_bytes += fitted.nbytes
            while self._kept_bytes > self._room_bytes:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes
        return picture, fitted

    def _remembered(self, image_id: str) -> RGB | None:
        with self._lock:
            if image_id in self._kept:
                self._kept.move_to_end(image_id)
            return self._kept.get(image_id)
