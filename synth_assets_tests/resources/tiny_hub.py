"""A model hub on 127.0.0.1 that answers as the real one does: commits, checksums of large files, files.

Belongs here: the server. Does not belong here: tests.
"""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from synth_assets_tests.resources.local_server import running

LARGE = ".safetensors"
"""Files of this ending are kept as large files, with a sha256 in the hub's records."""


@dataclass
class TinyHub:
    """One repository ``a/b``; change what it holds between calls.

    Attributes:
        files: content by path.
        commit: of the default branch, 40 hex digits.
        got: paths of files whose content was asked for.
    """

    files: dict[str, bytes]
    commit: str = "0123456789abcdef0123456789abcdef01234567"
    got: list[str] = field(default_factory=list)

    def siblings(self) -> list[dict[str, object]]:
        """The files as a repository's record lists them."""
        return [
            {"rfilename": path, "size": len(content), "blobId": _git_id(content), **_large(path, content, "sha256")}
            for path, content in self.files.items()
        ]

    def tree(self) -> list[dict[str, object]]:
        """The files as a listing of the repository's tree has them."""
        return [
            {
                "type": "file",
                "path": path,
                "size": len(content),
                "oid": _git_id(content),
                **_large(path, content, "oid"),
            }
            for path, content in self.files.items()
        ]


def _large(path: str, content: bytes, key: str) -> dict[str, object]:
    return {"lfs": {key: _sha256(content), "size": len(content), "pointerSize": 130}} if path.endswith(LARGE) else {}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git_id(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: TinyHub

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        hub = self.hub
        path = self.path.partition("?")[0]
        name = path.partition(f"/a/b/resolve/{hub.commit}/")[2]
        if path.startswith("/api/models/a/b/tree/"):
            self._send(json.dumps(hub.tree()).encode(), {}, with_body)
        elif path.startswith("/api/models/a/b"):
            self._send(json.dumps({"id": "a/b", "sha": hub.commit, "siblings": hub.siblings()}).encode(), {}, with_body)
        elif name in hub.files:
            content = hub.files[name]
            tag = _sha256(content) if name.endswith(LARGE) else _git_id(content)
            if with_body:
                hub.got.append(name)
            self._send(content, {"X-Repo-Commit": hub.commit, "ETag": f'"{tag}"'}, with_body)
        else:
            self.send_error(404)

    def _send(self, content: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(200)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve(hub: TinyHub, monkeypatch: pytest.MonkeyPatch) -> Generator[TinyHub]:
    """Runs the hub, with ``huggingface_hub`` pointed at it."""
    with running(_Handler, hub=hub) as url:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        yield hub
