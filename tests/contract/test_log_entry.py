"""Our log line compared with that of google-cloud-logging's own handler for the same request, field by field."""

import io
import json
import logging
from typing import Any

import flask
import google.cloud.logging_v2
import pytest
from google.cloud.logging.handlers import StructuredLogHandler

from shared.log import sinks
from shared.log.entry import INSERT_ID, LABELS, RequestFacts
from shared.log.sinks import Sink
from tests.client import Client
from tests.conftest import models_only
from tests.replay import Case, cases, load

PROJECT = "projet"
W3C = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
GOOGLE = {"X-Cloud-Trace-Context": f"{'ef' * 16}/255;o=1"}
SOURCE = "logging.googleapis.com/sourceLocation"

OURS = {"time", INSERT_ID, "function", "model", "request_id", "status", "latency_ms", "payload", "prediction"}
"""Fields that the handler leaves to Cloud Run or lacks. All but the first two go to the entry's `jsonPayload`."""

THEIRS = {SOURCE}
"""Source location of the log call: always the same here."""


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, folder: Any, headers: dict[str, str]) -> io.StringIO:
    """The output of the handler, called for each of our lines with the same message and severity.

    The handler reads Flask's current request, so the fixture provides one.
    """
    case = next(case for case in cases(folder) if case.status == 200)
    monkeypatch.setattr(google.cloud.logging_v2, "_instrumentation_emitted", True)
    written = io.StringIO()
    theirs = StructuredLogHandler(labels={}, stream=written, project_id=PROJECT)  # type: ignore[no-untyped-call]
    logger = logging.Logger("")
    logger.addHandler(theirs)

    def both(payload: object, prediction: object, facts: RequestFacts, sink: Sink) -> None:
        lines: list[bytes] = []
        original_log_request(payload, prediction, facts, lines.append)
        line = json.loads(lines[0])
        labels = {"labels": line[LABELS]}
        request_context = flask.Flask("").test_request_context(
            case.path, method="POST", headers={**headers, "User-Agent": "me"}
        )
        with request_context:
            logger.log(logging.getLevelNamesMapping()[line["severity"]], line["message"], extra=labels)
        sink(lines[0])

    original_log_request = sinks.log_request
    monkeypatch.setattr(sinks, "log_request", both)
    return written


@models_only
@pytest.mark.parametrize("headers", [W3C, GOOGLE, W3C | GOOGLE, {}], ids=["w3c", "google", "both", "none"])
@pytest.mark.parametrize("status", [200, 422])
def test_a_line_agrees_with_the_handlers(
    folder_client: tuple[Case, Client],
    handler: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    headers: dict[str, str],
    status: int,
) -> None:
    case, client = folder_client
    body = case.body if status == 200 else b"{}"
    answer = client.post(case.path, data=body, content_type="application/json", headers={**headers, "User-Agent": "me"})
    assert answer.status_code == status
    ours, theirs = json.loads(capfd.readouterr().out), json.loads(handler.getvalue())
    traced = {key for key in ours if "race" in key or key.endswith("spanId")}
    assert bool(traced) == bool(headers)
    assert set(ours) - set(theirs) - {"error"} == OURS
    missing = set(theirs) - set(ours)
    assert missing - THEIRS == {key for key in theirs if "race" in key or key.endswith("spanId")} - traced
    assert all(not theirs[key] for key in missing - THEIRS)
    for key in set(ours) & set(theirs) - {"httpRequest"}:
        assert (key, ours[key]) == (key, theirs[key])
    _same_request(ours["httpRequest"], theirs["httpRequest"], case, answer)


def _same_request(ours: dict[str, Any], theirs: dict[str, Any], case: Case, answer: Any) -> None:
    """Unlike ours, the handler's line holds the full URL and the user agent, which name people, and no response."""
    assert theirs.pop("userAgent") == "me"
    assert theirs.pop("requestUrl") == f"http://localhost{ours.pop('requestUrl')}" == f"http://localhost{case.path}"
    assert {name: ours.pop(name) for name in theirs} == theirs
    assert ours.pop("latency").endswith("s")
    assert ours.pop("status") == answer.status_code
    assert ours.pop("responseSize") == str(len(answer.content))
    assert set(ours) == {"requestSize"}


@pytest.fixture
def folder_client(folder: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, Client]:
    """A successful example of each function in turn, and the function as on Cloud Run."""
    monkeypatch.setenv("K_SERVICE", folder.name)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("REQUEST_LOG", "auto")
    return next(case for case in cases(folder) if case.status == 200), load(folder)
