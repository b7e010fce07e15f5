"""Replay a function's examples on a running service, and fail if a response differs. Standard library only.

    python -m tools.smoke predire https://augure-predire-x.a.run.app --identity gcloud

Waits until the function is ready. If it serves another model than this repository's bundle, only status and shape of
the responses are compared, not their values. If it serves other data than this repository's, only the status is, and
404 is accepted for an expected 200. The exit code is 1 if a response differs.
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

from shared.terminal import localize, say
from tools import identity
from tools.examples import ROOT, Case, cases, differences, steady

READY_TIMEOUT = 180.0
"""Time for a function to become ready, seconds. A new grant may take two minutes to be known everywhere."""

RETRY_TIMEOUT = 20.0
"""Time during which a request is retried after a transient status, seconds."""

TIMEOUT = 30
"""Timeout of one request, seconds."""

TRANSIENT = {0, 429, 502, 503, 504}
"""Statuses that are retried; 0: no response."""

STARTING = TRANSIENT | {401, 403, 404, 500}
"""Statuses that are retried while a service gets its grants, its address and its revision."""

VALUES, SHAPE, STATUS = "values", "shape", "status"
"""Levels of comparison with the recorded response."""

OTHER_VERSION = {
    SHAPE: (
        "{name} sert la version {version}, pas celle de ce dépôt : seule la forme des réponses est comparée",
        "{name} serves version {version}, not this repository's: only the shape of answers is compared",
    ),
    STATUS: (
        "{name} sert la version {version}, pas celle de ce dépôt : seul le statut des réponses est comparé",
        "{name} serves version {version}, not this repository's: only the status of answers is compared",
    ),
}
"""What a person is told about a level below VALUES."""


AS_EXPECTED = ("{case} : {status} comme attendu", "{case}: {status} as expected")


class Failed(Exception):
    """A response differs; the text names the example, the expected value and the actual one."""


@dataclass(frozen=True)
class Response:
    """A service's response. Without any: status 0, and the reason as body."""

    status: int
    body: bytes
    request_id: str = ""

    def value(self) -> Any:
        """The body: parsed if it is JSON, else text."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")


@dataclass(frozen=True)
class Service:
    """The URL of a running function, and the identity token for it ("" if it is public)."""

    url: str
    token: str = ""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send one request.

        Args:
            method: of HTTP.
            path: with its query string.
            headers: without authorization.
            body: the content; None for none.
        """
        sent = dict(headers) | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        request = urllib.request.Request(self.url.rstrip("/") + path, body, sent, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
                return Response(response.status, response.read(), response.headers.get("X-Request-Id", ""))
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read(), error.headers.get("X-Request-Id", ""))
        except OSError as error:
            return Response(0, str(error).encode())

    def get(self, path: str) -> Response:
        """GET a page in English."""
        return self.ask("GET", path, {"Accept-Language": "en"}, None)


def check(name: str, service: Service, timeout: float = READY_TIMEOUT) -> Iterator[str]:
    """Wait until the function is ready, then replay its examples; one line about each.

    Args:
        name: the function, a folder of `functions/`.
        service: the running function.
        timeout: time for it to become ready, seconds.

    Raises:
        Failed: it does not become ready, serves its fallback model, or a response differs.
    """
    examples = cases(ROOT / "functions" / name)
    if not examples:
        text = (
            "{name} n'a pas d'exemples : functions/{name}/examples/*.case.json",
            "{name} has no examples: functions/{name}/examples/*.case.json",
        )
        raise Failed(say(text, name=name))
    wait_until_ready(name, service, timeout)
    version = served_version(service)
    level = VALUES if version in {"", embedded_version(name)} else SHAPE if manifest(name).exists() else STATUS
    if level != VALUES:
        yield say(OTHER_VERSION[level], name=name, version=version)
    failures = [line for case in examples if (line := failure(case, service, version, level))]
    if failures:
        raise Failed("\n".join(failures))
    yield from (say(AS_EXPECTED, case=case, status=case.status) for case in examples)


def wait_until_ready(name: str, service: Service, timeout: float) -> None:
    """Request `/health/ready` until its status is 200.

    Args:
        name: the function.
        service: the running function.
        timeout: time for it to become ready, seconds.

    Raises:
        Failed: time is up, the status is not transient, or the function serves its fallback model.
    """
    case = Case(Path(), "GET", "/health/ready", {"Accept-Language": "en"}, b"", 200, None)
    response = ask_with_retries(service, case, timeout)
    if response.status != 200:
        text = ("{name} : GET {url} : attendu 200, reçu {got}", "{name}: GET {url}: expected 200, got {got}")
        raise Failed(say(text, name=name, url=f"{service.url}/health/ready", got=_brief(response)))
    state = response.value()
    if isinstance(state, dict) and state.get("fallback"):
        text = (
            "{name} : sert son modèle embarqué au lieu de celui de MODEL_URI : {reason}",
            "{name}: serves its embedded model instead of the one of MODEL_URI: {reason}",
        )
        raise Failed(say(text, name=name, reason=state["fallback"]))


