"""The data card: what the training set holds, in words, tables and pictures.

Belongs here: what the card says, and the card as Markdown. Does not belong here: counting
(``card_tables.py``), drawing (``card_plots.py``), the card as a page (``card_page.py``), and deciding
anything about rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.card_plots import balance_plot, caption_plot, class_samples
from synth_assets.core.training.card_tables import (
    Row,
    by_class,
    by_model,
    by_origin,
    by_source,
    by_split,
    caption_facts,
    totals,
    twins_in,
    worst_captions,
)

_MOST_TWINS = 20
_TOTALS = {
    "images": "images",
    "objects": "labelled objects",
    "classes": "classes",
    "negatives": "images without objects",
    "without_caption": "images without caption",
    "near_duplicates": "near-duplicates left out",
    "failed": "failed",
}
"""What ``totals`` counts, as the head of the card names it."""
_LIMITS = """\
Only what was painted, and the character that a frame was curated for, has a box. What else a picture
shows is not labelled:

- In film frames other characters have no box, unless the very same frame was curated for them too.
- Edited photos have boxes for what was added only, and can show real objects of the classes. So do the backgrounds of
  `segment`, with other characters in them; they are left out unless `exclude` is emptied.

A detector learns such pixels as background. Leave more pictures out with `exclude` in
`configs/training_set.yaml`, e.g. `keep_full/*`. Captions of an automatic captioner can name what is
not there; classes and characters in them are certain."""
_FILES: Mapping[str, str] = {
    "coco": "`exports/coco/annotations.json` and one file a split; paths are relative to this folder",
    "yolo": "`exports/yolo/data.yaml` with images and labels by split",
    "yolo-seg": "`exports/yolo-seg/data.yaml`: the same with one polygon an object",
    "voc": "`exports/voc`: `Annotations` (boxes), `SegmentationClass`, `SegmentationObject` (masks), `ImageSets`",
    "imagefolder": '`exports/imagefolder`: for `datasets.load_dataset("imagefolder", data_dir=…)`: boxes and captions',
    "kohya": "`exports/kohya/<character or slot>`: `<repeats>_<name>` with captions, and `dataset.toml`",
    "onetrainer": "`exports/onetrainer`: `concepts.json`, a folder a concept and split with captions and masks",
    "ai-toolkit": "`exports/ai-toolkit`: `datasets.yaml`, a folder a split and concept with captions",
    "captions": "`exports/captions/metadata.jsonl` and `captions.csv`",
    "webdataset": "`exports/webdataset/<split>-<number>.tar`: picture, caption and labels of each sample",
    "npy": "`exports/npy/<split>/<image>.npy`: bool (H, W, classes) in the order of `classes.txt`",
}


@dataclass(frozen=True)
class CardFacts:
    """What the data card says besides the rows themselves.

    Attributes:
        name: title.
        lost: rows of the sources that could not be merged: asset, partition, reason, images.
        gaps: partitions that were expected and are not there.
        layouts: written layouts.
        distances: how far each partition of generated pictures is from its profile.
    """

    name: str
    lost: Sequence[Row]
    gaps: Sequence[str]
    layouts: Sequence[str]
    distances: Sequence[Row] = ()


@dataclass(frozen=True)
class Section:
    """A part of the card.

    Attributes:
        title: heading.
        note: Markdown below it: paragraphs, lists with "- ", code in backticks.
        rows: a table.
        pictures: path of the picture's file → what it shows.
        is_list: it lists something, so that without rows and pictures it says "None.".
    """

    title: str
    note: str = ""
    rows: Sequence[Row] = ()
    pictures: Mapping[str, str] = field(default_factory=dict[str, str])
    is_list: bool = True

    @property
    def is_empty(self) -> bool:
        """True if it lists nothing."""
        return self.is_list and not self.rows and not self.pictures


@dataclass(frozen=True)
class Card:
    """The card before it is written down.

    Attributes:
        name: title.
        lead: what the set is, in a sentence or two.
        numbers: what is counted → how many, for the head of the page.
        sections: in order.
        pictures: path relative to the training set's folder → PNG or JPEG.
    """

    name: str
    lead: str
    numbers: Mapping[str, int]
    sections: Sequence[Section]
    pictures: Mapping[str, bytes]


def make_card(images: ImageSet, facts: CardFacts) -> Card:
    """Gives the card of a training set.

    Args:
        images: all rows of the training set, rejected and failed ones included.
        facts: what else to say.
    """
    kept = images.ok
    found = totals(images.records)
    numbers = {name: found[key] for key, name in _TOTALS.items()}
    lead = (
        f"{found['images']} images with {found['objects']} labelled objects of {found['classes']} classes. "
        f"{found['negatives']} images have no object (negatives in detector layouts), "
        f"{found['without_caption']} have no caption."
    )
    pictures = {"plots/balance.png": balance_plot(kept)}
    samples = class_samples(images)
    shown = {f"samples/class_{number:02d}.jpg": label for number, label in enumerate(samples, 1)}
    pictures |= {path: samples[label] for path, label in shown.items()}
    lengths = caption_plot(kept)
    if lengths:
        pictures["plots/captions.png"] = lengths
    failed: list[Row] = [{"row": record.key, "reason": record.reason} for record in images if record.status == "failed"]
    sections = [
        Section(
            "Splits",
            "Rows that share a source clip, background, photo or near-twin stay together.",
            by_split(kept),
        ),
        Section("Classes", "", by_class(kept), {"plots/balance.png": "objects a class and images a source, by split"}),
        Section("Samples", "Pictures of each class, spread evenly over the set, with all their boxes.", (), shown),
        Section("Sources", "", by_source(images.records)),
        *_profile_section(facts),
        Section(
            "Captions",
            "",
            caption_facts(kept),
            {"plots/captions.png": "how long the captions are, and how well they fit"} if lengths else {},
        ),
        *_score_section(kept),
        Section("Limits of the labels", _LIMITS, is_list=False),
        Section("Near-duplicates", _twins_note(images.records), twins_in(images.records, _MOST_TWINS)),
        Section("Not merged", "Rows that their own stage rejected or could not make.", facts.lost),
        Section("Failed here", "", failed),
        Section("Gaps", "Expected partitions that are not in the store.", [{"partition": gap} for gap in facts.gaps]),
        Section("Licences", "`ATTRIBUTION.md` names the works.", by_origin(kept)),
        Section("Models", "", by_model(kept)),
        Section("Files", "\n".join(f"- {line}" for line in _files(facts.layouts)), is_list=False),
    ]
    return Card(facts.name, lead, numbers, sections, pictures)


def _profile_section(facts: CardFacts) -> list[Section]:
    note = (
        "How far the generated pictures of a slot are from its reference photos: 0 = the same means, 1 = off by one "
        "standard deviation of the references, over all metrics."
    )
    return [Section("Distance to the profiles", note, facts.distances)] if facts.distances else []


def _score_section(kept: Sequence[ImageRecord]) -> list[Section]:
    rows = worst_captions(kept)
    return [Section("Captions that fit least", "By caption score, lowest first.", rows)] if rows else []


def _twins_note(records: Sequence[ImageRecord]) -> str:
    count = sum(record.status == "rejected" for record in records)
    note = "Pictures that another one of the set already shows; no two pictures of the set are closer than the limits."
    return f"{note} The first {_MOST_TWINS} of {count}." if count > _MOST_TWINS else note


def _files(layouts: Sequence[str]) -> list[str]:
    return [
        "`images/`: pictures, cutouts laid over mid-grey",
        "`masks/`: one PNG an object, and `<image>_alpha.png` for cutouts",
        *(_FILES[layout] for layout in layouts),
        "`exports/provenance.jsonl`: parents, seed, prompt, model, licence of each picture",
        "`ATTRIBUTION.md`: who is to be named, by licence",
    ]


def card_markdown(card: Card) -> str:
    """The card as Markdown; pictures are links."""
    parts = [f"# {card.name}", card.lead]
    for section in card.sections:
        parts.append(f"## {section.title}")
        parts += [text for text in (section.note, markdown_table(section.rows)) if text]
        parts += [f"![{text}]({path})" for path, text in section.pictures.items()]
        parts += ["None."] if section.is_empty else []
    return "\n\n".join(parts) + "\n"


def markdown_table(rows: Sequence[Row]) -> str:
    """A Markdown table with the first row's keys as columns; "" for no rows."""
    if not rows:
        return ""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: str | float) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ") or "–"
