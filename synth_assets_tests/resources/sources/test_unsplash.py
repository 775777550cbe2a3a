import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from resources.sources.credits import FileCredit, read_credits
from resources.sources.unsplash import collect_unsplash
from resources.sources.unsplash_client import (
    UnsplashClient,
    UnsplashError,
    UnsplashKeyError,
    UnsplashParams,
    UnsplashQuotaError,
)
from synth_assets_tests.resources.local_server import silence, status
from synth_assets_tests.resources.sources.unsplash_server import (
    KEY,
    Unsplash,
    body,
    drip,
    picture,
    serving,
)


@pytest.fixture
def api() -> Iterator[Unsplash]:
    with serving(total=70) as server:
        yield server


class Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client_of(api: Unsplash, waits: Waits | None = None, key: str = KEY, **params: float) -> UnsplashClient:
    return UnsplashClient(
        key,
        api.url,
        params=UnsplashParams.model_validate({"tries": 3, **params}),
        sleep=Waits() if waits is None else waits,
        clock=lambda: datetime(2024, 5, 1, 14, 20),
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "credits.jsonl")


def names(indices: range) -> list[str]:
    return [f"p{index:03d}.jpg" for index in indices]


def test_three_pages_are_fetched_with_their_credits_and_each_download_is_reported(
    api: Unsplash, tmp_path: Path
) -> None:
    with client_of(api) as client:
        done = collect_unsplash(tmp_path, "green forest", 65, client=client)
    assert list(done.saved) == files(tmp_path) == names(range(65))
    assert (done.present, done.skipped) == ((), ())
    assert (tmp_path / "p042.jpg").read_bytes() == picture(42)
    searches = [query for path, query, _ in api.asked if path == "/search/photos"]
    assert searches == [{"query": "green forest", "page": str(page), "per_page": "30"} for page in (1, 2, 3)]
    assert api.paths("/photos/") == [f"/photos/p{index:03d}/download" for index in range(65)]
    assert read_credits(tmp_path)["p042.jpg"] == FileCredit(
        file="p042.jpg",
        licence="Unsplash License",
        attribution="Anna 42 (@anna42) on Unsplash, https://unsplash.com/@anna42",
        url="https://unsplash.com/photos/p042",
        source_id="p042",
    )


def test_the_key_goes_to_the_api_and_to_no_other_host(api: Unsplash, tmp_path: Path) -> None:
    with client_of(api) as client:
        collect_unsplash(tmp_path, "x", 1, client=client)
    sent = {path: headers.get("authorization") for path, _, headers in api.asked}
    assert sent == {
        "/search/photos": f"Client-ID {KEY}",
        "/files/p000": None,
        "/photos/p000/download": f"Client-ID {KEY}",
    }
    with serving(total=1) as other, client_of(other) as client:
        other.url = api.url  # its photos now point to another host
        done = collect_unsplash(tmp_path / "other", "x", 1, client=client)
    assert "not on 127.0.0.1; not asked" in done.skipped[0][1]
    assert api.paths("/photos/") == ["/photos/p000/download"]


def test_results_that_end_before_the_count(api: Unsplash, tmp_path: Path) -> None:
    api.total = 3
    with client_of(api) as client:
        assert list(collect_unsplash(tmp_path, "x", 10, client=client).saved) == names(range(3))
    assert len(api.paths("/search")) == 1


def test_photos_that_are_there_count_and_are_not_fetched_again(api: Unsplash, tmp_path: Path) -> None:
    with client_of(api) as client:
        collect_unsplash(tmp_path, "x", 2, client=client)
        api.asked.clear()
        again = collect_unsplash(tmp_path, "x", 2, client=client)
        assert (again.saved, list(again.present), api.asked) == ((), names(range(2)), [])
        more = collect_unsplash(tmp_path, "x", 4, client=client)
    assert list(more.saved) == names(range(2, 4))
    assert api.paths("/files/") == ["/files/p002", "/files/p003"]


def test_what_fails_for_the_moment_is_repeated_with_growing_waits(api: Unsplash, tmp_path: Path) -> None:
    api.faults = {
        "/search/photos": [status(500), status(503)],
        "/photos/p000/download": [status(429, {"Retry-After": "7"})],
        "/files/p001": [silence(0.4), status(502)],
    }
    waits = Waits()
    with client_of(api, waits, timeout_s=0.2) as client:
        done = collect_unsplash(tmp_path, "x", 2, client=client)
    assert list(done.saved) == names(range(2))
    assert waits == [1, 2, 7, 1, 2]


