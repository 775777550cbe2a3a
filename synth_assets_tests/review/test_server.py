"""The review server: what it shows, what it takes, and whom it refuses."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import numpy as np
import pytest

from synth_assets.core.curation.reviews import Review, read_reviews, write_reviews
from synth_assets.core.images import decode_image
from synth_assets.review.desk import Desk
from synth_assets.review.server import ReviewServer
from synth_assets_tests.review.small_desk import BOX, CONFIG, NAME, decide, desk


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with ReviewServer(desk(tmp_path)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        origin = server.url.rstrip("/")
        with httpx.Client(base_url=origin, headers={"Origin": origin}, trust_env=False) as opened:
            yield opened
        server.shutdown()


def _post(client: httpx.Client, frame: str, strategy: str | None) -> httpx.Response:
    return client.post("/review", json={"frame": frame, "strategy": strategy})


def _file(tmp_path: Path) -> Path:
    return tmp_path / NAME / "review.csv"


def _row(client: httpx.Client, frame: str) -> dict:
    return next(row for row in client.get("/state").json()["rows"] if row["key"] == frame)


def test_the_state_holds_rows_names_targets_and_the_way_on(client: httpx.Client) -> None:
    state = client.get("/state").json()
    assert state["character"] == NAME
    assert state["strategies"] == ["keep_full", "segment", "silhouette"]
    assert state["command"] == "synth backfill --assets 'strategy_decisions*' --partitions frank"
    assert state["limits"]["complexity"] == CONFIG.thresholds.simple_background
    first, *_, last = state["rows"]
    assert (first["decided"], first["confidence"], first["open"], first["review"]) == ("segment", 0.8, True, None)
    assert ["complexity", 0.4, 0.4] in first["metrics"]
    assert ["instance_count", 1] in first["facts"]
    assert first["scores"] == {"segment": 0.8}
    assert (last["open"], last["reason"]) == (False, "character not found (best score 0.41)")


def test_a_change_is_in_the_file_before_the_answer(client: httpx.Client, tmp_path: Path) -> None:
    assert _post(client, "f1", "drop").json()["reviewed"] == 1
    assert _file(tmp_path).read_text() == "frame,strategy,decided\nf1,drop,keep_full\n"
    _post(client, "f0", "silhouette")
    _post(client, "f1", "segment")
    assert _file(tmp_path).read_text() == "frame,strategy,decided\nf0,silhouette,segment\nf1,segment,keep_full\n"
    assert _row(client, "f1")["review"] == "segment"
    _post(client, "f1", None)
    assert list(read_reviews(_file(tmp_path))) == ["f0"]


def test_taking_back_what_is_not_there_makes_no_file(client: httpx.Client, tmp_path: Path) -> None:
    assert _post(client, "f1", None).status_code == 200
    assert not _file(tmp_path).exists()


def test_lines_of_others_and_of_vanished_frames_stay(client: httpx.Client, tmp_path: Path) -> None:
    write_reviews(_file(tmp_path), {"gone": Review("odd", "segment", {"note": "by hand"})})
    state = client.get("/state").json()
    assert (state["gone"], state["strategies"][-1]) == (["gone"], "odd")
    _post(client, "f2", "segment")
    assert read_reviews(_file(tmp_path))["gone"] == Review("odd", "segment", {"note": "by hand"})


def test_a_broken_file_is_told_and_left_alone(client: httpx.Client, tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_text("frame,strategy,decided\nf0\n")
    for answer in (client.get("/state"), _post(client, "f0", "segment")):
        assert (answer.status_code, ":2: 1 values for 3 columns" in answer.json()["error"]) == (400, True)
    assert _file(tmp_path).read_text() == "frame,strategy,decided\nf0\n"


@pytest.mark.parametrize(
    ("frame", "strategy", "status", "message"),
    [
        ("nosuch", "segment", 404, "'nosuch' is not a frame"),
        ("f4", "segment", 404, "'f4' is not a frame"),
        ("f0", "nosuch", 400, "there are: keep_full, segment, silhouette, drop"),
        ("f0", 7, 400, "expected"),
        ("../../f0", "segment", 404, "is not a frame"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(
    client: httpx.Client, tmp_path: Path, frame: str, strategy: str, status: int, message: str
) -> None:
    answer = _post(client, frame, strategy)
    assert (answer.status_code, message in answer.json()["error"]) == (status, True)
    assert not _file(tmp_path).exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_changes_come_from_the_own_page_only(
    client: httpx.Client, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    body = b'{"frame": "f0", "strategy": "segment"}'
    answer = client.post("/review", content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert not _file(tmp_path).exists()
    # The next request is answered as ever, though the refused one may not have been read.
    assert _post(client, "f0", "segment").status_code == 200


@pytest.mark.parametrize("length", ["70000", "-1", ""])
def test_a_body_of_no_sensible_length_is_not_waited_for(client: httpx.Client, length: str) -> None:
    connection = HTTPConnection(client.base_url.host, client.base_url.port, timeout=5)
    connection.putrequest("POST", "/review")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Connection")) == (413, "close")
    connection.close()


def test_a_foreign_name_reads_nothing(client: httpx.Client) -> None:
    for path in ("/", "/state", "/picture?frame=f0&size=thumb"):
        assert client.get(path, headers={"Host": "evil.example:8000"}).status_code == 403
    assert client.get("/", headers={"Host": "localhost:1"}).status_code == 200
    assert client.get("/../store").status_code == 404


def test_the_page_is_one_document_that_loads_nothing_else(client: httpx.Client) -> None:
    answer = client.get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "/*style*/" not in answer.text
    assert "/*script*/" not in answer.text
    assert "http" not in answer.text


def test_a_picture_has_the_outline_of_the_character(client: httpx.Client) -> None:
    def picture(outline: str) -> np.ndarray:
        answer = client.get("/picture", params={"frame": "f0", "size": "large", "outline": outline})
        assert "immutable" in answer.headers["Cache-Control"]
        return decode_image(answer.content, "picture").astype(int)

    plain, outlined = picture("0"), picture("1")
    changed = np.abs(plain - outlined).max(axis=2) > 60
    assert changed[(BOX[1] + BOX[3]) // 2, BOX[0] - 1]
    assert not changed[BOX[1] + 4 : BOX[3] - 4, BOX[0] + 4 : BOX[2] - 4].any()
    assert not changed[:, : BOX[0] - 6].any()


@pytest.mark.parametrize(("query", "status"), [("frame=no&size=thumb", 404), ("frame=f0&size=huge", 400)])
def test_a_picture_that_is_not_there_is_told(client: httpx.Client, query: str, status: int) -> None:
    answer = client.get(f"/picture?{query}")
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_a_file_that_vanished_is_named(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "store" / "strategy_decisions" / NAME / "images" / "f0.png").unlink()
    answer = client.get("/picture?frame=f0&size=thumb")
    assert (answer.status_code, "images/f0.png" in answer.json()["error"]) == (404, True)


def test_decisions_made_anew_are_seen_and_a_reviewed_one_keeps_what_was_said(
    client: httpx.Client, tmp_path: Path
) -> None:
    _post(client, "f0", "keep_full")
    before = client.get("/state").json()["version"]
    decide(tmp_path / "store", "2", strategy="keep_full", reviewed=True)
    answer = _post(client, "f0", "drop")
    assert answer.json()["version"] != before
    assert read_reviews(_file(tmp_path))["f0"] == Review("drop", "segment")
    assert (_row(client, "f0")["in_store"], _row(client, "f0")["decided"]) == ("keep_full", "segment")


def test_a_desk_needs_decisions_and_a_sound_file(tmp_path: Path) -> None:
    store = decide(tmp_path / "store")
    with pytest.raises(ValueError, match=r"strategy_decisions\[nobody\] is not in the store \(there: frank\)"):
        Desk(store, "nobody", tmp_path / "review.csv", CONFIG)
    (tmp_path / "review.csv").write_text("nonsense\n")
    with pytest.raises(ValueError, match="the header is 'nonsense'"):
        Desk(store, NAME, tmp_path / "review.csv", CONFIG)
