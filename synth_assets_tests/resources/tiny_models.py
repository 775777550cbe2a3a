"""Tiny models made in code: a wheel with a member, ONNX nets of the shapes that the engines expect."""

import hashlib
import threading
import zipfile
from pathlib import Path
from typing import ClassVar
from weakref import WeakSet

import numpy as np
import onnx
from onnx import TensorProto, helper


def make_wheel(folder: Path, dist: str, version: str, members: dict[str, bytes]) -> Path:
    stem = dist.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    files = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_saliency_net(path: Path) -> None:
    """A net (1, 3, 320, 320) to (1, 1, 320, 320) whose saliency is the sigmoid of 4 x the red channel."""
    weights = np.zeros((1, 3, 1, 1), np.float32)
    weights[0, 0] = 4.0
    nodes = [helper.make_node("Conv", ["image", "w"], ["c"]), helper.make_node("Sigmoid", ["c"], ["saliency"])]
    _write(path, nodes, {"w": weights}, [3, 320, 320], {"saliency": [1, 320, 320]})


def write_classifier(path: Path, features: int = 4, classes: int = 3) -> None:
    """A net (n, 3, 224, 224) to pooled features and logits; feature i is channel i % 3, logit i is channel i."""
    mix = np.zeros((features, 3, 1, 1), np.float32)
    mix[np.arange(features), np.arange(features) % 3] = 1.0
    scores = np.zeros((features, classes), np.float32)
    scores[np.arange(classes), np.arange(classes)] = 10.0
    nodes = [
        helper.make_node("Conv", ["image", "mix"], ["mixed"]),
        helper.make_node("GlobalAveragePool", ["mixed"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("MatMul", ["features", "scores"], ["logits"]),
    ]
    outputs = {"features": [features], "logits": [classes]}
    _write(path, nodes, {"mix": mix, "scores": scores}, [3, 224, 224], outputs)


def _write(
    path: Path,
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    shape: list[int],
    outputs: dict[str, list[int]],
) -> None:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *dims]) for name, dims in outputs.items()],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


class Meeting:
    """An engine whose two callers meet inside a call, where they can."""

    def __init__(self, name: str, patience_s: float) -> None:
        self.name = name
        self._patience_s = patience_s
        self._barrier = threading.Barrier(2)

    def meet(self) -> bool:
        try:
            self._barrier.wait(self._patience_s)
        except threading.BrokenBarrierError:
            return False
        return True


def load_queued_meeting(entry: object, path: Path, device: str) -> Meeting:
    return Meeting(str(path), patience_s=0.2)


def load_free_meeting(entry: object, path: Path, device: str) -> Meeting:
    return Meeting(str(path), patience_s=20)


class Counted:
    """An engine that says how many others were in memory when it was loaded."""

    alive: ClassVar[WeakSet["Counted"]] = WeakSet()

    def __init__(self, name: str, parts: dict[str, "Counted"]) -> None:
        self.name = name
        self.parts = parts
        self._beside = len(Counted.alive)
        Counted.alive.add(self)

    def beside(self) -> int:
        return self._beside


def load_counted(entry: object, path: Path, device: str, **parts: Counted) -> Counted:
    return Counted(str(path), parts)
