"""Loading of single models and tokenizers through transformers, from a folder, onto the device.

Belongs here: safe weights, dtype, the check of the model's kind, and errors that say what the folder
lacks. Does not belong here: pipelines of several models (``diffusion_loading.py``), and running one.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from resources.models.torch_device import dtype_on

if TYPE_CHECKING:
    from pathlib import Path

    from resources.models.entries import ModelEntry


def load_transformer(
    entry: ModelEntry, path: Path, device: str, model_types: str | tuple[str, ...], class_name: str
) -> Any:
    """Gives a model in its dtype on the device, for inference.

    Args:
        entry: the model's entry in the model set.
        path: folder with ``config.json`` and safetensors.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        model_types: what ``config.json`` has to say, or one of several.
        class_name: in transformers.

    Raises:
        OSError: no such model, or weights that are not safetensors.
        ValueError: a model of another kind.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()
    with _explained(entry, path):
        config = transformers.AutoConfig.from_pretrained(path, local_files_only=True)
        wanted = (model_types,) if isinstance(model_types, str) else model_types
        if config.model_type not in wanted:
            raise ValueError(f"{entry.ref}: expected a model of type {' or '.join(wanted)}, found {config.model_type}")
        model = getattr(transformers, class_name).from_pretrained(
            path, dtype=dtype_on(entry.dtype, device), use_safetensors=True, local_files_only=True
        )
    return model.to(device).eval()


def load_tokenizer(entry: ModelEntry, path: Path) -> Any:
    """Gives the tokenizer that lies in a model's folder.

    Raises:
        OSError: there is none.
    """
    import transformers

    with _explained(entry, path):
        return transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)


def load_processor(entry: ModelEntry, path: Path) -> Any:
    """Gives the processor of pictures and texts that lies in a model's folder.

    Raises:
        OSError: there is none.
    """
    import transformers

    with _explained(entry, path):
        return transformers.AutoProcessor.from_pretrained(path, local_files_only=True)


@contextmanager
def _explained(entry: ModelEntry, path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{entry.ref}: cannot be loaded from {path}. It has to be in transformers layout (config.json, and a "
            "tokenizer's files where the model reads text), its weights safetensors; pickled weights are refused. "
            f"The loader said: {error}"
        ) from error
