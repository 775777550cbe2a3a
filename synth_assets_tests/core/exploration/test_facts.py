"""Facts about hand-made rows; files are read for their channels only."""

from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from synth_assets.core.exploration.facts import (
    exploration_details,
    explore,
    orientation,
    side_lengths,
)
from synth_assets.core.images import encode_png
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord


def row(width: int, height: int, **values: object) -> ImageRecord:
    base = {"path": f"{width}x{height}.png", "width": width, "height": height, "extra": {"mode": "RGB"}}
    return ImageRecord(**{**base, **values})  # pyright: ignore[reportArgumentType]


def objects(*labels: str) -> tuple[ObjectRecord, ...]:
    return tuple(ObjectRecord(label, (0, 0, 2, 2), place) for place, label in enumerate(labels, 1))


def of(*rows: ImageRecord) -> ImageSet:
    return ImageSet(UPath("/nowhere"), rows)


@pytest.mark.parametrize(
    ("size", "name"), [((100, 98), "square"), ((100, 97), "landscape"), ((97, 100), "portrait"), ((1, 1), "square")]
)
def test_orientation(size: tuple[int, int], name: str) -> None:
    assert orientation(*size) == name


def test_pictures_are_counted_by_size_orientation_licence_and_reason() -> None:
    found = explore(
        of(
            row(40, 20, licence="MIT"),
            row(40, 20, licence="CC0-1.0"),
            row(20, 30, licence="CC0-1.0"),
            row(9, 9, status="rejected", reason="too small"),
            row(5, 5, path=""),
        )
    )
    assert found.pictures == 3
    assert found.sizes == {(40, 20): 2, (20, 30): 1}
    assert side_lengths(found) == {"width": [20, 40, 40], "height": [20, 20, 30]}
    assert found.orientations == {"landscape": 2, "portrait": 1}
    assert found.licences == {"CC0-1.0": 2, "MIT": 1}
    assert found.refused == {"too small": 1}


def test_classes_are_objects_then_folders_then_partitions_then_sources() -> None:
    labelled = explore(
        of(row(4, 4, objects=objects("fox", "fox", "bear")), row(4, 4, objects=objects("fox")), row(4, 4))
    )
    assert (labelled.class_is, labelled.classes) == ("object", {"fox": 2, "(none)": 1, "bear": 1})
    foldered = explore(of(row(4, 4, extra={"mode": "L", "class": "a/b"}), row(4, 4)))
    assert (foldered.class_is, foldered.classes) == ("folder", {"(none)": 1, "a/b": 1})
    slots = explore(of(row(4, 4, partition="night"), row(4, 4, partition="midday"), row(4, 4, partition="night")))
    assert (slots.class_is, slots.classes) == ("partition", {"night": 2, "midday": 1})
    single = explore(of(row(4, 4, partition="night", source="inbox/night/x.png")))
    assert (single.class_is, single.classes) == ("source", {"inbox": 1})


def test_evenness() -> None:
    def evenness(*counts: int) -> float:
        rows = [row(4, 4, objects=objects(str(label))) for label, count in enumerate(counts) for _ in range(count)]
        return explore(of(*rows)).evenness

    assert evenness(3, 3, 3) == pytest.approx(1)
    # −(¾ log₂ ¾ + ¼ log₂ ¼) of one bit
    assert evenness(3, 1) == pytest.approx(0.811278, abs=1e-6)
    assert evenness(5) == 1


def test_channels_are_read_from_the_files(tmp_path: Path) -> None:
    for name, shape in (("grey", (4, 4)), ("rgb", (4, 4, 3)), ("alpha", (4, 4, 4))):
        (tmp_path / f"{name}.png").write_bytes(encode_png(np.zeros(shape, np.uint8)))
    rows = tuple(row(4, 4, path=f"{name}.png", extra={}) for name in ("grey", "rgb", "alpha", "rgb"))
    found = explore(ImageSet(UPath(tmp_path), rows))
    assert found.channels == {"3 (RGB)": 2, "1 (grey)": 1, "4 (RGB, alpha)": 1}


def test_details_are_two_tables_also_of_nothing() -> None:
    details = exploration_details(explore(of(row(40, 20, objects=objects("fox")), row(30, 20))))
    facts = {line["what"]: line["value"] for line in details["exploration"]}
    assert facts["width"] == "30 to 40, median 35"
    assert facts["classes (object)"] == "2"
    assert details["balance"][1] == {"class": "fox", "pictures": 1, "share": 0.5}
    empty = exploration_details(explore(of()))
    assert {line["what"]: line["value"] for line in empty["exploration"]}["width"] == "–"
    assert empty["balance"] == []
