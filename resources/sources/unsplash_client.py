"""The Unsplash API: search, one photo, the report of a download, the picture itself.

Belongs here: requests, the key, the quota, repeating what failed for the moment. Does not belong
here: which photos are wanted and where they go (``unsplash.py``).

Source: https://unsplash.com/documentation and https://help.unsplash.com/articles/2511245 (guidelines).
"""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from resources.sources.collecting import CollectError
from resources.sources.unsplash_answers import Photo, SearchPage
from synth_assets.core.config import Params

KEY_VARIABLE = "UNSPLASH_ACCESS_KEY"
URL_VARIABLE = "UNSPLASH_API_URL"
"""Another address of the API, such as one's own proxy."""
API_URL = "https://api.unsplash.com"
PER_PAGE = 30
"""The most that the API gives at once."""

_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_REMAINING = "X-Ratelimit-Remaining"
_log = logging.getLogger(__name__)


class UnsplashError(CollectError):
    """The API cannot be used; the message says what to do and never holds the key."""


class UnsplashKeyError(UnsplashError):
    """The key is absent or refused."""


class UnsplashQuotaError(UnsplashError):
    """No requests are left in this hour."""


class UnsplashRequestError(UnsplashError):
    """One request failed for good; others may succeed."""


class UnsplashParams(Params):
    """How long to wait, and how often to try."""

    tries: int = Field(default=5, ge=1, description="Of a request that fails for the moment.")
    first_delay_s: float = Field(default=1.0, gt=0, description="Before the second try; doubles with each further one.")
    longest_delay_s: float = Field(default=60.0, gt=0, description="A server that asks for a longer wait ends the run.")
    timeout_s: float = Field(default=20.0, gt=0, description="For a connection, and for each next part of an answer.")
    body_s: float = Field(default=90.0, gt=0, description="For a whole answer; a slower one is given up.")
    max_bytes: int = Field(default=100_000_000, ge=1, description="Of one answer; a larger one is given up.")


_A = TypeVar("_A", bound=BaseModel)


