"""Whom a bucket is asked as: a metadata server hands out the token, and the bucket receives it."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import google.oauth2.credentials
import pytest

from shared.errors import BucketError
from shared.storage import credentials
from shared.storage.credentials import Anonymous, GoogleAuth, MetadataServer, default_credentials
from tests.buckets import bundle, promote, publish
from tests.client import Client
from tests.gcs import FakeGcs
from tests.metadata import Metadata, metadata_server

Load = Callable[[str], Client]
NAME = "predict_species"
SECOND, THIRD = "ya29.second", "ya29.third"


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    with metadata_server() as state:
        yield state


@pytest.fixture
def on_cloud_run(gcs: FakeGcs, metadata: Metadata, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The bucket has a version and wants the token; no file of credentials is about."""
    publish(gcs, bundle(NAME))
    promote(gcs, bundle(NAME))
    gcs.requests.clear()
    gcs.token = metadata.token
    for name, value in {
        "MODEL_URI": f"gs://{gcs.bucket}/{NAME}",
        "STORAGE_API_ENDPOINT": gcs.address,
        "GCE_METADATA_HOST": metadata.address,
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def source(client: Client) -> object:
    return client.get("/health/ready").get_json()["source"]


@pytest.mark.usefixtures("on_cloud_run")
def test_the_bucket_receives_the_bearer_token(gcs: FakeGcs, metadata: Metadata, function: Load) -> None:
    assert source(function(NAME)) == "bucket"
    assert [request.headers["authorization"] for request in gcs.requests] == ["Bearer ya29.first"] * 3
    assert metadata.asked == 1


@pytest.mark.usefixtures("on_cloud_run")
def test_a_token_that_is_withdrawn_is_asked_for_again(gcs: FakeGcs, metadata: Metadata, function: Load) -> None:
    gcs.token = SECOND

    def renew(_: object) -> None:
        if metadata.asked:
            metadata.token = SECOND

    gcs.fail_if(renew)
    assert source(function(NAME)) == "bucket"
    assert metadata.asked == 2


@pytest.mark.usefixtures("on_cloud_run")
def test_a_token_that_is_never_right_is_a_401(
    gcs: FakeGcs, metadata: Metadata, function: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    gcs.token = THIRD
    client = function(NAME)
    assert source(client) == "embedded"
    assert metadata.asked == 2
    message = json.loads(capfd.readouterr().err)["message"]
    assert "predict_species/current.json: 401, the bucket does not know these credentials (Anonymous caller" in message


@pytest.mark.usefixtures("on_cloud_run")
def test_an_emulator_is_not_told_who_asks(
    gcs: FakeGcs, metadata: Metadata, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    gcs.token = None
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    assert source(function(NAME)) == "bucket"
    assert metadata.asked == 0
    assert ["authorization" in request.headers for request in gcs.requests] == [False] * 3


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("status", [404, 403])
def test_no_service_account(status: int, metadata: Metadata, function: Load, capfd: pytest.CaptureFixture[str]) -> None:
    metadata.status = status
    assert source(function(NAME)) == "embedded"
    message = json.loads(capfd.readouterr().err)["message"]
    assert f"no credentials for Cloud Storage ({metadata.address}: {status})" in message


def test_a_token_is_kept_until_it_is_nearly_over(metadata: Metadata) -> None:
    now = 1000.0
    server = MetadataServer(metadata.address, lambda: now)
    assert [server.token(1), server.token(1)] == ["ya29.first"] * 2
    metadata.token = SECOND
    now += 3600 - credentials.REFRESH_MARGIN_SECONDS - 1
    assert server.token(1) == "ya29.first"
    now += 2
    assert server.token(1) == SECOND
    assert metadata.asked == 2


def test_a_token_that_fails_to_come_may_come_later(metadata: Metadata) -> None:
    metadata.status = 503
    with pytest.raises(BucketError) as refused:
        MetadataServer(metadata.address).token(1)
    assert refused.value.retryable
    with pytest.raises(BucketError) as refused:
        MetadataServer("127.0.0.1:1").token(1)
    assert refused.value.retryable


def test_where_credentials_are_looked_for(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert isinstance(default_credentials(home, "http://127.0.0.1:1"), Anonymous)
    assert isinstance(default_credentials(home, ""), MetadataServer)
    assert isinstance(default_credentials({**home, "GOOGLE_APPLICATION_CREDENTIALS": "key.json"}, ""), GoogleAuth)
    login = tmp_path / ".config/gcloud/application_default_credentials.json"
    login.parent.mkdir(parents=True)
    login.write_text("{}")
    assert isinstance(default_credentials(home, ""), GoogleAuth)
    assert isinstance(default_credentials({**home, "CLOUDSDK_CONFIG": str(tmp_path)}, ""), MetadataServer)


def test_a_login_of_gcloud_becomes_a_token(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As `gcloud auth application-default login` leaves it; its server is one of our own."""
    with token_server() as (address, received):
        login = {
            "type": "authorized_user",
            "client_id": "id",
            "client_secret": "secret",
            "refresh_token": "refresh",
            "universe_domain": "googleapis.com",
        }
        (tmp_path / "login.json").write_text(json.dumps(login))
        publish(gcs, bundle(NAME))
        promote(gcs, bundle(NAME))
        gcs.token = SECOND
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "login.json"))
        monkeypatch.setenv("MODEL_URI", f"gs://{gcs.bucket}/{NAME}")
        monkeypatch.setenv("STORAGE_API_ENDPOINT", gcs.address)
        monkeypatch.setattr(google.oauth2.credentials, "_GOOGLE_OAUTH2_TOKEN_ENDPOINT", address)
        assert source(function(NAME)) == "bucket"
    assert set(received) == {"refresh"}


@contextmanager
def token_server() -> Iterator[tuple[str, list[str]]]:
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.extend(part.partition("=")[2] for part in body.split("&") if part.startswith("refresh_token="))
            answer = {"access_token": SECOND, "expires_in": 3600, "token_type": "Bearer"}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_file_that_is_no_login_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("{")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_: asked.append(words))
    with pytest.raises(BucketError, match="no credentials for Cloud Storage") as refused:
        GoogleAuth().token(5)
    assert not refused.value.retryable
    assert asked == []
