"""`tools.smoke` against a real function, and against the same function with wrong responses."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra import stand_in
from tests.infra.proxy import Proxy, Reply, proxying
from tests.infra.stand_in import ACCOUNT, google_cloud
from tests.replay import FOLDERS, ROOT, cases
from tests.serving import Server, serving

NAME = "predict_species"
SUCCESS = "iris"
"""One of its successful examples."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("good")
    with serving(NAME, folder, environ={"REQUEST_LOG": "off"}) as server:
        yield server


@pytest.fixture
def proxy(good: Server) -> Iterator[Proxy]:
    with proxying(good.address) as between:
        yield between


def smoke(url: str, *options: str, name: str = NAME, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.smoke", name, url, "--patience", "2", *options]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False, timeout=300
    )


def test_good_service_passes_every_example(good: Server) -> None:
    done = smoke(good.address)
    expected = [f"{case}: {case.status} as expected" for case in cases(ROOT / "functions" / NAME)]
    assert (done.returncode, done.stderr, done.stdout.splitlines()) == (0, "", expected)
    assert len(expected) >= 2


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder.name != NAME], ids=lambda f: f.name)
def test_every_function_passes(folder: Path, tmp_path: Path) -> None:
    with serving(folder.name, tmp_path) as server:
        done = smoke(server.address, name=folder.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(cases(folder))


def other_result(path: str, reply: Reply) -> Reply:
    return (reply[0], reply[1].replace(b'"versicolor"', b'"setosa"')) if path == f"/{NAME}" else reply


def test_different_value_is_named_with_its_example_and_place(proxy: Proxy) -> None:
    proxy.change = other_result
    done = smoke(proxy.address)
    wrong = f"{NAME}/{SUCCESS}: POST /{NAME}: /species/1: expected 'versicolor', got 'setosa'"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"FAILED {wrong}\n")


def test_different_status_is_named_with_the_actual_one(proxy: Proxy) -> None:
    proxy.change = lambda path, reply: (500, b"boom") if path == f"/{NAME}" else reply
    done = smoke(proxy.address)
    assert done.returncode == 1
    assert f"{NAME}/{SUCCESS}: POST /{NAME}: expected status 200, got 500: boom" in done.stderr
    assert len(done.stderr.splitlines()) == len(cases(ROOT / "functions" / NAME))


def test_smoke_test_waits_for_a_starting_service(proxy: Proxy) -> None:
    proxy.starting = 3
    assert smoke(proxy.address, "--patience", "60").returncode == 0
    assert proxy.starting == 0


def test_service_that_never_starts_fails_after_the_timeout(proxy: Proxy) -> None:
    proxy.starting = 1000
    done = smoke(proxy.address)
    assert done.returncode == 1
    assert done.stderr == f"FAILED {NAME}: GET {proxy.address}/health/ready: expected 200, got 503: no instance yet\n"


def test_unreachable_service_fails() -> None:
    done = smoke("http://127.0.0.1:9", "--patience", "0")
    assert done.returncode == 1
    assert "expected 200, got no answer" in done.stderr


def test_failure_is_french_if_the_terminal_is() -> None:
    done = smoke("http://127.0.0.1:9", "--patience", "0", LC_ALL="fr_FR.UTF-8")
    start = f"ÉCHEC {NAME} : GET http://127.0.0.1:9/health/ready : attendu 200, reçu aucune réponse : "
    assert (done.returncode, done.stderr[: len(start)]) == (1, start)


def test_fallback_model_fails(tmp_path: Path) -> None:
    with serving(NAME, tmp_path, environ={"MODEL_URI": str(tmp_path / "nowhere")}) as server:
        done = smoke(server.address)
    assert done.returncode == 1
    assert done.stderr.startswith(f"FAILED {NAME}: serves its embedded model instead of the one of MODEL_URI: ")


def other_version(path: str, reply: Reply) -> Reply:
    if path == "/model":
        return reply[0], json.dumps({**json.loads(reply[1]), "version": "0123456789ab"}).encode()
    return other_result(path, reply)


