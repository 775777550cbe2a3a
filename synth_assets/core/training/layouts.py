"""Layouts: which files each of the chosen export formats adds to the training set.

Belongs here: the table of formats. Does not belong here: any format, and files that belong to a
single picture (``merging.py`` writes the arrays of ``class_masks.py`` with their pictures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from synth_assets.core.items import LinkTo
from synth_assets.core.records import ImageSet
from synth_assets.core.training.captioning import caption_files
from synth_assets.core.training.class_masks import classes_file
from synth_assets.core.training.coco import coco_files
from synth_assets.core.training.kohya import kohya_files
from synth_assets.core.training.planning import Layout, TrainingSetParams
from synth_assets.core.training.voc import voc_files
from synth_assets.core.training.yolo import yolo_files, yolo_polygon_files

Files = Mapping[str, bytes | LinkTo]


def layout_files(
    images: ImageSet, base: str, params: TrainingSetParams, classes: Sequence[str]
) -> dict[str, bytes | LinkTo]:
    """Gives the files of every format of ``params.formats``.

    Args:
        images: the training set's rows, with ``extra["split"]``.
        base: folder of the training set relative to the store root.
        params: chooses the formats.
        classes: order of the classes in the arrays of ``npy``.

    Returns:
        Path relative to the training set's folder → content.
    """
    layouts: dict[Layout, Callable[[], Files]] = {
        "coco": lambda: coco_files(images, base, params.name),
        "yolo": lambda: yolo_files(images),
        "yolo-seg": lambda: yolo_polygon_files(images),
        "voc": lambda: voc_files(images, params.name),
        "npy": lambda: classes_file(classes),
        "kohya": lambda: kohya_files(images.ok),
        "captions": lambda: caption_files(images.ok, base),
    }
    return {path: content for name in params.formats for path, content in layouts[name]().items()}
