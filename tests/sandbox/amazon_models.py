"""Amazon's models as judges of what is said to Amazon and what is answered, with every object closed.

They are Swagger 2.0. Its schemas are read as JSON Schema draft 4, which they are a part of, with three turns:
- an object with named properties knows no others, unless the model says so itself (`additionalProperties`);
  the parts of an `allOf` are laid together first, the alternatives of a `oneOf` stay as they are;
- the formats date, date-time and int32 are checked here: the installed libraries leave moments unchecked;
- parameters of paths and queries are texts: they are read by their type, lists by their commas, before the
  same rules hold for them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, Draft7Validator, FormatChecker
from jsonschema.protocols import Validator

from sandbox.wire import Request, Response

Json = dict[str, Any]
AMAZONS = Path(__file__).resolve().parents[2].parent / "shared" / "amazon-models"
ABSENT = "Amazon's models are not beside the project (../shared/amazon-models)"
VERBS = ("get", "post", "put", "patch", "delete")
# Values, and alternatives: what these name is only the part of an object by which they differ.
LEFT_AS_THEY_ARE = ("enum", "required", "example", "examples", "default", "oneOf", "anyOf", "not")
NOT_OF_A_SCHEMA = ("name", "in", "required", "description", "collectionFormat")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """RFC 3339: a date, a time and its zone."""
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


@FORMATS.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@dataclass(frozen=True)
class Operation:
    """One of a model: how it is asked for, and what it may answer."""

    name: str
    model: str
    verb: str
    path: str
    parameters: tuple[Json, ...]
    responses: Json
    definitions: Json

    def arguments(self, path: str) -> dict[str, str] | None:
        """The parts of this path that the model names, None where it is another operation's."""
        names = re.findall(r"{(\w+)}", self.path)
        pattern = re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(self.path))
        match = re.fullmatch(pattern, path)
        return None if match is None else dict(zip(names, map(unquote, match.groups()), strict=True))

    def faults_of_request(self, request: Request) -> list[str]:
        """What of a request the model does not know, or misses."""
        given = {
            "path": self.arguments(request.path) or {},
            "query": request.query(),
            "header": dict(request.headers),
        }
        named = [one for one in self.parameters if one["in"] == "query"]
        known = {one["name"] for one in named}
        found = [f"{self.name}: no query parameter {name!r}" for name in given["query"] if name not in known]
        for parameter in self.parameters:
            if parameter["in"] == "body":
                found += self._faults_of_body(parameter, request)
            else:
                found += self._faults_of_parameter(parameter, given[parameter["in"]])
        if request.body not in (b"", b"{}") and not any(one["in"] == "body" for one in self.parameters):
            found.append(f"{self.name}: takes no body")
        return found

    def faults_of_answer(self, response: Response) -> list[str]:
        """What of an answer the model does not know, or misses."""
        told = self.responses.get(str(response.status))
        if told is None:
            return [f"{self.name}: no answer {response.status}"]
        schema = told.get("schema")
        if schema is None:
            return [] if not response.body else [f"{self.name}: {response.status} has no body"]
        try:
            return self._faults(schema, json.loads(response.body), f"{response.status}")
        except ValueError:
            return [f"{self.name}: {response.status} is no JSON"]

    def _faults_of_body(self, parameter: Json, request: Request) -> list[str]:
        if not request.body:
            return [f"{self.name}: a body is missing"] if parameter.get("required") else []
        return self._faults(parameter["schema"], json.loads(request.body), "body")

    def _faults_of_parameter(self, parameter: Json, given: Mapping[str, str]) -> list[str]:
        name = parameter["name"]
        if name not in given:
            return [f"{self.name}: {name} is missing"] if parameter.get("required") else []
        schema = {key: value for key, value in parameter.items() if key not in NOT_OF_A_SCHEMA}
        return self._faults(schema, _typed(given[name], parameter), name)

    def _faults(self, schema: Json, value: Any, where: str) -> list[str]:
        whole = closed(schema, self.definitions) | {"definitions": self.definitions}
        return [f"{self.name} {where} {fault}" for fault in faults(whole, value)]