def ask_with_retries(service: Service, case: Case, timeout: float) -> Response:
    """The response to an example. A transient status is retried until time is up.

    Args:
        service: the running function.
        case: the example.
        timeout: of all attempts together, seconds.
    """
    transient = STARTING if case.path == "/health/ready" else TRANSIENT
    deadline, pause = time.monotonic() + timeout, 0.25
    while True:
        response = service.ask(case.method, case.path, case.headers, case.body or None)
        final = response.status == case.status or response.status not in transient
        if final or time.monotonic() + pause > deadline:
            return response
        time.sleep(pause)
        pause = min(2 * pause, 8)


def failure(case: Case, service: Service, version: str, level: str) -> str:
    """The differences between an example and the actual response; "" if there are none.

    Args:
        case: the example.
        service: the running function.
        version: of its model or data.
        level: VALUES, SHAPE or STATUS.
    """
    response = ask_with_retries(service, case, RETRY_TIMEOUT)
    place = say(
        ("{case} : {method} {path} : ", "{case}: {method} {path}: "), case=case, method=case.method, path=case.path
    )
    absent = level == STATUS and (case.status, response.status) == (200, 404)
    if response.status != case.status and not absent:
        text = ("attendu le statut {status}, reçu {got}", "expected status {status}, got {got}")
        return place + say(text, status=case.status, got=_brief(response))
    if level == STATUS:
        return ""
    body = steady(response.value(), response.request_id, version)
    expected, actual = (case.expected, body) if level == VALUES else (shape(case.expected), shape(body))
    return "\n".join(place + line for line in differences(expected, actual))


def shape(value: Any) -> Any:
    """The same JSON with the names of types instead of values, and at most one element per list."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def served_version(service: Service) -> str:
    """The version of the service's model, else of its data; "" for a function with neither."""
    responses = (service.get(path) for path in ("/model", "/health/ready"))
    facts = next((response.value() for response in responses if response.status == 200), None)
    return str(facts.get("version", "")) if isinstance(facts, dict) else ""


def embedded_version(name: str) -> str:
    """The version of this repository's bundle, else of the function's data; "" for a function with neither."""
    if manifest(name).exists():
        return str(json.loads(manifest(name).read_text("utf-8"))["version"])
    data = ROOT / "functions" / name / f"{name}.json"
    return hashlib.sha256(data.read_bytes()).hexdigest()[:12] if data.exists() else ""


def manifest(name: str) -> Path:
    """The manifest of this repository's bundle."""
    return ROOT / "models" / name / "bundle" / "manifest.json"


def _brief(response: Response) -> str:
    status = response.status or say(("aucune réponse", "no answer"))
    return say(
        ("{status} : {body}", "{status}: {body}"),
        status=status,
        body=response.body[:300].decode(errors="replace").strip(),
    )


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    description = (
        "Rejouer les exemples d'une fonction sur son service, et comparer les réponses.",
        "Replay a function's examples on a running service, and compare the responses.",
    )
    options = argparse.ArgumentParser(prog="python -m tools.smoke", description=say(description))
    options.add_argument("name", help=say(("fonction, un dossier de functions/", "function, a folder of functions/")))
    options.add_argument("url", help=say(("adresse du service", "address of the service")))
    text = ("compte dont le jeton ouvre le service ; défaut : none", "whose token opens it; default: none")
    options.add_argument("--identity", choices=sorted(identity.SOURCES), default="none", help=say(text))
    text = (
        "adresse propre du service si `url` est celle d'une étiquette ; défaut : url",
        "service's own URL if `url` is a tag's; default: url",
    )
    options.add_argument("--audience", help=say(text))
    text = ("secondes pour devenir prêt, défaut %(default)s", "seconds to become ready, default %(default)s")
    options.add_argument("--patience", type=float, default=READY_TIMEOUT, help=say(text))
    return options


def main() -> int:
    """The command line; 1 if a response differs."""
    localize()
    arguments = parser().parse_args()
    try:
        token = identity.SOURCES[arguments.identity](arguments.audience or arguments.url)
        for line in check(arguments.name, Service(arguments.url, token), arguments.patience):
            print(line, flush=True)
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(say(("ÉCHEC {error}", "FAILED {error}"), error=error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