def test_a_retry_after_may_be_a_date_and_may_be_nonsense(api: Unsplash, tmp_path: Path) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    api.faults["/search/photos"] = [status(429, {"Retry-After": date}), status(429, {"Retry-After": "soon"})]
    waits = Waits()
    with client_of(api, waits) as client:
        collect_unsplash(tmp_path, "x", 1, client=client)
    assert waits == pytest.approx([30, 2], abs=3)


def test_a_server_that_asks_for_a_long_wait_ends_the_run_at_once(api: Unsplash, tmp_path: Path) -> None:
    api.faults["/search/photos"] = [status(429, {"Retry-After": "3600"})]
    waits = Waits()
    with client_of(api, waits) as client, pytest.raises(UnsplashError, match="asks to wait 3600 s; run again then"):
        collect_unsplash(tmp_path, "x", 1, client=client)
    assert waits == []


def test_an_api_that_stays_away_ends_the_run_and_says_what_is_there(api: Unsplash, tmp_path: Path) -> None:
    api.faults["/search/photos"] = [status(503)] * 3
    waits = Waits()
    with client_of(api, waits) as client, pytest.raises(UnsplashError) as caught:
        collect_unsplash(tmp_path, "x", 5, client=client)
    assert str(caught.value) == (
        f"/search/photos: HTTP 503, 3 times. 0 of 5 photos are in {tmp_path} and stay; "
        "the same command goes on from there"
    )
    assert waits == [1, 2]


@pytest.mark.parametrize(
    ("path", "fault", "reason"),
    [
        ("/files/p001", body(b"no picture"), "p001.jpg: not a readable picture"),
        ("/files/p001", body(picture(1)[:-40]), "p001.jpg: not a readable picture (Truncated"),
        ("/files/p001", drip(picture(1), seconds=1.0), "/files/p001: too slow, not complete in 0.2 s"),
        ("/files/p001", body(bytes(5000)), "/files/p001: larger than 4,000 bytes"),
        ("/files/p001", status(404), "/files/p001: HTTP 404"),
        ("/photos/p001/download", status(404), "/photos/p001/download: HTTP 404"),
    ],
)
def test_a_photo_that_cannot_be_had_is_skipped_with_its_reason_and_the_rest_go_on(
    api: Unsplash, tmp_path: Path, path: str, fault: object, reason: str
) -> None:
    api.faults[path] = [fault]  # pyright: ignore[reportArgumentType]
    api.total = 3
    with client_of(api, body_s=0.2, max_bytes=4_000) as client:
        done = collect_unsplash(tmp_path, "x", 3, client=client)
    assert files(tmp_path) == ["p000.jpg", "p002.jpg"]
    assert [name for name, _ in done.skipped] == ["p001.jpg"]
    assert reason in done.skipped[0][1]
    assert "p001.jpg" not in read_credits(tmp_path)


def test_many_failures_in_a_row_end_the_run(api: Unsplash, tmp_path: Path) -> None:
    api.faults = {f"/files/p{index:03d}": [status(404)] for index in range(1, 70)}
    with client_of(api) as client, pytest.raises(UnsplashError, match="10 photos in a row") as caught:
        collect_unsplash(tmp_path, "x", 60, client=client)
    assert caught.value.collected.saved == ("p000.jpg",)
    assert len(caught.value.collected.skipped) == 10


@pytest.mark.parametrize("told", [True, False], ids=["remaining 0", "403"])
def test_a_used_up_quota_stops_clearly_and_the_next_run_goes_on(api: Unsplash, tmp_path: Path, told: bool) -> None:
    api.remaining, api.tells = 4, told  # one search and three photos
    with client_of(api) as client, pytest.raises(UnsplashQuotaError) as caught:
        collect_unsplash(tmp_path, "x", 6, client=client)
    assert "a demo key has 50 an hour); go on after 15:00. 3 of 6 photos are in" in str(caught.value)
    assert list(caught.value.collected.saved) == files(tmp_path) == names(range(3))
    assert len(api.paths("/files/")) == (3 if told else 4)
    api.remaining = 50
    with client_of(api) as client:
        done = collect_unsplash(tmp_path, "x", 6, client=client)
    assert (list(done.present), list(done.saved)) == (names(range(3)), names(range(3, 6)))


