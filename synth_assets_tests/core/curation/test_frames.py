import json
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources.store import Store
from synth_assets.core.curation.films import Moment, StillSource
from synth_assets.core.curation.frames import extract_frames
from synth_assets.core.curation.sampling import FrameParams
from synth_assets.core.images import encode_png
from synth_assets.core.items import Summary
from synth_assets_tests.core.curation.films import BLUE, RED, Film, film_of, picture


class Still:
    licence, attribution = "", ""

    def __init__(self, name: str, data: bytes, folder: str = "stills") -> None:
        self.name, self._data, self.folder, self.digest = name, data, folder, f"{folder}/{name}"

    def read(self) -> bytes:
        return self._data


def extract(
    store: Store,
    films: Sequence[Film] = (),
    stills: Sequence[StillSource] = (),
    all_frames: Sequence[StillSource] = (),
    *,
    character: str = "bunny",
    others: Sequence[str] = (),
    code_version: str = "1",
    **params: Any,
) -> Summary:
    with store.open("frames", character, code_version) as writer:
        siblings = store.reusable("frames", others)
        return extract_frames(writer, films, stills, FrameParams(**params), all_frames, siblings)


def names(summary: Summary) -> list[str]:
    return [record.path.rsplit("/", 1)[-1] for record in summary.images.ok]


def test_two_shots_with_duplicates_and_blanks(store: Store) -> None:
    images = [picture(1, RED), picture(1, RED), picture(2, RED), picture(3, BLUE), np.zeros((90, 160, 3), np.uint8)]
    summary = extract(store, [film_of("clip.mp4", images)])
    kept = summary.images.ok
    assert names(summary) == ["clip_f000000.png", "clip_f000024.png", "clip_f000036.png"]
    assert kept[1].source == "clip.mp4@1.00s"
    assert [record.group for record in kept] == ["clip/shot_000", "clip/shot_000", "clip/shot_001"]
    assert summary.images.reasons == {"near-duplicate": 1, "black frame": 1}
    assert (summary.images.read(kept[2]) == images[3]).all()
    assert summary.details["films"] == [{"film": "clip.mp4", "shots": 2, "kept": 3, "neighbours": 0}]


def test_an_unchanged_film_is_not_decoded_again_and_only_kept_frames_are_fetched(store: Store) -> None:
    film = film_of("clip.mp4", [picture(1, RED), picture(1, RED)])
    for _ in range(2):
        extract(store, [film])
    assert (film.scans, film.fetched) == (1, [0])


