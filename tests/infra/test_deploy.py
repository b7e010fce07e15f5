"""`make deploy` and `make destroy`, with fake programs that record their calls."""

import io
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.replay import ROOT
from tools.deploy import process
from tools.deploy.__main__ import main
from tools.deploy.steps import deploy_steps, destroy_steps
from tools.deploy.target import Target

BILLING = "000000-000000-000000"
EVERYTHING = {
    "project", "billing", "apis", "bucket", "versioned", "terraform", "applied", "model-with_model", "built",
    "tested-with_model", "tested-without_model",
}  # fmt: skip
"""The resources of a complete deployment."""


@dataclass(frozen=True)
class World:
    """A repository with two functions, and the folder of the fake programs' state."""

    root: Path
    folder: Path

    def run(self, *words: str) -> int:
        """Run `python -m tools.deploy` in this repository."""
        return main([*words, "--project", "my-project", "--region", "europe-west9"])

    def calls(self) -> list[str]:
        """The calls since the last use of this method."""
        file = self.folder / "calls"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def resources(self) -> set[str]:
        """The existing resources."""
        return {file.name for file in self.folder.iterdir()} - {"calls", "fail", "late"}

    def fail(self, call: str) -> None:
        """Make one call fail, once."""
        (self.folder / "fail").write_text(call, "utf-8")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path / "augure", tmp_path / "fake")
    for name in ("with_model", "without_model"):
        (world.root / "functions" / name).mkdir(parents=True)
        (world.root / "functions" / name / "function.yaml").touch()
    (world.root / "functions" / "unfinished").mkdir()
    (world.root / "models/with_model/bundle").mkdir(parents=True)
    (world.root / "models/with_model/bundle/manifest.json").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    world.folder.mkdir()
    for name in ("gcloud", "terraform", "python"):
        (programs / name).symlink_to(ROOT / "tests/infra/fake_program")
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(world.folder))
    monkeypatch.setattr(process, "ROOT", world.root)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.chdir(world.root)
    return world