def test_a_403_that_is_about_the_quota_and_one_that_is_not(api: Unsplash, tmp_path: Path) -> None:
    api.remaining = 0
    with client_of(api) as client, pytest.raises(UnsplashQuotaError):
        collect_unsplash(tmp_path, "x", 1, client=client)
    api.faults["/search/photos"] = [status(403, body=b'{"errors":["no permission"]}')]
    with client_of(api) as client, pytest.raises(UnsplashError, match="HTTP 403") as caught:
        collect_unsplash(tmp_path, "x", 1, client=client)
    assert not isinstance(caught.value, UnsplashQuotaError)


def test_a_kill_between_a_photo_and_its_credit_is_repaired(api: Unsplash, tmp_path: Path) -> None:
    with client_of(api) as client:
        collect_unsplash(tmp_path, "x", 3, client=client)
        whole = dict(read_credits(tmp_path))
        path = tmp_path / "credits.jsonl"
        path.write_bytes(path.read_bytes()[:-30])  # torn in the last line
        assert list(read_credits(tmp_path)) == ["p000.jpg", "p001.jpg"]
        api.asked.clear()
        collect_unsplash(tmp_path, "x", 3, client=client)
    assert read_credits(tmp_path) == whole
    assert [path for path, _, _ in api.asked] == ["/photos/p002"]


def test_a_file_of_the_users_own_is_named_and_stays(api: Unsplash, tmp_path: Path) -> None:
    (tmp_path / "p999.jpg").write_bytes(picture(0))
    api.faults["/photos/p999"] = [status(404)]
    with client_of(api) as client:
        done = collect_unsplash(tmp_path, "x", 2, client=client)
    assert done.skipped == (("p999.jpg", "has no line in credits.jsonl, and none can be had: /photos/p999: HTTP 404"),)
    assert files(tmp_path) == ["p000.jpg", "p999.jpg"]


@pytest.mark.parametrize(
    "answer", [b"<html>welcome to this hotel</html>", b'{"total":1}', b'{"total":1,"total_pages":1,"results":[{}]}']
)
def test_an_answer_that_is_not_as_documented(api: Unsplash, tmp_path: Path, answer: bytes) -> None:
    api.faults["/search/photos"] = [body(answer)]
    with client_of(api) as client, pytest.raises(UnsplashError, match="/search/photos: not the documented answer"):
        collect_unsplash(tmp_path, "x", 1, client=client)


def test_an_id_that_leaves_the_folder_is_refused(
    api: Unsplash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.total = 1
    photo = api.photo(0) | {"id": "../escaped"}
    monkeypatch.setattr(api, "photo", lambda _index: photo)
    with client_of(api) as client:
        done = collect_unsplash(tmp_path / "in", "x", 1, client=client)
    assert done.skipped == (("../escaped.jpg", "its id cannot be a file name"),)
    assert list(tmp_path.rglob("*.jpg")) == []


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_an_absent_key(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("UNSPLASH_ACCESS_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("UNSPLASH_ACCESS_KEY", value)
    with pytest.raises(UnsplashKeyError, match="set the environment variable UNSPLASH_ACCESS_KEY"):
        UnsplashClient()


def test_key_and_address_come_from_the_environment(
    api: Unsplash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSPLASH_ACCESS_KEY", f" {KEY}\n")
    monkeypatch.setenv("UNSPLASH_API_URL", api.url)
    with UnsplashClient() as client:
        assert len(collect_unsplash(tmp_path, "x", 1, client=client).saved) == 1


@pytest.mark.parametrize("key", ["wrong-" + KEY, KEY + "\nX-Other: 1", KEY + "é"])
def test_a_wrong_key_is_refused_and_shown_nowhere(
    api: Unsplash, tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UnsplashKeyError, match="Access Key") as caught, client_of(api, key=key) as client:
        collect_unsplash(tmp_path, "x", 1, client=client)
    shown = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert KEY not in shown + repr(caught.value) + caplog.text


def test_the_key_is_in_no_log_message_or_repr_of_a_run_with_faults(
    api: Unsplash, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.remaining = 3
    api.faults = {"/search/photos": [status(500, body=KEY.encode()), silence(1.2)], "/files/p000": [status(404)]}
    with client_of(api, timeout_s=1.0) as client:  # a busy machine must not be slower than this
        with pytest.raises(UnsplashQuotaError) as caught:
            collect_unsplash(tmp_path, "x", 9, client=client)
        described = repr(client) + repr(vars(client)) + str(caught.value.collected)
    # With the local variables of every frame, as rich shows them.
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    lines = [line for line in shown.splitlines() if "api = " not in line and "server" not in line]
    assert "HTTP 500" in caplog.text
    assert "/search/photos" in shown
    assert KEY not in described + caplog.text + str(caught.value) + "\n".join(lines)
