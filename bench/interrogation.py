"""Interrogation in mode "best" against clip-interrogator 0.6.0 itself: same strings, time an image.

Both run on one core, on the same transformers CLIP with random weights, with the package's own lists and a tokenizer
trained on them, so that phrases have about as many tokens as in the real one (3.5). The original's tokenizer is Python
code; here it has the same fast one as ours. SMALL takes a part of the lists and of the phrases of a chain, and about a
minute; FULL all 111,867 terms and 2,048 phrases, as 0.6.0 does, and several minutes.

- "tiny": the whole of it. Ours for all images in one call; the original for a few of them, the rest extrapolated.
- "ViT-L/14": a text tower of that model's size. One step of a chain: the original scores a few phrases, ours more of
  them, each in texts a second; for all images, at CANDIDATES phrases a step and the steps that the tiny one took.

Run from the project root, with the package index in reach: python -m bench.interrogation [--full]
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from resources.models.clip_scoring import ClipInterrogator
from resources.models.clip_words import LISTS, load_word_lists
from resources.models.entries import ModelEntry
from resources.project import find_project
from synth_assets.core.captions.interrogation import InterrogationParams, Mode, interrogate_all
from synth_assets.core.ports import TextsRequest
from synth_assets_tests.golden.original_interrogator import fetch_package, load_original
from synth_assets_tests.resources.tiny_clip import picture, tiny_clip

TARGET = 10.0
VOCABULARY = 20000
PLACES = 77
WORDS = ("a", "red", "fox", "boat", "in", "front", "of", "an", "old", "house", "by", "the", "lake")
LARGE = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
"""Text tower of ViT-L/14."""
START = "a red fox in front of an old house by the lake, highly detailed, trending on artstation, by greg rutkowski"
LARGE_TEXTS, ORIGINAL_TEXTS = 256, 16
"""Texts that ours and the original score with the large tower."""
CANDIDATES = 2035
"""Phrases that 0.6.0 chooses from in each step: 37 of each of 55 chunks."""

MODES: dict[Mode, str] = {"fast": "interrogate_fast", "classic": "interrogate_classic"}
"""Further modes that read a caption, and the original's methods."""

T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    """How much is compared.

    Attributes:
        images: that ours does.
        original: of them, that the original does too.
        every: of each list, every so many-th term.
        phrases: that a chain chooses from, and terms that are ranked at once. Were fewer phrases kept than the ranking
            of chunks gives, rounding would decide which, and strings could differ.
    """

    images: int
    original: int
    every: int
    phrases: int


