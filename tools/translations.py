"""`python -m tools.translations`: compile the French of argparse and click (GNU gettext's .po to .mo)."""

import ast
import struct
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "shared/locale/fr/LC_MESSAGES/augure.po"
MAGIC = 0x950412DE


def read_po(text: str) -> dict[str, str]:
    """The messages of a .po file. The forms of a plural are separated by NUL, as in a .mo file.

    Raises:
        ValueError: a line is neither a comment nor part of a message, or a message occurs twice.
    """
    messages: dict[str, str] = {}
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            original, translation = _message(lines)
            if original in messages:
                raise ValueError(f"two translations of {original!r}")
            messages[original] = translation
    return messages


def compile_mo(messages: dict[str, str]) -> bytes:
    """The content of a .mo file: header, table of originals, table of translations, strings."""
    originals = sorted((original.encode(), translation.encode()) for original, translation in messages.items())
    columns = [[pair[0] for pair in originals], [pair[1] for pair in originals]]
    count, table = len(originals), struct.calcsize("<7I")
    offset = table + 16 * count
    tables, strings = b"", b""
    for string in (*columns[0], *columns[1]):
        tables += struct.pack("<2I", len(string), offset + len(strings))
        strings += string + b"\0"
    return struct.pack("<7I", MAGIC, 0, count, table, table + 8 * count, 0, 0) + tables + strings


def main() -> None:
    """Write the .mo file next to its source."""
    SOURCE.with_suffix(".mo").write_bytes(compile_mo(read_po(SOURCE.read_text("utf-8"))))


def _message(lines: list[str]) -> tuple[str, str]:
    originals: list[str] = []
    translations: list[str] = []
    for line in lines:
        keyword, quote, rest = line.partition('"')
        strings = originals if keyword.startswith("msgid") else translations
        if not quote or (keyword and not keyword.startswith(("msgid", "msgstr"))):
            raise ValueError(f"no line of a message: {line}")
        string = ast.literal_eval(quote + rest)
        if keyword:
            strings.append(string)
        else:
            translations[-1] += string
    return "\0".join(originals), "\0".join(translations)


if __name__ == "__main__":
    main()
