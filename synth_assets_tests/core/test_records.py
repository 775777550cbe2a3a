"""Records: through Parquet and JSON and back."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upath import UPath

from synth_assets.core.images import encode_png
from synth_assets.core.record_tables import SCHEMA, from_batches, schema_of, to_table
from synth_assets.core.records import (
    ImageRecord,
    ImageSet,
    ObjectRecord,
    record_from_dict,
    record_to_dict,
)

texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
pixels = st.integers(0, 2**31 - 1)
objects = st.builds(
    ObjectRecord,
    label=texts,
    xyxy=st.tuples(pixels, pixels, pixels, pixels),
    instance_id=pixels,
    mask_path=texts,
    score=st.floats(0, 1),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "sharpness": st.floats(allow_nan=False),
        "shot": st.integers(-(2**63), 2**63 - 1),
        "kept": st.booleans(),
        "strategy": texts,
    },
)
records = st.builds(
    ImageRecord,
    id=texts,
    key=texts,
    asset=texts,
    partition=texts,
    path=texts,
    width=pixels,
    height=pixels,
    parents=st.lists(texts, max_size=3).map(tuple),
    source=texts,
    group=texts,
    licence=texts,
    attribution=texts,
    seed=st.none() | st.integers(0, 2**63 - 1),
    prompt=texts,
    model=texts,
    objects=st.lists(objects, max_size=3).map(tuple),
    captions=st.dictionaries(texts, texts, max_size=3),
    status=st.sampled_from(["ok", "rejected", "failed"]),
    reason=texts,
    fingerprint=texts,
    extra=extras,
)


@given(st.lists(records, max_size=4))
@settings(deadline=None, max_examples=60)
def test_records_survive_parquet(rows: list[ImageRecord]) -> None:
    buffer = io.BytesIO()
    pq.write_table(to_table(rows), buffer)
    assert from_batches(pq.ParquetFile(buffer).iter_batches()) == rows


@given(records)
@settings(deadline=None, max_examples=60)
def test_records_survive_json(row: ImageRecord) -> None:
    assert record_from_dict(json.loads(json.dumps(record_to_dict(row)))) == row


def test_base_columns_come_first_and_extra_ones_by_name() -> None:
    table = to_table([ImageRecord(extra={"b": 1, "a": "x"}), ImageRecord(extra={"c": True})])
    assert table.column_names == [*SCHEMA.names, "a", "b", "c"]
    assert table.column("b").to_pylist() == [1, None]
    assert to_table([]).schema == SCHEMA


def test_mixed_numbers_become_floats_and_mixed_kinds_text() -> None:
    rows = [ImageRecord(extra={"n": 1, "m": 1}), ImageRecord(extra={"n": 0.5, "m": "x"})]
    table = to_table(rows)
    assert table.column("n").to_pylist() == [1.0, 0.5]
    assert table.column("m").to_pylist() == ["1", "x"]


def test_a_part_of_a_set_has_the_columns_of_the_whole() -> None:
    rows = [
        ImageRecord(licence="CC0", extra={"n": 1}),
        ImageRecord(licence="CC0", extra={"n": 0.5, "m": np.float64(2)}),
    ]
    parts = [to_table([row], schema_of(rows)) for row in rows]
    assert [part.schema for part in parts] == [to_table(rows).schema] * 2
    back = from_batches(batch for part in parts for batch in part.to_batches())
    assert [row.extra for row in back] == [{"n": 1.0}, {"n": 0.5, "m": 2.0}]
    assert back[0].licence is back[1].licence


def test_an_extra_column_cannot_hide_a_base_column() -> None:
    with pytest.raises(ValueError, match="'seed' has the name of a base column"):
        to_table([ImageRecord(extra={"seed": 3})])


def test_an_image_set_reads_its_pictures(tmp_path: Path) -> None:
    image = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "frame_000012.png").write_bytes(encode_png(image))
    good = ImageRecord(id="a", path="images/frame_000012.png", extra={"shot": 2})
    images = ImageSet(UPath(tmp_path), (good, ImageRecord(key="k", status="rejected", reason="dark")))
    assert len(images) == 2
    assert images.ok == [good]
    assert [row.stem for row in images] == ["frame_000012", "k"]
    assert np.array_equal(images.read(good), image)
    assert images.without_extras().records == (replace(good, extra={}), images.records[1])
