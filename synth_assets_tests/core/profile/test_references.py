import hashlib
import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from synth_assets.core.images import encode_jpeg, encode_png
from synth_assets.core.items import NOTHING_TO_MAKE
from synth_assets.core.ports import Label
from synth_assets.core.profile.profiling import profile_references
from synth_assets.core.profile.references import ReferenceFile, ReferenceParams, take_in_references

ASSET = "reference_images"


def file_of(name, data, source="inbox"):
    return ReferenceFile(name, lambda: data, hashlib.sha256(data).hexdigest()[:32], source, "CC0-1.0", "someone")


def picture(seed=0, size_hw=(40, 50)):
    return np.random.default_rng(seed).integers(0, 256, (*size_hw, 3), dtype=np.uint8)


def saved(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def take_in(store, files, slot="night", **params):
    with store.open(ASSET, slot) as writer:
        return take_in_references(writer, files, ReferenceParams(**params))


def test_plain_files_keep_their_bytes(store):
    png, jpeg = encode_png(picture(1)), encode_jpeg(picture(2))
    summary = take_in(store, [file_of("a.png", png), file_of("sub/b.JPEG", jpeg)])
    first, second = summary.images.ok
    assert (first.path, second.path) == (f"{ASSET}/night/images/a.png", f"{ASSET}/night/images/b.jpg")
    assert summary.images.read_bytes(first.path) == png
    assert summary.images.read_bytes(second.path) == jpeg
    assert (second.source, second.licence, second.attribution) == ("inbox/sub/b.JPEG", "CC0-1.0", "someone")
    assert (first.width, first.height) == (50, 40)


def test_all_else_is_converted(store):
    pixels = picture(3)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rows are columns
    deep = (pixels.astype(np.uint16) * 257)[..., ::-1]
    files = [
        file_of("turned.jpg", saved(Image.fromarray(pixels), format="JPEG", exif=exif, quality=95)),
        file_of("palette.png", saved(Image.fromarray(pixels).quantize(16), format="PNG")),
        file_of("cmyk.jpg", saved(Image.fromarray(pixels).convert("CMYK"), format="JPEG")),
        file_of("deep.png", cv2.imencode(".png", deep)[1].tobytes()),
        file_of("alpha.png", encode_png(np.dstack([pixels, np.full((40, 50), 255, np.uint8)]))),
        file_of("photo.webp", saved(Image.fromarray(pixels), format="WEBP", lossless=True)),
    ]
    images = take_in(store, files).images
    assert [record.path.rsplit("/", 1)[1] for record in images.ok] == [
        "turned.png",
        "palette.png",
        "cmyk.png",
        "deep.png",
        "alpha.png",
        "photo.png",
    ]
    by_key = {record.key: images.read(record) for record in images.ok}
    assert by_key["turned"].shape == (50, 40, 3)
    np.testing.assert_array_equal(by_key["deep"], pixels)
    np.testing.assert_array_equal(by_key["alpha"], pixels)
    np.testing.assert_array_equal(by_key["photo"], pixels)


def test_what_exif_says_becomes_columns(store):
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2026:11:21 12:05:00", 0x829D: 2.8, 0x8827: 400, 0x920A: 0.0})
    dated = saved(Image.fromarray(picture()), format="JPEG", exif=exif, quality=95)
    files = [file_of("dated.jpg", dated), file_of("copy.jpg", dated), file_of("plain.png", encode_png(picture(1)))]
    rows = take_in(store, files).images.records
    assert rows[0].extra == {"taken_at": "2026-11-21T12:05:00", "aperture_f": 2.8, "iso": 400.0}
    assert [dict(row.extra) for row in rows[1:]] == [{}, {}]


def test_refused_files_become_rows_with_the_reason(store):
    good = encode_png(picture())
    files = [
        file_of("a.png", good),
        file_of("copy.png", good),
        file_of("small.png", encode_png(picture(size_hw=(31, 200)))),
        file_of("film.mp4", b"\x00\x00\x00\x18ftypmp42"),
        file_of("empty.jpg", b""),
        file_of("torn.png", good[: len(good) // 2]),
    ]
    rows = take_in(store, files).images.records
    assert [row.status for row in rows] == ["ok"] + ["rejected"] * 5
    assert rows[1].reason == "duplicate of inbox/a.png"
    assert rows[2].reason == "inbox/small.png: 200x31 pixels is too small; at least 32 a side"
    assert "film.mp4: not a readable picture" in rows[3].reason
    assert rows[4].reason == "inbox/empty.jpg: the file is empty"
    assert "torn.png: the picture is damaged" in rows[5].reason
    assert "0x7" not in " ".join(row.reason for row in rows)  # no memory address: it differs each run


def test_an_unreadable_file_fails_alone(store):
    def gone():
        raise FileNotFoundError("a.png was deleted")

    files = [ReferenceFile("a.png", gone, "1" * 32), file_of("b.png", encode_png(picture()))]
    rows = take_in(store, files).images.records
    assert [row.status for row in rows] == ["failed", "ok"]
    assert "a.png was deleted" in rows[0].reason


def test_names_become_safe_and_unique(store):
    names = ["x/IMG 1.png", "y/img_1.png", "..weird*.png", "日本.png", "x/IMG 1.jpg.png", ".hidden"]
    files = [file_of(name, encode_png(picture(seed))) for seed, name in enumerate(names)]
    keys = [record.key for record in take_in(store, files).images]
    assert keys[0] == "IMG_1"
    assert keys[1].startswith("img_1_")
    assert keys[2:5] == ["weird", "photo", "IMG_1_jpg"]
    assert len({key.lower() for key in keys}) == len(keys)


def test_a_later_file_of_the_same_name_renames_nothing(store):
    first = file_of("sub/a.png", encode_png(picture(1)), source="one")
    take_in(store, [first])
    summary = take_in(store, [first, file_of("a.png", encode_png(picture(2)), source="two")])
    assert (summary.made, summary.reused) == (1, 1)


def test_touching_recomputes_nothing_and_one_new_file_only_itself(store):
    files = [file_of(f"{seed}.png", encode_png(picture(seed))) for seed in range(3)]
    assert take_in(store, files).made == 3
    again = take_in(store, files)
    assert (again.made, again.reused) == (0, 3)
    more = take_in(store, [*files, file_of("new.png", encode_png(picture(9)))])
    assert (more.made, more.reused) == (1, 3)


def test_every_odd_file_is_taken_in_right_or_refused_with_a_reason(store, sample):
    paths = sorted((sample / "odd").iterdir())
    files = [file_of(path.name, path.read_bytes(), source="odd") for path in paths]
    images = take_in(store, files).images
    assert len(images) == 25
    refused = {record.source.removeprefix("odd/") for record in images if record.status == "rejected"}
    assert refused == {
        "broken.png",
        "decompression_bomb.gif",
        "exif_gps.jpg",
        "truncated_image.png",
        "truncated_jpeg.jpg",
    }
    assert all(record.reason for record in images if record.status != "ok")
    assert not [record for record in images if record.status == "failed"]
    by_key = {record.key: images.read(record).astype(int) for record in images.ok}
    upright = by_key["hopper_orientation_2"]
    for orientation in range(3, 9):
        assert np.abs(by_key[f"hopper_orientation_{orientation}"] - upright).mean() < 4
    red, black = by_key["pil_sample_cmyk"][2, 2], by_key["pil_sample_cmyk"][50, 2]
    assert red[0] > 200
    assert red[1:].max() < 60
    assert black.max() < 20
    assert by_key["transparent"][0, 0].tolist() == [255, 255, 255]


def test_profiling_is_incremental_and_reads_no_old_picture(store):
    files = [file_of(f"{seed}.png", encode_png(picture(seed))) for seed in range(3)]
    references = take_in(store, [*files, file_of("empty.png", b"")]).images
    with store.open("image_profile", "night") as writer:
        first = profile_references(writer, references, "night")
    assert (first.made, len(first.images)) == (3, 3)
    assert [row.id for row in first.images] == [row.id for row in references.ok]
    assert first.images.ok[0].path == references.ok[0].path
    assert first.details["sample_count"] == 3
    assert store.file("image_profile", "night", "plots/profile.png").exists()
    before = store.file("image_profile", "night", "profile.json").read_bytes()

    with store.open("image_profile", "night") as writer:
        again = profile_references(writer, references, "night")
    assert (again.made, again.reused) == (0, 3)
    assert store.file("image_profile", "night", "profile.json").read_bytes() == before

    more = take_in(store, [*files, file_of("new.png", encode_png(picture(9)))]).images
    with store.open("image_profile", "night") as writer:
        added = profile_references(writer, more, "night")
    assert (added.made, added.reused) == (1, 3)


@pytest.mark.parametrize("files", [[], [("broken.png", b"")]])
def test_a_slot_without_photos_is_empty_and_says_what_to_do(store, files):
    taken = take_in(store, [file_of(*file) for file in files])
    assert "data/inbox/night/" in taken.details["note"]
    with store.open("image_profile", "night") as writer:
        profiled = profile_references(writer, taken.images, "night")
    assert len(profiled.images) == 0
    assert profiled.details == {"note": NOTHING_TO_MAKE}
    assert not store.file("image_profile", "night", "profile.json").exists()


def test_a_slot_that_loses_its_last_photo_loses_its_profile(store):
    for files in ([file_of("a.png", encode_png(picture(1)))], []):
        references = take_in(store, files).images
        with store.open("image_profile", "night") as writer:
            profile_references(writer, references, "night")
        assert store.file("image_profile", "night", "profile.json").exists() == bool(files)


def taken_in_window(store, files):
    with store.open("captures", "2026-03-01-11") as writer:
        return take_in_references(writer, files).images


def with_captures(store, files, captures):
    with store.open(ASSET, "midday") as writer:
        return take_in_references(writer, files, captures=captures.ok).images


def test_a_changed_licence_reaches_the_rows_of_captures(store):
    data = encode_png(picture(1))
    for licence in ("CC0-1.0", "CC-BY-4.0"):
        captures = taken_in_window(store, [replace(file_of("a.png", data), licence=licence)])
        assert [row.licence for row in with_captures(store, [], captures).ok] == [licence]


def test_a_converted_capture_that_the_folder_has_too_counts_once(store):
    turned = Image.Exif()
    turned[0x0112] = 6
    data = saved(Image.fromarray(picture(1)), format="JPEG", exif=turned)
    captures = taken_in_window(store, [file_of("phone.jpg", data)])
    images = with_captures(store, [file_of("copy.jpg", data, "folder")], captures)
    assert [row.key for row in images.ok] == ["copy"]
    assert [row.reason for row in images if row.status == "rejected"] == ["duplicate of folder/copy.jpg"]


class Says:
    """A labeller that sees its own name in every picture."""

    def __init__(self, name):
        self.name = name

    def label(self, images, labels):
        return [[Label(self.name, 0.9)] for _ in images]


def test_measurements_of_a_window_are_taken_over_unless_other_models_made_them(store):
    captures = taken_in_window(store, [file_of("a.png", encode_png(picture(1)))])
    references = with_captures(store, [], captures)
    with store.open("capture_profile", "2026-03-01-11") as writer:
        profile_references(writer, captures, "midday", labeller=Says("old"))
    measured = store.read("capture_profile", "2026-03-01-11").ok
    (store.root / references.ok[0].path).unlink()  # so that only rows can be had, not the picture
    with store.open("image_profile", "midday") as writer:
        old = profile_references(writer, references, "midday", labeller=Says("old"), measured=measured)
    assert [row.extra["scene_labels"] for row in old.images.ok] == ["old=0.90"]
    taken_in_window(store, [])
    taken_in_window(store, [file_of("a.png", encode_png(picture(1)))])
    with store.open("image_profile", "midday") as writer:
        new = profile_references(writer, references, "midday", labeller=Says("new"), measured=measured)
    assert [(row.model, row.extra["scene_labels"]) for row in new.images.ok] == [("new", "new=0.90")]


def test_a_slot_is_explored_only_where_asked(store):
    photo = file_of("a.png", encode_png(picture()))
    with store.open("reference_images", "night") as writer:
        plain = take_in_references(writer, [photo])
    assert "exploration" not in plain.details
    assert not store.file("reference_images", "night", "exploration.html").exists()
    with store.open("reference_images", "night") as writer:
        explored = take_in_references(writer, [photo], explored=True)
    assert {"what": "orientation", "value": "landscape 1"} in explored.details["exploration"]
    assert store.file("reference_images", "night", "exploration.html").exists()
