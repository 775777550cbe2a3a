"""The profile's JSON Schema, published as ``docs/profile.schema.json``.

Belongs here: making it from the model. Does not belong here: the model (``profile.py``).

    python -m synth_assets.core.profile.schema > docs/profile.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from synth_assets.core.profile.profile import SCHEMA_VERSION, Profile


def profile_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a profile document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"synth_assets profile {SCHEMA_VERSION}",
        **{key: value for key, value in Profile.model_json_schema(mode="serialization").items() if key != "title"},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(profile_schema(), indent=1) + "\n")
