"""Choosing: which entry serves a role, overrides applied, and which engine runs it.

Belongs here: roles, overrides, default engines. Does not belong here: loading (``registry.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from resources.models.engines import DEFAULT, ENDPOINT, FILE, Engine
from resources.models.entries import ModelEntry, ModelsConfig, Role
from resources.models.reference import parse_reference
from synth_assets.core.config import ConfigError

ROLES: tuple[Role, ...] = get_args(Role)
_KEPT = (
    "engine",
    "dtype",
    "quantise",
    "steps",
    "guidance",
    "strength",
    "resolution_px",
    "prompt",
    "negative_prompt",
    "tile_px",
    "fidelity",
    "segment",
    "speech",
    "batch_size",
    "offload",
    "vae_slicing",
    "vae_tiling",
    "channels_last",
    "compile",
)
"""Settings that fit another model too; a checksum, or the leave to be a pickle, does not."""


def checked_role(name: str) -> Role:
    """The name as a role.

    Raises:
        ConfigError: no such role.
    """
    if name not in ROLES:
        raise ConfigError(f"unknown model role {name!r}; known: {', '.join(ROLES)}")
    return name


def chosen_entries(config: ModelsConfig, set_name: str, overrides: Mapping[str, str]) -> dict[Role, ModelEntry | None]:
    """The entries of a set with roles overridden by references.

    A reference that some set has for the role, or a shared entry of the role's default engine or of a server, brings
    that entry's settings; another one keeps the settings of the entry it replaces, where that is not builtin.

    Raises:
        ConfigError: unknown role, or a reference that is not understood.
    """
    entries = dict(config.sets[set_name].roles)
    by_likeness = [config.sets[set_name], *config.sets.values()]
    for name, ref in overrides.items():
        role = checked_role(name)
        known = [entry for other in by_likeness if (entry := other.roles.get(role)) and entry.ref == ref]
        known += [entry for entry in config.shared.values() if entry.ref == ref and _suits(entry, role)]
        entries[role] = known[0] if known else _override(role, ref, entries.get(role))
    return entries


def _suits(entry: ModelEntry, role: Role) -> bool:
    return role in ENDPOINT if entry.reference.scheme == "endpoint" else entry.engine == DEFAULT.get(role)


def _override(role: Role, ref: str, former: ModelEntry | None) -> ModelEntry:
    try:
        scheme = parse_reference(ref).scheme
        if scheme == "builtin":
            return ModelEntry(ref=ref, licence="Apache-2.0")
        if former and former.reference.has_files and scheme != "endpoint":
            settings = former.model_dump(include=set(_KEPT))
            return ModelEntry.model_validate({**settings, "ref": ref, "licence": "unknown (override)"})
        return ModelEntry(ref=ref, licence="unknown (override)")
    except ValueError as error:
        raise ConfigError(f"override of role {role!r}: {error}") from error


def engine_of(entry: ModelEntry, role: str) -> Engine:
    """The engine that runs an entry's file.

    Raises:
        ConfigError: the entry names none and the role has no default, or no server can serve it.
    """
    if entry.reference.scheme == "endpoint":
        if role not in ENDPOINT:
            raise ConfigError(f"role {role!r}, {entry.ref}: a server can serve {', '.join(ENDPOINT)} only")
        return ENDPOINT[role]
    name = entry.engine or DEFAULT.get(role)
    if name is None:
        raise ConfigError(f"role {role!r}, {entry.ref}: name an engine; known: {', '.join(sorted(FILE))}")
    return FILE[name]