SMALL, FULL = Size(8, 1, 8, 1024), Size(64, 2, 1, 2048)


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor time, and what it gives; neighbours on the machine do not count."""
    started = time.process_time()
    found = function()
    return time.process_time() - started, found


class Counting(ClipInterrogator):
    """Counts the steps of chains."""

    steps = 0

    def text_scores(self, requests: Sequence[TextsRequest]) -> list[np.ndarray]:
        self.steps += sum(bool(request.start) for request in requests)
        return super().text_scores(requests)


def thinned(lists: Path, folder: Path, every: int) -> Path:
    """The folder, which now holds every so many-th term of the lists."""
    for name in LISTS:
        terms = (lists / f"{name}.txt").read_text(encoding="utf-8", errors="replace").splitlines()
        (folder / f"{name}.txt").write_text("\n".join(terms[::every]) + "\n")
    return folder


def compare_tiny(package: Path, words: Path, tokens: Any, size: Size) -> tuple[float, bool, int]:
    """Prints both times; gives the ratio, whether all strings are the same, and the steps of all chains."""
    model, images = tiny_clip(tokens, width=64, places=PLACES), size.images
    entry = ModelEntry(ref="file:bench", licence="MIT")
    lists = load_word_lists(entry, words, "cpu")
    ours = Counting(model, tokens, entry, lists)
    pictures = [picture(seed) for seed in range(images)]
    rng = np.random.default_rng(0)
    captions = [" ".join(rng.choice(WORDS, 8)) for _ in pictures]
    params = InterrogationParams(chunk_size=size.phrases, intermediate_count=size.phrases)
    words_s, _ = timed(lambda: interrogate_all(pictures[:1], captions[:1], "fast", ours, params))
    ours_s, texts = timed(lambda: interrogate_all(pictures, captions, "best", ours, params))
    steps = ours.steps
    module, config = load_original(package, model, tokens, words, size.phrases, size.phrases)
    original_words_s, original = timed(lambda: module.Interrogator(config))
    first = list(zip(pictures, captions, strict=True))[: size.original]
    few_s, said = timed(lambda: [original.interrogate(Image.fromarray(one), caption=text) for one, text in first])
    original_s = few_s / size.original * images
    pairs = [*zip(said, texts, strict=False)]
    for mode, method in MODES.items():
        expected = getattr(original, method)(Image.fromarray(pictures[0]), caption=captions[0])
        pairs.append((expected, interrogate_all(pictures[:1], captions[:1], mode, ours, params)[0]))
    expected = original.interrogate_negative(Image.fromarray(pictures[0]))
    pairs.append((expected, interrogate_all(pictures[:1], [""], "negative", ours, params)[0]))
    other = [pair for pair in pairs if pair[0] != pair[1]]
    _row("tiny, vectors of words", original_words_s, words_s, "made once a model")
    note = f"original: {size.original} of them; {len(pairs)} strings of all modes, {len(other)} differ"
    _row(f"tiny, {images} images", original_s, ours_s, note)
    for theirs, text in other:
        print(f"  original: {theirs}\n  ours:     {text}")
    return original_s / ours_s, not other, steps


def compare_large(package: Path, tokens: Any, images: int, steps: int) -> tuple[float, bool]:
    """Prints both times; gives the ratio and whether the original's choice and scores are ours."""
    vision = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"vocab_size": len(tokens), "bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id}
    config = CLIPConfig(text_config={**LARGE, **ends}, vision_config={**vision, "image_size": 32}, projection_dim=768)
    torch.manual_seed(0)
    model = CLIPModel(config).eval()
    entry = ModelEntry(ref="file:large", licence="MIT")
    lists = load_word_lists(entry, package / "data", "cpu")
    phrases = [lists["flavors"][place] for place in np.random.default_rng(0).choice(90000, LARGE_TEXTS, replace=False)]
    ours = ClipInterrogator(model, tokens, entry, lists)
    vector = ours.vectors([picture(0)])[0]
    some = phrases[:ORIGINAL_TEXTS]
    ours_s, scores = timed(lambda: ours.text_scores([TextsRequest(vector, f"{START},", phrases)])[0])
    with tempfile.TemporaryDirectory() as folder:
        for name in lists:
            (Path(folder) / f"{name}.txt").write_text("sky\n")
        module, settings = load_original(package, model, tokens, Path(folder))
        original = module.Interrogator(settings)
    features = torch.from_numpy(vector[None])
    texts = [f"{START}, {phrase}" for phrase in some]
    original_s, best = timed(lambda: original.rank_top(features, texts))
    same = best == texts[int(np.argmax(scores[: len(some)]))]
    difference = np.abs(np.array(original.similarities(features, texts)) - scores[: len(some)]).max()
    each, our_each = original_s / len(some), ours_s / len(phrases)
    choice = "same" if same else "OTHER"
    note = f"{1 / each:.1f} and {1 / our_each:.1f} texts/s, {choice} choice, cosines differ by {difference:.0e}"
    _row("ViT-L/14, one step", each * CANDIDATES, our_each * CANDIDATES, note)
    texts_scored = CANDIDATES * steps
    _row(f"ViT-L/14, {images} images", each * texts_scored, our_each * texts_scored, f"extrapolated, {steps} steps")
    return each / our_each, same


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints seconds and ratios; 1 where strings differ or a ratio is below TARGET."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="as large as the original's defaults; several minutes")
    size = FULL if parser.parse_args(arguments).full else SMALL
    warnings.filterwarnings("ignore", message=".*autocast")  # which the original asks of a GPU
    package = fetch_package(find_project().model_cache)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    lists = load_word_lists(ModelEntry(ref="file:lists", licence="MIT"), package / "data", "cpu")
    terms = [term for terms in lists.values() for term in terms]
    tokens = CLIPTokenizer().train_new_from_iterator([*terms, " ".join(WORDS)], vocab_size=VOCABULARY)
    print("interrogation, mode best, one core, seconds of processor time")
    print(f"{'':<26}{'original':>10}{'ours':>9}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        words = thinned(package / "data", Path(folder), size.every)
        tiny, tiny_same, steps = compare_tiny(package, words, tokens, size)
    large, large_same = compare_large(package, tokens, size.images, steps)
    torch.set_num_threads(threads)
    print(f"target: at least {TARGET:.0f} times: {'met' if min(tiny, large) >= TARGET else 'NOT met'}")
    return 0 if tiny_same and large_same and min(tiny, large) >= TARGET else 1


def _row(name: str, original_s: float, ours_s: float, note: str) -> None:
    print(f"{name:<26}{original_s:>10.1f}{ours_s:>9.1f}{original_s / ours_s:>8.1f}   {note}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
