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


@given(st.from_regex(r"[a-z]{1,6}/[a-z0-9]{1,6}@[0-9a-f]{1,8}", fullmatch=True))
def test_hub_reference_survives_a_round_trip(rest: str) -> None:
    assert str(parse_reference(f"hf:{rest}")) == f"hf:{rest}"
