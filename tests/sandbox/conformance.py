"""Amazon's own models, which live beside the project and not in it, and the examples they hold."""

import copy
from typing import Any

from sandbox.amazon import Amazon
from sandbox.clock import Clock, parse_iso
from sandbox.datasets import Json
from tests.sandbox.amazon_models import AMAZONS, definition_faults, read_model
from tests.sandbox.conftest import SELLER, Caller

MODELS = AMAZONS / "models"
PLACES = ("US", "UK", "DE", "JP", "BR", "TR")


def model(name: str) -> Json:
    return copy.deepcopy(read_model(name))


def assert_is(answer: Any, definition: str, model_name: str) -> None:
    """Every field fits, and none is there that the model does not know."""
    assert definition_faults(model_name, definition, answer) == []


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
