"""Ask a running function its own examples, and fail where an answer is not the recorded one. Standard library only.

    python -m tools.smoke predire https://augure-predire-x.a.run.app --identity gcloud

Waits until the function is ready. Where it serves another model than the bundle of this repository, its answers are
held to their status and shape, and no longer to their values; where it answers from other data than this repository's,
to their status, and what is found here may not be found there. The exit code is 1 where something is wrong.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import identity
from tools.examples import ROOT, Case, cases, differences, steady

PATIENCE = 180.0
"""Seconds that a function has to become ready: a new grant alone may take two minutes to be known everywhere."""

RETRIES = 20.0
"""Seconds that an example has to get past an answer that may pass."""

TIMEOUT = 30
PASSING = {0, 429, 502, 503, 504}
"""Statuses that may pass by themselves; 0: no answer."""

VALUES, SHAPE, STATUS = "values", "shape", "status"
"""How far an answer is held to the recorded one."""

STARTING = PASSING | {401, 403, 404, 500}
"""Those that a service may answer before it has its rights, its address and its revision."""


class Failed(Exception):
    """A function that does not answer as it should; the text says which example, what was expected and what came."""


@dataclass(frozen=True)
class Answer:
    """What a service answered; status 0 and the reason as body where it did not."""

    status: int
    body: bytes
    request_id: str = ""

    def value(self) -> Any:
        """The body: JSON where it is, else text."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")


@dataclass(frozen=True)
class Service:
    """Where a function runs, and the identity token that opens it ("" where none is needed)."""

    url: str
    token: str = ""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """One request."""
        sent = dict(headers) | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        request = urllib.request.Request(self.url.rstrip("/") + path, body, sent, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return Answer(answer.status, answer.read(), answer.headers.get("X-Request-Id", ""))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), error.headers.get("X-Request-Id", ""))
        except OSError as error:
            return Answer(0, str(error).encode())

    def get(self, path: str) -> Answer:
        """One page, in English."""
        return self.ask("GET", path, {"Accept-Language": "en"}, None)


def check(name: str, service: Service, patience: float = PATIENCE) -> Iterator[str]:
    """Wait until the function is ready, then hold it to each of its examples; gives a line for each.

    Args:
        name: the function, a folder of `functions/`.
        service: where it runs.
        patience: seconds that it has to become ready.

    Raises:
        Failed: it does not become ready, serves its fallback model, or an answer is not as recorded.
    """
    examples = cases(ROOT / "functions" / name)
    if not examples:
        raise Failed(f"{name} has no examples: functions/{name}/examples/*.case.json")
    wait_until_ready(name, service, patience)
    version = served_version(service)
    held = VALUES if version in {"", embedded_version(name)} else SHAPE if manifest(name).exists() else STATUS
    if held != VALUES:
        yield f"{name} serves version {version}, not this repository's: answers are held to their {held}"
    wrong = [text for case in examples if (text := fault(case, service, version, held))]
    if wrong:
        raise Failed("\n".join(wrong))
    yield from (f"{case}: {case.status} as expected" for case in examples)


def wait_until_ready(name: str, service: Service, patience: float) -> None:
    """Ask `/health/ready` until it is 200.

    Raises:
        Failed: patience ended, the answer is final, or the model served is not the one that was asked for.
    """
    answer = patiently(
        service, Case(Path(), "GET", "/health/ready", {"Accept-Language": "en"}, b"", 200, None), patience
    )
    if answer.status != 200:
        raise Failed(f"{name}: GET {service.url}/health/ready: expected 200, got {_brief(answer)}")
    state = answer.value()
    if isinstance(state, dict) and state.get("fallback"):
        raise Failed(f"{name}: serves its embedded model instead of the one of MODEL_URI: {state['fallback']}")


def patiently(service: Service, case: Case, patience: float) -> Answer:
    """The answer to an example; asked again while one comes that may pass, until patience ends."""
    passing = STARTING if case.path == "/health/ready" else PASSING
    limit, pause = time.monotonic() + patience, 0.25
    while True:
        answer = service.ask(case.method, case.path, case.headers, case.body or None)
        if answer.status == case.status or answer.status not in passing or time.monotonic() + pause > limit:
            return answer
        time.sleep(pause)
        pause = min(2 * pause, 8)


def fault(case: Case, service: Service, version: str, held: str) -> str:
    """What is wrong with the answer to an example, as far as it is `held`: "" where nothing is."""
    answer = patiently(service, case, RETRIES)
    missing = held == STATUS and (case.status, answer.status) == (200, 404)
    if answer.status != case.status and not missing:
        return f"{case}: {case.method} {case.path}: expected status {case.status}, got {_brief(answer)}"
    if held == STATUS:
        return ""
    body = steady(answer.value(), answer.request_id, version)
    expected, got = (case.expected, body) if held == VALUES else (shape(case.expected), shape(body))
    return "\n".join(f"{case}: {case.method} {case.path}: {line}" for line in differences(expected, got))


def shape(value: Any) -> Any:
    """The same JSON with the names of types in the place of values, and one element a list."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def served_version(service: Service) -> str:
    """The version of the model that the service has, else of its data: "" for a function without any."""
    answers = (service.get(path) for path in ("/model", "/health/ready"))
    facts = next((answer.value() for answer in answers if answer.status == 200), None)
    return str(facts.get("version", "")) if isinstance(facts, dict) else ""


def embedded_version(name: str) -> str:
    """The version of the bundle in this repository, else of the function's own data: "" where it has none."""
    if manifest(name).exists():
        return str(json.loads(manifest(name).read_text("utf-8"))["version"])
    data = ROOT / "functions" / name / f"{name}.json"
    return hashlib.sha256(data.read_bytes()).hexdigest()[:12] if data.exists() else ""


def manifest(name: str) -> Path:
    """The manifest of the bundle in this repository."""
    return ROOT / "models" / name / "bundle" / "manifest.json"


def _brief(answer: Answer) -> str:
    return f"{answer.status or 'no answer'}: {answer.body[:300].decode(errors='replace').strip()}"


def main() -> int:
    """The command line; 1 where the function fails its examples."""
    parser = argparse.ArgumentParser(description="Hold a running function to its own examples.")
    parser.add_argument("name", help="function, a folder of functions/")
    parser.add_argument("url", help="where it runs")
    parser.add_argument("--identity", choices=sorted(identity.SOURCES), default="none", help="whose token opens it")
    parser.add_argument("--audience", help="service's own URL where `url` is a tag's; default: url")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to become ready, default %(default)s")
    asked = parser.parse_args()
    try:
        token = identity.SOURCES[asked.identity](asked.audience or asked.url)
        for line in check(asked.name, Service(asked.url, token), asked.patience):
            print(line, flush=True)
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(f"FAILED {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
