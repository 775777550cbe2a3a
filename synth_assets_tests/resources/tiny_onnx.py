"""Tiny ONNX nets made in code, for fillers, upscalers, denoisers, the face detector and face restorers.

Belongs here: writing them, and a registry around one. Does not belong here: tests, and the nets of the offline set
(``tiny_models.py``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from resources.models.entries import ModelEntry, ModelsConfig, ModelSet, Role
from resources.models.registry import ModelRegistry

Shape = list[int | str]
ANY: Shape = [1, 3, "h", "w"]


def write_net(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: dict[str, Shape],
    outputs: dict[str, Shape],
    constants: dict[str, np.ndarray] | None = None,
    types: dict[str, int] | None = None,
) -> Path:
    def declared(values: dict[str, Shape]) -> list[onnx.ValueInfoProto]:
        known = types or {}
        return [helper.make_tensor_value_info(key, known.get(key, TensorProto.FLOAT), s) for key, s in values.items()]

    weights = [onnx.numpy_helper.from_array(array, name) for name, array in (constants or {}).items()]
    graph = helper.make_graph(nodes, "tiny", declared(inputs), declared(outputs), weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def write_mean_filler(path: Path, size: Sequence[int | str] = ("h", "w"), top: float = 1.0) -> Path:
    """The picture where the mask is 0; where it is 1, the sum of all it is shown over the number of these pixels.

    So a mean, if what the mask covers is shown black. White is ``top``.
    """
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["keep"]),
        helper.make_node("Mul", ["image", "keep"], ["kept"]),
        helper.make_node("ReduceSum", ["image", "axes"], ["total"]),
        helper.make_node("ReduceSum", ["keep", "axes"], ["count"]),
        helper.make_node("Div", ["total", "count"], ["mean"]),
        helper.make_node("Mul", ["mask", "mean"], ["filled"]),
        helper.make_node("Add", ["kept", "filled"], ["joined"]),
        helper.make_node("Mul", ["joined", "top"], ["result"]),
    ]
    constants = {"one": np.float32(1), "top": np.float32(top), "axes": np.array([2, 3])}
    inputs: dict[str, Shape] = {"image": ["n", 3, *size], "mask": ["n", 1, *size]}
    return write_net(path, nodes, inputs, {"result": ["n", 3, *size]}, {k: np.asarray(v) for k, v in constants.items()})


def write_enlarger(path: Path, factor: int = 2, size: Sequence[int | str] = ("h", "w"), reach: int = 0) -> Path:
    """Nearest neighbours, ``factor`` times as large, after a mean over (2 * reach + 1) pixels squared."""
    side = 2 * reach + 1
    kernel = np.zeros((3, 3, side, side), np.float32)
    kernel[np.arange(3), np.arange(3)] = 1 / side**2
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["mean"], pads=[reach] * 4),
        helper.make_node("Resize", ["mean", "", "scales"], ["large"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
    ]  # fmt: skip
    constants = {"kernel": kernel, "scales": np.array([1, 1, factor, factor], np.float32)}
    return write_net(path, nodes, {"image": [1, 3, *size]}, {"large": [1, 3, "H", "W"]}, constants)


def write_sawtooth(path: Path, side: int = 32) -> Path:
    """The picture, plus 0.2 more from left to right and from top to bottom of each tile: no two tiles agree."""
    place = np.linspace(0, 0.2, side, dtype=np.float32)
    nodes = [helper.make_node("Add", ["image", "ramp"], ["result"])]
    shape: Shape = [1, 3, side, side]
    ramp = (place[:, None] + place[None])[None, None]
    return write_net(path, nodes, {"image": shape}, {"result": shape}, {"ramp": ramp})


def write_face_finder(path: Path, side_px: float) -> Path:
    """A CenterFace that sees an upright face of ``side_px`` around every 4 x 4 red pixels; 32 x 32 as the real one."""
    points = np.array([0.35, 0.3, 0.35, 0.7, 0.55, 0.5, 0.75, 0.35, 0.75, 0.65], np.float32)
    scale = np.full(2, np.log(side_px / 4), np.float32)
    red = np.zeros((1, 3, 4, 4), np.float32)
    red[0, 0] = 1 / (255 * 16)
    outputs = {"heat": (1, red, np.zeros(1, np.float32))}
    outputs |= {"scale": (2, None, scale), "offset": (2, None, np.zeros(2, np.float32)), "points": (10, None, points)}
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, np.ndarray] = {}
    for name, (channels, kernel, bias) in outputs.items():
        constants[f"{name}_k"] = np.zeros((channels, 3, 4, 4), np.float32) if kernel is None else kernel
        constants[f"{name}_b"] = bias
        nodes.append(helper.make_node("Conv", ["image", f"{name}_k", f"{name}_b"], [name], strides=[4, 4]))
    shapes: dict[str, Shape] = {name: [10, channels, 8, 8] for name, (channels, _, _) in outputs.items()}
    return write_net(path, nodes, {"image": [10, 3, 32, 32]}, shapes, constants)


def write_face_net(path: Path, side: int = 64, fidelity: bool = True) -> Path:
    """Brightens a face in [-1, 1] by its second input, a double as of CodeFormer's exports; else by 0.5."""
    shape: Shape = [1, 3, side, side]
    inputs: dict[str, Shape] = {"x": shape}
    nodes = [helper.make_node("Add", ["x", "more"], ["y"])]
    if not fidelity:
        return write_net(path, nodes, inputs, {"y": shape}, {"more": np.asarray(0.5, np.float32)})
    nodes.insert(0, helper.make_node("Cast", ["w"], ["more"], to=TensorProto.FLOAT))
    inputs["w"] = [1]
    return write_net(path, nodes, inputs, {"y": shape}, types={"w": TensorProto.DOUBLE})


def entry(path: Path, engine: str, **settings: Any) -> ModelEntry:
    return ModelEntry(ref=f"file:{path}", licence="Apache-2.0", engine=engine, **settings)


def registry(role: Role, one: ModelEntry, root: Path) -> ModelRegistry:
    """A registry of a set with this one model."""
    config = ModelsConfig(sets={"tiny": ModelSet(memory_mb=1000, roles={role: one})})
    return ModelRegistry(config, "tiny", root / "cache", root=root)


def face_entry(folder: Path, *, fidelity: float | None = 0.5, face_px: float = 40) -> ModelEntry:
    """A face restorer with its detector; ``fidelity`` None = a net that asks for none."""
    detector = entry(write_face_finder(folder / "finder.onnx", face_px), "centerface-onnx")
    net = write_face_net(folder / "faces.onnx", fidelity=fidelity is not None)
    settings = {} if fidelity is None else {"fidelity": fidelity}
    return entry(net, "codeformer-onnx", parts={"detector": detector}, **settings)
