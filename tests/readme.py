"""The README's commands and the responses that it shows for them.

`python -m tests.readme` rewrites the responses. `make serve` must run on its default ports, and the README's own model
on port 8080.
"""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.replay import ROOT

README = ROOT / "README.md"
_BLOCK = re.compile(r"```sh\n(?P<commands>.*?)```(?:\n+```json\n(?P<answer>.*?)```)?", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """The commands of one block, and the JSON shown after it."""

    commands: tuple[str, ...]
    answer: str | None


def blocks(text: str) -> list[Block]:
    """Every shell block of a page, without its comments."""
    return [
        Block(tuple(re.sub(r"\s+# .*", "", line) for line in found["commands"].splitlines()), found["answer"])
        for found in _BLOCK.finditer(text)
    ]


def section(text: str, heading: str) -> str:
    """The text below a heading of the second rank, up to the next one."""
    _, _, rest = text.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def with_answers(text: str, ask: Callable[[str], str]) -> str:
    """The page with each response replaced by the output of `ask` for its command."""

    def replace(found: re.Match[str]) -> str:
        if found["answer"] is None:
            return found[0]
        answer = pretty(json.loads(ask(found["commands"].strip())))
        return f"```sh\n{found['commands']}```\n\n```json\n{answer}\n```"

    return _BLOCK.sub(replace, text)


def pretty(value: Any, margin: str = "") -> str:
    """Formatted JSON: a value of up to 110 characters stays on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(margin + line) <= 110 or not isinstance(value, dict | list):
        return line
    inner = margin + "  "
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key)}: {pretty(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + pretty(item, inner) for item in value) + f"\n{margin}]"


def main() -> None:
    """Rewrite the responses in the README."""

    def ask(command: str) -> str:
        return subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    README.write_text(with_answers(README.read_text("utf-8"), ask), encoding="utf-8")


if __name__ == "__main__":
    main()
