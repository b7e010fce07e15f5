"""cloudbuild.yaml: the upload and the message of `gcloud builds submit`, and the script that builds and pushes."""

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.cloudbuild import CONFIG, STEPS, SUBSTITUTION, command, needs_gcloud
from tests.infra.stand_in import Cloud, google_cloud
from tests.replay import ROOT

PLANTED = (
    ".aws/credentials", ".config/gcloud/credentials.db", ".env", ".git/config", ".netrc", ".venv/bin/x",
    "data/students.csv", "dist/predire/main.py", "functions/predire/.env.local", "functions/predire/data.jsonl",
    "functions/explorer/.streamlit/secrets.toml", "functions/predire/CLIENT_SECRET.json",
    "functions/predire/my-project-1a2b3c4d5e6f.json", "functions/predire/students.CSV",
    "functions/predire/students.tsv", "functions/predire/requetes_enrg.jsonl.1",
    "functions/predire/service-account.json", "infra/terraform/.terraform/x", "infra/terraform/plan.tfplan",
    "infra/terraform/terraform.tfstate", "infra/terraform/terraform.tfstate.backup",
    "infra/terraform/terraform.tfvars", "infra/terraform/x.auto.tfvars.json", "key.json", "mlflow.db",
    "mlruns/0/meta.yaml", "models/predire/data.csv", "models/predire/students.parquet", "notes.txt",
    "requetes_enrg.jsonl", "saved_images/5.png", "functions/predict_digit/saved_images/5.png", "server.log",
    "shared/__pycache__/http.cpython-313.pyc", "shared/id_ecdsa", "shared/id_rsa", "shared/private.pem",
    "shared/x.log.1", "tests/.htpasswd", "tools/.pypirc", "tests/client_secret_1.json",
    "tools/application_default_credentials.json", "models/vin/data.csv", "models/vin/data.parquet",
    "models/vin/estimator.joblib",
)  # fmt: skip
"""Files that must not be uploaded: secrets, data, logs, files of tools, and unlisted files."""

IGNORED = shutil.ignore_patterns(
    ".git", ".venv", "*cache*", "dist", "saved_images", "*.jsonl", "ml[rf]*", "[.]terraform*"
)
NEEDED = ("functions", "models", "requirements", "shared", "tools")
SOURCES = {"data", "estimator", "labels"}
"""What `python -m models new` keeps beside a bundle to make it again: tables and estimators stay at home."""
MAX_UPLOAD = 20_000_000
"""Maximum size of the upload, in bytes."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with files that must not be uploaded."""
    folder = tmp_path_factory.mktemp("upload") / "augure"
    shutil.copytree(ROOT, folder, ignore=IGNORED, symlinks=True)
    for name in PLANTED:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("private")
    return folder


