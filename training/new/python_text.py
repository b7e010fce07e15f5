"""Python source that the project's formatter and linter accept, whatever the names of the columns."""

import unicodedata

LONGEST_LINE = 120
"""Most columns of a line: pyproject.toml, `line-length`."""

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(text: str) -> str:
    """A string literal in double quotes, or in single quotes where these need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(f"\\{quote}" if letter == quote else _escaped(letter) for letter in text) + quote


def keyword(name: str, value: str | tuple[str, ...]) -> str:
    """A keyword argument with its comma, on one line or one item a line, for a call whose brackets stand alone.

    Args:
        name: of the parameter.
        value: a text or a tuple of texts.
    """
    if isinstance(value, str):
        return f"    {name}={literal(value)},"
    items = [literal(item) for item in value]
    line = f"    {name}=({', '.join(items)}{',' if len(items) == 1 else ''}),"
    if _width(line) <= LONGEST_LINE:
        return line
    return "\n".join([f"    {name}=(", *(_item(item) for item in items), "    ),"])


def prose(text: str) -> str:
    """A text for a docstring: one line, without backslashes and double quotes."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _item(item: str) -> str:
    line = f"        {item},"
    too_long = _width(line) > LONGEST_LINE and len(line.split()) > 1  # a single word cannot be broken: not an error
    return f"{line}  # noqa: E501" if too_long else line


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if unicodedata.category(letter) in {"Cc", "Cf", "Co", "Zl", "Zp"}:  # invisible: no editor would show them
        code = ord(letter)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return letter


def _width(line: str) -> int:
    """Columns of a terminal that a line takes: two for a wide letter, none for an accent of its own."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in line
    )
