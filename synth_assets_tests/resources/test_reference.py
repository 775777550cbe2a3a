"""References: the four forms, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.models.reference import Reference, parse_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("builtin:cut-paste", Reference("builtin", "cut-paste")),
        ("pypi:a-b==1.2#c/d.onnx", Reference("pypi", "a-b", "1.2", "c/d.onnx")),
        ("pypi:a-b==1.2#c/model/", Reference("pypi", "a-b", "1.2", "c/model/")),
        ("hf:owner/name", Reference("hf", "owner/name")),
        ("hf:owner/name@0a1b", Reference("hf", "owner/name", "0a1b")),
        ("file:models/x.onnx", Reference("file", "models/x.onnx")),
    ],
)
def test_reference_is_parsed_and_written_back(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("hf:name", "hf:OWNER/NAME"),
        ("pypi:dist#member", "pypi:DIST==VERSION#MEMBER"),
        ("builtin:", "builtin:NAME"),
        ("file:", "file:PATH"),
        ("sdxl-turbo", "builtin:NAME; pypi:"),
        ("pypi:d==1#../../etc/passwd", "leads out of the wheel"),
        ("pypi:d==1#/etc/passwd", "leads out of the wheel"),
    ],
)
def test_bad_reference_names_the_form(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"model reference") as caught:
        parse_reference(text)
    assert hint in str(caught.value)
    assert repr(text) in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert str(parse_reference(text)) == text
    except ValueError as error:
        assert "model reference" in str(error)
