"""Captions without a captioning model: zero-shot labels and measured statistics, put in words.

Belongs here: choosing labels and writing the sentence. Does not belong here: the labeller
(``models/labelling.py``) and the words for statistics (``core/captions/statistics.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from synth_assets.core.captions.statistics import WordingParams, describe_look
from synth_assets.core.config import ConfigError
from synth_assets.core.measure import Look
from synth_assets.core.ports import RGB, Label, Labeller

_KINDS = ("scene", "object")
_SURE = 0.6
"""Cosine from which a label is said."""
_SURE_BESIDE = 0.72
"""Cosine from which an object is named beside a scene; most scenes hold some object a little."""


class LabelCaptioner:
    """Captioner that says what a labeller finds and how the picture looks.

    Its sentences are plain and true rather than rich, for example "a photo of a lake with a boat,
    in bright daylight, blue and white, soft detail".
    """

    def __init__(self, name: str, labeller: Labeller, words: Sequence[str]) -> None:
        """Sorts the words.

        Args:
            name: see ``core.ports.Model``.
            labeller: scores the words.
            words: ``scene: PHRASE`` or ``object: PHRASE`` each.

        Raises:
            ConfigError: a word without its kind, or a kind without words.
        """
        self.name = name
        self._labeller = labeller
        self._params = WordingParams()
        self._words = {kind: _of_kind(words, kind) for kind in _KINDS}

    def caption(self, images: Sequence[RGB]) -> list[str]:
        """Gives one sentence a picture."""
        # One call for both kinds: the labeller looks at each picture once a call.
        found = self._labeller.label(images, [*self._words["scene"], *self._words["object"]])
        subjects = [subject(self._best(labels, "scene"), self._best(labels, "object")) for labels in found]
        looks = [describe_look(Look(image), self._params) for image in images]
        return [", ".join([said, *phrases]) for said, phrases in zip(subjects, looks, strict=True)]

    def _best(self, labels: Sequence[Label], kind: str) -> Label:
        return next(label for label in labels if label.text in self._words[kind])


def subject(scene: Label, thing: Label) -> str:
    """The head of the sentence: what is sure enough to be said."""
    if scene.score < _SURE:
        return f"a photo of {thing.text}" if thing.score >= _SURE else "a photo"
    if thing.score < _SURE_BESIDE:
        return f"a photo of {scene.text}"
    return f"a photo of {scene.text} {'and' if ' with ' in scene.text else 'with'} {thing.text}"


def _of_kind(words: Sequence[str], kind: str) -> list[str]:
    parts = [word.partition(":") for word in words]
    for (head, colon, text), word in zip(parts, words, strict=True):
        if head not in _KINDS or not colon or not text.strip():
            raise ConfigError(f"labels: {word!r} is not understood; write 'scene: a lake' or 'object: a boat'")
    chosen = [text.strip() for head, _, text in parts if head == kind]
    if not chosen:
        raise ConfigError(f"labels: there is no line that starts with '{kind}:'; add one")
    return chosen
