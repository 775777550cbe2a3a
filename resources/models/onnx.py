"""ONNX nets on the CPU.

Belongs here: opening and running a net. Does not belong here: pre- and post-processing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnxruntime

_THREADS = 2


class OnnxNet:
    """A net with one input."""

    def __init__(self, path: Path) -> None:
        """Opens the file; onnxruntime is imported here."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        options.log_severity_level = 3
        # Threads that spin while they wait starve each other where other work shares the cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: NDArray[np.float32] | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Gives every output for a batch."""
        return cast("list[NDArray[np.float32]]", self._session.run(None, {self._input: batch}))