def _stored(store: Store, character: str) -> dict[str, bytes]:
    folder = Path(str(store.root / "frames" / character))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _clip(digest: str = "same", damaged_at: int = -1) -> Film:
    film = Film("clip.mp4", 48, lambda index: picture(max(1, index // 12), RED), damaged_at)
    film.licence, film.digest = f"licence of {digest}", digest
    return film


@pytest.mark.parametrize("damaged_at", [-1, 30])
def test_a_film_is_looked_at_once_for_all_characters(tmp_path: Path, damaged_at: int) -> None:
    alone, shared = Store(str(tmp_path / "alone")), Store(str(tmp_path / "shared"))
    own, others = _clip(damaged_at=damaged_at), _clip(damaged_at=damaged_at)
    own.licence = "my own"
    extract(shared, [others, film_of("more.mp4", [picture(9, BLUE)])])
    for store in (alone, shared):
        extract(store, [own], character="frank", others=["missing", "bunny"])
    assert (own.scans, len(own.fetched)) == (1, 3 if damaged_at < 0 else 2)
    assert _stored(shared, "frank") == _stored(alone, "frank")
    images = shared.read("frames", "frank")
    assert images is not None
    assert {record.licence for record in images} == {"my own"}
    assert [record.status for record in images].count("rejected") == 1 + (damaged_at > 0)


def test_a_film_of_other_content_or_made_otherwise_is_looked_at(store: Store) -> None:
    extract(store, [_clip()])
    for number, (film, changed) in enumerate(
        [(_clip("other"), {}), (_clip(), {"fps": 1.0}), (_clip(), {"limit": 1}), (_clip(), {"code_version": "2"})]
    ):
        extract(store, [film], character=f"frank{number}", others=["bunny"], **changed)
        assert film.scans == 1, changed


def test_a_film_with_a_damaged_picture_is_looked_at(store: Store) -> None:
    first, second = extract(store, [_clip()]).images.ok[:2]
    (store.root / first.path).write_bytes((store.root / second.path).read_bytes())
    films = [_clip(), _clip()]
    extract(store, films[:1], character="frank", others=["bunny"])
    (store.root / first.path).unlink()
    extract(store, films[1:], character="gus", others=["bunny"])
    assert [film.scans for film in films] == [1, 1]


def test_without_skipping_what_exists_a_film_is_looked_at_again(store: Store) -> None:
    extract(store, [_clip()])
    film = _clip()
    extract(Store(store.root, skip_existing=False), [film], character="frank", others=["bunny"])
    assert film.scans == 1


def test_a_damaged_film_keeps_what_came_before_and_is_not_decoded_again(store: Store) -> None:
    film = Film("torn.mp4", 48, lambda index: picture(index // 12, RED), damaged_at=30)
    other = film_of("whole.mp4", [picture(9, BLUE)])
    none = Film("none.mp4", 5, lambda _: picture(0, RED), damaged_at=0)
    extract(store, [film, none, other])
    summary = extract(store, [film, none, other])
    assert names(summary) == ["torn_f000000.png", "torn_f000012.png", "torn_f000024.png", "whole_f000000.png"]
    rows = {row.source: (row.status, row.reason) for row in summary.images if row.status != "ok"}
    assert rows == {
        "torn.mp4": ("rejected", "torn.mp4: damaged after frame 29"),
        "none.mp4": ("failed", "VideoError: none.mp4: damaged after frame -1"),
    }
    assert (film.scans, none.scans) == (1, 2)


def test_pictures_are_stored_one_by_one(store: Store) -> None:
    given: list[weakref.ref[np.ndarray]] = []
    most = 0

    class Counting(Film):
        def pictures(self, moments: Sequence[Moment]) -> Iterator[np.ndarray]:
            nonlocal most
            for image in super().pictures(moments):
                given.append(weakref.ref(image))
                most = max(most, sum(ref() is not None for ref in given))
                yield image
                del image

    film = Counting("long.mp4", 60, lambda index: picture(index, RED))
    summary = extract(store, [film], fps=24.0, duplicate_bits=-1)
    assert len(summary.images.ok) == 60
    assert most <= 3


def test_neighbours_are_added_within_the_shot_and_recorded(store: Store) -> None:
    film = Film("clip.mp4", 36, lambda index: picture(index, RED if index < 26 else BLUE))
    summary = extract(store, [film], expand=True, shots={"jump": 1.0, "change": 1.0})
    added = [record for record in summary.images.ok if record.extra["context_of"]]
    assert [record.stem for record in added] == [
        *(f"clip_f000000_ctx{n:06d}" for n in (1, 2, 3)),
        *(f"clip_f000012_ctx{n:06d}" for n in (9, 10, 11, 13, 14, 15)),
        *(f"clip_f000024_ctx{n:06d}" for n in (21, 22, 23, 25)),
    ]
    assert [record.extra["context_offset"] for record in added[-4:]] == [-3, -2, -1, 1]
    assert {record.group for record in added} == {"clip/shot_000"}
    assert (summary.images.read(added[-1]) == picture(25, RED)).all()
    near = json.loads(store.file("frames", "bunny", "temporal_neighbor_map.json").read_bytes())
    assert near["clip_f000000"] == {str(n): f"clip_f000000_ctx{n:06d}" for n in (1, 2, 3)}
    assert json.loads(store.file("frames", "bunny", "expansion_stats.json").read_bytes()) == {
        "curated_frames": 3,
        "expanded_frames": 13,
        "total_frames": 16,
        "window": 3,
        "expansion_ratio": 5.333,
        "frames_lacking_neighbors": 2,
    }
    assert (summary.details["kept"], summary.details["neighbours"]) == (3, 13)


def test_without_expansion_there_are_no_neighbours_and_no_files(store: Store) -> None:
    assert len(extract(store, [film_of("clip.mp4", [picture(1, RED)])]).images) == 1
    assert not store.file("frames", "bunny", "expansion_stats.json").exists()


def test_a_neighbour_of_two_is_one_picture_that_stands_with_both(store: Store) -> None:
    film = Film("clip.mp4", 13, lambda index: picture(index, RED))
    summary = extract(store, [film], expand=True, fps=6.0, duplicate_bits=-1, shots={"change": 1.0})  # every fourth
    near = json.loads(store.file("frames", "bunny", "temporal_neighbor_map.json").read_bytes())
    assert near["clip_f000000"]["2"] == near["clip_f000004"]["-2"] == "clip_f000000_ctx000002"
    assert len(names(summary)) == 13


def test_stills_are_taken_in_or_refused_with_a_reason(store: Store) -> None:
    stills = [
        Still("a.png", encode_png(picture(1, RED))),
        Still("b.png", encode_png(np.full((90, 160, 3), 128, np.uint8))),
        Still("c.png", b"no picture"),
    ]
    summary = extract(store, stills=stills)
    assert [record.status for record in summary.images] == ["ok", "rejected", "rejected"]
    assert summary.images.records[1].reason == "flat frame"
    assert "not a readable picture" in summary.images.records[2].reason


def test_neighbours_of_stills_come_from_the_folder_of_all_frames(store: Store) -> None:
    stills = [Still("ep1_0010.png", encode_png(picture(10, RED))), Still("lone.png", encode_png(picture(1, RED)))]
    folder = [
        Still(f"ep1_{n:04d}.png", encode_png(picture(n, RED if n < 12 else BLUE)), "all_frames") for n in range(6, 14)
    ]
    folder[2] = Still("ep1_0008.png", b"broken", "all_frames")
    summary = extract(store, stills=stills, all_frames=folder, expand=True, window=3)
    assert names(summary) == [
        "ep1_0010.png",
        "ep1_0010_ctx000009.png",
        "ep1_0010_ctx000007.png",
        "ep1_0010_ctx000011.png",
        "lone.png",
    ]
    assert sum("not a readable picture" in reason for reason in summary.images.reasons) == 1
    assert json.loads(store.file("frames", "bunny", "temporal_neighbor_map.json").read_bytes()) == {
        "ep1_0010": {"-3": "ep1_0010_ctx000007", "-1": "ep1_0010_ctx000009", "1": "ep1_0010_ctx000011"},
        "lone": {},
    }


def test_the_limit_is_spread_over_films_and_stills(store: Store) -> None:
    films = [film_of(f"{name}.mp4", [picture(at, RED) for at in range(6)]) for name in "ab"]
    stills = [Still("s.png", encode_png(picture(50, BLUE)))]
    summary = extract(store, films, stills, limit=5, shots={"change": 1.0})
    assert names(summary) == ["a_f000012.png", "a_f000048.png", "b_f000012.png", "b_f000048.png", "s.png"]
    assert summary.images.reasons == {"over the limit": 8}
    assert films[0].fetched == [12, 48]


def test_two_sources_of_one_name_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="items share a key"):
        extract(store, [film_of("a.mp4", [picture(1, RED)])], [Still("a.png", encode_png(picture(1, RED)))])
