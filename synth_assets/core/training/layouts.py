"""Layouts: which files each of the chosen export formats adds to the training set.

Belongs here: the table of formats. Does not belong here: any format, and files that belong to a
single picture (``merging.py`` writes the arrays of ``class_masks.py`` with their pictures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from synth_assets.core.contents import Content
from synth_assets.core.records import ImageSet
from synth_assets.core.training.ai_toolkit import ai_toolkit_files
from synth_assets.core.training.captioning import caption_files
from synth_assets.core.training.class_masks import classes_file
from synth_assets.core.training.coco import coco_files
from synth_assets.core.training.imagefolder import imagefolder_files
from synth_assets.core.training.kohya import kohya_files
from synth_assets.core.training.onetrainer import onetrainer_files
from synth_assets.core.training.planning import Layout, TrainingSetParams
from synth_assets.core.training.voc import voc_files
from synth_assets.core.training.webdataset import webdataset_files
from synth_assets.core.training.yolo import yolo_files, yolo_polygon_files


def layout_files(
    images: ImageSet, base: str, params: TrainingSetParams, classes: Sequence[str]
) -> Iterator[tuple[str, Content]]:
    """Gives the files of every format of ``params.formats``, each made when it is asked for.

    Args:
        images: the training set's rows, with ``extra["split"]``.
        base: folder of the training set relative to the store root.
        params: chooses the formats.
        classes: order of the classes in the arrays of ``npy``.

    Yields:
        Path relative to the training set's folder, content.
    """
    layouts: dict[Layout, Callable[[], Iterable[tuple[str, Content]]]] = {
        "coco": lambda: coco_files(images, base, params.name),
        "yolo": lambda: yolo_files(images),
        "yolo-seg": lambda: yolo_polygon_files(images),
        "voc": lambda: voc_files(images, params.name),
        "imagefolder": lambda: imagefolder_files(images.ok),
        "kohya": lambda: kohya_files(images.ok),
        "onetrainer": lambda: onetrainer_files(images),
        "ai-toolkit": lambda: ai_toolkit_files(images.ok),
        "captions": lambda: caption_files(images.ok, base).items(),
        "webdataset": lambda: webdataset_files(images, params.shard_pictures),
        "npy": lambda: classes_file(classes).items(),
    }
    for name in params.formats:
        yield from layouts[name]()
