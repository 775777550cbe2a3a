"""The server of the review page: HTTP on this machine only.

Belongs here: paths, headers, and who may ask. A page of another site must neither read nor change anything: the
server listens on 127.0.0.1, answers only to that name (a foreign name that resolves to it is refused), and takes
changes only as JSON from its own page. Does not belong here: what is read and changed (``desk.py``).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

from synth_assets.review.desk import Desk, UnknownFrameError

_log = logging.getLogger(__name__)
_OWN_NAMES = frozenset({"127.0.0.1", "localhost"})
_LONGEST_BODY = 64 * 1024
_IDLE_S = 60
_JSON = "application/json"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FOREVER = "private, max-age=31536000, immutable"
"""For pictures: their address holds the version of their row."""


class _RefusedError(Exception):
    """A request that is not answered; status and message."""


class ReviewServer(ThreadingHTTPServer):
    """Serves one desk.

    Args:
        desk: what is reviewed.
        port: on 127.0.0.1; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True

    def __init__(self, desk: Desk, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.desk = desk

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self.server_port}/"


def page() -> str:
    """The page as one document: markup with its style and script in it."""
    folder = files("synth_assets.review")
    names = ("page.html", "page.css", "page.js", "page_details.js")
    markup, style, *scripts = ((folder / name).read_text("utf-8") for name in names)
    return markup.replace("/*style*/", style).replace("/*script*/", "".join(scripts))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    disable_nagle_algorithm = True  # else a body waits 40 ms behind its headers
    server: ReviewServer  # pyright: ignore[reportIncompatibleVariableOverride] - no other server has this handler

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, work: Callable[[], None]) -> None:
        try:
            self._check_name()
            work()
        except _RefusedError as error:
            self._fail(*error.args)
        except ConnectionError as error:
            _log.debug("the browser went away: %s", error)
            self.close_connection = True
        except (UnknownFrameError, FileNotFoundError) as error:
            self._fail(HTTPStatus.NOT_FOUND, str(error))
        except ValueError as error:
            self._fail(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            self._fail(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _check_name(self) -> None:
        host = self.headers.get("Host", "")
        if urlsplit(f"//{host}").hostname not in _OWN_NAMES:
            raise _RefusedError(HTTPStatus.FORBIDDEN, f"this page is only at {self.server.url}, not at {host!r}")

    def _get(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/":
            self._send(page().encode(), "text/html; charset=utf-8")
        elif parts.path == "/state":
            self._send_json(self.server.desk.state())
        elif parts.path == "/picture":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            data = self.server.desk.picture(asked.get("frame", ""), asked.get("size", ""), asked.get("outline") == "1")
            self._send(data, "image/jpeg", cache=_FOREVER)
        else:
            raise _RefusedError(HTTPStatus.NOT_FOUND, f"nothing is at {parts.path!r}; the page is at {self.server.url}")

    def _post(self) -> None:
        values = self._body()
        if urlsplit(self.path).path != "/review":
            raise _RefusedError(HTTPStatus.NOT_FOUND, f"nothing takes posts at {self.path!r}")
        frame, strategy = values.get("frame"), values.get("strategy")
        if not isinstance(frame, str) or not isinstance(strategy, str | None):
            raise ValueError('expected {"frame": "…", "strategy": "…" or null}')
        self._send_json(self.server.desk.review(frame, strategy))

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body of {length or 'unknown'} bytes")
        body = self.rfile.read(int(length))
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            raise _RefusedError(HTTPStatus.FORBIDDEN, "changes are only taken from this server's own page")
        if self.headers.get_content_type() != _JSON:
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"changes are sent as {_JSON}")
        values = json.loads(body)
        if not isinstance(values, dict):
            raise ValueError("expected a JSON object")
        return values

    def _send_json(self, values: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(values).encode(), _JSON, status)

    def _fail(self, status: HTTPStatus, message: str) -> None:
        # What was not read of a refused request must not be taken for the next one.
        self.close_connection = True
        self._send_json({"error": message}, status)

    def _send(
        self, data: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK, cache: str = "no-store"
    ) -> None:
        self.send_response(status)
        headers = {**_HEADERS, "Content-Type": content_type, "Content-Length": str(len(data)), "Cache-Control": cache}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are of interest to nobody but who looks for a fault."""
        _log.debug(format, *args)
