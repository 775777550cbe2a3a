"""ONNX nets: opening a file, running it on the device, its inputs as the file declares them.

Belongs here: sessions. Does not belong here: pre- and post-processing, and pictures as tensors
(``onnx_pictures.py``).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from resources.models.files import ModelFileError
from synth_assets.core.ports import DeviceMemoryError

if TYPE_CHECKING:
    import onnxruntime

    from resources.models.entries import ModelEntry

_log = logging.getLogger(__name__)

_THREADS = 2
_NO_MEMORY = "Failed to allocate memory"
"""What onnxruntime's error says, on every device, where its memory does not suffice."""
_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
}


@dataclass(frozen=True)
class NetInput:
    """An input as the file declares it.

    Attributes:
        name: of the input.
        shape: sizes of its axes; None = any.
        dtype: numpy type it takes.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: Any


class OnnxNet:
    """A net of any inputs and outputs; threads may share it."""

    def __init__(self, model: Path | bytes, device: str = "cpu") -> None:
        """Opens the file; onnxruntime is imported here.

        Args:
            model: the file, or its bytes.
            device: "cpu", or "cuda" for a GPU where the installed onnxruntime can use one.

        Raises:
            ValueError: an input of a number type that is not known here.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        options.log_severity_level = 4  # what fails is raised; the log would say it a second time
        # Threads that spin while they wait starve each other where other work shares the cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = model if isinstance(model, bytes) else str(model)
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            source, options, providers=_providers(device, onnxruntime.get_available_providers())
        )
        self.inputs = tuple(_declared(one) for one in self._session.get_inputs())

    def run(self, *values: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Gives every output as float32 for one value an input, in the file's order.

        Raises:
            DeviceMemoryError: this input does not fit on the device.
        """
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail, RuntimeException

        feed = {one.name: np.asarray(value, one.dtype) for one, value in zip(self.inputs, values, strict=True)}
        try:
            outputs = cast("list[NDArray[Any]]", self._session.run(None, feed))
        except (Fail, RuntimeException) as error:
            if _NO_MEMORY not in str(error):
                raise
            shapes = ", ".join(str(value.shape) for value in values)
            raise DeviceMemoryError(f"an input of shape {shapes} does not fit; set a smaller tile_px") from error
        return [np.asarray(output, np.float32) for output in outputs]


def onnx_file(entry: ModelEntry, path: Path) -> Path:
    """The net's file: what was fetched, or in a fetched folder the entry's ``file``, or the only one.

    Raises:
        ModelFileError: there is none, or several and the entry names none.
    """
    if path.is_file():
        return path
    if entry.file:
        found = [path / entry.file] if (path / entry.file).is_file() else []
    else:
        found = sorted(path.rglob("*.onnx"))
    if len(found) != 1:
        there = ", ".join(file.relative_to(path).as_posix() for file in sorted(path.rglob("*.onnx"))) or "none"
        raise ModelFileError(f"{entry.ref}: name one ONNX file as 'file' (asked: {entry.file!r}; there: {there})")
    return found[0]


def _declared(declared: Any) -> NetInput:
    if declared.type not in _TYPES:
        raise ValueError(f"input {declared.name!r} is {declared.type}; known: {', '.join(_TYPES)}")
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in declared.shape)
    return NetInput(declared.name, shape, _TYPES[declared.type])


def _providers(device: str, available: list[str]) -> list[str]:
    if device.startswith("cuda"):
        if "CUDAExecutionProvider" in available:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]
        _log.warning("onnxruntime sees no GPU, so ONNX nets run on the processor; install onnxruntime-gpu in its place")
    return ["CPUExecutionProvider"]
