"""The GPU benchmark's own code, run with tiny models; what it measures there means nothing and is not looked at."""

from pathlib import Path

import pytest
import torch

from bench import diffusion_ways
from bench.diffusion import main, rows
from bench.diffusion_ways import Size


def lines(printed: str, model: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines() if line.startswith(f"{model} ")]


def test_both_ways_make_as_many_pictures_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tiny", "--eager", "--models", "flux", "--images", "3", "--steps", "1"]) == 0
    found = lines(capsys.readouterr().out, "flux")
    assert [line[1:6] for line in found] == [
        [stage, "eager", batch, way, "3"]
        for stage in ("backgrounds", "scenes")
        for batch in ("1", "2")
        for way in ("plain", "stages")
    ]
    assert all(len(line) == 11 and line[-2:] == ["-", "-"] for line in found)  # no busy share, no peak on a CPU


def test_the_repeated_blocks_are_whole_graphs(tmp_path: Path) -> None:
    size = Size(side_px=64, images=2, photos=2, tiny=True, device="cpu")
    try:
        cells = list(rows("sdxl", size, 2, [2], tmp_path, compiled=True))
    finally:
        torch._dynamo.reset()
    assert [(cell.stage, cell.blocks, cell.way, cell.images) for cell in cells if cell.blocks != "eager"] == [
        ("backgrounds", "traced", "plain", 2),
        ("backgrounds", "traced", "stages", 2),
        ("scenes", "traced", "plain", 2),
        ("scenes", "traced", "stages", 2),
    ]


def test_full_size_needs_a_gpu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([]) == 2
    assert "no CUDA device" in capsys.readouterr().err


def test_what_does_not_fit_is_a_line_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def small_device(module: torch.nn.Module, args: tuple[torch.Tensor, ...], _: object) -> None:
        if len(args[0]) > 2:  # twice, for guidance
            raise torch.OutOfMemoryError("CUDA out of memory")

    build = diffusion_ways.build

    def build_small(*args: str, tiny: bool) -> object:
        pipeline = build(*args, tiny=tiny)
        pipeline.unet.register_forward_pre_hook(small_device, with_kwargs=True)
        return pipeline

    monkeypatch.setattr(diffusion_ways, "build", build_small)
    assert main(["--tiny", "--eager", "--models", "sdxl", "--batches", "2", "--steps", "2"]) == 0
    found = lines(capsys.readouterr().out, "sdxl")
    assert [" ".join(line[4:]) for line in found[::2]] == ["plain does not fit on the device"] * 2
    assert [line[4:6] for line in found[1::2]] == [["stages", "3"]] * 2  # engines halve their batches
