"""Folders of tiny pipelines by name, each saved when it is first asked for.

Belongs here: names. Does not belong here: building pipelines (``tiny_pipelines.py``, ``tiny_editors.py``).
"""

from collections.abc import Callable
from pathlib import Path

from synth_assets_tests.resources import tiny_editors, tiny_pipelines


class TinyFolders(dict[str, Path]):
    """The folder of each tiny pipeline; tests leave them as they are."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, name: str) -> Path:
        self[name] = _SAVE[name](self, self._root / name)
        return self[name]


_SAVE: dict[str, Callable[[TinyFolders, Path], Path]] = {
    "sd15": lambda _, folder: tiny_pipelines.save_sd15(folder),
    "sd15-9": lambda _, folder: tiny_pipelines.save_sd15(folder, in_channels=9),
    "sd15-pickled": lambda _, folder: tiny_pipelines.save_sd15(folder, safe=False),
    "sdxl": lambda _, folder: tiny_pipelines.save_sdxl(folder),
    "sdxl-9": lambda _, folder: tiny_pipelines.save_sdxl(folder, in_channels=9),
    "sd3": lambda _, folder: tiny_pipelines.save_sd3(folder),
    "flux-dev": lambda _, folder: tiny_pipelines.save_flux(folder),
    "flux-schnell": lambda _, folder: tiny_pipelines.save_flux(folder, guided=False),
    "flux-fill": lambda _, folder: tiny_pipelines.save_flux(folder, fill=True),
    "kontext": lambda saved, folder: tiny_editors.save_kontext(saved["flux-dev"], folder),
    "pix2pix": lambda saved, folder: tiny_editors.save_pix2pix(saved["sd15"], folder),
    "pix2pix-xl": lambda saved, folder: tiny_editors.save_pix2pix(saved["sdxl"], folder),
    "qwen": lambda _, folder: tiny_editors.save_qwen_edit(folder),
    "qwen-plus": lambda _, folder: tiny_editors.save_qwen_edit(folder, plus=True),
}
