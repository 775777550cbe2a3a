"""Photos of an Unsplash search, as files with licence and photographer.

Belongs here: which photos of the results are fetched, resuming, credits. Does not belong here:
requests and quota (``unsplash_client.py``).

Unsplash's guidelines ask to report each download (done here) and to name the photographer (in
credits.jsonl); they exclude "data mining" and "training AI models" without Unsplash's consent
(https://help.unsplash.com/en/articles/2511256).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from resources.sources.collecting import UNSPLASH_LICENCE, Collected, save_picture
from resources.sources.credits import FileCredit, append_credit, read_credits
from resources.sources.unsplash_client import Photo, UnsplashClient, UnsplashError, UnsplashRequestError
from synth_assets.core.images import BadImageError, decode_image

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FAILURES_IN_A_ROW = 10
"""So many failed photos, one after the other, mean that not the photos are at fault."""


def collect_unsplash(
    folder: Path,
    query: str,
    count: int,
    *,
    client: UnsplashClient,
    size: Literal["full", "regular", "small"] = "regular",
) -> Collected:
    """``count`` photos of the search lie in the folder as ``<id>.jpg``, or all that there are.

    Photos already there count and are not fetched again, so a run that was cut off, or stopped by
    the quota, goes on when it is repeated. One that cannot be had is skipped with its reason.

    Args:
        folder: of this search alone; made if it is missing.
        query: search words.
        count: photos to have in the folder.
        client: the API.
        size: which of a photo's files: "regular" is 1,080 px wide, "small" 400, "full" as uploaded.

    Raises:
        UnsplashKeyError: the key is refused.
        UnsplashQuotaError: the quota of the hour is used up; the message says when to go on.
        UnsplashError: the API cannot be reached or answers otherwise than documented.
    """
    present = tuple(sorted(path.name for path in folder.glob("*.jpg") if not path.name.startswith(".")))
    saved: list[str] = []
    skipped: list[tuple[str, str]] = []
    failures = 0
    try:
        skipped += _credit_again(folder, present, client)
        photos = _results(query, client)
        while len(present) + len(saved) < count and (photo := next(photos, None)):
            name = f"{photo.id}.jpg"
            if (folder / name).exists() or any(name == other for other, _ in skipped):
                continue
            try:
                _fetch(folder, photo, client, size)
            except (BadImageError, UnsplashRequestError) as error:
                skipped.append((name, str(error)))
                failures += 1
                if failures == _FAILURES_IN_A_ROW:
                    raise UnsplashError(
                        f"{failures} photos in a row could not be had, the last one: {error}"
                    ) from error
            else:
                saved.append(name)
                failures = 0
    except UnsplashError as error:
        have = len(present) + len(saved)
        raise type(error)(
            f"{error}. {have} of {count} photos are in {folder} and stay; the same command goes on from there",
            Collected(tuple(saved), present, tuple(skipped)),
        ) from error
    return Collected(tuple(saved), present, tuple(skipped))


def _results(query: str, client: UnsplashClient) -> Iterator[Photo]:
    number, pages = 1, 1
    while number <= pages:
        page = client.search(query, number)
        yield from page.results
        # An empty page ends the search whatever the total says.
        number, pages = number + 1, page.total_pages if page.results else 0


def _fetch(folder: Path, photo: Photo, client: UnsplashClient, size: Literal["full", "regular", "small"]) -> None:
    if not _ID.fullmatch(photo.id):
        raise UnsplashRequestError("its id cannot be a file name")
    client.require_quota()  # the report below costs a request: without one left, the picture would be lost
    urls = {"full": photo.urls.full, "regular": photo.urls.regular, "small": photo.urls.small}
    data = client.picture(urls[size])
    decode_image(data, f"{photo.id}.jpg")
    client.report_download(photo)
    save_picture(folder / f"{photo.id}.jpg", data, _credit(photo))


def _credit(photo: Photo) -> FileCredit:
    user = photo.user
    return FileCredit(
        file=f"{photo.id}.jpg",
        licence=UNSPLASH_LICENCE,
        attribution=f"{user.name} (@{user.username}) on Unsplash, {user.links.html}",
        url=photo.links.html,
        source_id=photo.id,
    )


def _credit_again(folder: Path, names: tuple[str, ...], client: UnsplashClient) -> list[tuple[str, str]]:
    """Files whose line is lost have one again; returns those whose photo the API does not know."""
    unknown: list[tuple[str, str]] = []
    known = read_credits(folder)
    for name in names:
        photo_id = name.removesuffix(".jpg")
        if name not in known and _ID.fullmatch(photo_id):
            try:
                append_credit(folder, _credit(client.photo(photo_id)))
            except UnsplashRequestError as error:
                unknown.append((name, f"has no line in credits.jsonl, and none can be had: {error}"))
    return unknown
