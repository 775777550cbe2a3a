"""References: the one line that says which model, from where, in which version.

Belongs here: parsing ``builtin:``, ``pypi:``, ``hf:``, ``file:`` and ``endpoint:`` references. Does not belong
here: fetching (``fetch.py``) and settings of a model (``entries.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Scheme = Literal["builtin", "pypi", "hf", "file", "endpoint"]

_FORMS = {
    "builtin": "builtin:NAME",
    "pypi": "pypi:DIST==VERSION#MEMBER",
    "hf": "hf:OWNER/NAME or hf:OWNER/NAME@REVISION",
    "file": "file:PATH",
    "endpoint": "endpoint:URL#MODEL without a key or password in it, e.g. endpoint:http://127.0.0.1:8000/v1#qwen-vl",
}
_BUILTIN = re.compile(r"[a-z0-9][a-z0-9-]*")
_PYPI = re.compile(r"(?P<dist>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)#(?P<member>.+)")
_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_ENDPOINT = re.compile(r"(?P<url>https?://[^\s#?@]+)#(?P<model>\S+)")


@dataclass(frozen=True)
class Reference:
    """A parsed reference.

    Attributes:
        scheme: where the model comes from.
        name: builtin name, distribution name, ``owner/name`` on the hub, path, or URL.
        revision: version of the distribution, or hub revision; "" for none.
        member: file, or folder with a closing slash, inside the wheel; a server's name of its model; "" for none.
    """

    scheme: Scheme
    name: str
    revision: str = ""
    member: str = ""

    @property
    def has_files(self) -> bool:
        """True for what is fetched; code of this project and a server's model are not."""
        return self.scheme not in ("builtin", "endpoint")

    def __str__(self) -> str:
        if self.scheme == "pypi":
            return f"pypi:{self.name}=={self.revision}#{self.member}"
        if self.scheme == "endpoint":
            return f"endpoint:{self.name}#{self.member}"
        return f"{self.scheme}:{self.name}" + (f"@{self.revision}" if self.revision else "")


def parse_reference(text: str) -> Reference:
    """Reads a model reference.

    Raises:
        ValueError: not one of the five forms, or a member that leaves its wheel.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "builtin" and _BUILTIN.fullmatch(rest):
        return Reference("builtin", rest)
    if scheme == "pypi" and (match := _PYPI.fullmatch(rest)):
        member = match["member"]
        if member.startswith("/") or ".." in member.split("/"):
            raise ValueError(f"model reference {text!r}: the member {member!r} leads out of the wheel")
        return Reference("pypi", match["dist"], match["version"], member)
    if scheme == "hf" and (match := _HUB.fullmatch(rest)):
        return Reference("hf", match["repo"], match["revision"] or "")
    if scheme == "file" and rest:
        return Reference("file", rest)
    if scheme == "endpoint" and (match := _ENDPOINT.fullmatch(rest)):
        return Reference("endpoint", match["url"], "", match["model"])
    expected = _FORMS.get(scheme) or "; ".join(_FORMS.values())
    raise ValueError(f"model reference {text!r} is not understood; expected {expected}")
