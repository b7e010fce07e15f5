"""Replays the examples of `functions/*/examples` through the real Functions Framework loader.

`python -m tests.replay [NAME...]` (`make examples`) rewrites their responses, for review, after a change of a model.
"""

import gc
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import functions_framework
from starlette.datastructures import Headers

from tests.client import Client, Reply
from tools.examples import ROOT, Case, cases, differences, steady
from tools.package import has_model, names

__all__ = ["FOLDERS", "MODELS", "ROOT", "Case", "ask", "cases", "differences", "load"]

FOLDERS = [ROOT / "functions" / name for name in names()]
"""Folders of every function, models first."""

MODELS = [folder for folder in FOLDERS if has_model(folder)]
"""Folders of the functions that serve a model."""


def load(folder: Path) -> Client:
    """A client of a function, as `functions-framework --target NAME --source FOLDER/main.py` loads it."""
    for name in [name for name in sys.modules if name == "main" or name.startswith("main.")]:
        del sys.modules[name]
    client = Client(functions_framework.create_app(folder.name, str(folder / "main.py")))  # type: ignore[no-untyped-call]
    gc.unfreeze()  # a test process loads many functions
    return client


@dataclass(frozen=True)
class Remote:
    """A client of a function in another process or container."""

    address: str

    def open(self, path: str, *, method: str, headers: Mapping[str, str], data: bytes) -> Reply:
        """The response to one request."""
        request = urllib.request.Request(self.address + path, data or None, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return _reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return _reply(error.code, error.headers, error.read())

    def get(self, path: str) -> Reply:
        """The response to a GET."""
        return self.open(path, method="GET", headers={}, data=b"")


def _reply(status: int, headers: Message, content: bytes) -> Reply:
    return Reply(status, Headers(dict(headers.items())), content)


def ask(client: Client | Remote, case: Case) -> tuple[int, Any]:
    """Status and body of a response, with placeholders for variable values."""
    answer = client.open(case.path, method=case.method, headers=dict(case.headers), data=case.body)
    body = answer.get_json() if "json" in answer.content_type else answer.text
    version = (client.get("/model").get_json() or {}).get("version", "")
    return answer.status_code, steady(body, answer.headers["X-Request-Id"], version)


def mistakes(client: Client | Remote, folder: Path) -> list[str]:
    """One sentence for each difference between a response and the function's example."""
    found = []
    for case in cases(folder):
        status, body = ask(client, case)
        expected, actual = {"status": case.status, "body": case.expected}, {"status": status, "body": body}
        found += [f"{case}: {line}" for line in differences(expected, actual)]
    return found


def main() -> None:
    """Rewrite the responses of every example, or of the functions that the arguments name."""
    os.environ |= {"REQUEST_LOG": "off", "SAVED_IMAGES_URI": "off"}
    for folder in [folder for folder in FOLDERS if not sys.argv[1:] or folder.name in sys.argv[1:]]:
        client = load(folder)
        for case in cases(folder):
            record = json.loads(case.file.read_text(encoding="utf-8"))
            status, body = ask(client, case)
            record["response"] = {"status": status, "body": body}
            case.file.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            print(case.file.relative_to(ROOT), status)


if __name__ == "__main__":
    main()
