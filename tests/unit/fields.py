"""What a msgspec type says of its fields, as the rows of a README's table."""

from typing import Any

import msgspec


def field_rows(kind: type[msgspec.Struct]) -> list[str]:
    """One row a field: name, English meaning, unit, values."""
    properties = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return [_row(name, facts.get("anyOf", [facts])[0]) for name, facts in properties.items()]


def _row(name: str, facts: dict[str, Any]) -> str:
    if "enum" in facts:
        codes = [f"{code['const']} {code['x-title-en']}" for code in facts["oneOf"]]
        values = ", ".join(codes) if len(codes) < 4 else "a code, see below"
    else:
        low = f"more than {facts['exclusiveMinimum']:g}" if "exclusiveMinimum" in facts else f"{facts['minimum']:g}"
        values = f"{facts['type']}, {low} to {facts['maximum']:g}"
    return f"| `{name}` | {facts['x-title-en']} | {facts.get('x-unit-en', facts.get('x-unit', ''))} | {values} |"
