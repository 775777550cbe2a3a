from pathlib import Path

from resources.sources.characters import CharacterFolder, find_characters, sharing_films


def test_inputs_are_files_by_ending_and_hidden_ones_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "bunny"
    for name in ("videos/b.mp4", "videos/A.MOV", "videos/._b.mp4", "videos/notes.txt", "references/._crop.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "videos" / "folder.mp4").mkdir()
    character = CharacterFolder(folder)
    assert [path.name for path in character.videos] == ["A.MOV", "b.mp4"]
    assert character.references == []
    assert [found.name for found in find_characters(tmp_path)] == ["bunny"]


def test_a_folder_without_films_or_stills_is_no_character(tmp_path: Path) -> None:
    (tmp_path / "empty" / "references").mkdir(parents=True)
    (tmp_path / "empty" / "references" / "crop.png").write_bytes(b"x")
    assert find_characters(tmp_path) == []
    assert find_characters(tmp_path / "missing") == []


def test_all_frames_are_no_input_by_themselves_but_change_the_listing(tmp_path: Path) -> None:
    (tmp_path / "luca" / "all_frames").mkdir(parents=True)
    character = CharacterFolder(tmp_path / "luca")
    before = character.listing()
    (tmp_path / "luca" / "all_frames" / "luca_0001.png").write_bytes(b"x")
    assert [path.name for path in character.all_frames] == ["luca_0001.png"]
    assert character.listing() != before
    assert find_characters(tmp_path) == []


def test_characters_share_films_of_one_name_and_size(tmp_path: Path) -> None:
    films = {"a": {"one.mp4": b"x"}, "b": {"one.mp4": b"xx", "two.mp4": b"y"}, "c": {"one.mp4": b"x", "two.mp4": b"y"}}
    for name, contents in films.items():
        (tmp_path / name / "videos").mkdir(parents=True)
        for film, content in contents.items():
            (tmp_path / name / "videos" / film).write_bytes(content)
    assert sharing_films(tmp_path) == {"a": ["c"], "b": ["c"], "c": ["a", "b"]}
