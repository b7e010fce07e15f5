"""The steps of cloudbuild.yaml that deploy, test and release: real `gcloud`, fake Google Cloud, real function."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra import stand_in
from tests.infra.cloudbuild import command, needs_gcloud
from tests.infra.proxy import Proxy, proxying
from tests.infra.stand_in import Cloud, Service, google_cloud
from tests.replay import ROOT
from tests.serving import serving

pytestmark = needs_gcloud

NAME = "predict_species"
SERVICE = "augure-predict-species"
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"europe-west9-docker.pkg.dev/my-project/augure/{NAME}@{DIGEST}"
PLACEHOLDER = "us-docker.pkg.dev/cloudrun/container/hello"


@dataclass(frozen=True)
class Build:
    """A build after its step `build`, which has pushed an image."""

    cloud: Cloud
    proxy: Proxy
    folder: Path

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run one step of cloudbuild.yaml."""
        python, *words = command(name, {"PROJECT_ID": "my-project", "_REGION": "europe-west9"})
        assert python == "python3"
        environ = self.cloud.environ(self.folder) | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )

    @property
    def service(self) -> Service:
        return self.cloud.services[SERVICE]


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(NAME, tmp_path_factory.mktemp("function"), environ={"REQUEST_LOG": "off"}) as server:
        yield server.address


@pytest.fixture(scope="module")
def servers(function: str) -> Iterator[tuple[Cloud, Proxy]]:
    with google_cloud() as cloud, proxying(function) as proxy:
        proxy.token = f"Bearer identity for https://{SERVICE}.example"
        yield cloud, proxy


def new_build(servers: tuple[Cloud, Proxy], folder: Path) -> Build:
    cloud, proxy = servers
    cloud.audiences.clear()
    cloud.services = {SERVICE: Service.placeholder(SERVICE, proxy.address)}
    proxy.change = lambda _, reply: reply
    (folder / "built").mkdir()
    (folder / "built" / NAME).write_text(IMAGE + "\n", "utf-8")
    return Build(cloud, proxy, folder)


@pytest.fixture
def build(servers: tuple[Cloud, Proxy], tmp_path: Path) -> Build:
    return new_build(servers, tmp_path)


@pytest.fixture(scope="module")
def deployed(servers: tuple[Cloud, Proxy], tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, Path]:
    """The service and the records after the step `candidate`, run once because `gcloud` is slow."""
    made = new_build(servers, tmp_path_factory.mktemp("deployed"))
    assert made.step("candidate").returncode == 0
    return copy.deepcopy(made.service), made.folder / "built"


@pytest.fixture
def candidate(deployed: tuple[Service, Path], build: Build) -> Build:
    """A build after its step `candidate`."""
    service, records = deployed
    build.cloud.services[SERVICE] = copy.deepcopy(service)
    shutil.copytree(records, build.folder / "built", dirs_exist_ok=True)
    return build


def test_good_revision_gets_the_traffic_after_its_smoke_test(build: Build) -> None:
    done = build.step("candidate")
    assert (done.returncode, done.stdout) == (0, f"{NAME}: {SERVICE}-00002 is at {build.proxy.address}\n")
    assert build.service.revisions == {f"{SERVICE}-00001": PLACEHOLDER, f"{SERVICE}-00002": IMAGE}
    assert build.service.serving() == PLACEHOLDER
    assert "name" not in build.service.spec["template"]["metadata"]

    done = build.step("smoke")
    assert done.returncode == 0, done.stderr
    assert f"{NAME}/iris: 200 as expected" in done.stdout.splitlines()
    assert build.cloud.audiences == [f"https://{SERVICE}.example"]
    assert build.service.serving() == PLACEHOLDER

    done = build.step("traffic")
    assert (done.returncode, done.stdout) == (0, f"{NAME}: {SERVICE}-00002 serves https://{SERVICE}.example\n")
    assert build.service.serving() == IMAGE
    assert {"latestRevision": True, "percent": 100} in build.service.spec["traffic"]


