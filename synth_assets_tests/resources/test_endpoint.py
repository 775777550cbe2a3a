"""Captions from a server: requests, faults, the key, and references to it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resources.models.choosing import chosen_entries
from resources.models.endpoint import EndpointCaptioner, EndpointError
from resources.models.entries import ModelEntry, load_models_config
from resources.models.fetch import exact_ref, fetch, status
from resources.models.reference import Reference, parse_reference
from synth_assets.core.config import ConfigError
from synth_assets_tests.resources import chat_server, local_server, tiny_onnx
from synth_assets_tests.resources.chat_server import KEY, MODEL, Chat

QUICK = {"first_delay_s": 0.005, "timeout_s": 0.25, "tries": 3}


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chat_server.serving() as chat:
        yield chat


def entry(url: str, model: str = MODEL, **settings: Any) -> ModelEntry:
    endpoint = {**QUICK, **settings.pop("endpoint", {})}
    return ModelEntry.model_validate(
        {"ref": f"endpoint:{url}#{model}", "licence": "MIT", "endpoint": endpoint, **settings}
    )


def walls(*channels: int) -> list[np.ndarray]:
    images = [np.zeros((20, 30, 3), np.uint8) for _ in channels]
    for image, channel in zip(images, channels, strict=True):
        image[..., channel] = 200
    return images


def test_each_picture_is_asked_about_as_documented(chat: Chat, tmp_path: Path) -> None:
    one = entry(chat.url, prompt="What is it?", speech={"max_tokens": 9})
    models = tiny_onnx.registry("caption", one, tmp_path)
    assert models.caption().caption(walls(2, 0, 1)) == ["a blue wall", "a red wall", "a green wall"]
    assert models.caption().caption([]) == []
    assert models.caption().name.startswith(f"endpoint:{chat.url}#{MODEL}~")
    request = chat.asked[0]
    assert {name: request[name] for name in ("model", "temperature", "seed", "max_tokens")} == {
        "model": MODEL,
        "temperature": 0,
        "seed": 0,
        "max_tokens": 9,
    }
    assert request["messages"][0]["content"][0] == {"type": "text", "text": "What is it?"}
    assert chat.keys == [""] * 3


def test_several_are_asked_for_at_once(chat: Chat) -> None:
    chat.waits_for = threading.Barrier(3)
    captions = EndpointCaptioner(entry(chat.url, endpoint={"workers": 3, "timeout_s": 5})).caption(walls(0, 1, 2))
    assert captions == ["a red wall", "a green wall", "a blue wall"]


@pytest.mark.parametrize(
    "fault",
    [
        local_server.status(429, {"Retry-After": "0"}),
        local_server.status(503),
        local_server.silence(0.3),
    ],
)
def test_what_fails_for_the_moment_is_asked_again(chat: Chat, fault: chat_server.Fault) -> None:
    chat.faults = [fault, fault]
    assert EndpointCaptioner(entry(chat.url)).caption(walls(0)) == ["a red wall"]
    assert len(chat.asked) == 3


@pytest.mark.parametrize(
    ("code", "said"), [(401, "a valid key"), (404, f"no model '{MODEL}'"), (413, "side_px"), (400, "server's log")]
)
def test_what_is_refused_is_not_asked_again(chat: Chat, code: int, said: str) -> None:
    chat.faults = [local_server.status(code, body=b'{"error": "because"}')]
    with pytest.raises(EndpointError, match=rf"{chat.url}/chat/completions: HTTP {code} .*because.*{said}"):
        EndpointCaptioner(entry(chat.url)).caption(walls(0))
    assert len(chat.asked) == 1


def test_a_server_that_stays_overloaded_is_named_with_the_way_out(chat: Chat) -> None:
    chat.faults = [local_server.status(503)] * 3
    with pytest.raises(EndpointError, match=r"HTTP 503, 3 times; .*endpoint\.workers"):
        EndpointCaptioner(entry(chat.url)).caption(walls(0))


def test_a_server_that_is_not_there_is_named_and_left_alone_for_a_while() -> None:
    with chat_server.serving() as chat:
        url = chat.url
    captioner = EndpointCaptioner(entry(url, endpoint={"first_delay_s": 0.05}))
    with pytest.raises(EndpointError, match=rf"{url}/chat/completions cannot be reached .*start the server") as first:
        captioner.caption(walls(0))
    with pytest.raises(EndpointError) as second:
        captioner.caption(walls(1))
    assert str(second.value) == str(first.value)


@pytest.mark.parametrize(("content", "said"), [(None, ""), ("  ", ""), ("a wall", "a wall")])
def test_silence_is_an_empty_text(chat: Chat, content: str | None, said: str) -> None:
    chat.faults = [chat_server.says(content)]
    assert EndpointCaptioner(entry(chat.url)).caption(walls(0)) == [said]


@pytest.mark.parametrize(
    "fault", [local_server.status(200, body=b"<html>"), local_server.status(200, body=b'{"choices": []}'),
              chat_server.says([1])]
)  # fmt: skip
def test_another_answer_is_an_error(chat: Chat, fault: chat_server.Fault) -> None:
    chat.faults = [fault]
    with pytest.raises(EndpointError, match=rf"{chat.url}.*(not an answer of chat completions|is a list)"):
        EndpointCaptioner(entry(chat.url)).caption(walls(0))


def test_the_key_comes_from_the_environment_and_shows_nowhere(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    one = entry(chat.url, endpoint={"api_key_env": "VISION_KEY"})
    monkeypatch.delenv("VISION_KEY", raising=False)
    with pytest.raises(EndpointError, match="VISION_KEY is not set"):
        EndpointCaptioner(one)
    monkeypatch.setenv("VISION_KEY", "two\nlines")
    with pytest.raises(EndpointError, match="cannot be a key"):
        EndpointCaptioner(one)
    monkeypatch.setenv("VISION_KEY", KEY)
    captioner = EndpointCaptioner(one)
    chat.faults = [local_server.status(401)]
    with pytest.raises(EndpointError, match="into VISION_KEY") as error:
        captioner.caption(walls(0))
    assert KEY not in str(error.value)
    assert chat.keys == [f"Bearer {KEY}"]
    assert KEY not in one.model_dump_json()


def test_references_name_url_and_model() -> None:
    text = "endpoint:http://127.0.0.1:8000/v1#qwen2.5vl:7b"
    assert parse_reference(text) == Reference("endpoint", "http://127.0.0.1:8000/v1", "", "qwen2.5vl:7b")
    assert str(parse_reference(text)) == text
    assert not parse_reference(text).has_files


@pytest.mark.parametrize("rest", ["http://host/v1", "ftp://host#m", "http://me:secret@host/v1#m", "http://host#", "m"])
def test_other_references_are_refused(rest: str) -> None:
    with pytest.raises(ValueError, match="expected endpoint:URL#MODEL without a key or password"):
        parse_reference(f"endpoint:{rest}")


def test_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    one = entry("http://127.0.0.1:1/v1")
    places = tiny_onnx.registry("caption", one, tmp_path).places
    assert one.files() == []
    assert (status(one, places), exact_ref(one, places)) == ("endpoint", one.ref)
    with pytest.raises(ValueError, match="there is no file to fetch"):
        fetch(one, places)


def test_only_captions_come_from_a_server(tmp_path: Path) -> None:
    models = tiny_onnx.registry("depth", entry("http://127.0.0.1:1/v1"), tmp_path)
    with pytest.raises(ConfigError, match=r"role 'depth', endpoint:.*a server can serve caption only"):
        models.depth().depth([])


def test_an_override_by_a_server_brings_its_shared_settings_or_none(project_root: Path) -> None:
    config = load_models_config(project_root / "configs" / "models.yaml")
    shared = config.shared["qwen_vl"]
    assert chosen_entries(config, "gpu-24gb", {"caption": shared.ref})["caption"] == shared
    other = chosen_entries(config, "gpu-24gb", {"caption": "endpoint:http://127.0.0.1:11434/v1#llava"})["caption"]
    assert other is not None
    assert (other.engine, other.prompt) == ("", "")