def test_only_the_shape_is_compared_for_another_model(proxy: Proxy) -> None:
    proxy.change = other_version
    done = smoke(proxy.address)
    first, *rest = done.stdout.splitlines()
    assert done.returncode == 0
    assert first == f"{NAME} serves version 0123456789ab, not this repository's: only the shape of answers is compared"
    assert len(rest) == len(cases(ROOT / "functions" / NAME))


def test_another_model_of_another_shape_fails(proxy: Proxy) -> None:
    def change(path: str, reply: Reply) -> Reply:
        status, body = other_version(path, reply)
        return status, body.replace(b'"result": [', b'"result": ["zero", ').replace(b'"result":[', b'"result":["zero",')

    proxy.change = change
    done = smoke(proxy.address)
    assert done.returncode == 1
    assert f"{NAME}/{SUCCESS}: POST /{NAME}: /result/0: expected 'number', got 'str'" in done.stderr


def test_only_the_status_is_compared_for_other_data(tmp_path: Path) -> None:
    (tmp_path / "others.json").write_text('[{"title": "Another library\'s"}]')
    with serving("books", tmp_path, environ={"BOOKS_URI": "others.json"}) as server, proxying(server.address) as proxy:
        done = smoke(proxy.address, name="books")
        first, *rest = done.stdout.splitlines()
        proxy.change = lambda path, reply: (500, b"boom") if path == "/api/books/60" else reply
        broken = smoke(proxy.address, name="books")
        proxy.change = lambda path, reply: (200, b"{}") if "page=deux" in path else reply
        blind = smoke(proxy.address, name="books")
    assert (done.returncode, done.stderr) == (0, "")
    assert first.endswith(", not this repository's: only the status of answers is compared")
    assert len(rest) == len(cases(ROOT / "functions/books"))
    assert "books/livre: GET /api/books/60: expected status 200, got 500: boom" in broken.stderr
    assert "books/page_illisible: GET /api/books?page=deux: expected status 400, got 200" in blind.stderr


def test_private_service_is_tested_with_the_build_token(proxy: Proxy, tmp_path: Path) -> None:
    proxy.token = "Bearer identity for https://the-service"  # noqa: S105
    with google_cloud() as cloud:
        environ = cloud.environ(tmp_path)
        done = smoke(proxy.address, "--identity", "build", "--audience", "https://the-service", **environ)
        stranger = smoke(proxy.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert cloud.audiences == ["https://the-service"]
    assert "expected 200, got 403: who are you?" in stranger.stderr


def test_private_service_is_tested_with_the_user_token(proxy: Proxy, tmp_path: Path) -> None:
    proxy.token = "Bearer a-person"  # noqa: S105
    gcloud = tmp_path / "gcloud"
    gcloud.write_text('#!/bin/sh\n[ "$*" = "auth print-identity-token" ] && echo a-person\n')
    gcloud.chmod(0o755)
    done = smoke(proxy.address, "--identity", "gcloud", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert (done.returncode, done.stderr) == (0, "")


def test_refused_token_names_the_address(tmp_path: Path) -> None:
    with google_cloud() as cloud:
        environ = cloud.environ(tmp_path) | {"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": f"{cloud.address}/none/"}
        done = smoke("http://127.0.0.1:9", "--identity", "build", **environ)
    assert done.returncode == 1
    address = f"{cloud.address}/none/v1/projects/-/serviceAccounts/{ACCOUNT}:generateIdToken"
    assert done.stderr.startswith(f"FAILED {address}: 404: ")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("GET .*/default/token", "/default/token: expected JSON with 'access_token', got 9 characters"),
        ("GET .*/default/email", "/default/email: expected an e-mail address, got '<p>no</p>'"),
        ("POST .*:generateIdToken", ":generateIdToken: expected JSON with 'token', got 9 characters"),
    ],
)
def test_unexpected_answer_instead_of_a_token_is_named(
    route: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "ROUTES", [(route, lambda *_: (200, "<p>no</p>")), *stand_in.ROUTES])
    with google_cloud() as cloud:
        done = smoke("http://127.0.0.1:9", "--identity", "build", **cloud.environ(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("FAILED http://127.0.0.1:")
    assert done.stderr.endswith(message + "\n")
