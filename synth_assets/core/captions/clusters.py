"""Clusters: the captions of all sets in one table with their clusters, and what shows them.

Belongs here: rows, files and facts. Does not belong here: the computation (``topics.py``), drawing
(``plots.py``) and the interactive map (``map_page.py``).
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from upath import UPath

from synth_assets.core.captions.agreement import agreement
from synth_assets.core.captions.grouping import evenly_drawn
from synth_assets.core.captions.map_page import MapPoint, map_page
from synth_assets.core.captions.plots import elbow_plot, map_plot
from synth_assets.core.captions.projection import fanned_out
from synth_assets.core.captions.report import CSV_COLUMNS
from synth_assets.core.captions.thumbnails import thumbnails
from synth_assets.core.captions.topics import Clustering, ClusterParams, cluster_texts
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.profile.slots import SLOTS
from synth_assets.core.records import ImageRecord, ImageSet

MAP_PAGE = "map.html"
"""The interactive map, in the partition's folder."""
_KEY = "clusters"
_DIGITS = 4
_OWN_COLUMNS = ("kind", "cluster", "cluster_name", "x", "y", "caption_score")

Kind = Literal["views", "scenes", "characters"]


def cluster_captions(writer: PartitionWriter, captions: Sequence[ImageSet], params: ClusterParams) -> Summary:
    """Gives every captioned image a row with its cluster, the cluster's name and a place on the map.

    One item makes all rows, since every caption has a say in every cluster; it is made again as
    soon as a caption comes, goes or changes. Writes ``clusters.json``, ``clusters.csv``, plots and ``map.html``.

    Args:
        writer: the opened partition.
        captions: rows of ``caption_images``; those that are not ok are left out.
        params: of the clustering.

    Raises:
        ValueError: no captions at all.
    """
    rows = [record for images in captions for record in images.ok]
    if not rows:
        raise ValueError("there are no captions to cluster; materialize the captions of some images first")
    texts = [record.captions["short"] for record in rows]

    @lru_cache(maxsize=1)
    def computed() -> Clustering:
        # Rows and plots need it; after a kill between the two only the plots do.
        return cluster_texts(texts, params)

    item = Item(
        key=_KEY,
        inputs={
            "captions": [
                [record.key, record.id, record.fingerprint, text] for record, text in zip(rows, texts, strict=True)
            ],
            "params": params.model_dump(mode="json"),
        },
    )

    def make(batch: list[Item]) -> list[list[Artifact]]:
        return [_artifacts(rows, computed()) for _ in batch]

    return run_items(writer, [item], make, extras=lambda images: _extras(images, computed(), params))


def kind_of(record: ImageRecord) -> Kind:
    """What a captioned row shows: a character, a scene with objects painted in, or a view, real or edited."""
    if record.extra["source_partition"] not in SLOTS:
        return "characters"
    return "scenes" if record.objects else "views"


def _artifacts(rows: Sequence[ImageRecord], clustering: Clustering) -> list[Artifact]:
    artifacts: list[Artifact] = []
    for record, cluster, (x, y) in zip(rows, clustering.labels, clustering.points, strict=True):
        extra = {
            "source_asset": record.extra["source_asset"],
            "source_partition": record.extra["source_partition"],
            "kind": kind_of(record),
            "cluster": int(cluster),
            "cluster_name": clustering.names[int(cluster)],
            "x": round(float(x), _DIGITS),
            "y": round(float(y), _DIGITS),
            "caption_score": record.extra.get("caption_score"),
        }
        artifacts.append(Artifact(replace(record, files=(), extra=extra)))
    return artifacts


@dataclass(frozen=True)
class _Groups:
    """What the rows are called in each colouring of the map."""

    cluster: list[str]
    kind: list[str]
    class_: list[str]
    partition: list[str]


def _extras(images: ImageSet, clustering: Clustering, params: ClusterParams) -> Extras:
    rows = images.ok
    groups = _Groups(
        [f"{record.extra['cluster']:>2} {record.extra['cluster_name']}" for record in rows],
        [str(record.extra["kind"]) for record in rows],
        [str(record.extra["source_asset"]) for record in rows],
        [str(record.extra["source_partition"]) for record in rows],
    )
    report = _report(rows, groups, clustering, params)
    points, k = clustering.points, len(clustering.names)
    files = {
        "clusters.json": json.dumps(report, indent=2).encode(),
        "clusters.csv": _csv(rows),
        MAP_PAGE: _map(images, rows, groups, clustering, params),
        "plots/elbow.png": elbow_plot(clustering.inertias, clustering.silhouettes, k),
        "plots/map_by_cluster.png": map_plot(points, groups.cluster, "Captions by cluster (t-SNE)"),
        "plots/map_by_class.png": map_plot(points, groups.class_, "Captions by class of image (t-SNE)"),
        "plots/map_by_kind.png": map_plot(points, groups.kind, "Captions by what the image shows (t-SNE)"),
    }
    return Extras(files=files, details={name: value for name, value in report.items() if name != "inertias"})


