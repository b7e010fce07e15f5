"""HTTP of the fake Cloud Storage: routes, responses and errors of the JSON API, and injected faults."""

import email
import email.policy
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from tests.gcs_faults import Cut, Delay, Fault, Flip, Hang, Lost, Meanwhile, Request, Status, object_in, split
from tests.gcs_objects import CONDITIONS, Refused, Stored

if TYPE_CHECKING:
    from tests.gcs import FakeGcs


@dataclass(frozen=True)
class FakeResponse:
    """A response before it is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """An unfinished resumable upload, with the bytes received so far."""

    bucket: str
    name: str
    facts: Mapping[str, Any]
    conditions: Mapping[str, str]
    received: bytearray = field(default_factory=bytearray)


class Handler(BaseHTTPRequestHandler):
    """One connection. The server's subclass sets `fake`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: "FakeGcs"

    def handle_one_request(self) -> None:
        """Close the connection if the client has disconnected."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Record the request and respond to it, with its fault."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, query = split(self.path)
        kinds = self.headers.get("Content-Type", ""), self.headers.get("X-Upload-Content-Type", "")
        facts, content = _parts(*kinds, query, body)
        request = Request(
            self.command,
            unquote(path),
            query,
            {key.lower(): value for key, value in self.headers.items()},
            object_in(path) or query.get("name") or facts.get("name", "") or self._uploading(query),
            time.monotonic(),
        )
        self.fake.requests.append(request)
        self._send_with(self.fake.faults.of(request), request, path, facts, content)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """The requests are in `fake.requests`."""

    def _uploading(self, query: Mapping[str, str]) -> str:
        upload = self.fake.uploads.get(query.get("upload_id", ""))
        return upload.name if upload else ""

    def _send_with(
        self, fault: Fault | None, request: Request, path: str, facts: Mapping[str, Any], content: bytes
    ) -> None:
        match fault:
            case Hang():
                self.fake.healed.wait()
                return self._cut()
            case Delay(seconds):
                self.fake.healed.wait(seconds)
            case Meanwhile(act):
                act()
            case Status(code, headers):
                return self._send(_problem(Refused(code, "injected", "injected"), headers))
        answer = self._respond(request, path, facts, content)
        match fault:
            case Lost():
                return self._cut()
            case Cut(share):
                self._send(answer, sent=int(len(answer.body) * share))
                return self._cut()
            case Flip():
                middle = len(answer.body) // 2
                flipped = bytes([answer.body[middle] ^ 1])
                answer = FakeResponse(
                    answer.status, answer.body[:middle] + flipped + answer.body[middle + 1 :], answer.headers
                )
        return self._send(answer)

    def _respond(self, request: Request, path: str, facts: Mapping[str, Any], content: bytes) -> FakeResponse:
        try:
            self._check_token(request)
            return self._route(request, path, facts, content)
        except Refused as error:
            return _problem(error, plain=request.is_media)

    def _check_token(self, request: Request) -> None:
        if self.fake.token and request.headers.get("authorization") != f"Bearer {self.fake.token}":
            raise Refused(401, "required", "Anonymous caller does not have storage.objects.get access.")

    def _route(self, request: Request, path: str, facts: Mapping[str, Any], content: bytes) -> FakeResponse:
        objects, query = self.fake.objects, request.query
        if request.method == "POST" and path == "/storage/v1/b":
            name = json.loads(content)["name"]
            objects.create(name)
            return _json({"kind": "storage#bucket", "name": name})
        found = re.fullmatch(r"(/upload|/download)?/storage/v1/b/([^/]+)(/o)?(/.+)?", path)
        if not found:
            raise Refused(404, "notFound", "Not Found")
        bucket = unquote(found[2])
        objects.within(bucket)
        if found[1] == "/upload":
            return self._upload(bucket, request, facts, content)
        if not found[3]:
            return _json({"kind": "storage#bucket", "name": bucket})
        if not found[4]:
            return _json(objects.listing(bucket, query))
        generation = query.get("generation")
        if request.method == "DELETE":
            objects.delete(bucket, request.name, generation, _conditions(query))
            return FakeResponse(204)
        stored = objects.get(bucket, request.name, generation, _conditions(query))
        return _media(stored, request.headers.get("range", "")) if request.is_media else _json(stored.resource())

    def _upload(self, bucket: str, request: Request, facts: Mapping[str, Any], content: bytes) -> FakeResponse:
        query = request.query
        if upload := self.fake.uploads.get(query.get("upload_id", "")):
            return self._resume(upload, request, content)
        if query.get("uploadType") == "resumable":
            key = uuid4().hex
            self.fake.uploads[key] = Upload(bucket, request.name, facts, _conditions(query))
            location = f"{self.fake.address}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={key}"
            return FakeResponse(200, b"", {"Location": location})
        conditions = _conditions(query)
        return _json(
            self.fake.objects.insert(bucket, request.name, content, facts=facts, conditions=conditions).resource()
        )

    def _resume(self, upload: Upload, request: Request, content: bytes) -> FakeResponse:
        """Receive a part, which may be a repetition. A 308 gives the size received so far."""
        _, start, total = re.fullmatch(  # type: ignore[union-attr]  # an invalid header is an error of the test
            r"bytes ((\d+)-\d+|\*)/(?:\d+|\*)", request.headers["content-range"]
        ).group(0, 2, 0)
        if start is not None:
            upload.received[int(start) :] = content
        size = total.rpartition("/")[2]
        if size == "*" or len(upload.received) < int(size):
            last = {"Range": f"bytes=0-{len(upload.received) - 1}"} if upload.received else {}
            return FakeResponse(308, b"", last)
        whole = bytes(upload.received)
        insert = self.fake.objects.insert
        return _json(
            insert(upload.bucket, upload.name, whole, facts=upload.facts, conditions=upload.conditions).resource()
        )

    def _send(self, answer: FakeResponse, sent: int | None = None) -> None:
        self.send_response(answer.status)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[:sent])

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _conditions(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query[name] for name in CONDITIONS if name in query}


def _parts(kind: str, uploaded: str, query: Mapping[str, str], body: bytes) -> tuple[dict[str, Any], bytes]:
    """The resource and the content of an upload; ({}, body) for any other request."""
    if query.get("uploadType") == "multipart":
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        boundary = str(message.get_boundary()).encode()
        _, _, rest = body.partition(b"--" + boundary)
        first, _, second = rest.partition(b"\r\n--" + boundary)
        head, _, rest = second.partition(b"\r\n\r\n")
        kind = email.message_from_bytes(head.lstrip(), policy=email.policy.HTTP).get_content_type()
        facts = {"contentType": kind} | json.loads(first.partition(b"\r\n\r\n")[2])
        return facts, rest.rpartition(b"\r\n--" + boundary + b"--")[0]
    if query.get("uploadType") == "resumable" and "upload_id" not in query:
        return ({"contentType": uploaded} if uploaded else {}) | json.loads(body or b"{}"), b""
    return ({"contentType": kind} if query.get("uploadType") == "media" else {}), body


def _json(document: object) -> FakeResponse:
    return FakeResponse(200, json.dumps(document).encode(), {"Content-Type": "application/json; charset=UTF-8"})


def _problem(error: Refused, headers: Mapping[str, str] | None = None, *, plain: bool = False) -> FakeResponse:
    """An error in the JSON API's format, or in plain text for a download, as in Cloud Storage."""
    if error.status == 304:
        return FakeResponse(304)
    if plain:
        return FakeResponse(error.status, error.message.encode(), {"Content-Type": "text/html; charset=UTF-8"})
    fault = {"message": error.message, "domain": "global", "reason": error.reason}
    answer = _json({"error": {"code": error.status, "message": error.message, "errors": [fault]}})
    return FakeResponse(error.status, answer.body, {**answer.headers, **(headers or {})})


def _media(stored: Stored, wanted: str) -> FakeResponse:
    headers = {
        "Content-Type": stored.content_type,
        "ETag": f'"{stored.generation}"',
        "Accept-Ranges": "bytes",
        "x-goog-generation": str(stored.generation),
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-hash": f"crc32c={stored.crc32c},md5={stored.md5}",
        "x-goog-stored-content-encoding": "identity",
        "x-goog-stored-content-length": str(len(stored.content)),
    }
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
    if not found:
        return FakeResponse(200, stored.content, headers)
    first, size = int(found[1]), len(stored.content)
    if first >= size:
        return FakeResponse(416, b"", {"Content-Range": f"bytes */{size}"})
    last = min(int(found[2] or size - 1), size - 1)
    return FakeResponse(
        206, stored.content[first : last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    )
