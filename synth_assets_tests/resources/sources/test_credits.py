import logging
import os
from pathlib import Path

import pytest

from resources.sources.credits import FileCredit, append_credit, read_credits

ANNA = FileCredit(file="a.jpg", licence="CC-BY-4.0", attribution="Änna", url="https://x", source_id="1")
BEN = FileCredit(file="b.jpg", licence="CC0-1.0")


def test_lines_are_read_back_and_the_later_of_two_counts(tmp_path: Path) -> None:
    assert read_credits(tmp_path / "none") == {}
    append_credit(tmp_path / "new", ANNA)
    append_credit(tmp_path / "new", BEN)
    assert read_credits(tmp_path / "new") == {"a.jpg": ANNA, "b.jpg": BEN}
    other = ANNA.model_copy(update={"licence": "CC0-1.0"})
    append_credit(tmp_path / "new", other)
    assert read_credits(tmp_path / "new") == {"a.jpg": other, "b.jpg": BEN}


@pytest.mark.parametrize("kept", [1, 20, 36, 60])
def test_a_torn_line_does_not_count_and_spoils_no_later_one(
    tmp_path: Path, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    append_credit(tmp_path, BEN)
    with (tmp_path / "credits.jsonl").open("ab") as file:
        file.write(ANNA.model_dump_json().encode()[:kept])
    with caplog.at_level(logging.WARNING):
        assert read_credits(tmp_path) == {"b.jpg": BEN}
    assert "credits.jsonl:2: a torn line" in caplog.text
    append_credit(tmp_path, ANNA)
    assert read_credits(tmp_path) == {"a.jpg": ANNA, "b.jpg": BEN}


def test_a_line_torn_within_a_letter(tmp_path: Path) -> None:
    line = ANNA.model_dump_json().encode()
    (tmp_path / "credits.jsonl").write_bytes(line[: line.index("Ä".encode()) + 1])
    assert read_credits(tmp_path) == {}


def test_a_hand_written_last_line_without_an_end_counts(tmp_path: Path) -> None:
    (tmp_path / "credits.jsonl").write_text('{"file": "b.jpg", "licence": "CC0-1.0"}')
    append_credit(tmp_path, ANNA)
    assert read_credits(tmp_path) == {"a.jpg": ANNA, "b.jpg": BEN}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"licence": "x"}', "file: Field required"),
        ('{"file": "a", "license": "x"}', "license: Extra inputs are not permitted"),
        ('["a"]', "line: Input should be an object"),
    ],
)
def test_a_line_that_is_no_credit_is_named(tmp_path: Path, line: str, message: str) -> None:
    append_credit(tmp_path, BEN)
    with (tmp_path / "credits.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ValueError, match=rf"credits\.jsonl:2: {message}; correct the line or remove it"):
        read_credits(tmp_path)


def test_an_unchanged_file_is_not_parsed_again(tmp_path: Path) -> None:
    append_credit(tmp_path, ANNA)
    first = read_credits(tmp_path)
    assert read_credits(tmp_path) is first
    os.utime(tmp_path / "credits.jsonl", ns=(1, 1))
    assert read_credits(tmp_path) is not first
