"""A server on 127.0.0.1 that answers chat completions about pictures, and fails on request."""

import base64
import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from synth_assets.core.images import decode_image
from synth_assets_tests.resources.local_server import LocalHandler, running

KEY = "s3cret-key"
MODEL = "tiny/vision:7b"
Fault = Callable[["Handler"], None]


def says(content: object) -> Fault:
    return lambda handler: handler.say(content)


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


class Handler(LocalHandler):
    chat: Chat

    def say(self, content: object) -> None:
        self.answer(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())

    def do_POST(self) -> None:  # noqa: N802 - the name http.server looks for
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
    with running(Handler, chat=chat) as address:
        chat.url = f"{address}/v1"
        yield chat
