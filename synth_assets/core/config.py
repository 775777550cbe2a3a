"""Configuration: YAML and CSV files into checked values, with errors that name file and line.

Belongs here: reading and checking. Does not belong here: the parameters themselves; each pydantic
model lives beside the function it serves, derives from ``Params`` and is checked here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message names file, line and value."""


class Params(BaseModel):
    """Base of every parameter model: frozen, and a misspelt name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Params)


def load_yaml(path: Path, model: type[P]) -> P:
    """Reads a YAML file into a parameter model.

    Raises:
        ConfigError: missing or empty file, bad YAML, or values the model refuses; with the line.
    """
    node, values = _read_yaml(path)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(path, error, lambda loc: _yaml_line(node, loc))) from error


def check_values(path: Path, values: Mapping[str, Any], model: type[P], block: tuple[str, ...]) -> P:
    """Checks one block of a YAML file that was read before, where only the reader knows its model.

    Raises:
        ConfigError: values the model refuses; with the line.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        node, _ = _read_yaml(path)
        raise ConfigError(_explain(path, error, lambda loc: _yaml_line(node, (*block, *loc)), block)) from error


def load_yaml_values(path: Path) -> dict[str, Any]:
    """Reads a YAML mapping without a model, for callers that merge files before checking.

    Raises:
        ConfigError: missing or empty file, bad YAML, or not a mapping.
    """
    return _read_yaml(path)[1]


def _read_yaml(path: Path) -> tuple[yaml.Node, dict[str, Any]]:
    try:
        # libyaml's parser, once for both: a dozen files are read each time the definitions load.
        loader = yaml.CSafeLoader(_read(path))
        node = loader.get_single_node()
        values = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if node is None or not isinstance(values, dict):
        raise ConfigError(f"{path}:1: expected a mapping (key: value), found {type(values).__name__}")
    return node, values


def load_csv(path: Path, model: type[P], skipped: list[str] | None = None) -> list[P]:
    """Reads a CSV file with a header into one parameter model a row.

    A trailing comma is accepted, empty cells count as absent, blank lines and lines that start
    with ``#`` are skipped, quoted cells may span lines. A model that has a field ``line`` receives the line number.

    Args:
        path: the file.
        model: of a row.
        skipped: where given, a row with values that the model refuses is left out and its error
            appended here, as long as another row is left.

    Raises:
        ConfigError: missing or empty file, bad CSV, missing, unknown or repeated columns, or values
            the model refuses; with the line of every such row.
    """
    rows = _csv_rows(path)
    if not rows:
        raise ConfigError(f"{path}:1: no header; the first line has to name the columns")
    first, cells = rows.pop(0)
    header = _header(path, first, cells, model)
    if not rows:
        raise ConfigError(f"{path}:{first}: a header but no rows; add at least one")
    good: list[P] = []
    refused: list[str] = []
    for line, row in rows:
        try:
            good.append(_parse_row(path, line, header, row, model))
        except ConfigError as error:
            refused.append(str(error))
    if refused and (skipped is None or not good):
        raise ConfigError("\n".join(refused))
    if skipped is not None:
        skipped += refused
    return good


def _header(path: Path, first: int, cells: list[str], model: type[Params]) -> list[str]:
    """The names of the columns, all known to the model and none that it needs missing."""
    header = list(cells)
    while header[-1] == "":
        header.pop()
    if "" in header:
        raise ConfigError(f"{path}:{first}: column {header.index('') + 1} has no name")
    if repeated := [name for name in header if header.count(name) > 1]:
        raise ConfigError(f"{path}:{first}: column {repeated[0]!r} appears twice")
    known = {field.alias or name for name, field in model.model_fields.items()} - {"line"}
    required = {field.alias or name for name, field in model.model_fields.items() if field.is_required()} - {"line"}
    if unknown := [name for name in header if name not in known]:
        raise ConfigError(f"{path}:{first}: unknown column {unknown[0]!r}; known: {', '.join(sorted(known))}")
    if missing := sorted(required - set(header)):
        raise ConfigError(f"{path}:{first}: column {missing[0]!r} is missing; found: {', '.join(header)}")
    return header


def _csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of the line it starts on."""
    lines = ["\n" if text.startswith("#") else text for text in _read(path).splitlines(keepends=True)]
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    rows: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(f"{path}:{start}: not valid CSV: {error}; a quote may be left open") from error
    return rows


def _parse_row(path: Path, line: int, header: Sequence[str], row: Sequence[str], model: type[P]) -> P:
    if any(row[len(header) :]):
        raise ConfigError(f"{path}:{line}: {len(row)} values for {len(header)} columns; quote texts that hold commas")
    values: dict[str, Any] = {name: cell for name, cell in zip(header, row, strict=False) if cell}
    if "line" in model.model_fields:
        values["line"] = line
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(path, error, lambda _loc: line)) from error


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file is missing; copy it from the repository's configs/ folder") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error})") from error
    if not text.strip():
        raise ConfigError(f"{path}:1: the file is empty")
    return text


def _explain(
    path: Path,
    error: ValidationError,
    line_of: Callable[[tuple[int | str, ...]], int],
    block: tuple[str, ...] = (),
) -> str:
    parts: list[str] = []
    for item in error.errors():
        name = ".".join(str(part) for part in (*block, *item["loc"])) or "row"
        shown = "" if isinstance(item["input"], Mapping) else f" (value: {item['input']!r})"
        parts.append(f"{path}:{line_of(item['loc'])}: {name}: {item['msg']}{shown}")
    return "\n".join(parts)


def _yaml_line(node: yaml.Node, loc: Sequence[int | str]) -> int:
    line = node.start_mark.line + 1
    for part in loc:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if str(key.value) == str(part):
                    line, found = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
            line = node.value[part].start_mark.line + 1
        if found is None:
            break
        node = found
    return line
