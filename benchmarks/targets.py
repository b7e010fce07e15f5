"""The servers of `make bench`: two hello-worlds, the functions, and their models in a bucket."""

from dataclasses import replace
from pathlib import Path

import click

from benchmarks.bodies import Bulk, irises, named_irises, post, real_students, request, students
from benchmarks.server import ROOT, Target, framework
from shared.terminal import say
from tests.buckets import environment, promote, publish
from tests.gcs import FakeGcs
from tools.examples import cases

IRISES, STUDENTS = 1000, 300
"""Rows of a large body."""

_HERE = Path(__file__).resolve().parent


def hello(folder: str, name: str) -> Target:
    """The hello-world in a folder beside this file."""
    command = framework("hello", _HERE / folder / "main.py")
    return Target(name, command, request("GET", "/", {}), b"Hello world!")


HELLO = hello("hello", "hello")
HELLO_ASGI = hello("hello_asgi", "hello, ASGI")


def function_names() -> list[str]:
    """The functions with examples: their first one is the benchmark's request."""
    return sorted(folder.parent.name for folder in ROOT.glob("functions/*/examples") if _is_function(folder.parent))


def _is_function(folder: Path) -> bool:
    return (folder / "main.py").exists()


def function_target(name: str) -> Target:
    """A function with its first successful example as the request.

    Raises:
        UsageError: no example succeeds.
    """
    folder = ROOT / "functions" / name
    for case in cases(folder):
        if case.status == 200:
            sent = request(case.method, case.path, case.headers, case.body)
            return Target(name, framework(name, folder / "main.py"), sent, b"HTTP/1.1 200 OK", bulk=bulk(name))
    text = (
        "functions/{name}/examples n'a pas d'exemple qui réussit",
        "functions/{name}/examples has none that succeeds",
    )
    raise click.UsageError(say(text, name=name))


def from_bucket(target: Target, emulator: FakeGcs) -> Target:
    """The same function, but its model is published to an emulated bucket and pulled from there."""
    folder = ROOT / "models" / target.name / "bundle"
    publish(emulator, folder)
    promote(emulator, folder)
    environ = {**environment(emulator, target.name), "MODEL_FALLBACK": "none"}
    return replace(target, name=f"{target.name}, gs://", environ=environ, bulk={}, parts=("start", "load"))


def bulk(name: str) -> dict[str, Bulk]:
    """Requests with many rows for a function, by figure."""
    if name == "predict_species":
        return {"rows": Bulk(post("/predict_species", named_irises(irises(IRISES))), IRISES)}
    if name != "predire":
        return {}
    bodies = {"rows": students(STUDENTS), "real_rows": real_students(STUDENTS)}
    return {key: Bulk(post("/predire", rows), len(rows)) for key, rows in bodies.items() if rows}
