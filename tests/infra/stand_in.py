"""A local fake of the Google Cloud APIs that `gcloud` and the build's service account call.

It records requests and responds just enough for `gcloud` to continue. It does not validate requests.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "augure-builder@my-project.iam.gserviceaccount.com"

Reply = tuple[int, Any]


@dataclass
class Service:
    """A service of Cloud Run.

    Attributes:
        candidate_url: URL of its tagged revision.
        spec: current template and traffic.
        revisions: the image of each revision, oldest first.
    """

    candidate_url: str
    spec: dict[str, Any]
    revisions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def placeholder(cls, name: str, candidate_url: str) -> "Service":
        """A service as Terraform creates it, before the first build."""
        template = {"metadata": {}, "spec": {"containers": [{"image": "us-docker.pkg.dev/cloudrun/container/hello"}]}}
        service = cls(candidate_url, {"template": template, "traffic": [{"percent": 100, "latestRevision": True}]})
        service.set(name, service.spec, new=True)
        return service

    def set(self, name: str, spec: dict[str, Any], *, new: bool) -> None:
        """Replace the spec; `new` creates a revision."""
        if new:
            self.revisions[f"{name}-{len(self.revisions) + 1:05}"] = spec["template"]["spec"]["containers"][0]["image"]
        self.spec = spec

    def traffic(self) -> list[dict[str, Any]]:
        """The traffic targets, each with its revision."""
        latest = list(self.revisions)[-1]
        url = {"url": self.candidate_url}
        return [{"revisionName": latest, **part, **(url if "tag" in part else {})} for part in self.spec["traffic"]]

    def serving(self) -> str:
        """The image that serves all requests."""
        [revision] = [part["revisionName"] for part in self.traffic() if part.get("percent")]
        return self.revisions[revision]

    def image(self) -> str:
        """The image of the next revision."""
        image: str = self.spec["template"]["spec"]["containers"][0]["image"]
        return image

    def message(self, name: str) -> dict[str, Any]:
        """The service in the API's format."""
        latest = list(self.revisions)[-1]
        conditions = [{"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")]
        return {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "1", "generation": 1, "resourceVersion": "A"},
            "spec": self.spec,
            "status": {
                "observedGeneration": 1,
                "url": f"https://{name}.example",
                "conditions": conditions,
                "latestReadyRevisionName": latest,
                "latestCreatedRevisionName": latest,
                "traffic": self.traffic(),
            },
        }


@dataclass
class Cloud:
    """The state of the fake.

    Attributes:
        address: its URL.
        objects: every uploaded object, by BUCKET/NAME.
        builds: the messages that Cloud Build received.
        build_status: final status of every build.
        audiences: of the identity tokens that were requested.
        requests: method and path of every request.
        services: Cloud Run's services.
    """

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    builds: list[dict[str, Any]] = field(default_factory=list)
    build_status: str = "SUCCESS"
    audiences: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    services: dict[str, "Service"] = field(default_factory=dict)

    def environ(self, folder: Path) -> dict[str, str]:
        """Variables that make `gcloud` call only this fake, with its configuration in `folder`."""
        token = folder / "token"
        token.write_text("a-token")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDSDK_")}
        host = self.address.removeprefix("http://")
        return inherited | {
            # gcloud puts the region before the host of Cloud Run's URL; only a proxy can receive such requests.
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": host.partition(":")[0],
            "CLOUDSDK_PROXY_PORT": host.partition(":")[2],
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD": f"{self.address}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{self.address}/storage/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN": f"{self.address}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE": f"{self.address}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": f"{self.address}/",
            "GCE_METADATA_HOST": host,
        }


@dataclass(frozen=True)
class Call:
    """One request to the fake."""

    cloud: Cloud
    query: dict[str, list[str]]
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


def bucket(_: Call, name: str) -> Reply:
    return 200, {"name": name, "projectNumber": "1", "location": "EUROPE-WEST9"}


def upload(call: Call, name: str) -> Reply:
    return 200, {"Location": f"{call.cloud.address}/resumable/{name}/o/{call.query['name'][0]}"}


def resumed(call: Call, name: str, key: str) -> Reply:
    call.cloud.objects[f"{name}/{key}"] = call.body
    return 200, {"bucket": name, "name": key, "generation": "7", "size": str(len(call.body)), "timeCreated": TIME}


TIME = "2026-01-01T00:00:00Z"


