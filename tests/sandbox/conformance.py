"""Amazon's own models, which live beside the project and not in it, and the examples they hold."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from sandbox.amazon import Amazon
from sandbox.clock import Clock, parse_iso
from sandbox.datasets import Json
from tests.sandbox.conftest import SELLER, Caller

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "amazon-models" / "models"
PLACES = ("US", "UK", "DE", "JP", "BR", "TR")


def model(name: str) -> Json:
    loaded: Json = json.loads((MODELS / name).read_text(encoding="utf-8"))
    return loaded


def assert_is(answer: Any, definition: str, model_name: str) -> None:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": model(model_name)["definitions"]}
    errors = Draft4Validator(schema, format_checker=FormatChecker()).iter_errors(answer)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def static_pairs(model_name: str, path: str, status: int, verb: str = "") -> list[Json]:
    """The request and response pairs of Amazon's static sandbox; where the models are absent, one that is
    never read, so that the skip tells its reason."""
    if not MODELS.is_dir():
        return [{}]
    verbs = (verb,) if verb else ("get", "post")
    [operation] = (body for name, body in model(model_name)["paths"][path].items() if name in verbs)
    pairs: list[Json] = operation["responses"][str(status)]["x-amzn-api-sandbox"]["static"]
    return pairs


def parameters(pair: Json) -> dict[str, Any]:
    return {name: wrapped["value"] for name, wrapped in pair["request"]["parameters"].items()}


def as_query(values: dict[str, Any]) -> dict[str, str]:
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values.items()
        if name != "orderId"
    }


def amazon_at(moment: str, orders: list[Json]) -> Caller:
    """An Amazon at that moment whose one seller has these orders."""
    amazon = Amazon(clock=Clock(parse_iso(moment)), quota="off")
    amazon.add_seller(SELLER, "BestSellerStore", PLACES, "refresh-1")
    for order in orders:
        amazon.world.put_order(SELLER, order)
    return Caller(amazon)
