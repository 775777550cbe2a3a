import os
from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from resources.sources.credits import FileCredit, append_credit
from resources.sources.folder import Credit, SourceFolder, SourcesConfig, find_pictures, listing_of, reference_files
from resources.store import Store
from synth_assets.core.config import ConfigError, load_yaml
from synth_assets.core.exif import exif_datetime
from synth_assets.core.images import encode_png
from synth_assets.core.profile.references import take_in_references

DATA = encode_png(np.zeros((8, 8, 3), np.uint8))


def write(path, data=DATA, at=datetime(2024, 5, 1, 12)):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def names(found):
    return {slot: [file.name for file in files] for slot, files in found.items() if files}


def test_slot_by_folder_by_exif_and_by_time(tmp_path):
    write(tmp_path / "in/Night/a.jpg")
    write(tmp_path / "in/trip/morning/rome/b.jpg")
    write(tmp_path / "in/flat.png", at=datetime(2024, 5, 1, 15))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2023:07:01 19:30:00"
    dated = tmp_path / "in/dated.jpg"
    Image.new("RGB", (8, 8)).save(dated, exif=exif)
    found = find_pictures([SourceFolder(name="inbox", path="in")], tmp_path)
    assert names(found) == {
        "morning": ["trip/morning/rome/b.jpg"],
        "afternoon": ["flat.png"],
        "evening": ["dated.jpg"],
        "night": ["Night/a.jpg"],
    }
    assert exif_datetime(dated.read_bytes()) == datetime(2023, 7, 1, 19, 30)


def test_exif_without_a_usable_date():
    assert exif_datetime(DATA) is None
    assert exif_datetime(b"no picture") is None


def test_an_explicit_slot_wins(tmp_path):
    write(tmp_path / "in/night/a.jpg")
    found = find_pictures([SourceFolder(name="x", path="in", slot="midday")], tmp_path)
    assert names(found) == {"midday": ["night/a.jpg"]}


def test_documents_and_hidden_files_are_ignored_and_odd_ones_are_not(tmp_path):
    for name in ["README.md", "list.CSV", ".DS_Store", ".git/x.png", "a.png.part", "raw.xyz", "noending", "b.PNG"]:
        write(tmp_path / "in/night" / name)
    found = find_pictures([SourceFolder(name="x", path="in")], tmp_path)
    assert names(found) == {"night": ["night/b.PNG", "night/noending", "night/raw.xyz"]}


def test_credits_by_pattern(tmp_path):
    write(tmp_path / "in/night/by_anna_1.jpg")
    write(tmp_path / "in/night/other.jpg")
    credit = Credit(pattern="*/by_anna_*", licence="CC-BY-4.0", attribution="Anna")
    folder = SourceFolder(name="x", path="in", licence="CC0-1.0", attribution="nobody", credits=(credit,))
    anna, other = reference_files(find_pictures([folder], tmp_path)["night"])
    assert (anna.licence, anna.attribution, anna.label) == ("CC-BY-4.0", "Anna", "x/night/by_anna_1.jpg")
    assert (other.licence, other.attribution) == ("CC0-1.0", "nobody")
    assert other.read() == DATA
    assert other.content_id == anna.content_id


def test_a_missing_folder(tmp_path):
    assert names(find_pictures([SourceFolder(name="x", path="no", optional=True)], tmp_path)) == {}
    with pytest.raises(FileNotFoundError, match=r"no is missing; create it, or change 'x' in configs/sources.yaml"):
        find_pictures([SourceFolder(name="x", path="no")], tmp_path)


def test_data_follows_the_data_folder(tmp_path):
    write(tmp_path / "elsewhere/inbox/night/a.jpg")
    write(tmp_path / "home/data/inbox/night/b.jpg")
    folder = SourceFolder(name="inbox", path="data/inbox")
    assert names(find_pictures([folder], tmp_path / "home")) == {"night": ["night/b.jpg"]}
    assert names(find_pictures([folder], tmp_path / "home", tmp_path / "elsewhere")) == {"night": ["night/a.jpg"]}


def test_young_files_are_left_out_and_the_listing_follows_changes(tmp_path):
    folder = SourceFolder(name="x", path="in")
    path = write(tmp_path / "in/night/a.jpg")
    time = path.stat().st_mtime
    assert names(find_pictures([folder], tmp_path, settled_before=time - 1)) == {}
    first = listing_of(find_pictures([folder], tmp_path)["night"])
    assert first == listing_of(find_pictures([folder], tmp_path)["night"])
    write(path, DATA + b"x")
    second = listing_of(find_pictures([folder], tmp_path)["night"])
    write(tmp_path / "in/night/b.jpg")
    third = listing_of(find_pictures([folder], tmp_path)["night"])
    assert len({first, second, third}) == 3


