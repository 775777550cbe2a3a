"""What all pages share: the HTML file around their body, and pictures inside of it.

Belongs here: the frame of a self-contained page. Does not belong here: any page, its style and its
sections (``page.py`` and its kind, beside what they show).
"""

from __future__ import annotations

import base64
from html import escape
from typing import Literal

PictureKind = Literal["image/png", "image/jpeg"]


def html_page(title: str, style: str, body: str, head: str = "") -> str:
    """Gives an HTML file that fits small screens and loads nothing.

    Args:
        title: plain text.
        style: CSS.
        body: HTML between the tags of the body, scripts included.
        head: further tags of the head.
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def picture_uri(data: bytes, kind: PictureKind) -> str:
    """Gives a picture as a data URI, so that the page holds it.

    Args:
        data: as in a file.
        kind: its media type.
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
