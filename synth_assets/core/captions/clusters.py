"""Clusters: the captions of all sets in one table with their clusters, and its plots.

Belongs here: rows, files and facts. Does not belong here: the computation (``topics.py``) and
drawing (``plots.py``).
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from synth_assets.core.captions.plots import elbow_plot, map_plot
from synth_assets.core.captions.topics import Clustering, ClusterParams, cluster_texts
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, run_items
from synth_assets.core.records import ImageRecord, ImageSet

_KEY = "clusters"
_DIGITS = 4
_CSV_COLUMNS = ("image_id", "class", "slot_or_character", "description", "cluster", "cluster_name", "x", "y")


def cluster_captions(writer: PartitionWriter, captions: Sequence[ImageSet], params: ClusterParams) -> Summary:
    """Gives every captioned image a row with its cluster, the cluster's name and a place on the map.

    One item makes all rows, since every caption has a say in every cluster; it is made again as
    soon as a caption comes, goes or changes. Writes ``clusters.json``, ``clusters.csv`` and plots.

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

    return run_items(writer, [item], make, extras=lambda images: _extras(images, computed()))


def _artifacts(rows: Sequence[ImageRecord], clustering: Clustering) -> list[Artifact]:
    artifacts: list[Artifact] = []
    for record, cluster, (x, y) in zip(rows, clustering.labels, clustering.points, strict=True):
        extra = {
            "source_asset": record.extra["source_asset"],
            "source_partition": record.extra["source_partition"],
            "cluster": int(cluster),
            "cluster_name": clustering.names[int(cluster)],
            "x": round(float(x), _DIGITS),
            "y": round(float(y), _DIGITS),
        }
        artifacts.append(Artifact(replace(record, files=(), extra=extra)))
    return artifacts


def _extras(images: ImageSet, clustering: Clustering) -> Extras:
    rows = images.ok
    kinds = [str(record.extra["source_asset"]) for record in rows]
    titles = [f"{record.extra['cluster']:>2} {record.extra['cluster_name']}" for record in rows]
    k = len(clustering.names)
    clusters = [_cluster_facts(rows, cluster, name) for cluster, name in enumerate(clustering.names)]
    report = {
        "captions": len(rows),
        "k": k,
        "vocabulary": clustering.vocabulary,
        "components": clustering.components,
        "inertias": [round(value, _DIGITS) for value in clustering.inertias],
        "clusters": clusters,
    }
    files = {
        "clusters.json": json.dumps(report, indent=2).encode(),
        "clusters.csv": _csv(rows),
        "plots/elbow.png": elbow_plot(clustering.inertias, k),
        "plots/map_by_cluster.png": map_plot(clustering.points, titles, "Captions by cluster (t-SNE)"),
        "plots/map_by_class.png": map_plot(clustering.points, kinds, "Captions by class of image (t-SNE)"),
    }
    details = {name: report[name] for name in ("captions", "k", "vocabulary", "components", "clusters")}
    return Extras(files=files, details=details)


def _cluster_facts(rows: Sequence[ImageRecord], cluster: int, name: str) -> dict[str, str | int | float]:
    members = [record for record in rows if record.extra["cluster"] == cluster]
    classes = Counter(str(record.extra["source_asset"]) for record in members)
    return {
        "cluster": cluster,
        "name": name,
        "captions": len(members),
        "share": round(len(members) / len(rows), _DIGITS),
        "classes": ", ".join(f"{kind} {count}" for kind, count in sorted(classes.items())),
        "example": members[0].captions["short"],
    }


def _csv(rows: Sequence[ImageRecord]) -> bytes:
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(_CSV_COLUMNS)
    for record in rows:
        extra = record.extra
        where = [record.id, extra["source_asset"], extra["source_partition"], record.captions["short"]]
        table.writerow([*where, *(extra[name] for name in ("cluster", "cluster_name", "x", "y"))])
    return buffer.getvalue().encode()
