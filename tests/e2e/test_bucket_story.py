"""A model in a bucket: published, served under load, promoted, rolled back, then without its bucket."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.buckets import bundle, environment, variant
from tests.gcs import Emulator, FakeGcs, Meanwhile, fake, peer, peer_command
from tests.replay import ROOT
from tests.serving import Server, serving

NAME = "predire"
STUDENT = (ROOT / "functions/predire/examples/donnees.json").read_bytes()


@contextmanager
def emulator() -> Iterator[Emulator]:
    """fake-gcs-server if it is installed, else the project's fake."""
    with ExitStack() as stack:
        if peer_command():
            store = Emulator(stack.enter_context(peer()), "augure-histoire")
            store.create()
        else:
            ours = stack.enter_context(fake())
            store = Emulator(ours.address, ours.bucket)
        yield store


def models(store: Emulator, *words: str) -> Any:
    """Run a command of the registry in a shell, and return its JSON."""
    command = [sys.executable, "-m", "models", *words, "--bucket", store.bucket, "--json"]
    environ = os.environ | {"STORAGE_EMULATOR_HOST": store.address}
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def ask(server: Server) -> tuple[str, bytes]:
    """Request identifier and body of a response. Raises: HTTPError."""
    request = urllib.request.Request(server.address + "/predire", STUDENT, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.headers["X-Request-Id"], answer.read()


class Load:
    """Two clients that send requests in a loop and keep every response."""

    def __init__(self, server: Server) -> None:
        self.answers: list[list[tuple[str, bytes]]] = [[], []]
        self.failures: list[str] = []
        self._server, self._over = server, Event()
        self._clients = [Thread(target=self._ask, args=(answers,)) for answers in self.answers]
        for client in self._clients:
            client.start()

    def _ask(self, answers: list[tuple[str, bytes]]) -> None:
        while not self._over.wait(0.02):
            try:
                answers.append(ask(self._server))
            except OSError as error:
                self.failures.append(str(error))

    def until(self, condition: Callable[[bytes], bool]) -> None:
        """Wait until each client's newest response meets the condition, then for ten more responses of each."""
        limit = time.monotonic() + 30
        while not all(answers and condition(answers[-1][1]) for answers in self.answers):
            assert time.monotonic() < limit, self.failures
            time.sleep(0.01)
        enough = [len(answers) + 10 for answers in self.answers]
        while any(len(answers) < least for answers, least in zip(self.answers, enough, strict=True)):
            assert time.monotonic() < limit, self.failures
            time.sleep(0.01)

    def end(self) -> None:
        self._over.set()
        for client in self._clients:
            client.join()


def answers_of(folder: Path, tmp_path: Path) -> bytes:
    with serving(NAME, tmp_path, environ={"MODEL_URI": str(folder), "REQUEST_LOG": "off"}) as server:
        return ask(server)[1]


def ready(server: Server) -> Mapping[str, Any]:
    body: Mapping[str, Any] = json.loads(server.get("/health/ready"))
    return body


def test_a_served_model_follows_publication_promotion_and_rollback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Responses of `predire` name the version of their model."""
    second = variant(NAME, tmp_path / "versions", "second")
    expected = {folder: answers_of(folder, tmp_path) for folder in (bundle(NAME), second)}
    assert len(set(expected.values())) == 2
    with ExitStack() as stack:
        cloud = stack.enter_context(ExitStack())
        store = cloud.enter_context(emulator())
        versions = [models(store, "publish", NAME, "--bundle", str(folder))["version"] for folder in expected]
        models(store, "promote", NAME, versions[0])
        settings = {**environment(store, NAME), "MODEL_REFRESH_SECONDS": "0.1", "MODEL_PULL_SECONDS": "30"}
        server = stack.enter_context(serving(NAME, tmp_path, environ=settings))
        load = Load(server)
        stack.callback(load.end)
        load.until(lambda body: body == expected[bundle(NAME)])
        models(store, "promote", NAME, versions[1])
        load.until(lambda body: body == expected[second])
        models(store, "rollback", NAME)
        load.until(lambda body: body == expected[bundle(NAME)])
        cloud.close()  # the bucket is gone
        load.until(lambda _: "stale" in ready(server))
        load.end()
        answered = [answer for answers in load.answers for answer in answers]
        assert load.failures == []
        for answers in load.answers:
            story = [body for body, _ in groupby(body for _, body in answers)]
            assert story == [expected[bundle(NAME)], expected[second], expected[bundle(NAME)]]
        assert (ready(server)["source"], ready(server)["model"]["version"]) == ("bucket", versions[0])
    with serving(NAME, tmp_path, environ={**settings, "REQUEST_LOG": "off"}) as server:
        assert (ready(server)["source"], ready(server)["model"]["version"]) == ("embedded", versions[0])
        assert "la connexion au bucket a échoué" in ready(server)["fallback"]
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert sorted(line["request_id"] for line in lines) == sorted(identifier for identifier, _ in answered)
    bodies = dict(answered)
    named = dict(zip(versions, expected.values(), strict=True))
    assert all(bodies[line["request_id"]] == named[line["model"]["version"]] for line in lines)
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["severity"] for line in said] == ["INFO", "INFO", "WARNING", "WARNING"]


def test_pictures_are_saved_before_exit_on_sigterm(
    gcs: FakeGcs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The function responds at once; the bucket is slow to store the picture."""
    answered = Event()
    gcs.fail(Meanwhile(lambda: answered.wait(30)), "POST")
    five = (ROOT / "functions/predict_digit/examples/cinq.json").read_bytes()
    settings = {"SAVED_IMAGES_URI": f"gs://{gcs.bucket}/p", "STORAGE_EMULATOR_HOST": gcs.address}
    with serving("predict_digit", tmp_path, environ=settings) as server:
        assert [server.post("/predict_digit", five)[0] for _ in range(8)] == [200] * 8
        assert gcs.names() == []
        server.process.send_signal(signal.SIGTERM)
        answered.set()
        assert server.process.wait(10) == 0
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert gcs.names() == sorted(f"p/{line['payload']['image']['saved']}" for line in lines)
    assert len(lines) == 8
    assert capfd.readouterr().err == ""
