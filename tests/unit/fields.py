"""The fields of a msgspec type as rows of a README's table."""

from typing import Any

import msgspec


def field_rows(kind: type[msgspec.Struct]) -> list[str]:
    """One row per field: name, English meaning, unit, values."""
    properties = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return [_row(name, schema.get("anyOf", [schema])[0]) for name, schema in properties.items()]


def _row(name: str, schema: dict[str, Any]) -> str:
    if "enum" in schema:
        codes = [f"{code['const']} {code['x-title-en']}" for code in schema["oneOf"]]
        values = ", ".join(codes) if len(codes) < 4 else "a code, see below"
    else:
        low = f"more than {schema['exclusiveMinimum']:g}" if "exclusiveMinimum" in schema else f"{schema['minimum']:g}"
        values = f"{schema['type']}, {low} to {schema['maximum']:g}"
    return f"| `{name}` | {schema['x-title-en']} | {schema.get('x-unit-en', schema.get('x-unit', ''))} | {values} |"
