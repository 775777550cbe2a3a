"""A server on 127.0.0.1 that speaks as much of the Unsplash API as is used, and fails on request."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import numpy as np

from synth_assets.core.images import encode_jpeg
from synth_assets_tests.resources.local_server import LocalHandler, running

KEY = "s3cret-Access_Key"
Fault = Callable[[LocalHandler], None]


def body(data: bytes) -> Fault:
    return lambda handler: handler.answer(200, data)


def drip(data: bytes, seconds: float) -> Fault:
    """The right picture, a few bytes at a time."""

    def answer(handler: LocalHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        pieces = np.array_split(np.frombuffer(data, np.uint8), 20)
        for piece in pieces:
            time.sleep(seconds / len(pieces))
            handler.wfile.write(piece.tobytes())
            handler.wfile.flush()

    return answer


def picture(index: int) -> bytes:
    return encode_jpeg(np.full((16, 24, 3), index % 256, np.uint8))


@dataclass
class Unsplash:
    """Photos ``p000`` … in the order of the results; ``faults`` are used up before a path answers.

    Attributes:
        remaining: requests left in this hour.
        tells: whether answers say so.
    """

    total: int
    url: str = ""
    remaining: int = 1000
    tells: bool = True
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def paths(self, start: str) -> list[str]:
        return [path for path, _, _ in self.asked if path.startswith(start)]

    def photo(self, index: int) -> dict[str, object]:
        name = f"p{index:03d}"
        link = f"https://unsplash.com/@anna{index}"
        return {
            "id": name,
            "width": 24,
            "height": 16,
            "description": None,
            "urls": {size: f"{self.url}/files/{name}?size={size}" for size in ("raw", "full", "regular", "small")},
            "links": {
                "html": f"https://unsplash.com/photos/{name}",
                "download_location": f"{self.url}/photos/{name}/download?ixid=abc",
            },
            "user": {"name": f"Anna {index}", "username": f"anna{index}", "links": {"html": link}},
        }


class Handler(LocalHandler):
    api: Unsplash

    def do_GET(self) -> None:  # noqa: N802 - the name http.server looks for
        self.close_connection = True
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.api.asked.append((parts.path, query, {name.lower(): value for name, value in self.headers.items()}))
        try:
            if faults := self.api.faults.get(parts.path):
                faults.pop(0)(self)
            elif parts.path.startswith("/files/"):
                self.answer(200, picture(int(parts.path[-3:])))
            else:
                self.do_api(parts.path, query)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client gave up, as the test wants it to

    def do_api(self, path: str, query: dict[str, str]) -> None:
        api = self.api
        if self.headers["Authorization"] != f"Client-ID {KEY}" or self.headers["Accept-Version"] != "v1":
            return self.answer(401, b'{"errors":["OAuth error: The access token is invalid"]}')
        if api.remaining == 0:
            return self.answer(403, b"Rate Limit Exceeded")
        api.remaining -= 1
        headers = {"X-Ratelimit-Limit": "50", "X-Ratelimit-Remaining": str(api.remaining)} if api.tells else {}
        if path == "/search/photos":
            per_page = min(int(query["per_page"]), 30)
            first = (int(query["page"]) - 1) * per_page
            results = [api.photo(index) for index in range(first, min(first + per_page, api.total))]
            found = {"total": api.total, "total_pages": -(-api.total // per_page), "results": results}
        elif path.endswith("/download"):
            found = {"url": "https://images.unsplash.com/x"}
        else:
            found = api.photo(int(path[-3:]))
        return self.answer(200, json.dumps(found).encode(), headers)


@contextmanager
def serving(total: int) -> Iterator[Unsplash]:
    api = Unsplash(total)
    with running(Handler, api=api) as api.url:
        yield api