def _report(
    rows: Sequence[ImageRecord], groups: _Groups, clustering: Clustering, params: ClusterParams
) -> dict[str, Any]:
    k, silhouettes = len(clustering.names), clustering.silhouettes
    clusters = [int(label) for label in clustering.labels]
    report: dict[str, Any] = {"captions": len(rows), "k": k}
    notes: list[str] = []
    if params.k is not None and k < params.k:
        notes.append(f"k was held at {k} instead of {params.k}: no more captions differ in their words.")
    if len(rows) > params.curve_captions:
        notes.append(f"The curve for k was made on {params.curve_captions:,} of the captions, drawn at random.")
    if len(clustering.mapped) < len(rows):
        notes.append(f"t-SNE laid out {len(clustering.mapped):,} captions; the others lie beside those most like them.")
    if notes:
        report["notes"] = " ".join(notes)
    if silhouettes:
        report["k_by_silhouette"] = 2 + max(range(len(silhouettes)), key=lambda index: silhouettes[index])
    return {
        **report,
        "vocabulary": clustering.vocabulary,
        "components": clustering.components,
        "agreement": [
            agreement(clusters, groups.kind, "kind"),
            agreement(clusters, groups.class_, "class"),
            agreement(clusters, groups.partition, "slot or character"),
        ],
        "clusters": _cluster_facts(rows, clustering.names),
        "curve": [
            {"k": place + 2, "inertia": round(inertia, _DIGITS), "silhouette": round(silhouette, _DIGITS)}
            for place, (inertia, silhouette) in enumerate(zip(clustering.inertias[1:], silhouettes, strict=True))
        ],
        "inertias": [round(value, _DIGITS) for value in clustering.inertias],
    }


def _cluster_facts(rows: Sequence[ImageRecord], names: Sequence[str]) -> list[dict[str, str | int | float]]:
    members: list[list[ImageRecord]] = [[] for _ in names]
    for record in rows:
        members[int(record.extra["cluster"] or 0)].append(record)
    facts: list[dict[str, str | int | float]] = []
    for cluster, (name, own) in enumerate(zip(names, members, strict=True)):
        classes = Counter(str(record.extra["source_asset"]) for record in own)
        facts.append(
            {
                "cluster": cluster,
                "name": name,
                "captions": len(own),
                "share": round(len(own) / len(rows), _DIGITS),
                "classes": ", ".join(f"{kind} {count}" for kind, count in sorted(classes.items())),
                "example": own[0].captions["short"],
            }
        )
    return facts


def _csv(rows: Sequence[ImageRecord]) -> bytes:
    """The original's columns as in ``captions.csv``, then ours."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow([*CSV_COLUMNS, *_OWN_COLUMNS])
    for record in rows:
        extra, path = record.extra, UPath(record.path)
        where = [record.id, extra["source_asset"], extra["source_partition"], path.name, str(path.parent)]
        table.writerow([*where, record.captions["short"], *(extra.get(name) for name in _OWN_COLUMNS)])
    return buffer.getvalue().encode()


def _map(
    images: ImageSet, rows: Sequence[ImageRecord], groups: _Groups, clustering: Clustering, params: ClusterParams
) -> bytes:
    shown = [rows[index] for index in clustering.mapped]
    pictured = evenly_drawn(len(shown), params.thumbnails, params.seed)
    small = dict(zip(pictured.tolist(), thumbnails(images, [shown[place] for place in pictured]), strict=True))
    points = [
        MapPoint(record.captions["short"], _note(record), small.get(place, "")) for place, record in enumerate(shown)
    ]
    facts = f"{len(rows):,} captions in {len(clustering.names)} clusters, laid out by t-SNE; near = alike."
    if len(shown) < len(rows):
        facts += f" A sample of {len(shown):,} is shown."
    if len(pictured) < len(shown):
        facts += f" {len(pictured):,} of the points have a picture."
    colourings = {
        "cluster": groups.cluster,
        "kind": groups.kind,
        "class": groups.class_,
        "slot or character": groups.partition,
    }
    chosen = {name: [values[index] for index in clustering.mapped] for name, values in colourings.items()}
    return map_page("Map of captions", facts, fanned_out(clustering.points[clustering.mapped]), points, chosen)


def _note(record: ImageRecord) -> str:
    score = record.extra.get("caption_score")
    return record.path if score is None else f"{record.path} · caption score {score:.3g}"
