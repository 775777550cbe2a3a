"""What a measured stretch of work took: seconds, share of the time the GPU was busy, peak memory.

The busy share is the mean of what nvidia-smi samples: the percentage of the last sample period in which
a kernel ran. It comes with every CUDA driver, so nothing has to be installed.
"""

from __future__ import annotations

import subprocess
import time

import torch

SAMPLING_MS = 100


class DeviceWatch:
    """Measures what runs inside ``with``; busy share and peak memory are None on a CPU."""

    def __init__(self, device: str) -> None:
        self._is_cuda = device.startswith("cuda")
        self.seconds = 0.0
        self.busy: float | None = None
        self.peak_gb: float | None = None

    def __enter__(self) -> DeviceWatch:
        if self._is_cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            gpu = f"GPU-{torch.cuda.get_device_properties(torch.cuda.current_device()).uuid}"
            query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
            command = ["nvidia-smi", f"--id={gpu}", *query, f"--loop-ms={SAMPLING_MS}"]
            self._sampler = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_cuda:
            torch.cuda.synchronize()
        self.seconds = time.perf_counter() - self._started
        if self._is_cuda:
            self._sampler.terminate()
            shares = [int(line) for line in self._sampler.communicate()[0].split() if line.isdigit()]
            self.busy = sum(shares) / len(shares) / 100 if shares else None
            self.peak_gb = torch.cuda.max_memory_allocated() / 1e9
