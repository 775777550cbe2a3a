"""Handles: what callers of a role get, standing for a model that is loaded at the first call.

Belongs here: the name at once, and calls that wait for their turn. A handle loads late, so that a rerun
with nothing to do loads nothing, and holds no memory after an eviction. Does not belong here: choosing
and loading (``registry.py``).
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any

from resources.models.lease import gpu_lease

if TYPE_CHECKING:
    from resources.models.entries import ModelEntry
    from resources.models.registry import ModelRegistry


class ModelHandle:
    """Stands for a model: its name at once, everything else from the loaded model.

    Calls of a torch model wait for each other, whatever threads they come from; those on a CUDA device hold
    the GPU lease too.
    """

    def __init__(self, registry: ModelRegistry, entry: ModelEntry, role: str) -> None:
        self._registry = registry
        self._entry = entry
        self._role = role

    @cached_property
    def name(self) -> str:
        """Identifies exactly what makes the outputs, see ``ModelEntry.name``."""
        if self._entry.reference.scheme == "builtin" and not self._entry.parts:
            return self._registry.loaded(self._entry, self._role).model.name
        return self._registry.exact(self._entry).name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        loaded = self._registry.loaded(self._entry, self._role)
        value = getattr(loaded.model, attribute)
        if loaded.turn is None or not callable(value):
            return value
        turn, lease_path = loaded.turn, loaded.lease_path

        @wraps(value)
        def in_turn(*args: Any, **kwargs: Any) -> Any:
            with turn, gpu_lease(lease_path) if lease_path else nullcontext():
                return value(*args, **kwargs)

        return in_turn
