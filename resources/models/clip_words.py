"""Lists of words: read from a folder, and their CLIP vectors kept on disk.

Belongs here: reading CLIP Interrogator's lists as that package has them, and the cache. Does not belong here: what is
made of the lists (``core/captions/word_tables.py``) and the vectors themselves (``clip_text.py``).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from resources.models.entries import ModelEntry

LISTS = ("artists", "flavors", "mediums", "movements", "negative")
"""Files ``NAME.txt`` of the folder, one term a line."""
KEYED_BY = "1"
"""Changes with the way vectors are made, so that none of an older way are found."""


def load_word_lists(entry: ModelEntry, path: Path, device: str) -> dict[str, tuple[str, ...]]:
    """Reads the lists; every line is a term, blank and repeated ones too, as the original counts them.

    Raises:
        FileNotFoundError: one of LISTS is not there.
    """
    if missing := [name for name in LISTS if not (path / f"{name}.txt").is_file()]:
        raise FileNotFoundError(f"{entry.ref}: {path} has no {missing[0]}.txt; it has to hold {', '.join(LISTS)}")
    return {name: _lines(path / f"{name}.txt") for name in LISTS}


def _lines(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return tuple(line.strip() for line in stream)


@dataclass(frozen=True)
class WordVectors:
    """Vectors of a list of terms.

    Attributes:
        rows: (M, D) float16 of length 1, of the terms that differ in their tokens.
        places: (N,) int64, the row of each term.
    """

    rows: NDArray[np.float16]
    places: NDArray[np.int64]

    def scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gives (K, N) float32: cosines of the vectors, (K, D) float32, with the terms."""
        return (vectors @ self.rows.astype(np.float32).T)[:, self.places]


def kept_vectors(
    folder: Path | None,
    model: str,
    terms: Sequence[str],
    make: Callable[[], tuple[NDArray[np.float32], NDArray[np.intp]]],
) -> WordVectors:
    """Gives the vectors of a list, from the folder or made now and put there.

    Args:
        folder: of the cache, made where it is not there; None = keep nothing.
        model: what made them: reference with revision, number type.
        terms: the list.
        make: gives the rows and places of ``WordVectors``.
    """
    from safetensors.numpy import load_file, save_file

    if folder is None:
        rows, places = make()
        return WordVectors(rows.astype(np.float16), places.astype(np.int64))
    digest = hashlib.sha256("\0".join((KEYED_BY, model, *terms)).encode()).hexdigest()
    file = folder / f"{digest[:24]}.safetensors"
    if not file.is_file():
        made = kept_vectors(None, model, terms, make)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".words-") as work:
            fresh = Path(work) / file.name
            about = {"model": model, "first": terms[0], "count": str(len(terms))}
            save_file({"rows": made.rows, "places": made.places}, fresh, about)
            fresh.replace(file)
    tensors = load_file(file)
    return WordVectors(tensors["rows"], tensors["places"])
