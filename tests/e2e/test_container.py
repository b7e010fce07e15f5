"""The built images under Cloud Run's contract: one processor, 512 MiB, a read-only root, no privilege.

Source: Cloud Run, container runtime contract (PORT, K_SERVICE, K_REVISION, SIGTERM and ten seconds, lines on stdout).
"""

import json
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tests.buckets import bundle, promote, publish
from tests.container import Container, Engine, engine, unavailable
from tests.gcs import FakeGcs
from tests.metadata import metadata_server
from tests.replay import FOLDERS, MODELS, ROOT, Case, Remote, cases, mistakes
from tests.serving import wait_until_answered
from tools.package import assemble

pytestmark = pytest.mark.skipif(bool(unavailable()), reason=unavailable())

ADDED = 230_000_000
"""Maximum size that predire's image adds to its base, in bytes."""

NUMBERS = {"numpy", "onnxruntime"}
"""Packages of functions with a model only."""

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
NO_BYTECODE = """
import pathlib, sys
import functions_framework
functions_framework.create_app(sys.argv[1], "main.py")
import functions_framework._http.gunicorn
specs = [module.__spec__ for module in sys.modules.values() if getattr(module, "__spec__", None)]
cached = {spec.name: spec.cached or "" for spec in specs if str(spec.origin).endswith(".py")}
print(len(cached), [name for name, path in cached.items() if not pathlib.Path(path).is_file()])
"""


@pytest.fixture(scope="session")
def podman() -> Iterator[Engine]:
    """An engine for all tests of the session."""
    with engine() as made:
        yield made


@pytest.fixture(scope="session", params=[folder.name for folder in FOLDERS])
def image(request: pytest.FixtureRequest, podman: Engine) -> str:
    """Each function's image in turn; it has the function's name."""
    return podman.build(str(request.param))


def on_cloud_run(image: str) -> dict[str, str]:
    return {
        "K_SERVICE": f"augure-{image}".replace("_", "-"),
        "K_REVISION": "augure-00001-abc",
        "K_CONFIGURATION": "augure",
    }


def wait_until_ready(container: Container) -> None:
    wait_until_answered(f"{container.address}/health/live", reason=container.logs)
    assert Remote(container.address).get("/health/ready").status_code == 200


def good_case(image: str) -> Case:
    return next(case for case in cases(ROOT / "functions" / image) if case.status == 200)


def test_an_image_reproduces_its_examples_and_logs_every_request(image: str, podman: Engine) -> None:
    function = ROOT / "functions" / image
    with podman.running(image, on_cloud_run(image)) as container:
        wait_until_ready(container)
        assert mistakes(Remote(container.address), function) == []
        lines, errors = container.logs()
        assert container.run("id", "-u") == "65532"
        for place in ("/app/x", "/data/x", "/venv/x", "/x"):
            assert "Read-only file system" in podman.call("exec", container.name, "touch", place).stderr
    entries = [json.loads(line) for line in lines]
    answered = [(case.function, case.path, case.status) for case in cases(function) if function in MODELS]
    assert [(entry["function"], entry["httpRequest"]["requestUrl"], entry["status"]) for entry in entries] == answered
    assert {entry["severity"] for entry in entries} == ({"INFO", "WARNING"} if function in MODELS else set())
    assert errors == []


def test_an_image_downloads_its_model_with_its_service_account_token(gcs: FakeGcs, podman: Engine) -> None:
    image, committed = podman.build("predire"), bundle("predire")
    publish(gcs, committed)
    version = promote(gcs, committed)
    gcs.requests.clear()
    with metadata_server() as metadata:
        gcs.token = metadata.token
        place = {"MODEL_URI": f"gs://{gcs.bucket}/predire", "MODEL_FALLBACK": "none"}
        servers = {"STORAGE_API_ENDPOINT": gcs.address, "GCE_METADATA_HOST": metadata.address}
        with podman.running(image, on_cloud_run(image) | place | servers) as container:
            wait_until_ready(container)
            facts = Remote(container.address).get("/health/ready").get_json()
            assert mistakes(Remote(container.address), ROOT / "functions/predire") == []
    assert (facts["source"], facts["model"]["version"]) == ("bucket", version)
    assert {request.headers["authorization"] for request in gcs.requests} == {f"Bearer {metadata.token}"}


