"""Orders with every field that Amazon's model has, which write down what is looked for in them."""

from typing import Any

from tests.sandbox import amazon_models

MODEL = "orders-api-model/orders_2026-01-01.json"
# A text that is a name, an identifier and an amount alike: the model says decimals are texts.
TEXT = "7"
MOMENT, DAY = "2026-11-20T10:00:00Z", "2026-11-20"
Asked = set[tuple[str, str]]


class Watched(dict[str, Any]):
    """An object of a document: which of its fields were looked for is kept, with its definition's name."""

    def __init__(self, definition: str, fields: dict[str, Any], asked: Asked) -> None:
        super().__init__(fields)
        self._definition, self._asked = definition, asked

    def get(self, key: str, default: Any = None) -> Any:
        self._asked.add((self._definition, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._asked.add((self._definition, key))
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._asked.add((self._definition, str(key)))
        return super().__contains__(key)


def definitions() -> dict[str, Any]:
    """Those of the model."""
    found: dict[str, Any] = amazon_models.read_model(MODEL)["definitions"]
    return found


def whole_order(number: int, asked: Asked) -> Any:
    """An order with every field there is; each word of a list of words comes up with some number."""
    return _value({"$ref": "#/definitions/Order"}, number, asked, "Order")


def longest_enum() -> int:
    """With so many numbers each word of the model comes up."""
    return max(len(each.get("enum", ())) for each in _schemas(list(definitions().values())))


def fields_of(definition: str) -> set[str]:
    """What the model has there."""
    return set(definitions()[definition].get("properties", {}))


def _schemas(nodes: list[Any]) -> list[dict[str, Any]]:
    found = []
    for node in nodes:
        if isinstance(node, dict):
            found += [node, *_schemas([*node.get("properties", {}).values(), node.get("items")])]
    return found


def _value(schema: dict[str, Any], number: int, asked: Asked, name: str) -> Any:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = definitions()[name]
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    if schema.get("type") == "array":
        return [_value(schema["items"], number, asked, name)]
    if "properties" in schema:
        named = schema["properties"].items()
        return Watched(name, {key: _value(each, number, asked, name) for key, each in named}, asked)
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> Any:
    if schema.get("type") in ("integer", "number"):
        return 1
    if schema.get("type") == "boolean":
        return True
    return {"date-time": MOMENT, "date": DAY}.get(schema.get("format", ""), TEXT)
