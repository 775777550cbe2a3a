"""Answers of the Unsplash API, as far as they are used.

Belongs here: their shape. Does not belong here: asking (``unsplash_client.py``).

Source: https://unsplash.com/documentation.
"""

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    """Part of an answer; what is not needed is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Urls(_Answer):
    full: str
    regular: str
    small: str


class _Links(_Answer):
    html: str
    download_location: str


class _UserLinks(_Answer):
    html: str


class _User(_Answer):
    name: str
    username: str
    links: _UserLinks


class Photo(_Answer):
    """A photo as the API describes it."""

    id: str
    urls: _Urls
    links: _Links
    user: _User


class SearchPage(_Answer):
    """A page of results."""

    total: int
    total_pages: int
    results: tuple[Photo, ...]
