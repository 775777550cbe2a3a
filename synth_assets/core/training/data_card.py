"""The data card: what the training set holds, in words, tables and one plot.

Belongs here: counting rows and writing ``data_card.md`` and ``plots/balance.png``. Does not belong
here: deciding anything about rows.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from synth_assets.core.records import ImageRecord
from synth_assets.core.training.splits import SPLITS

_SPLIT_COLOURS = {"train": "#3b6ea5", "val": "#e0a030", "test": "#7a9e5a"}
_PLOT_DPI = 110
_MAX_BARS = 40
_HEADROOM = 1.06

_LIMITS = """\
Only what was painted, and the character that a frame was curated for, has a box. What else a picture
shows is not labelled:

- In film frames other characters have no box, unless the very same frame was curated for them too.
- Edited photos have boxes for what was added only, and can show real objects of the classes. So do the backgrounds of
  `segment`, with other characters in them; they are left out unless `exclude` is emptied.

A detector learns such pixels as background. Leave more pictures out with `exclude` in
`configs/training_set.yaml`, e.g. `keep_full/*`. Captions of an automatic captioner can name what is
not there; classes and characters in them are certain."""

Row = dict[str, str | int | float]


@dataclass(frozen=True)
class CardFacts:
    """What the data card says besides the rows themselves.

    Attributes:
        name: title.
        lost: rows of the sources that could not be merged: asset, partition, reason, images.
        gaps: partitions that were expected and are not there.
        layouts: written layouts.
    """

    name: str
    lost: Sequence[Row]
    gaps: Sequence[str]
    layouts: Sequence[str]


def by_source(records: Sequence[ImageRecord]) -> list[Row]:
    """Images, objects, splits and near-duplicates of each source partition."""
    rows: list[Row] = []
    for asset, partition in sorted({_source(record) for record in records if record.status != "failed"}):
        own = [record for record in records if _source(record) == (asset, partition)]
        kept = [record for record in own if record.status == "ok"]
        row: Row = {"asset": asset, "partition": partition, "images": len(kept), "objects": _objects(kept)}
        row |= {split: _held(kept, split) for split in SPLITS}
        row["near-duplicates"] = sum(record.status == "rejected" for record in own)
        rows.append(row)
    return rows


def by_class(records: Sequence[ImageRecord]) -> list[Row]:
    """Objects and images of each class, by split; most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    holders: Counter[str] = Counter()
    for record in records:
        holders.update({item.label for item in record.objects})
        counts.update((item.label, str(record.extra["split"])) for item in record.objects)
    rows: list[Row] = [
        {
            "class": label,
            "objects": sum(counts[label, split] for split in SPLITS),
            "images": holders[label],
            **{split: counts[label, split] for split in SPLITS},
        }
        for label in sorted(holders)
    ]
    return sorted(rows, key=lambda row: -int(row["objects"]))


def by_split(records: Sequence[ImageRecord]) -> list[Row]:
    """Images, objects and groups of each split, with its real share of the images."""
    total = max(1, len(records))
    rows: list[Row] = []
    for split in SPLITS:
        own = [record for record in records if record.extra["split"] == split]
        groups = len({record.group for record in own})
        share = round(len(own) / total, 3)
        rows.append({"split": split, "images": len(own), "share": share, "objects": _objects(own), "groups": groups})
    return rows


def by_origin(records: Sequence[ImageRecord]) -> list[Row]:
    """Images of each licence and attribution; most frequent first."""
    counts = Counter((record.licence or "unknown", record.attribution) for record in records)
    return [{"licence": licence, "attribution": who, "images": count} for (licence, who), count in counts.most_common()]


def by_model(records: Sequence[ImageRecord]) -> list[Row]:
    """Images that each model, or chain of models, had a part in; most frequent first."""
    counts = Counter(record.model for record in records if record.model)
    return [{"model": model, "images": count} for model, count in counts.most_common()]


