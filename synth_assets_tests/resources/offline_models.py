"""The fetched offline models, for tests that run the real weights; skipped where they are not there."""

import pytest

from resources.models.fetch import status
from resources.models.registry import ModelRegistry, default_registry


def offline_registry(*roles: str) -> ModelRegistry:
    """The offline registry, or a skip with the reason where a role's files are missing."""
    registry = default_registry("offline")
    for part in [part for role in roles for part in registry.entry(role).with_parts()]:
        state = status(part, registry.places)
        if state not in ("ok", "builtin"):
            pytest.skip(f"{part.ref} is {state}; `synth models fetch` brings it")
    return registry
