from pathlib import Path

import numpy as np
import pytest

from resources.sources.credits import FileCredit, read_credits
from resources.sources.video_stills import collect_video
from synth_assets.core.curation.films import VideoError
from synth_assets.core.images import decode_image
from synth_assets_tests.resources.sources.films import noisy, write_mjpg

LEVELS = list(range(0, 200, 10))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds at 10 frames a second, each frame ten levels brighter."""
    return write_mjpg(tmp_path / "the bay.avi", [np.full((32, 48, 3), level, np.uint8) for level in LEVELS])


def test_stills_at_the_interval_with_the_films_credit(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = collect_video(out, film, 0.5, licence="CC-BY-4.0", attribution="Anna")
    assert done.saved == tuple(f"the bay_{ms:09d}.jpg" for ms in (0, 500, 1000, 1500))
    levels = [decode_image((out / name).read_bytes(), name).mean() for name in done.saved]
    assert levels == pytest.approx([0, 50, 100, 150], abs=3)
    assert read_credits(out)[done.saved[1]] == FileCredit(
        file="the bay_000000500.jpg", licence="CC-BY-4.0", attribution="Anna", source_id="the bay.avi at 0.500 s"
    )


def test_a_second_run_goes_on_and_rewrites_nothing(film: Path, tmp_path: Path) -> None:
    first = collect_video(tmp_path, film, 0.5, 2)
    assert len(first.saved) == 2
    (tmp_path / first.saved[0]).write_bytes(b"mine")
    lines = (tmp_path / "credits.jsonl").read_bytes()
    second = collect_video(tmp_path, film, 0.5, 3)
    assert (second.present, second.saved) == (first.saved, ("the bay_000001000.jpg",))
    assert (tmp_path / first.saved[0]).read_bytes() == b"mine"
    assert (tmp_path / "credits.jsonl").read_bytes().startswith(lines)
    assert (tmp_path / "credits.jsonl").read_bytes().count(b"\n") == 3


def test_a_lost_or_other_credit_is_written_anew(film: Path, tmp_path: Path) -> None:
    collect_video(tmp_path, film, 1.0)
    (tmp_path / "credits.jsonl").unlink()
    done = collect_video(tmp_path, film, 1.0, licence="CC0-1.0")
    assert done.saved == ()
    assert {credit.licence for credit in read_credits(tmp_path).values()} == {"CC0-1.0"}
    assert set(read_credits(tmp_path)) == set(done.present)


def test_a_missing_film_and_one_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"no\.mp4: not a readable film"):
        collect_video(tmp_path, tmp_path / "no.mp4", 1.0)
    (tmp_path / "text.mp4").write_bytes(b"text" * 99)
    with pytest.raises(VideoError, match=r"text\.mp4: not a readable film"):
        collect_video(tmp_path, tmp_path / "text.mp4", 1.0)


def test_a_film_damaged_on_its_way_gives_the_stills_before(tmp_path: Path) -> None:
    film = write_mjpg(tmp_path / "long.avi", [noisy(90, seed) for seed in range(80)])
    data = bytearray(film.read_bytes())
    frame = data.index(b"00dc", len(data) * 3 // 4) + 8  # behind the chunk's name and size; its JPEG is wiped out
    data[frame : frame + 500] = bytes(500)
    film.write_bytes(data)
    done = collect_video(tmp_path, film, 0.1)
    assert 5 <= len(done.saved) < 65
    assert [name for name, _ in done.skipped] == ["long.avi"]
    assert f"damaged after frame {len(done.saved) - 1}" in done.skipped[0][1]