def test_the_projects_own_configuration_covers_the_sample(project_root):
    config = load_yaml(project_root / "configs/sources.yaml", SourcesConfig)
    sample = [folder for folder in config.folders if folder.name == "sample"]
    found = find_pictures(sample, project_root)
    files = [file for slot in found.values() for file in slot]
    assert {slot: len(items) for slot, items in found.items()} == {
        "morning": 17,
        "midday": 19,
        "afternoon": 19,
        "evening": 17,
        "night": 17,
    }
    assert all(file.licence and file.attribution for file in files)
    assert {file.licence for file in files if "Aitzol" in file.name} == {"CC-BY-4.0"}


def test_wrong_configuration_is_refused_with_its_line(tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text("folders:\n  - name: a\n    path: in\n    slot: dusk\n")
    with pytest.raises(ConfigError, match=r"sources\.yaml:4: folders\.0\.slot: .*use one of morning"):
        load_yaml(path, SourcesConfig)
    path.write_text("folders:\n  - name: a\n    path: in\n  - name: a\n    path: other\n")
    with pytest.raises(ConfigError, match="names of sources must be unique, found a, a"):
        load_yaml(path, SourcesConfig)


def test_a_line_beside_a_file_comes_before_pattern_and_default(tmp_path):
    write(tmp_path / "in/night/a.jpg")
    write(tmp_path / "in/night/b.jpg")
    write(tmp_path / "in/a.jpg", at=datetime(2024, 5, 1, 23))
    append_credit(tmp_path / "in/night", FileCredit(file="a.jpg", licence="CC-BY-4.0", attribution="Anna"))
    patterns = (Credit(pattern="*", licence="CC0-1.0"),)
    folder = SourceFolder(name="x", path="in", licence="default", credits=patterns)
    files = find_pictures([folder], tmp_path)["night"]
    assert {file.name: (file.licence, file.attribution) for file in files} == {
        "a.jpg": ("CC0-1.0", ""),
        "night/a.jpg": ("CC-BY-4.0", "Anna"),
        "night/b.jpg": ("CC0-1.0", ""),
    }
    before = listing_of(files)
    append_credit(tmp_path / "in/night", FileCredit(file="b.jpg", licence="CC-BY-4.0"))
    assert listing_of(find_pictures([folder], tmp_path)["night"]) != before


def test_when_a_photo_was_taken(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2023:07:01 19:30:00"
    for name in ("in/a.jpg", "in/night/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name, exif=exif)
        os.utime(tmp_path / name, (datetime(2024, 5, 1, 12).timestamp(),) * 2)
    write(tmp_path / "in/morning/c.jpg", at=datetime(2024, 5, 1, 13))

    def taken(**settings):
        found = find_pictures([SourceFolder(name="x", path="in", **settings)], tmp_path)
        return {file.name: (slot, file.taken, file.history) for slot, files in found.items() for file in files}

    shot, written = datetime(2023, 7, 1, 19, 30), datetime(2024, 5, 1, 12)
    assert taken() == {
        "a.jpg": ("evening", shot, False),
        "night/b.jpg": ("night", written, False),
        "morning/c.jpg": ("morning", datetime(2024, 5, 1, 13), False),
    }
    assert taken(history=True, slot="midday") == {
        "a.jpg": ("midday", shot, True),
        "night/b.jpg": ("midday", shot, True),
        "morning/c.jpg": ("midday", datetime(2024, 5, 1, 13), True),
    }


def test_a_file_that_may_not_be_read_hides_no_other(tmp_path):
    locked = tmp_path / "in/locked.jpg"
    write(tmp_path / "in/a.png", at=datetime(2024, 5, 1, 12))
    locked.symlink_to("/proc/sys/vm/compact_memory")  # may be written only, even by root
    if not locked.is_file():
        pytest.skip("this system has no file that cannot be read")
    folder = SourceFolder(name="inbox", path="in", slot="midday", history=True)
    files = reference_files(find_pictures([folder], tmp_path)["midday"])
    assert [file.name for file in files] == ["a.png", "locked.jpg"]
    with Store(tmp_path / "store").open("captures", "2024-05-01-11") as writer:
        images = take_in_references(writer, files).images
    assert [(row.key, row.status) for row in images] == [("a", "rejected"), ("locked", "failed")]
    assert "PermissionError" in images.records[1].reason


def test_a_file_from_the_future_has_settled(tmp_path):
    now = datetime.now()
    for name, ahead_s in (("old.png", -60), ("fresh.png", -1), ("ahead.png", 7_200)):
        write(tmp_path / "in" / name, at=now + timedelta(seconds=ahead_s))
    found = find_pictures(
        [SourceFolder(name="x", path="in", slot="night")], tmp_path, settled_before=now.timestamp() - 2
    )
    assert names(found) == {"night": ["ahead.png", "old.png"]}