def test_a_container_answers_its_requests_and_exits_in_time_on_sigterm(image: str, podman: Engine) -> None:
    """One request is incomplete. A later connection got a response, so the server has seen the first."""
    case = good_case(image)
    head = f"{case.method} {case.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(case.body)}\r\n\r\n"
    asked = head.encode() + case.body
    with podman.running(image, on_cloud_run(image)) as container:
        wait_until_ready(container)
        where = ("127.0.0.1", container.port)
        with socket.create_connection(where, timeout=60) as slow, socket.create_connection(where, timeout=60) as idle:
            slow.sendall(asked[:-2])
            idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            live = HTTPResponse(idle)
            live.begin()
            assert (live.status, live.read()) == (200, b'{"status":"live"}')
            container.signal("TERM")
            begun = time.time()
            assert idle.recv(4096) == b""
            slow.sendall(asked[-2:])
            slow.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: slow.recv(4096), b""))
            assert container.wait() == 0
            assert container.ended() - begun < 10
        lines = [json.loads(line)["status"] for line in container.logs()[0]]
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert lines == ([200] if ROOT / "functions" / image in MODELS else [])


def test_an_image_contains_only_its_function(image: str, podman: Engine, tmp_path: Path) -> None:
    changes = podman.podman("image", "diff", "--format", "json", image, "python:3.13-slim")
    added = [path for kind in ("added", "changed") for path in json.loads(changes).get(kind) or []]
    assert {path.split("/")[1] for path in added} == {"app", "data", "pycache", "venv"}
    assemble(image, tmp_path / "package")
    expected = {f"/app/{path.relative_to(tmp_path / 'package')}" for path in (tmp_path / "package").rglob("*")}
    assert {path for path in added if path.startswith("/app/")} == expected
    packages = {path.split("/")[5] for path in added if path.startswith("/venv/lib/python3.13/site-packages/")}
    assert {"functions_framework", "msgspec"} <= packages
    assert packages >= NUMBERS if ROOT / "functions" / image in MODELS else not packages & NUMBERS
    assert not packages & {"pip", "pytest", "setuptools", "sklearn"}


def test_an_image_compiles_nothing_when_it_starts(image: str, podman: Engine) -> None:
    """The root is read-only: without bytecode, every instance would compile its modules."""
    options = ("--rm", "--network=host", "--read-only", "--env=REQUEST_LOG=off")
    count, missing = podman.podman("run", *options, image, "python", "-c", NO_BYTECODE, image).split(maxsplit=1)
    assert int(count) > (300 if ROOT / "functions" / image in MODELS else 200)
    assert missing == "[]"


def test_an_image_adds_little_to_its_base(podman: Engine) -> None:
    podman.build("predire")
    assert podman.size("predire") - podman.size("python:3.13-slim") <= ADDED


def test_a_compose_service_keeps_log_lines_and_pictures_on_its_volume(podman: Engine) -> None:
    service = COMPOSE["services"][podman.build("predict_digit")]
    case = good_case("predict_digit")
    volumes = [f"--volume={volume}" for volume in service["volumes"]]
    for _ in range(2):
        with podman.running("predict_digit", service["environment"], volumes) as container:
            wait_until_ready(container)
            assert (
                Remote(container.address)
                .open(case.path, method=case.method, headers=case.headers, data=case.body)
                .status_code
                == 200
            )
            lines = container.run("cat", "/data/requetes_enrg.jsonl").splitlines()
            pictures = container.run("ls", "/data/saved_images").splitlines()
            assert container.logs() == ([], [])
    assert [json.loads(line)["payload"]["image"]["saved"] for line in lines] == pictures
    assert len(pictures) == 2
