"""What the servers of the tests share: running on 127.0.0.1, answers in one piece, faults that any of them may have.

Belongs here: nothing that knows what is asked for. Does not belong here: a service (``chat_server.py``,
``tiny_hub.py``, ``sources/unsplash_server.py``).
"""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LocalHandler(BaseHTTPRequestHandler):
    """Answers each request on a connection of its own."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Callable[[LocalHandler], None]:
    return lambda handler: handler.answer(code, body, headers)


def silence(seconds: float) -> Callable[[LocalHandler], None]:
    return lambda _: time.sleep(seconds)


@contextmanager
def running(handler: type[BaseHTTPRequestHandler], **attributes: object) -> Generator[str]:
    """Gives the address at which the handler, with these attributes, answers until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (handler,), attributes))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
