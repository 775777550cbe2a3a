"""The frame around a page's body, and pictures inside of a page."""

import base64

from synth_assets.core.pages import html_page, picture_uri


def test_a_title_is_text_and_the_rest_is_markup() -> None:
    page = html_page("a < b", "p{color:red}", "<p>x</p>", '<meta name="m" content="c">')
    assert page.startswith("<!doctype html>\n<html")
    assert '<meta name="m" content="c"><title>a &lt; b</title><style>p{color:red}</style></head>' in page
    assert page.endswith("<body><p>x</p></body></html>\n")


def test_a_picture_comes_back_from_its_uri() -> None:
    kind, _, code = picture_uri(b"\x89PNG\xff", "image/png").partition(";base64,")
    assert (kind, base64.b64decode(code)) == ("data:image/png", b"\x89PNG\xff")
