"""Credentials of requests to a bucket: metadata server, login file, anonymous."""

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
    """A bucket with a promoted version that requires the token, and no credentials file."""
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
def test_a_revoked_token_is_renewed(gcs: FakeGcs, metadata: Metadata, function: Load) -> None:
    gcs.token = SECOND

    def renew(_: object) -> None:
        if metadata.asked:
            metadata.token = SECOND

    gcs.fail_if(renew)
    assert source(function(NAME)) == "bucket"
    assert metadata.asked == 2


@pytest.mark.usefixtures("on_cloud_run")
def test_a_wrong_token_is_reported_as_401(
    gcs: FakeGcs, metadata: Metadata, function: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    gcs.token = THIRD
    client = function(NAME)
    assert source(client) == "embedded"
    assert metadata.asked == 2
    message = json.loads(capfd.readouterr().err)["message"]
    assert "predict_species/current.json: 401, the bucket does not know these credentials (Anonymous caller" in message


@pytest.mark.usefixtures("on_cloud_run")
def test_an_emulator_receives_no_token(
    gcs: FakeGcs, metadata: Metadata, function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    gcs.token = None
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.address)
    assert source(function(NAME)) == "bucket"
    assert metadata.asked == 0
    assert ["authorization" in request.headers for request in gcs.requests] == [False] * 3


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("status", [404, 403])
def test_without_a_service_account_the_embedded_model_serves(
    status: int, metadata: Metadata, function: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    metadata.status = status
    assert source(function(NAME)) == "embedded"
    message = json.loads(capfd.readouterr().err)["message"]
    assert f"no credentials for Cloud Storage ({metadata.address}: {status})" in message


def test_a_token_is_cached_until_shortly_before_it_expires(metadata: Metadata) -> None:
    now = 1000.0
    server = MetadataServer(metadata.address, lambda: now)
    assert [server.token(1), server.token(1)] == ["ya29.first"] * 2
    metadata.token = SECOND
    now += 3600 - credentials.REFRESH_MARGIN_SECONDS - 1
    assert server.token(1) == "ya29.first"
    now += 2
    assert server.token(1) == SECOND
    assert metadata.asked == 2


def test_a_failure_of_the_metadata_server_may_be_retried(metadata: Metadata) -> None:
    metadata.status = 503
    with pytest.raises(BucketError) as excinfo:
        MetadataServer(metadata.address).token(1)
    assert excinfo.value.retryable
    with pytest.raises(BucketError) as excinfo:
        MetadataServer("127.0.0.1:1").token(1)
    assert excinfo.value.retryable


def test_the_environment_decides_the_source_of_credentials(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert isinstance(default_credentials(home, "http://127.0.0.1:1"), Anonymous)
    assert isinstance(default_credentials(home, ""), MetadataServer)
    assert isinstance(default_credentials({**home, "GOOGLE_APPLICATION_CREDENTIALS": "key.json"}, ""), GoogleAuth)
    login = tmp_path / ".config/gcloud/application_default_credentials.json"
    login.parent.mkdir(parents=True)
    login.write_text("{}")
    assert isinstance(default_credentials(home, ""), GoogleAuth)
    assert isinstance(default_credentials({**home, "CLOUDSDK_CONFIG": str(tmp_path)}, ""), MetadataServer)


def test_a_gcloud_login_is_exchanged_for_a_token(
    gcs: FakeGcs, function: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file is as `gcloud auth application-default login` writes it, the token server a local one."""
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
            received.extend(field.partition("=")[2] for field in body.split("&") if field.startswith("refresh_token="))
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


def test_an_invalid_credentials_file_is_refused_without_a_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key.json").write_text("{")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    lookups: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **_: lookups.append(arguments))
    with pytest.raises(BucketError, match="no credentials for Cloud Storage") as excinfo:
        GoogleAuth().token(5)
    assert not excinfo.value.retryable
    assert lookups == []