def faults(schema: Json, value: Any, validator: type[Validator] = Draft4Validator) -> list[str]:
    """What a value has that its schema does not allow."""
    errors = validator(schema, format_checker=FORMATS).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def schema_faults(name: str, value: Any) -> list[str]:
    """The same by a schema of notifications or feeds (draft 7), closed in the same way."""
    schema = json.loads((AMAZONS / "schemas" / name).read_text(encoding="utf-8"))
    return faults(closed(schema, schema.get("definitions", {})), value, Draft7Validator)


def definition_faults(model: str, definition: str, value: Any) -> list[str]:
    """The same by one definition of a model."""
    return faults({"$ref": f"#/definitions/{definition}", "definitions": _definitions(model)}, value)


def closed(node: Any, definitions: Json) -> Any:
    """A schema whose objects know no other properties than those they name."""
    if not isinstance(node, dict):
        return node
    if "allOf" in node:
        return closed(_laid_together(node, definitions), definitions)
    turned = {
        key: {name: closed(each, definitions) for name, each in value.items()}
        if key in ("properties", "definitions")
        else value
        if key in LEFT_AS_THEY_ARE
        else closed(value, definitions)
        for key, value in node.items()
    }
    if isinstance(node.get("properties"), dict):
        turned.setdefault("additionalProperties", False)
    return turned


def _laid_together(node: Json, definitions: Json) -> Json:
    whole: Json = {"type": "object", "properties": {}, "required": []}
    for part in [*node["allOf"], {key: value for key, value in node.items() if key != "allOf"}]:
        while "$ref" in part:
            part = definitions[part["$ref"].rpartition("/")[2]]
        if "allOf" in part:
            part = _laid_together(part, definitions)
        whole["properties"] |= part.get("properties", {})
        whole["required"] += part.get("required", [])
    return whole if whole["required"] else {key: whole[key] for key in ("type", "properties")}


def _typed(text: str, parameter: Json) -> Any:
    """A parameter's text as its type; what is none stays a text, and is refused as such."""
    kind = parameter.get("type")
    if kind == "array":
        return [_typed(each, parameter["items"]) for each in text.split(",")]
    if kind == "integer":
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def model_names() -> list[str]:
    """All model files, as `folder/file`; none where they are absent."""
    folder = AMAZONS / "models"
    return sorted(str(each.relative_to(folder)) for each in folder.glob("*/*.json"))


def schema_names() -> list[str]:
    """All schemas of feeds and notifications, as `folder/file`."""
    folder = AMAZONS / "schemas"
    found = (each.relative_to(folder) for each in folder.glob("*/*.json"))
    return sorted(str(each) for each in found if not each.name.endswith(".example.json"))


@cache
def read_model(name: str) -> Json:
    """A model as it is written."""
    loaded: Json = json.loads((AMAZONS / "models" / name).read_text(encoding="utf-8"))
    return loaded


@cache
def _definitions(name: str) -> Json:
    written = read_model(name)["definitions"]
    return {each: closed(body, written) for each, body in written.items()}


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every model."""
    return tuple(each for name in model_names() for each in _operations_of(name))


def _operations_of(name: str) -> Iterator[Operation]:
    model = read_model(name)
    for path, verbs in model["paths"].items():
        for verb in VERBS:
            if "operationId" in verbs.get(verb, {}):
                parameters = [*verbs.get("parameters", []), *verbs[verb].get("parameters", [])]
                yield Operation(
                    name=verbs[verb]["operationId"],
                    model=name,
                    verb=verb,
                    path=path,
                    parameters=tuple(_resolved(each, model) for each in parameters),
                    responses={
                        status: _resolved(each, model) for status, each in verbs[verb]["responses"].items()
                    },
                    definitions=_definitions(name),
                )


def _resolved(node: Json, model: Json) -> Json:
    """A parameter or response that only points to where it is written."""
    while "$ref" in node:
        _, place, name = node["$ref"].split("/")
        node = model[place][name]
    return node


def operation_of(request: Request) -> Operation | None:
    """Which operation of Amazon's a request asks for."""
    for each in operations():
        if each.verb == request.method.lower() and each.arguments(request.path) is not None:
            return each
    return None
