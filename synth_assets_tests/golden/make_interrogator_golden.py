"""Writes ``interrogator.json``: what clip-interrogator 0.6.0 says about some pictures, on the tiny CLIP.

Run from the project root, with the package index in reach: python -m synth_assets_tests.golden.make_interrogator_golden

Every case is run under several hash seeds, because 0.6.0 walks a Python set; a case lists all strings that came out.
Pictures are passed over on which a rounding error could change a string: ``watched`` takes down how close each decision
was, and a picture has to keep its distance in all cases of its model.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resources.project import find_project
from synth_assets_tests.golden.original_interrogator import fetch_package, load_original
from synth_assets_tests.resources.tiny_clip import CAPTIONS, PARAMS, picture, save_lists, tiny_clip, tiny_tokenizer

GOLDEN = Path(__file__).parent / "interrogator.json"
HASH_SEEDS = range(4)
LIFTS = (0.0, 1.0)
PICTURES = 2
SEEDS_TRIED = 8
RANK_GAP = 5e-5
"""Rounding one number to 16 bits to the other side moves a cosine by about as much."""
CHAIN_GAP = 1e-5
"""Rounding in 32 bits moves a cosine by less."""


def watched(module: Any) -> type:
    """The package's class, which also takes down how close its decisions are, as multiples of what is needed."""
    rank = module.LabelTable._rank

    class Watched(module.Interrogator):
        closest = float("inf")
        chained: Any = None

        def generate_caption(self, pil_image: Any) -> str:
            return ""  # no captioner is asked: what it says is given, and where that is "", it said nothing

        def chain(self, *args: Any, **kwargs: Any) -> str:
            self.chained = {}
            try:
                return super().chain(*args, **kwargs)
            finally:
                see(self.chained.values(), CHAIN_GAP)
                self.chained = None

        def similarity(self, image_features: Any, text: str) -> float:
            value = super().similarity(image_features, text)
            if self.chained is not None:
                self.chained[tuple(self.tokenize([text])[0].tolist())] = value
            return value

        def similarities(self, image_features: Any, text_array: list[str]) -> list[float]:
            values = super().similarities(image_features, text_array)
            see_first(dict(zip(map(tuple, self.tokenize(text_array).tolist()), values, strict=True)).values())
            return values

        def rank_top(self, image_features: Any, text_array: list[str], reverse: bool = False) -> str:
            values = module.Interrogator.similarities(self, image_features, text_array)
            signed = dict(zip(map(tuple, self.tokenize(text_array).tolist()), values, strict=True)).values()
            see_first(-value if reverse else value for value in signed)
            return super().rank_top(image_features, text_array, reverse)

    def see(values: Iterable[float], needed: float, first: int | None = None, last: int = 0) -> None:
        """Gaps between values in falling order, from number ``last`` to number ``first``."""
        gaps = -np.diff(np.sort(np.array(list(values)))[::-1])[last:first]
        Watched.closest = min([Watched.closest, *(gaps / needed)])

    def see_first(values: Iterable[float]) -> None:
        see(values, CHAIN_GAP, 1)

    def watched_rank(
        self: Any, image_features: Any, text_embeds: Any, top_count: int = 1, reverse: bool = False
    ) -> Any:
        values = np.unique((image_features.numpy() @ np.stack(text_embeds).T)[0].round(7)) * (-1 if reverse else 1)
        # The order counts where few are asked for; of many, only who is among them.
        see(values, RANK_GAP, top_count, 0 if top_count <= PARAMS["max_flavors"] else top_count - 1)
        return rank(self, image_features, text_embeds, top_count, reverse)

    module.LabelTable._rank = watched_rank
    return Watched


def one_run(package: Path) -> dict[str, Any]:
    """``lift/seed`` → how far from a rounding error all its decisions are, and its texts by mode and caption."""
    tokens, found = tiny_tokenizer(), {}
    least, most = PARAMS["min_flavors"], PARAMS["max_flavors"]
    with tempfile.TemporaryDirectory() as folder:
        for lift in LIFTS:
            model, lists = tiny_clip(tokens, lift=lift), save_lists(Path(folder))
            counts = PARAMS["chunk_size"], PARAMS["intermediate_count"]
            module, config = load_original(package, model, tokens, lists, *counts)
            kind = watched(module)
            interrogator = kind(config)
            for seed in range(SEEDS_TRIED):
                kind.closest = float("inf")
                image = Image.fromarray(picture(seed))
                texts = {"negative": [interrogator.interrogate_negative(image, most)]}
                texts["best"] = [interrogator.interrogate(image, least, most, said) for said in CAPTIONS]
                texts["fast"] = [interrogator.interrogate_fast(image, most, said) for said in CAPTIONS]
                flavors = PARAMS["classic_flavors"]
                texts["classic"] = [interrogator.interrogate_classic(image, flavors, said) for said in CAPTIONS]
                found[f"{lift}/{seed}"] = {"closest": float(kind.closest), "texts": texts}
    return found


def combined(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases to keep: each with all strings that came out, and how many runs gave each."""
    cases: list[dict[str, Any]] = []
    for lift in LIFTS:
        safe = [key for key in runs[0] if key.startswith(f"{lift}/") and min(run[key]["closest"] for run in runs) >= 1]
        if len(safe) < PICTURES:
            raise SystemExit(f"lift {lift}: of {SEEDS_TRIED} pictures, only {len(safe)} keep their distance: {safe}")
        for key in safe[:PICTURES]:
            for mode, texts in runs[0][key]["texts"].items():
                for number in range(len(texts)):
                    said = [run[key]["texts"][mode][number] for run in runs]
                    case = {
                        "lift": lift,
                        "picture": int(key.partition("/")[2]),
                        "mode": mode,
                        "caption": CAPTIONS[number],
                    }
                    cases.append({**case, "said": {text: said.count(text) for text in sorted(set(said))}})
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path, help="unpacked clip_interrogator 0.6.0; fetched where it is not given")
    parser.add_argument("--one", action="store_true", help="one run under the hash seed of this process, as JSON")
    options = parser.parse_args()
    package = options.package or fetch_package(find_project().model_cache)
    if options.one:
        warnings.simplefilter("ignore")
        sys.stdout.write(json.dumps(one_run(package)))
        return
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--one", "--package", str(package)]
    runs = []
    for seed in HASH_SEEDS:
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, stdout=subprocess.PIPE, check=True
        )
        runs.append(json.loads(done.stdout))
    cases = combined(runs)
    GOLDEN.write_text(json.dumps({"params": PARAMS, "cases": cases}, indent=1, ensure_ascii=False) + "\n")
    varying = sum(len(case["said"]) > 1 for case in cases)
    sys.stdout.write(f"{len(cases)} cases, of which {varying} depend on the hash seed\n")


if __name__ == "__main__":
    main()