def create_build(call: Call, where: str) -> Reply:
    build = call.json()
    call.cloud.builds.append(build)
    created = {
        **build,
        "id": "build-1",
        "name": f"{where}/builds/build-1",
        "projectId": "my-project",
        "createTime": TIME,
    }
    operation = f"{where}/operations/build-1"
    return 200, {"name": operation, "metadata": {"@type": BUILD_METADATA, "build": {**created, "status": "QUEUED"}}}


BUILD_METADATA = "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata"


def build_state(call: Call, where: str) -> Reply:
    state = {"id": "build-1", "name": f"{where}/builds/build-1", "status": call.cloud.build_status}
    times = dict.fromkeys(("createTime", "startTime", "finishTime"), TIME)
    return 200, {**call.cloud.builds[-1], **state, **times, "projectId": "my-project"}


def access_token(call: Call) -> Reply:
    assert call.headers["Metadata-Flavor"] == "Google"
    return 200, {"access_token": "builds-token", "expires_in": 3600, "token_type": "Bearer"}


def account(call: Call) -> Reply:
    assert call.headers["Metadata-Flavor"] == "Google"
    return 200, ACCOUNT


def identity_token(call: Call, who: str) -> Reply:
    if (call.headers["Authorization"], who) != ("Bearer builds-token", ACCOUNT):
        return 403, {"error": {"message": f"{who} may not be used"}}
    audience: str = call.json()["audience"]
    call.cloud.audiences.append(audience)
    return 200, {"token": f"identity for {audience}"}


def no_rights(_: Call) -> Reply:
    """The build's account may not list the enabled APIs."""
    return 403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission denied"}}


def service(call: Call, name: str) -> Reply:
    match = call.cloud.services.get(name)
    return (200, match.message(name)) if match else (404, {"error": {"code": 404, "message": f"no service {name}"}})


def revision(call: Call, name: str) -> Reply:
    services = call.cloud.services.values()
    [image] = [service.revisions[name] for service in services if name in service.revisions]
    message = {"apiVersion": "serving.knative.dev/v1", "kind": "Revision", "metadata": {"name": name}}
    return 200, {**message, "spec": {"containers": [{"image": image}]}, "status": {}}


def replace_service(call: Call, name: str) -> Reply:
    spec, current = call.json()["spec"], call.cloud.services[name]
    current.set(name, spec, new=spec["template"] != current.spec["template"])
    return service(call, name)


ROUTES: list[tuple[str, Callable[..., Reply]]] = [
    (r"GET /storage/v1/b/([^/]+)", bucket),
    (r"POST /(?:resumable/)?upload/storage/v1/b/([^/]+)/o", upload),
    (r"PUT /resumable/([^/]+)/o/(.+)", resumed),
    (r"POST /v1/(projects/[^/]+/locations/[^/]+)/builds", create_build),
    (r"GET /v1/(projects/[^/]+/locations/[^/]+)/builds/[^/]+", build_state),
    (r"GET /v1/projects/[^/]+/services/run.googleapis.com", no_rights),
    (r"GET /apis/serving.knative.dev/v1/namespaces/my-project/services/([^/]+)", service),
    (r"GET /apis/serving.knative.dev/v1/namespaces/my-project/revisions/([^/]+)", revision),
    (r"PUT /apis/serving.knative.dev/v1/namespaces/my-project/services/([^/]+)", replace_service),
    (r"GET /computeMetadata/v1/instance/service-accounts/default/token", access_token),
    (r"GET /computeMetadata/v1/instance/service-accounts/default/email", account),
    (r"POST /v1/projects/-/serviceAccounts/([^/]+):generateIdToken", identity_token),
]


class Handler(BaseHTTPRequestHandler):
    """Dispatches a request to its route."""

    cloud: Cloud
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        url = urlsplit(self.path)
        self.cloud.requests.append(f"{self.command} {url.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status: int = 404
        value: Any = {"error": {"code": 404, "message": f"no route for {self.command} {url.path}"}}
        for pattern, route in ROUTES:
            if match := re.fullmatch(pattern, f"{self.command} {url.path}"):
                status, value = route(Call(self.cloud, parse_qs(url.query), self.headers, body), *match.groups())
                break
        content = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        if isinstance(value, dict) and "Location" in value:
            self.send_header("Location", value["Location"])
        self.send_header("Content-Type", "text/plain" if isinstance(value, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the standard library's names

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def google_cloud() -> Iterator[Cloud]:
    """The fake, on a free port."""
    cloud = Cloud()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"cloud": cloud}))
    cloud.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
