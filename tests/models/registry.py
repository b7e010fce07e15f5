"""The registry's commands on a bucket, for tests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from click.testing import Result

from shared.model.bundle import CURRENT, Pointer
from training.registry.store import Store

NAME = "predict_species"
Run = Callable[..., Result]


@dataclass(frozen=True)
class Registry:
    """The commands for one model on one bucket, and the bucket through Google's client."""

    run: Run
    bucket: str
    store: Store

    def __call__(self, verb: str, *words: object, code: int = 0) -> Result:
        result = self.run(verb, NAME, *words, "--bucket", self.bucket)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def json(self, verb: str, *words: object, code: int = 0) -> Any:
        return json.loads(self(verb, *words, "--json", code=code).stdout)

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.store.entries("")]

    def read(self, name: str) -> bytes:
        found = self.store.read(name)
        assert found is not None
        return found.content

    @property
    def current(self) -> Pointer:
        return msgspec.json.decode(self.read(f"{NAME}/{CURRENT}"), type=Pointer)

    def overwrite(self, name: str, content: bytes) -> None:
        found = self.store.read(name)
        assert self.store.write(name, content, found.generation if found else 0)


def files_of(folder: Path) -> list[str]:
    """The names of a folder's files, in order."""
    return sorted(file.name for file in folder.iterdir())


def seconds(when: str) -> float:
    """Seconds since 1970 of an RFC 3339 time in UTC."""
    assert when.endswith("Z")
    return datetime.fromisoformat(when).timestamp()
