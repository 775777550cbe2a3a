"""Texts through CLIP's text tower: what texts begin with is computed once, whatever follows it.

The tower is causal: no token sees a later one. So keys and values of a common beginning are the same whatever
follows, and a text that ends the vector of is its own last token. This is exact, and costs a phrase of 4 tokens 5
(with the end token) instead of the 77 that a padded text costs.

Joining token lists is exact too, because CLIP's tokenizer never merges across white space: the tokens of
``a + " " + b`` are those of ``a`` and then those of ``b``.

Belongs here: cleaning as the original tokenizer does, tokens, the tower. Does not belong here: pictures, scores and
lists of words (``clip_scoring.py``, ``clip_words.py``).
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resources.models.torch_device import memory_errors

if TYPE_CHECKING:
    import torch

    from resources.models.batching import Batches

    Past = list[tuple[torch.Tensor, torch.Tensor]]
    """Keys and values of each layer, (heads, tokens, width of a head)."""

TOKENS_REMEMBERED = 1 << 18
"""Texts whose tokens are kept: more than all lists of CLIP Interrogator hold."""

_CONTROLS = [code for code in range(0x20) if chr(code) not in "\t\n\f\r"] + [0x7F]
_WIDE = {code: unicodedata.normalize("NFKC", chr(code)) for code in (0x3000, *range(0xFF01, 0xFF5F))}
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛"), "'") | dict.fromkeys(map(ord, "“”„‟"), '"')
_PLAIN: dict[int, str | None] = {**dict.fromkeys(_CONTROLS), **_WIDE, **_LIGATURES, **_QUOTES}


def clean(text: str) -> str:
    """Gives the text with what the original tokenizer mends: entities, curly quotes, wide letters, control characters.

    open_clip cleans by ``ftfy`` and ``html.unescape`` before it tokenises; transformers' tokenizer of the same model
    only normalises, lowers and joins white space. What is still different is ftfy's repair of text that was decoded
    wrongly ("Ã©"); no term of CLIP Interrogator has any, and all their tokens are equal.
    """
    return html.unescape(html.unescape(text)).translate(_PLAIN)


class ClipTexts:
    """Turns texts into vectors of length 1."""

    def __init__(self, model: Any, tokenizer: Any, batches: Batches, name: str) -> None:
        """Takes a loaded model apart; changes nothing in it.

        Args:
            model: ``transformers.CLIPModel``.
            tokenizer: its fast tokenizer.
            batches: how many texts fit at once.
            name: of the model, for errors.

        Raises:
            ValueError: the tokenizer merges words across white space, so that it is not CLIP's.
        """
        self._model = model
        self._layers = list(model.text_model.encoder.layers)
        self._heads: int = model.config.text_config.num_attention_heads
        self._limit: int = model.config.text_config.max_position_embeddings
        self._first, self._last = int(tokenizer.bos_token_id), int(tokenizer.eos_token_id)
        self._batches = batches
        self._name = name
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self.tokens = lru_cache(maxsize=TOKENS_REMEMBERED)(self._tokens)
        if self._tokens("a , b") != (*self._tokens("a ,"), *self._tokens("b")):
            raise ValueError(f"{name}: its tokenizer does not keep words apart as CLIP's does; it cannot be used here")

    def is_full(self, text: str) -> bool:
        """True if the text fills all places that the tower has, or more."""
        return len(self.tokens(text)) + 2 >= self._limit

    def vectors(self, start: str, ends: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Gives the vectors of ``start + " " + end`` for every end; texts that are too long are cut.

        Args:
            start: what every text begins with; "" for nothing.
            ends: what follows.

        Returns:
            (M, D) float32, rows of length 1, of the texts that differ in their tokens; and for each end, (N,), its row.
            Texts of the same tokens so have the very same vector, whatever the rounding.

        Raises:
            DeviceMemoryError: one text does not fit on the device.
            FloatingPointError: the model overflowed in its dtype.
        """
        import torch

        head = (self._first, *self.tokens(start))[: self._limit - 1]
        room = self._limit - 1 - len(head)
        tails: list[tuple[int, ...]] = [(*self.tokens(end)[:room], self._last) for end in ends]
        place = {tail: number for number, tail in enumerate(dict.fromkeys(tails))}
        by_length: dict[int, list[tuple[int, ...]]] = {}
        for tail in place:
            by_length.setdefault(len(tail), []).append(tail)
        with torch.inference_mode():
            past = self._past(head)
            found = {
                length: self._batches.run(group, lambda some: self._run(some, past))
                for length, group in by_length.items()
            }
        rows = np.empty((len(place), self._model.config.projection_dim), np.float32)
        for length, group in by_length.items():
            rows[[place[tail] for tail in group]] = found[length]
        return rows, np.array([place[tail] for tail in tails], np.intp)

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._backend.encode(clean(text), add_special_tokens=False).ids)

    def _past(self, head: Sequence[int]) -> Past:
        width = self._model.config.text_config.hidden_size // self._heads
        nothing = self._model.text_projection.weight.new_zeros(self._heads, 0, width)
        with memory_errors(self._name, 1):
            _, own = self._tower([head], [(nothing, nothing)] * len(self._layers))
        return [(keys[0], values[0]) for keys, values in own]

    def _run(self, tails: Sequence[Sequence[int]], past: Past) -> list[NDArray[np.float32]]:
        import torch

        with memory_errors(self._name, len(tails)):
            last, _ = self._tower(tails, past)
            projected = self._model.text_projection(last).float()
            rows = torch.nn.functional.normalize(projected, dim=-1).cpu().numpy()
        if not np.isfinite(rows).all():
            raise FloatingPointError(f"{self._name}: text vectors are no numbers; set dtype: bfloat16 or float32")
        return list(rows)

    def _tower(self, tails: Sequence[Sequence[int]], past: Past) -> tuple[torch.Tensor, Past]:
        """Gives the normed state of each tail's last token, (B, W), and keys and values (B, heads, n, width)."""
        import torch

        text = self._model.text_model
        ids = torch.tensor(tails, device=text.embeddings.token_embedding.weight.device)
        before, count = past[0][0].shape[1], ids.shape[1]
        places = torch.arange(before, before + count, device=ids.device)
        hidden = text.embeddings(input_ids=ids, position_ids=places[None])
        ahead = torch.ones(count, count, dtype=torch.bool, device=ids.device).triu(1)
        own: Past = []
        for layer, (past_keys, past_values) in zip(self._layers, past, strict=True):
            attention, states = layer.self_attn, layer.layer_norm1(hidden)
            keys, values = self._split(attention.k_proj(states)), self._split(attention.v_proj(states))
            own.append((keys, values))
            if layer is self._layers[-1]:  # of the last layer, only the last token is asked for
                hidden, states, ahead = hidden[:, -1:], states[:, -1:], ahead[-1:]
            queries = self._split(attention.q_proj(states)) * attention.scale
            hidden = hidden + attention.out_proj(_attend(queries, keys, values, past_keys, past_values, ahead))
            hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
        return text.final_layer_norm(hidden[:, -1]), own

    def _split(self, states: torch.Tensor) -> torch.Tensor:
        return states.unflatten(-1, (self._heads, -1)).transpose(1, 2)


def _attend(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    past_keys: torch.Tensor,
    past_values: torch.Tensor,
    ahead: torch.Tensor,
) -> torch.Tensor:
    """Gives (B, m, W): attention over what all share, (heads, P, width), and over one's own (B, heads, n, width).

    The queries of all texts meet the shared part in one product a head, so that it is never copied.
    """
    import torch

    batch, heads, count, width = queries.shape
    shared = past_keys.shape[1]
    together = queries.transpose(0, 1).reshape(heads, batch * count, width)
    to_past = (together @ past_keys.transpose(1, 2)).view(heads, batch, count, shared).transpose(0, 1)
    to_own = (queries @ keys.transpose(2, 3)).masked_fill(ahead, float("-inf"))
    weights = torch.softmax(torch.cat([to_past, to_own], dim=-1), dim=-1, dtype=torch.float32).to(values.dtype)
    from_past = weights[..., :shared].transpose(0, 1).reshape(heads, batch * count, shared) @ past_values
    mixed = from_past.view(heads, batch, count, width).transpose(0, 1) + weights[..., shared:] @ values
    return mixed.transpose(1, 2).flatten(2)