def test_bad_revision_fails_the_build_and_the_old_one_serves(candidate: Build) -> None:
    candidate.proxy.change = lambda path, reply: (200, b'{"result": [0]}') if path == f"/{NAME}" else reply
    done = candidate.step("smoke")
    assert done.returncode == 1
    assert f"FAILED smoke {NAME}: {NAME}/colonne_inconnue: POST /{NAME}: expected status 422, got 200" in done.stderr
    assert f"{NAME}/iris: POST /{NAME}: /: expected " in done.stderr
    assert candidate.service.serving() == PLACEHOLDER
    assert done.stdout.endswith(f"{NAME}: {SERVICE}-00001 serves, and its image is the service's again\n")
    assert (candidate.service.image(), len(candidate.service.revisions)) == (PLACEHOLDER, 3)


def test_bad_function_fails_the_step_after_all_were_tried(candidate: Build) -> None:
    (candidate.folder / "built" / "absent").write_text(IMAGE, "utf-8")
    done = candidate.step("smoke")
    assert done.returncode == 1
    assert "FAILED smoke absent: " in done.stderr
    assert f"{NAME}/iris: 200 as expected" in done.stdout.splitlines()
    assert "gcloud run deploy augure-absent --image=IMAGE_THAT_SERVES --no-traffic" in done.stderr
    assert candidate.service.image() == IMAGE


def test_failed_candidate_is_not_started_by_terraform_later(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = iter([False, True])

    def replace(call: stand_in.Call, name: str) -> stand_in.Reply:
        return (403, {"error": {"code": 403}}) if next(refused, False) else stand_in.replace_service(call, name)

    monkeypatch.setattr(stand_in, "ROUTES", [(r"PUT /apis/.*/services/([^/]+)", replace), *stand_in.ROUTES])
    done = build.step("candidate")
    assert done.returncode == 1
    assert f"FAILED candidate {NAME}: " in done.stderr
    assert list(build.service.revisions.values()) == [PLACEHOLDER, IMAGE, PLACEHOLDER]
    assert (build.service.image(), build.service.serving()) == (PLACEHOLDER, PLACEHOLDER)


def test_invalid_record_fails_its_function_alone(candidate: Build) -> None:
    (candidate.folder / "built" / "absent").write_text(IMAGE, "utf-8")
    (candidate.folder / "built" / "absent.json").write_text("{", "utf-8")
    done = candidate.step("smoke")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "FAILED smoke absent: " in done.stderr
    assert f"{NAME}/iris: 200 as expected" in done.stdout.splitlines()


def test_image_of_another_build_is_not_replaced(candidate: Build) -> None:
    (candidate.folder / "built" / NAME).write_text("an-older-image", "utf-8")
    candidate.proxy.change = lambda path, reply: (200, b"{}") if path == f"/{NAME}" else reply
    assert candidate.step("smoke").returncode == 1
    assert (candidate.service.image(), len(candidate.service.revisions)) == (IMAGE, 2)


def test_outdated_candidate_is_not_released(candidate: Build) -> None:
    candidate.service.set(SERVICE, candidate.service.spec, new=True)
    done = candidate.step("traffic")
    assert done.returncode == 1
    assert f"FAILED traffic {NAME}: {NAME}: {SERVICE}-00003 came after {SERVICE}-00002" in done.stderr
    assert candidate.service.serving() == PLACEHOLDER


def test_candidate_of_another_build_is_not_released(candidate: Build) -> None:
    candidate.service.set(SERVICE, candidate.service.spec, new=True)
    [tagged] = [part for part in candidate.service.spec["traffic"] if part.get("tag")]
    tagged["revisionName"] = f"{SERVICE}-00003"
    done = candidate.step("traffic")
    assert done.returncode == 1
    assert f"{SERVICE}-00003 came after {SERVICE}-00002, which was tested" in done.stderr
    assert candidate.service.serving() == PLACEHOLDER


def test_build_without_an_image_fails(build: Build) -> None:
    (build.folder / "built" / NAME).unlink()
    done = build.step("candidate")
    assert done.returncode == 1
    assert "names no image" in done.stderr
    assert list((build.folder / "built").iterdir()) == []
