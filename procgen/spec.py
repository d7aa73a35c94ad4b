"""The machinery of typed parameters: dataclass fields with unit, range and help; TOML, dictionaries and JSON Schema.

A spec is a frozen dataclass whose fields are made with `parameter` (a value) or are themselves spec classes (a section).
Everything that a user may type is read here, and every mistake ends in one `UserError` that names the key, the allowed
range and the nearest known key.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from ..errors import UserError, nearest

Spec = TypeVar("Spec")


@dataclass(frozen=True)
class Parameter:
    """One value of a spec: its dotted `path`, `type` (bool, int, float, str or dict), limits (inclusive) and words."""

    path: str
    type: type
    default: Any
    help: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    @property
    def range(self) -> str:
        """The allowed values in words, such as "0 to 1", "near | far" or "any text"."""
        if self.choices:
            return " | ".join(self.choices)
        if self.type is bool:
            return "true | false"
        if self.low is None and self.high is None:
            return "any text" if self.type is str else "a table" if self.type is dict else "any number"
        if self.high is None:
            return f"at least {self.low:.10g}"
        return f"{self.low:.10g} to {self.high:.10g}"


def parameter(
    default: Any,
    help: str,  # what a user calls it
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Make a dataclass field that carries what a user must know of it. `low` and `high` are inclusive."""
    metadata = {"help": help, "unit": unit, "low": low, "high": high, "choices": choices}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def section(cls: type, help: str) -> Any:
    """Make a dataclass field that holds another spec with all its defaults."""
    return dataclasses.field(default_factory=cls, metadata={"help": help})


def parameters(cls: type, prefix: str = "") -> Iterator[Parameter]:
    """List every value of the spec class `cls`, sections flattened to dotted paths, in the order of the source."""
    types = typing.get_type_hints(cls)
    for item in dataclasses.fields(cls):
        kind = types[item.name]
        if dataclasses.is_dataclass(kind):
            yield from parameters(typing.cast(type, kind), f"{prefix}{item.name}.")
            continue
        meta = item.metadata
        default = item.default if item.default is not dataclasses.MISSING else {}
        plain = typing.get_origin(kind) or kind
        yield Parameter(
            f"{prefix}{item.name}",
            plain,
            default,
            meta["help"],
            meta["unit"],
            meta["low"],
            meta["high"],
            meta["choices"],
        )


def to_dict(spec: Any) -> dict[str, Any]:
    """Return the spec as nested plain dictionaries, in the order of the source."""
    return dataclasses.asdict(spec)


def from_dict(cls: type[Spec], data: Mapping[str, Any], where: str) -> Spec:
    """Check `data` against the spec class and build it; missing keys take their defaults.

    `where` names the source in errors ("lake.toml", "--set"). Raises UserError for an unknown key, a wrong type and a
    value out of range.
    """
    return override(cls(), flatten(data, cls), where)


def override(spec: Spec, values: Mapping[str, Any], where: str) -> Spec:
    """Return `spec` with the values at dotted paths replaced. Text is parsed to the parameter's type."""
    known = {item.path: item for item in parameters(type(spec))}
    checked: dict[str, Any] = {}
    for path, value in values.items():
        owner = known.get(path) or known.get(_table_of(path, known))
        if owner is None:
            raise UserError(f"{where}: unknown key {path!r}{nearest(path, known)} (wildfield list parameters shows all)")
        checked[path] = value if owner.path != path else _checked(owner, value, where)
    return _replaced(spec, checked)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises UserError where the file is missing or is no TOML, with the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is not valid TOML: {error}") from error


def to_toml(spec: Any) -> str:
    """Return the complete spec as TOML; reading it again gives an equal spec."""
    return tomli_w.dumps(to_dict(spec))


def json_schema(cls: type, title: str) -> dict[str, Any]:
    """Return a JSON Schema (2020-12) of the spec class; units stand in the descriptions."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **_object_schema(cls)}


def flatten(data: Mapping[str, Any], cls: type, prefix: str = "") -> dict[str, Any]:
    """Return nested tables as dotted paths, stopping at parameters that are tables themselves."""
    tables = {item.path for item in parameters(cls) if item.type is dict}
    flat: dict[str, Any] = {}
    for key, value in data.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and path not in tables:
            flat |= flatten(value, cls, f"{path}.")
        else:
            flat[path] = value
    return flat


def _table_of(path: str, known: Mapping[str, Parameter]) -> str:
    """Return the path of the table parameter that `path` lies in ("asset.parameters" for "asset.parameters.height")."""
    parent = path
    while "." in parent:
        parent = parent.rpartition(".")[0]
        if parent in known and known[parent].type is dict:
            return parent
    return ""


def _checked(item: Parameter, given: Any, where: str) -> Any:
    """Return what was `given` as the parameter's type, inside its range."""
    unit = f" {item.unit}" if item.unit else ""
    wrong = UserError(f"{where}: {item.path} = {given!r} is not allowed: it takes {item.range}{unit}")
    value: Any = _parsed(item, given, wrong) if isinstance(given, str) and item.type is not str else given
    if item.type is float and type(value) is int:
        value = float(value)
    if type(value) is not item.type:
        raise wrong
    if item.choices and value not in item.choices:
        hint = nearest(str(value), item.choices)
        raise UserError(f"{where}: {item.path} = {value!r} is not allowed: it takes {item.range}{hint}")
    if item.type in (int, float):
        low = -math.inf if item.low is None else item.low
        high = math.inf if item.high is None else item.high
        if not low <= float(typing.cast(float, value)) <= high:
            raise wrong
    return value


def _parsed(item: Parameter, text: str, wrong: UserError) -> Any:
    if item.type is bool:
        words = {
            "true": True,
            "yes": True,
            "on": True,
            "1": True,
            "false": False,
            "no": False,
            "off": False,
            "0": False,
        }
        if text.lower() not in words:
            raise wrong
        return words[text.lower()]
    if item.type is dict:
        raise wrong
    try:
        return item.type(text)
    except ValueError:
        raise wrong from None


def _replaced(spec: Any, values: Mapping[str, Any]) -> Any:
    """Rebuild the nested frozen dataclasses with the values at dotted paths."""
    here: dict[str, Any] = {}
    below: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        key, _, rest = path.partition(".")
        if rest:
            below.setdefault(key, {})[rest] = value
        else:
            here[key] = value
    for key, part in below.items():
        child = getattr(spec, key)
        here[key] = {**child, **part} if isinstance(child, dict) else _replaced(child, part)
    return dataclasses.replace(spec, **here)


def _object_schema(cls: type) -> dict[str, Any]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    types = typing.get_type_hints(cls)
    properties: dict[str, Any] = {}
    for item in dataclasses.fields(cls):
        kind = types[item.name]
        if dataclasses.is_dataclass(kind):
            properties[item.name] = {"description": item.metadata["help"], **_object_schema(typing.cast(type, kind))}
            continue
        value = next(p for p in parameters(cls) if p.path == item.name)
        unit = f" [{value.unit}]" if value.unit else ""
        entry: dict[str, Any] = {"type": names[value.type], "description": value.help + unit, "default": value.default}
        if value.low is not None:
            entry["minimum"] = value.low
        if value.high is not None:
            entry["maximum"] = value.high
        if value.choices:
            entry["enum"] = list(value.choices)
        properties[item.name] = entry
    return {"type": "object", "properties": properties, "additionalProperties": False}