def type_answer(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def one_call(calls: Sequence[str], start: str) -> str:
    [call] = [call for call in calls if call.startswith(start)]
    return call


def test_deploys_from_nothing_and_prints_the_addresses(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.resources() == EVERYTHING
    lines = capfd.readouterr().out.splitlines()
    assert lines[-2:] == [
        "with_model  https://augure-with-model.example",
        "without_model  https://augure-without-model.example",
    ]
    assert "a-token" not in lines
    calls = world.calls()
    assert "python -m models publish with_model --bucket my-project-augure-models --promote" in calls
    assert "python -m tools.smoke with_model https://augure-with-model.example --identity gcloud" in calls


def test_a_second_run_creates_nothing(world: World) -> None:
    assert [world.run("deploy", "--billing", BILLING), world.run("deploy")] == [0, 0]
    calls = world.calls()
    once = ("gcloud projects create", "gcloud billing projects link", "gcloud storage buckets create")
    assert [sum(call.startswith(start) for call in calls) for start in once] == [1, 1, 1]
    assert world.resources() == EVERYTHING


STEPS = 19
"""Number of calls of a first deployment of this repository."""


@pytest.mark.parametrize("step", range(STEPS))
def test_continues_after_any_failure(step: int, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    calls = world.calls()
    assert len(calls) == STEPS
    for resource in world.resources():
        (world.folder / resource).unlink()
    world.fail(calls[step])
    first = world.run("deploy", "--billing", BILLING)
    assert not (world.folder / "fail").exists()
    query = " describe " in calls[step] or " list " in calls[step]
    check = query and "run services" not in calls[step] and "basename" not in calls[step]
    assert first == (0 if check else 1)
    assert world.calls()[: step + 1] == calls[: step + 1]
    assert check or "failed" in capfd.readouterr().err
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.resources() == EVERYTHING


def test_dry_run_runs_nothing_and_prints_the_commands_of_a_run(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING, "--dry-run") == 0
    assert world.calls() == []
    script = capsys.readouterr().out
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], check=True, cwd=world.root, capture_output=True)
    printed, resources = world.calls(), world.resources()
    assert resources == EVERYTHING
    for resource in resources:
        (world.folder / resource).unlink()
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.calls() == printed


@pytest.mark.parametrize(
    ("existing", "message"),
    [
        ((), "There is no such project"),
        (("project",), "Name an account with BILLING=..., out of: gcloud billing accounts list"),
    ],
)
def test_missing_prerequisites_fail_before_anything_is_created(
    existing: Sequence[str], message: str, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    for resource in existing:
        (world.folder / resource).touch()
    assert world.run("deploy") == 1
    assert message in capfd.readouterr().err
    assert world.resources() == set(existing)


def test_builds_one_function(world: World) -> None:
    assert world.run("deploy", "--billing", BILLING, "--function", "with_model") == 0
    calls = world.calls()
    assert "--substitutions=_REGION=europe-west9,_FUNCTION=with_model" in one_call(calls, "gcloud builds submit")
    assert [call for call in calls if "without_model" in call or "without-model" in call] == []


def test_unknown_function_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--function", "unfinished", "--dry-run") == 1
    assert capsys.readouterr().err == "no functions/unfinished/function.yaml\n"


def test_cloud_build_may_use_another_region(world: World) -> None:
    assert world.run("deploy", "--billing", BILLING, "--build-region", "europe-west1") == 0
    calls = world.calls()
    assert one_call(calls, "gcloud builds submit").endswith("--region=europe-west1")
    assert "_REGION=europe-west9 " in one_call(calls, "gcloud builds submit")


def test_terraform_gets_the_billing_account_and_the_alert_emails(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING, "--email", "ada@example.org, bob@example.org") == 0
    applied = one_call(world.calls(), "terraform -chdir=infra/terraform apply")
    assert f" -var=billing_account={BILLING} " in applied
    assert applied.endswith(' -var=alert_emails=["ada@example.org", "bob@example.org"]')
    assert world.run("deploy") == 0
    applied = one_call(world.calls(), "terraform -chdir=infra/terraform apply")
    assert applied.endswith(f" -var=billing_account={BILLING}")
    type_answer("my-project\n", monkeypatch)
    assert world.run("destroy") == 0
    assert f" -var=billing_account={BILLING} " in one_call(world.calls(), "terraform -chdir=infra/terraform destroy")
    assert "$VALUE" not in capfd.readouterr().out


EARLY = r"│ \e[31mError: googleapi: Error 404: Cannot find metric that\n│ matches type = \"augure\"\e[0m"
"""Terraform's error, in its frame, about an alert on a metric that was created seconds ago."""


@pytest.mark.parametrize(
    ("error", "times", "expected"),
    [
        (EARLY, 10, 0),
        ('Error 404: Cannot find metric(s) that match type = "augure". It could take up to 10 minutes.', 1, 0),
        ("Error 403: Billing Budget API has not been used in project 7 before or it is disabled.", 1, 0),
        ("Error: Service account augure-builder@my-project.iam.gserviceaccount.com does not exist.", 1, 0),
        ("Error retrieving IAM policy: googleapi: Error 404: Unknown service account", 1, 0),
        ("Error 403: iam.serviceaccounts.actAs denied on service account a@b.c (or it may not exist).", 1, 0),
        ("Error 403: Google Cloud Run Service Agent does not have permission to get access tokens for it.", 1, 0),
        ("Error 403: Google Cloud Run Service Agent a@b.example must have permission to read the image", 1, 0),
        (EARLY, 11, 1),
        ("Error 403: Permission denied", 1, 1),
    ],
)
def test_errors_about_new_resources_are_retried(
    error: str,
    times: int,
    expected: int,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    (world.folder / "late").write_text(f"{error}\n" * times, "utf-8")
    assert world.run("deploy", "--billing", BILLING) == expected
    retries = 0 if error.endswith("Permission denied") else min(times, 10)
    assert pauses == [60] * retries
    assert sum(call.startswith("terraform -chdir=infra/terraform apply") for call in world.calls()) == retries + 1
    out, err = capfd.readouterr()
    assert out.count("== Not known everywhere yet: again in 60 s, ") == retries
    assert "Error" in out
    assert ("terraform apply: failed" in err) == bool(expected)


TAINTED = 'google_cloud_run_v2_service.function["with_model"]'
REPLACED = rf"\e[1m  # {TAINTED}\e[0m is tainted, so must be \e[1m\e[31mreplaced\e[0m"
REFUSED = r"│ \e[31mError: \e[0mcannot destroy service without setting\n│ deletion_protection=false and running..."
"""Terraform's error about a service that never became ready, which it may not replace."""


@pytest.mark.parametrize("way", ["deploy", "destroy"])
def test_a_service_that_never_became_ready_is_untainted(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    world.calls()
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (world.folder / "late").write_text(rf"{REPLACED}\n{REFUSED}" + "\n", "utf-8")
    type_answer("my-project\n", monkeypatch)
    assert world.run(way) == 0
    calls = [call.removeprefix("terraform -chdir=infra/terraform ") for call in world.calls()]
    applied, untainted, retried = [call for call in calls if call.startswith(("apply", "untaint"))]
    assert (untainted, retried) == (f"untaint {TAINTED}", applied)


@pytest.mark.parametrize("error", [REPLACED, REFUSED])
def test_only_a_service_that_terraform_may_not_replace_is_untainted(error: str, world: World) -> None:
    (world.folder / "late").write_text(f"{error}\n", "utf-8")
    assert world.run("deploy", "--billing", BILLING) == 1
    assert [call for call in world.calls() if " untaint " in call] == []


def test_missing_program_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.folder.parent / "bin/terraform").unlink()
    assert world.run("deploy") == 1
    assert capsys.readouterr().err.startswith("terraform must be installed")
    assert world.calls() == []


def test_destroy_deletes_everything_after_confirmation(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    type_answer("my-project\n", monkeypatch)
    assert world.run("destroy") == 0
    assert world.resources().isdisjoint({"applied", "bucket"})
    assert "Type my-project to go on" in capfd.readouterr().out


@pytest.mark.parametrize("answer", ["", "no\n", "y\n", "my-projec\n"])
def test_destroy_does_nothing_without_confirmation(
    answer: str, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    before = world.resources()
    world.calls()
    type_answer(answer, monkeypatch)
    assert world.run("destroy") == 1
    assert "nothing was deleted" in capfd.readouterr().err
    assert world.resources() == before
    assert len(world.calls()) == 1


@pytest.mark.parametrize("failing", ["terraform -chdir=infra/terraform destroy", "gcloud storage rm"])
def test_destroy_continues_after_a_failure(failing: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.run("destroy", "--dry-run") == 0
    steps = [step.command for step in destroy_steps(Target("my-project", "europe-west9", ""))]
    world.fail(one_call([" ".join(step).replace("$VALUE", BILLING) for step in steps], failing))
    for expected in (1, 0):
        type_answer("my-project\n", monkeypatch)
        assert world.run("destroy") == expected
        (world.folder / "applied").touch()  # terraform destroy succeeds if nothing exists
    assert "bucket" not in world.resources()


@pytest.mark.parametrize("way", ["deploy", "destroy"])
def test_a_changed_region_is_refused(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    (world.folder / "bucket").write_text("US-CENTRAL1", "utf-8")
    before = world.resources()
    world.calls()
    type_answer("my-project\n", monkeypatch)
    assert world.run(way) == 1
    assert "my-project is deployed in US-CENTRAL1, not in EUROPE-WEST9: " in capfd.readouterr().err
    assert world.resources() == before
    assert [call for call in world.calls() if call.startswith("terraform") or " create " in call] == []


def test_a_dry_run_refuses_a_changed_region(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    (world.folder / "bucket").write_text("US-CENTRAL1", "utf-8")
    assert world.run("deploy", "--dry-run") == 0
    script = capsys.readouterr().out.partition("set -e\n")[2]
    world.calls()
    done = subprocess.run(["bash", "-eu", "-c", script], check=False, cwd=world.root, capture_output=True, text=True)
    assert done.returncode == 1
    assert "my-project is deployed in US-CENTRAL1, not in EUROPE-WEST9: " in done.stderr
    assert world.calls()[-1].startswith("gcloud storage buckets list")


TERRAFORM = ROOT / "infra/terraform"


@pytest.mark.skipif(not TERRAFORM.exists(), reason="there is no Terraform configuration")
@pytest.mark.usefixtures("world")
def test_names_match_terraform() -> None:
    text = "\n".join(file.read_text("utf-8") for file in sorted(TERRAFORM.glob("*.tf")))
    target = Target("my-project", "europe-west9", "", emails="ada@example.org")
    words = [word for step in [*deploy_steps(target), *destroy_steps(target)] for word in step.command]
    variables = {word.split("=")[1] for word in words if word.startswith("-var=")}
    assert variables == {"alert_emails", "billing_account", "deletion_protection", "project_id", "region"}
    assert [name for name in variables if f'variable "{name}"' not in text] == []
    for name in ("-augure-models", "-augure-builds"):
        assert f'"${{var.project_id}}{name}"' in text
        assert any(f"my-project{name}" in word for word in words)
    assert 'backend "gcs"' in text
    assert 'account_id   = "augure-builder"' in text


def test_destroy_without_a_deployment_is_reported(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.run("destroy") == 1
    assert "nothing is deployed there" in capfd.readouterr().err


def test_speaks_french_if_the_terminal_does(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert world.run("deploy") == 1
    out, err = capfd.readouterr()
    assert "== gcloud : connecté\n" in out
    assert "projet my-project : échec\nCe projet n'existe pas" in err
    assert world.run("deploy", "--billing", BILLING) == 0
    (world.folder / "bucket").write_text("US-CENTRAL1", "utf-8")
    assert world.run("destroy") == 1
    assert "my-project est déployé en US-CENTRAL1, pas en EUROPE-WEST9 : " in capfd.readouterr().err
    with pytest.raises(SystemExit):
        main(["deploy", "--project", ""])
    assert "quel projet ? make deploy PROJECT=mon-projet" in capfd.readouterr().err