class UnsplashClient:
    """A client for one run; use it in a ``with`` block.

    Args:
        key: access key; None takes it from UNSPLASH_ACCESS_KEY.
        base_url: address of the API; None takes UNSPLASH_API_URL, else the public one.
        params: waits and tries.
        sleep: waits so many seconds.
        clock: local time now, for saying when a used-up quota is full again.

    Attributes:
        remaining: requests left in this hour; None before the first answer.

    Raises:
        UnsplashKeyError: no key, or one that cannot be one.
    """

    def __init__(
        self,
        key: str | None = None,
        base_url: str | None = None,
        *,
        params: UnsplashParams | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._params, self._sleep, self._clock = params or UnsplashParams(), sleep, clock
        self.remaining: int | None = None
        base = httpx.URL(base_url or os.environ.get(URL_VARIABLE) or API_URL)
        key = _checked(os.environ.get(KEY_VARIABLE, "") if key is None else key)
        # Kept nowhere else: httpx shows this header as [secure] and logs none.
        headers = {"Authorization": f"Client-ID {key}", "Accept-Version": "v1"}
        self._api = httpx.Client(base_url=base, headers=headers, timeout=self._params.timeout_s)
        # Pictures lie on other hosts, which must not see the key.
        self._plain = httpx.Client(timeout=self._params.timeout_s, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.close()
        self._plain.close()

    def search(self, query: str, page: int) -> SearchPage:
        """A page of PER_PAGE photos that match, the first page being 1.

        Raises:
            UnsplashError: as its kinds say.
        """
        params = {"query": query, "page": str(page), "per_page": str(PER_PAGE)}
        return self._answer(SearchPage, "/search/photos", params)

    def photo(self, photo_id: str) -> Photo:
        """One photo by its id.

        Raises:
            UnsplashError: as its kinds say.
        """
        return self._answer(Photo, f"/photos/{photo_id}")

    def report_download(self, photo: Photo) -> None:
        """The photographer's count of downloads knows of it, as the guidelines ask for each photo used.

        Raises:
            UnsplashError: as its kinds say.
        """
        url, base = httpx.URL(photo.links.download_location), self._api.base_url
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise UnsplashRequestError(f"its download_location is on {url.host}, not on {base.host}; not asked")
        self._ask(str(url))

    def picture(self, url: str) -> bytes:
        """The file behind one of a photo's ``urls``; it costs no quota.

        Raises:
            UnsplashRequestError: it cannot be had.
        """
        status, _, body = self._send(self._plain, url)
        if status != HTTPStatus.OK:
            raise UnsplashRequestError(f"{_place(url)}: HTTP {status}")
        return body

    def require_quota(self) -> None:
        """Does nothing while requests are left.

        Raises:
            UnsplashQuotaError: the last answer said that none is.
        """
        if self.remaining == 0:
            raise self._used_up()

    def _answer(self, kind: type[_A], url: str, params: dict[str, str] | None = None) -> _A:
        try:
            return kind.model_validate_json(self._ask(url, params))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "body"
            raise UnsplashRequestError(f"{url}: not the documented answer ({where}: {first['msg']})") from error

    def _ask(self, url: str, params: dict[str, str] | None = None) -> bytes:
        self.require_quota()
        status, headers, body = self._send(self._api, url, params)
        if status == HTTPStatus.OK:
            return body
        if status == HTTPStatus.UNAUTHORIZED:
            raise UnsplashKeyError(
                f"Unsplash refuses the key (HTTP 401); copy the Access Key, not the Secret Key, of your application "
                f"at https://unsplash.com/oauth/applications into the environment variable {KEY_VARIABLE}"
            )
        if status == HTTPStatus.FORBIDDEN and (b"rate limit" in body.lower() or headers.get(_REMAINING) == "0"):
            raise self._used_up()
        raise UnsplashRequestError(f"{_place(url)}: HTTP {status}")

    def _used_up(self) -> UnsplashQuotaError:
        hour = self._clock().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return UnsplashQuotaError(
            f"the hour's quota of Unsplash requests is used up (a demo key has 50 an hour); go on after {hour:%H:%M}"
        )

    def _send(
        self, client: httpx.Client, url: str, params: dict[str, str] | None = None
    ) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and body, after repeating what failed for the moment."""
        delay_s, fault = self._params.first_delay_s, ""
        for attempt in range(self._params.tries):
            if attempt:
                _log.info("%s: %s; again in %g s", _place(url), fault, delay_s)
                self._sleep(delay_s)
            next_s = min(self._params.first_delay_s * 2**attempt, self._params.longest_delay_s)
            try:
                status, headers, body = self._read(client, url, params)
            except httpx.RequestError as error:
                fault, delay_s = type(error).__name__, next_s
                continue
            except httpx.InvalidURL as error:
                raise UnsplashRequestError(f"not a URL: {_place(url)}") from error
            if status not in _TRANSIENT:
                return status, headers, body
            fault = f"HTTP {status}"
            asked_s = _retry_after_s(headers)
            if asked_s > self._params.longest_delay_s:
                raise UnsplashRequestError(f"{_place(url)}: {fault}, asks to wait {asked_s:.0f} s; run again then")
            delay_s = max(next_s, asked_s)
        raise UnsplashRequestError(f"{_place(url)}: {fault}, {self._params.tries} times")

    def _read(self, client: httpx.Client, url: str, params: dict[str, str] | None) -> tuple[int, httpx.Headers, bytes]:
        end = time.monotonic() + self._params.body_s
        body = bytearray()
        with client.stream("GET", url, params=params) as response:
            if client is self._api and (left := response.headers.get(_REMAINING, "")).isdecimal():
                self.remaining = int(left)
            for part in response.iter_bytes():
                body += part
                # The client's own time-out is for each part: a body that drips would pass it for ever.
                if time.monotonic() > end:
                    raise UnsplashRequestError(f"{_place(url)}: too slow, not complete in {self._params.body_s:g} s")
                if len(body) > self._params.max_bytes:
                    raise UnsplashRequestError(f"{_place(url)}: larger than {self._params.max_bytes:,} bytes")
        return response.status_code, response.headers, bytes(body)


def _checked(key: str) -> str:
    """The key without the blanks around it; HTTP would name a wrong one in its own error."""
    key = key.strip()
    if not key:
        raise UnsplashKeyError(
            f"no key for Unsplash: set the environment variable {KEY_VARIABLE} to the Access Key of an application "
            "of yours; https://unsplash.com/developers makes one, free of charge"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UnsplashKeyError(f"the key in {KEY_VARIABLE} holds characters that no key has; copy the Access Key anew")
    return key


def _place(url: str) -> str:
    """A URL for messages, without its query."""
    return url.partition("?")[0]


def _retry_after_s(headers: httpx.Headers) -> float:
    """Seconds that a Retry-After asks for, told as seconds or as a date; 0 without one."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0  # absent, or neither of the two forms of RFC 9110 10.2.3: the usual delay serves
