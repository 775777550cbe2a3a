"""What engines on torch share: the number type for a device, and the error when its memory runs out.

Belongs here: both. Does not belong here: any model, and choosing the device (``registry.py``).
"""

from __future__ import annotations

import traceback
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from synth_assets.core.ports import DeviceMemoryError

if TYPE_CHECKING:
    import torch


def dtype_on(name: str, device: str) -> torch.dtype:
    """The torch type of an entry's ``dtype``; float32 on a CPU, where half precision is slow and incomplete."""
    import torch

    return getattr(torch, name) if device.startswith("cuda") else torch.float32


@contextmanager
def memory_errors(name: str, count: int) -> Generator[None]:
    """Turns torch's error into the ports' one, and gives the failed call's memory back.

    Args:
        name: of the model.
        count: pictures that were worked on together.

    Raises:
        DeviceMemoryError: what ran inside did not fit on the device.
    """
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        # The frames of the failed call hold its tensors, and the error lives on while the caller retries.
        traceback.clear_frames(error.__traceback__)
        torch.cuda.empty_cache()
        raise DeviceMemoryError(
            f"{name}: {count} at once do not fit on the device ({error}); make fewer at once, smaller ones, or set "
            "offload in the model's entry"
        ) from error
