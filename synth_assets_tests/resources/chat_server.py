"""A server on 127.0.0.1 that answers chat completions about pictures, and fails on request."""

import base64
import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from synth_assets.core.images import decode_image

KEY = "s3cret-key"
MODEL = "tiny/vision:7b"
Fault = Callable[["Handler"], None]


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Fault:
    return lambda handler: handler.answer(code, body, headers)


def says(content: object) -> Fault:
    return lambda handler: handler.say(content)


def silence(seconds: float) -> Fault:
    return lambda _: time.sleep(seconds)


@dataclass
class Chat:
    """Names the mean colour of the picture it is shown; ``faults`` are used up first.

    Attributes:
        waits_for: requests that have to be there at once before any is answered.
    """

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    waits_for: threading.Barrier | None = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    chat: Chat

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def say(self, content: object) -> None:
        self.answer(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())

    def do_POST(self) -> None:
        self.close_connection = True
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.chat.asked.append(request)
        self.chat.keys.append(self.headers.get("Authorization", ""))
        if self.chat.faults:
            self.chat.faults.pop(0)(self)
            return
        if self.chat.waits_for:
            self.chat.waits_for.wait(timeout=5)
        if self.path != "/v1/chat/completions" or request["model"] != MODEL:
            self.answer(404, b'{"error": "no such model"}')
            return
        url = request["messages"][0]["content"][1]["image_url"]["url"]
        picture = decode_image(base64.b64decode(url.removeprefix("data:image/jpeg;base64,")), "asked")
        self.say(f" a {('red', 'green', 'blue')[int(picture.mean(axis=(0, 1)).argmax())]} wall\n")


@contextmanager
def serving() -> Generator[Chat]:
    chat = Chat()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"chat": chat}))
    chat.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