@pytest.fixture(scope="module")
def submitted(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Cloud Build's state after `gcloud builds submit` with the options of `make deploy`."""
    words = ["gcloud", "builds", "submit", ".", "--config=cloudbuild.yaml", "--substitutions=_REGION=europe-west9"]
    words += ["--gcs-source-staging-dir=gs://my-project-augure-builds/source", "--project=my-project"]
    with google_cloud() as cloud:
        environ = cloud.environ(tmp_path_factory.mktemp("gcloud"))
        words += ["--region=europe-west9"]
        done = subprocess.run(words, cwd=copy, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield cloud


@pytest.fixture(scope="module")
def uploaded(submitted: Cloud) -> tuple[int, set[str]]:
    """Size of the upload in bytes, and its files."""
    [content] = submitted.objects.values()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return len(content), {member.name.removeprefix("./") for member in archive if member.isfile()}


@needs_gcloud
def test_private_files_are_not_uploaded(uploaded: tuple[int, set[str]]) -> None:
    size, names = uploaded
    assert sorted(names & set(PLANTED)) == []
    assert size < MAX_UPLOAD


@needs_gcloud
def test_every_file_of_images_and_tests_is_uploaded(copy: Path, uploaded: tuple[int, set[str]]) -> None:
    files = {str(file.relative_to(copy)) for top in NEEDED for file in (copy / top).rglob("*") if file.is_file()}
    sources = {f"models/{path.parent.name}/{path.name}" for path in copy.glob("models/*/*") if path.stem in SOURCES}
    assert sorted(files - uploaded[1] - set(PLANTED) - sources) == []
    assert {"cloudbuild.yaml", "pyproject.toml", "README.md", "tests/replay.py"} <= uploaded[1]


@needs_gcloud
def test_upload_is_the_list_of_files_for_upload(copy: Path, uploaded: tuple[int, set[str]], tmp_path: Path) -> None:
    environ = Cloud("http://127.0.0.1:9").environ(tmp_path)
    words = ["gcloud", "meta", "list-files-for-upload", str(copy)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) == uploaded[1]


@needs_gcloud
def test_build_message_is_one_of_the_cloud_build_api(submitted: Cloud) -> None:
    api = pytest.importorskip("google.cloud.devtools.cloudbuild_v1", reason="google-cloud-build is not installed")
    [sent] = submitted.builds
    build = api.Build.from_json(json.dumps(sent), ignore_unknown_fields=False)
    assert [step.id for step in build.steps] == ["test", "build", "candidate", "smoke", "traffic"]
    assert build.options.logging == api.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY
    assert build.service_account == (
        "projects/$PROJECT_ID/serviceAccounts/augure-builder@$PROJECT_ID.iam.gserviceaccount.com"
    )
    assert (build.source.storage_source.bucket, dict(build.substitutions)) == (
        "my-project-augure-builds",
        {"_REGION": "europe-west9", "_FUNCTION": ""},
    )
    assert all(0 < step.timeout.total_seconds() <= build.timeout.total_seconds() for step in build.steps)


def test_every_substitution_is_defined_and_used() -> None:
    words = [str(word) for step in STEPS.values() for word in step["args"]] + [CONFIG["serviceAccount"]]
    used = {match[1] or match[2] for word in words for match in SUBSTITUTION.finditer(word)}
    assert {name for name in used if name.startswith("_")} == set(CONFIG["substitutions"])
    assert {name for name in used if not name.startswith("_")} == {"PROJECT_ID", "BUILD_ID"}


def test_traffic_moves_only_after_everything_else() -> None:
    before = {name: set(step.get("waitFor", ())) for name, step in STEPS.items()}
    assert before == {
        "test": set(),
        "build": {"-"},
        "candidate": {"test", "build"},
        "smoke": {"candidate"},
        "traffic": {"smoke"},
    }
    assert [step.get("allowFailure") for step in STEPS.values()] == [None] * len(STEPS)


@dataclass(frozen=True)
class Docker:
    """A workspace with two functions, and a fake docker that records its calls."""

    folder: Path

    def build(self, function: str = "") -> subprocess.CompletedProcess[str]:
        """Run the step `build`."""
        values = {"PROJECT_ID": "my-project", "_REGION": "europe-west9", "BUILD_ID": "build-1", "_FUNCTION": function}
        environ = os.environ | {"FAKE": str(self.folder), "PATH": f"{self.folder}:/usr/bin:/bin"}
        words = command("build", values)
        return subprocess.run(words, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)

    def set(self, name: str, text: str) -> None:
        """Write a file that configures the fake."""
        (self.folder / name).write_text(text, "utf-8")

    def calls(self, command: str) -> list[str]:
        """The calls of `docker buildx COMMAND`."""
        lines = (self.folder / "calls").read_text("utf-8").splitlines()
        return [line for line in lines if line.startswith(f"docker buildx {command}")]

    def built(self) -> dict[str, str]:
        """The images for the next step, by function."""
        return {file.name: file.read_text("utf-8") for file in (self.folder / "built").glob("*")}


REGISTRY = "europe-west9-docker.pkg.dev/my-project/augure"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    fake = Docker(tmp_path)
    (tmp_path / "docker").symlink_to(ROOT / "tests/infra/fake_docker")
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/images.sh", tmp_path / "tools")
    for name in ("one", "two", "unfinished"):
        (tmp_path / "functions" / name).mkdir(parents=True)
    for name in ("one", "two"):
        (tmp_path / "functions" / name / "function.yaml").touch()
    fake.set("digest", DIGEST)
    fake.set("provenance", '{"SLSA": {"buildType": "x"}}')
    return fake


def test_every_function_is_built_and_pushed_with_provenance_and_cache(docker: Docker) -> None:
    assert docker.build().returncode == 0
    assert docker.built() == {name: f"{REGISTRY}/{name}@{DIGEST}\n" for name in ("one", "two")}
    one, two = docker.calls("build ")
    cache = f"type=registry,ref={REGISTRY}/one:cache"
    for option in (
        "--build-arg FUNCTION=one", f"--tag {REGISTRY}/one:build-1", "--push", "--provenance mode=max",
        f"--cache-from {cache}", f"--cache-to {cache},mode=max", "--platform linux/amd64",
    ):  # fmt: skip
        assert option in one
    assert "--build-arg FUNCTION=two" in two
    assert len(docker.calls("create ")) == 1


def test_an_app_is_built_as_one(docker: Docker) -> None:
    (docker.folder / "functions/two/function.yaml").write_text("kind: app  # a page\n", "utf-8")
    assert docker.build().returncode == 0
    assert ["--target app" in call for call in docker.calls("build ")] == [False, True]


def test_one_function_is_built(docker: Docker) -> None:
    assert docker.build("two").returncode == 0
    assert list(docker.built()) == ["two"]


@pytest.mark.parametrize("name", ["unfinished", "absent", "t"])
def test_unknown_function_fails(name: str, docker: Docker) -> None:
    done = docker.build(name)
    assert (done.returncode, done.stderr) == (1, f"there is no functions/{name}/function.yaml\n")


@pytest.mark.parametrize(
    ("name", "text"), [("fail", "FUNCTION=one"), ("digest", ""), ("provenance", "null"), ("fail", "create")]
)
def test_incomplete_image_fails_and_is_not_recorded(name: str, text: str, docker: Docker) -> None:
    docker.set(name, text)
    assert docker.build().returncode != 0
    assert docker.built() == {}