def data_card(records: Sequence[ImageRecord], facts: CardFacts) -> str:
    """Writes the card as Markdown.

    Args:
        records: all rows of the training set, rejected and failed ones included.
        facts: what else to say.
    """
    kept = [record for record in records if record.status == "ok"]
    empty = sum(not record.objects for record in kept)
    silent = sum(not record.captions.get("short") for record in kept)
    failed: list[Row] = [
        {"row": record.key, "reason": record.reason} for record in records if record.status == "failed"
    ]
    sections = [
        f"# {facts.name}",
        f"{len(kept)} images with {_objects(kept)} labelled objects of {len(by_class(kept))} classes. "
        f"{empty} images have no object (negatives in detector layouts), {silent} have no caption.",
        _section(
            "Splits", by_split(kept), "Rows that share a source clip, background, photo or near-twin stay together."
        ),
        _section("Sources", by_source(records)),
        _section("Classes", by_class(kept)),
        f"## Limits of the labels\n\n{_LIMITS}",
        "![objects a class and split](plots/balance.png)",
        _section("Not merged", facts.lost, "Rows that their own stage rejected or could not make."),
        _section("Failed here", failed),
        _section("Gaps", [{"partition": gap} for gap in facts.gaps], "Expected partitions that are not in the store."),
        _section("Licences", by_origin(kept)),
        _section("Models", by_model(kept)),
        "## Files\n\n" + "\n".join(f"- {line}" for line in _files(facts.layouts)),
    ]
    return "\n\n".join(sections) + "\n"


def _section(title: str, rows: Sequence[Row], note: str = "") -> str:
    return "\n\n".join(part for part in (f"## {title}", note, markdown_table(rows) or "None.") if part)


def _files(layouts: Iterable[str]) -> list[str]:
    known: Mapping[str, str] = {
        "coco": "`exports/coco/annotations.json` and one file a split; paths are relative to this folder",
        "yolo": "`exports/yolo/data.yaml` with images and labels by split",
        "yolo-seg": "`exports/yolo-seg/data.yaml`: the same with one polygon an object",
        "voc": "`exports/voc`: `Annotations` (boxes), `SegmentationClass`, `SegmentationObject` (masks), `ImageSets`",
        "npy": "`exports/npy/<split>/<image>.npy`: bool (H, W, classes) in the order of `classes.txt`",
        "kohya": "`exports/kohya/<character or slot>`: `<repeats>_<name>` with captions, and `dataset.toml`",
        "captions": "`exports/captions/metadata.jsonl` and `captions.csv`",
    }
    return [
        "`images/`: pictures, cutouts laid over mid-grey",
        "`masks/`: one PNG an object, and `<image>_alpha.png` for cutouts",
        *(known[layout] for layout in layouts),
        "`exports/provenance.jsonl`: parents, seed, prompt, model, licence of each picture",
    ]


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


def balance_plot(records: Sequence[ImageRecord]) -> bytes:
    """Draws objects a class and images a source as bars stacked by split, as PNG.

    Args:
        records: rows with status ok.
    """
    classes = by_class(records)[:_MAX_BARS]
    sources = by_source(records)
    height = 1.4 + 0.26 * max(len(classes), len(sources), 3)
    figure = Figure(figsize=(11, height), dpi=_PLOT_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _bars(left, [str(row["class"]) for row in classes], classes, "objects a class")
    names = [" / ".join(str(row[name]) for name in ("asset", "partition") if row[name]) for row in sources]
    _bars(right, names, sources, "images a source")
    figure.legend(*right.get_legend_handles_labels(), frameon=False, fontsize=8, ncols=3, loc="outside upper right")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _bars(axes: Axes, names: Sequence[str], rows: Sequence[Row], title: str) -> None:
    start = [0.0] * len(rows)
    for split in SPLITS:
        widths = [float(row[split]) for row in rows]
        axes.barh(range(len(rows)), widths, left=start, color=_SPLIT_COLOURS[split], label=split)
        start = [a + b for a, b in zip(start, widths, strict=True)]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, _HEADROOM * max([1.0, *start]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=10, loc="left")


def _source(record: ImageRecord) -> tuple[str, str]:
    return str(record.extra.get("source_asset", "")), str(record.extra.get("source_partition", ""))


def _objects(records: Sequence[ImageRecord]) -> int:
    return sum(len(record.objects) for record in records)


def _held(records: Sequence[ImageRecord], split: str) -> int:
    return sum(record.extra["split"] == split for record in records)
