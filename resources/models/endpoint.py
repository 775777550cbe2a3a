"""Captioners behind a URL: any server that speaks OpenAI's chat completions, such as vLLM, Ollama or llama.cpp.

Belongs here: requests, the key, repeating what failed for the moment, errors that say what to do. Does not
belong here: captioners that run in this process (``captioners.py``).
"""

from __future__ import annotations

import base64
import logging
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.images import encode_jpeg
from synth_assets.core.items import bounded_map
from synth_assets.core.ports import RGB

if TYPE_CHECKING:
    from resources.models.entries import ModelEntry

DEFAULT_PROMPT = (
    "Describe this picture in one sentence of at most 25 words, beginning with the main subject. "
    "Name only what can be seen. Answer with the sentence alone."
)
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_SEED = 0
_JPEG_QUALITY = 92
_SHOWN_CHARACTERS = 300
_log = logging.getLogger(__name__)


class EndpointError(RuntimeError):
    """A server did not caption a picture; the message names its URL and what to do, and never holds the key."""


class EndpointParams(Params):
    """How a server is asked.

    Attributes:
        api_key_env: environment variable that holds the key; "" = the server wants none.
        workers: pictures asked for at the same time.
        timeout_s: for a connection, and for each next part of an answer.
        tries: of a request that fails for the moment.
        first_delay_s: before the second try; doubles with each further one.
        longest_delay_s: no wait is longer, whatever the server asks for.
        rest_s: after a server could not be reached in all tries, it is not asked again for so long.
    """

    api_key_env: str = Field(default="", pattern=r"^[A-Za-z0-9_]*$")
    workers: int = Field(default=4, ge=1, le=64)
    timeout_s: float = Field(default=120.0, gt=0)
    tries: int = Field(default=4, ge=1, le=20)
    first_delay_s: float = Field(default=1.0, ge=0)
    longest_delay_s: float = Field(default=30.0, ge=0)
    rest_s: float = Field(default=60.0, ge=0)


class EndpointCaptioner:
    """Captioner that asks a server, several pictures at a time; safe to call from several threads."""

    def __init__(self, entry: ModelEntry) -> None:
        """Reads the key; asks nothing yet.

        Args:
            entry: ``ref`` is ``endpoint:URL#MODEL``; ``prompt`` the instruction; ``speech.max_tokens`` and
                ``endpoint`` as documented.

        Raises:
            EndpointError: the key's environment variable is not set.
        """
        self.name = entry.name
        self._params = entry.endpoint
        self._speech = entry.speech
        self._prompt = entry.prompt or DEFAULT_PROMPT
        self._model = entry.reference.member
        self._url = f"{entry.reference.name.rstrip('/')}/chat/completions"
        self._rests_until_s, self._rests_because = 0.0, ""
        headers = {"Authorization": f"Bearer {_key(entry)}"} if self._params.api_key_env else {}
        self._client = httpx.Client(headers=headers, timeout=self._params.timeout_s)

    def caption(self, images: Sequence[RGB]) -> list[str]:
        """Gives what the server's model says of each picture.

        Raises:
            EndpointError: the server cannot be reached, refuses, or answers otherwise than documented.
        """
        return list(bounded_map(self._caption, images, self._params.workers))

    def _caption(self, image: RGB) -> str:
        return _said(self._ask(self._request(image)), self._url)

    def _request(self, image: RGB) -> dict[str, Any]:
        data = base64.b64encode(encode_jpeg(image, _JPEG_QUALITY)).decode()
        content = [
            {"type": "text", "text": self._prompt},
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}},
        ]
        return {
            "model": self._model,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "seed": _SEED,
            "max_tokens": self._speech.max_tokens,
        }

    def _ask(self, request: dict[str, Any]) -> httpx.Response:
        """The answer, after repeating what failed for the moment."""
        if time.monotonic() < self._rests_until_s:
            raise EndpointError(self._rests_because)
        fault, wait_s, reached = "", 0.0, False
        for attempt in range(self._params.tries):
            if attempt:
                _log.info("%s: %s; again in %g s", self._url, fault, wait_s)
                time.sleep(wait_s)
            wait_s = self._params.first_delay_s * 2**attempt
            try:
                answer = self._client.post(self._url, json=request)
            except httpx.TransportError as error:
                fault = f"{type(error).__name__}: {error}"
            else:
                reached = True
                if answer.status_code not in _TRANSIENT:
                    return self._checked(answer)
                fault = _refusal(answer)
                wait_s = max(wait_s, _asked_wait_s(answer))
            wait_s = min(wait_s, self._params.longest_delay_s)
        if reached:
            raise EndpointError(
                f"{self._url}: {fault}, {self._params.tries} times; it is overloaded or broken: look at its log, ask "
                "for less at a time (endpoint.workers), or wait longer (endpoint.tries, endpoint.first_delay_s)"
            )
        self._rests_because = (
            f"{self._url} cannot be reached ({fault}); start the server there, correct the URL of the model entry, "
            "raise endpoint.timeout_s if it is slow, or choose another captioner for the role"
        )
        self._rests_until_s = time.monotonic() + self._params.rest_s
        raise EndpointError(self._rests_because)

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        ways_out = {
            401: f"put a valid key into {self._params.api_key_env or 'a variable and name it as endpoint.api_key_env'}",
            403: "the key has no access to this model",
            404: f"the server knows no model {self._model!r}, or its URL is another one (most end in /v1)",
            413: "the picture is too large for the server; lower side_px of the captions",
        }
        way_out = ways_out.get(answer.status_code, "look at the server's log; the model may take no pictures")
        raise EndpointError(f"{self._url}: {_refusal(answer)}; {way_out}")


def _key(entry: ModelEntry) -> str:
    variable = entry.endpoint.api_key_env
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EndpointError(f"{entry.ref}: the environment variable {variable} is not set; put the server's key there")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise EndpointError(f"{entry.ref}: the value of {variable} cannot be a key; copy it again")
    return key


def _refusal(answer: httpx.Response) -> str:
    text = " ".join(answer.text.split())[:_SHOWN_CHARACTERS]
    return f"HTTP {answer.status_code}{f' ({text})' if text else ''}"


def _asked_wait_s(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _said(answer: httpx.Response, url: str) -> str:
    """The text of the first choice; "" where the model said nothing."""
    try:
        content = answer.json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        shown = " ".join(answer.text.split())[:_SHOWN_CHARACTERS]
        raise EndpointError(
            f"{url}: not an answer of chat completions ({shown!r}); the URL has to be that of an OpenAI-compatible API"
        ) from error
    if content is not None and not isinstance(content, str):
        raise EndpointError(f"{url}: the answer's content is a {type(content).__name__}, expected a text")
    return (content or "").strip()
