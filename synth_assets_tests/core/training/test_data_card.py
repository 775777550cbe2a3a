"""The data card and the credits: everything S6.5 and S6.4 name, and nothing loaded from elsewhere."""

import json
import re
from pathlib import Path

import pytest

from resources.store import Store
from synth_assets.core.images import decode_image
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.card_plots import caption_plot
from synth_assets.core.training.credits import attribution_file
from synth_assets.core.training.data_card import CardFacts, Section, card_markdown, make_card
from synth_assets.core.training.merging import merge_training_set
from synth_assets.core.training.planning import TrainingSetParams
from synth_assets_tests.core.training.conftest import picture, plain, put_into, scene


@pytest.fixture(scope="module")
def folder(shared_store: Store) -> Path:
    put = put_into(shared_store)
    scenes = [scene(f"s{index}", index, f"bg{index}", [["dog"], ["<cat>", "dog"]][index % 2]) for index in range(8)]
    sources = [
        put("inpainted_scenes", "morning", scenes),
        put("keep_full", "bunny", [plain("a", picture(70), source="film.mp4@1.50s"), plain("b", picture(70))]),
    ]
    told = [
        ImageRecord(
            id=row.id,
            captions={"short": "a dog " * (1 + index)},
            extra={"captioner": "hf:some/captioner@abc", "caption_score": index / 10},
        )
        for index, row in enumerate(sources[0].ok)
    ]
    distances = [{"asset": "inpainted_scenes", "slot": "morning", "distance": 0.3, "furthest in": "entropy", "by": 0.7}]
    with shared_store.open("training_set") as writer:
        merge_training_set(
            writer,
            sources,
            [ImageSet(shared_store.root, tuple(told))],
            ["edited_images[night]"],
            TrainingSetParams(formats=("captions",)),
            distances=distances,
        )
    return Path(str(shared_store.root)) / "training_set"


def test_the_page_is_one_file_without_scripts_or_requests(folder: Path) -> None:
    page = (folder / "data_card.html").read_text()
    assert "<script" not in page
    assert "prefers-color-scheme:dark" in page
    assert not re.search(r"(src|href)=\"(?!data:image/|#)", page)
    assert not re.search(r"url\(|@import", page)
    assert "<cat>" not in page
    assert "&lt;cat&gt;" in page
    assert page.count("<img ") == len(list(folder.glob("plots/*"))) + len(list(folder.glob("samples/*"))) == 4


def test_both_forms_say_the_same(folder: Path) -> None:
    page, text = (folder / "data_card.html").read_text(), (folder / "data_card.md").read_text()
    for title in re.findall(r"^## (.*)$", text, re.MULTILINE):
        assert f">{title}</h2>" in page
    for said in ("edited_images[night]", "hf:some/captioner@abc", "furthest in", "keep_full__bunny__a.png"):
        assert said in page
        assert said in text
    assert "| inpainted_scenes | morning | 0.3 | entropy | 0.7 |" in text
    assert "| score, median | 0.35 |" in text
    assert "| inpainted_scenes__morning__s0 | 0.0 | a dog" in text
    assert "| images without | 1 |" in text


def test_every_link_of_the_markdown_is_a_picture(folder: Path) -> None:
    links = re.findall(r"!\[.*?\]\((.*?)\)", (folder / "data_card.md").read_text())
    assert len(links) == 4
    assert all(decode_image((folder / link).read_bytes(), link).std() > 5 for link in links)


def test_provenance_names_captioner_and_score(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "exports/provenance.jsonl").read_text().splitlines()]
    assert len(lines) == 9
    assert (lines[3]["captioner"], lines[3]["caption_score"]) == ("hf:some/captioner@abc", 0.3)
    assert lines[3]["model"] == "paste"
    assert (lines[8]["source"], lines[8]["licence"], lines[8]["caption_score"]) == ("film.mp4@1.50s", "CC BY 3.0", None)


def test_credits_are_grouped_by_licence_and_name() -> None:
    def row(licence: str, who: str, source: str) -> ImageRecord:
        return ImageRecord(licence=licence, attribution=who, source=source)

    rows = [
        row("CC0", "B", "one.jpg"),
        row("CC0", "A", "film.mp4@0.50s"),
        row("CC0", "A", "film.mp4@12.00s"),
        row("", "", ""),
    ]
    text = attribution_file(rows, "x").decode()
    assert text.split("## CC0")[1].startswith(
        "\n\n### A\n\n2 pictures, from:\n\n- film.mp4\n\n### B\n\n1 picture, from:"
    )
    assert text.endswith("## licence not stated\n\n### nobody named\n\n1 picture, from:\n\n- sources not stated\n")


def test_without_captions_there_is_no_plot_of_them(store: Store) -> None:
    assert caption_plot([ImageRecord()]) is None
    card = make_card(ImageSet(store.root, ()), CardFacts("none", [], [], []))
    captions = next(part for part in card.sections if part.title == "Captions")
    assert captions.is_empty
    assert not Section("words", "said", is_list=False).is_empty
    assert "## Captions\n\nNone.\n" in card_markdown(card)
