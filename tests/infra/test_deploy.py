"""`make deploy` and `make destroy`, with programs that write down what they are asked in the place of the real ones."""

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
"""What is there once everything is deployed."""


@dataclass(frozen=True)
class World:
    """A repository with two functions, and the programs' own folder."""

    root: Path
    folder: Path

    def run(self, *words: str) -> int:
        """`python -m tools.deploy`, in this repository."""
        return main([*words, "--project", "my-project", "--region", "europe-west9"])

    def calls(self) -> list[str]:
        """Everything that was asked since the last time."""
        file = self.folder / "calls"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def things(self) -> set[str]:
        """What exists."""
        return {file.name for file in self.folder.iterdir()} - {"calls", "fail", "late"}

    def fail(self, call: str) -> None:
        """Let one call fail, once."""
        (self.folder / "fail").write_text(call, "utf-8")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path / "augure", tmp_path / "fake")
    for name in ("with_model", "without_model"):
        (made.root / "functions" / name).mkdir(parents=True)
        (made.root / "functions" / name / "function.yaml").touch()
    (made.root / "functions" / "unfinished").mkdir()
    (made.root / "models/with_model/bundle").mkdir(parents=True)
    (made.root / "models/with_model/bundle/manifest.json").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    made.folder.mkdir()
    for name in ("gcloud", "terraform", "python"):
        (programs / name).symlink_to(ROOT / "tests/infra/fake_program")
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(made.folder))
    monkeypatch.setattr(process, "ROOT", made.root)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.chdir(made.root)
    return made


def answering(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def after(calls: Sequence[str], start: str) -> str:
    [found] = [call for call in calls if call.startswith(start)]
    return found


def test_deploys_from_nothing_and_prints_the_addresses(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.things() == EVERYTHING
    lines = capfd.readouterr().out.splitlines()
    assert lines[-2:] == [
        "with_model  https://augure-with-model.example",
        "without_model  https://augure-without-model.example",
    ]
    assert "a-token" not in lines
    calls = world.calls()
    assert "python -m models publish with_model --bucket my-project-augure-models --promote" in calls
    assert "python -m tools.smoke with_model https://augure-with-model.example --identity gcloud" in calls


def test_a_second_run_makes_nothing_twice(world: World) -> None:
    assert [world.run("deploy", "--billing", BILLING), world.run("deploy")] == [0, 0]
    calls = world.calls()
    once = ("gcloud projects create", "gcloud billing projects link", "gcloud storage buckets create")
    assert [sum(call.startswith(start) for call in calls) for start in once] == [1, 1, 1]
    assert world.things() == EVERYTHING


STEPS = 19
"""How many calls a deployment of this repository from nothing makes."""


@pytest.mark.parametrize("step", range(STEPS))
def test_goes_on_after_any_failure(step: int, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    calls = world.calls()
    assert len(calls) == STEPS
    for thing in world.things():
        (world.folder / thing).unlink()
    world.fail(calls[step])
    first = world.run("deploy", "--billing", BILLING)
    assert not (world.folder / "fail").exists()
    asks = " describe " in calls[step] or " list " in calls[step]
    question = asks and "run services" not in calls[step] and "basename" not in calls[step]
    assert first == (0 if question else 1)
    assert world.calls()[: step + 1] == calls[: step + 1]
    assert question or "failed" in capfd.readouterr().err
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.things() == EVERYTHING


def test_dry_run_runs_nothing_and_prints_what_a_run_does(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--billing", BILLING, "--dry-run") == 0
    assert world.calls() == []
    script = capsys.readouterr().out
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], check=True, cwd=world.root, capture_output=True)
    printed, made = world.calls(), world.things()
    assert made == EVERYTHING
    for thing in made:
        (world.folder / thing).unlink()
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.calls() == printed


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ((), "There is no such project"),
        (("project",), "Name an account with BILLING=..., out of: gcloud billing accounts list"),
    ],
)
def test_what_a_person_must_mend_comes_before_anything_is_made(
    there: Sequence[str], says: str, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    for thing in there:
        (world.folder / thing).touch()
    assert world.run("deploy") == 1
    assert says in capfd.readouterr().err
    assert world.things() == set(there)


def test_builds_one_function(world: World) -> None:
    assert world.run("deploy", "--billing", BILLING, "--function", "with_model") == 0
    calls = world.calls()
    assert "--substitutions=_REGION=europe-west9,_FUNCTION=with_model" in after(calls, "gcloud builds submit")
    assert [call for call in calls if "without_model" in call or "without-model" in call] == []


def test_unknown_function_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", "--function", "unfinished", "--dry-run") == 1
    assert capsys.readouterr().err == "no functions/unfinished/function.yaml\n"


def test_cloud_build_may_run_elsewhere(world: World) -> None:
    assert world.run("deploy", "--billing", BILLING, "--build-region", "europe-west1") == 0
    calls = world.calls()
    assert after(calls, "gcloud builds submit").endswith("--region=europe-west1")
    assert "_REGION=europe-west9 " in after(calls, "gcloud builds submit")


def test_terraform_learns_who_pays_and_who_is_written_to(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING, "--email", "ada@example.org, bob@example.org") == 0
    applied = after(world.calls(), "terraform -chdir=infra/terraform apply")
    assert f" -var=billing_account={BILLING} " in applied
    assert applied.endswith(' -var=alert_emails=["ada@example.org", "bob@example.org"]')
    assert world.run("deploy") == 0
    applied = after(world.calls(), "terraform -chdir=infra/terraform apply")
    assert applied.endswith(f" -var=billing_account={BILLING}")
    answering("my-project\n", monkeypatch)
    assert world.run("destroy") == 0
    assert f" -var=billing_account={BILLING} " in after(world.calls(), "terraform -chdir=infra/terraform destroy")
    assert "$VALUE" not in capfd.readouterr().out


EARLY = r"│ \e[31mError: googleapi: Error 404: Cannot find metric that\n│ matches type = \"augure\"\e[0m"
"""What Terraform says of an alert on a metric that was made seconds ago, in its frame."""


@pytest.mark.parametrize(
    ("says", "times", "expected"),
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
def test_what_was_just_made_is_waited_for(
    says: str,
    times: int,
    expected: int,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    (world.folder / "late").write_text(f"{says}\n" * times, "utf-8")
    assert world.run("deploy", "--billing", BILLING) == expected
    retries = 0 if says.endswith("Permission denied") else min(times, 10)
    assert pauses == [60] * retries
    assert sum(call.startswith("terraform -chdir=infra/terraform apply") for call in world.calls()) == retries + 1
    out, err = capfd.readouterr()
    assert out.count("== Not known everywhere yet: again in 60 s, ") == retries
    assert "Error" in out
    assert ("terraform apply: failed" in err) == bool(expected)


TAINTED = 'google_cloud_run_v2_service.function["with_model"]'
REPLACED = rf"\e[1m  # {TAINTED}\e[0m is tainted, so must be \e[1m\e[31mreplaced\e[0m"
REFUSED = r"│ \e[31mError: \e[0mcannot destroy service without setting\n│ deletion_protection=false and running..."
"""What Terraform says of a service that was made and never became ready: it would replace it, and may not."""


@pytest.mark.parametrize("way", ["deploy", "destroy"])
def test_a_service_that_never_became_ready_is_mended(way: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    world.calls()
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (world.folder / "late").write_text(rf"{REPLACED}\n{REFUSED}" + "\n", "utf-8")
    answering("my-project\n", monkeypatch)
    assert world.run(way) == 0
    asked = [call.removeprefix("terraform -chdir=infra/terraform ") for call in world.calls()]
    applied, mended, again = [call for call in asked if call.startswith(("apply", "untaint"))]
    assert (mended, again) == (f"untaint {TAINTED}", applied)


@pytest.mark.parametrize("says", [REPLACED, REFUSED])
def test_only_a_service_that_terraform_may_not_replace_is_mended(says: str, world: World) -> None:
    (world.folder / "late").write_text(f"{says}\n", "utf-8")
    assert world.run("deploy", "--billing", BILLING) == 1
    assert [call for call in world.calls() if " untaint " in call] == []


def test_missing_program_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.folder.parent / "bin/terraform").unlink()
    assert world.run("deploy") == 1
    assert capsys.readouterr().err.startswith("terraform must be installed")
    assert world.calls() == []


def test_destroy_takes_everything_down_after_asking(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    answering("my-project\n", monkeypatch)
    assert world.run("destroy") == 0
    assert world.things().isdisjoint({"applied", "bucket"})
    assert "Type my-project to go on" in capfd.readouterr().out


@pytest.mark.parametrize("answer", ["", "no\n", "y\n", "my-projec\n"])
def test_destroy_does_nothing_without_the_projects_name(
    answer: str, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    before = world.things()
    world.calls()
    answering(answer, monkeypatch)
    assert world.run("destroy") == 1
    assert "nothing was deleted" in capfd.readouterr().err
    assert world.things() == before
    assert len(world.calls()) == 1


@pytest.mark.parametrize("failing", ["terraform -chdir=infra/terraform destroy", "gcloud storage rm"])
def test_destroy_goes_on_after_a_failure(failing: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    assert world.run("destroy", "--dry-run") == 0
    steps = [step.command for step in destroy_steps(Target("my-project", "europe-west9", ""))]
    world.fail(after([" ".join(step).replace("$VALUE", BILLING) for step in steps], failing))
    for expected in (1, 0):
        answering("my-project\n", monkeypatch)
        assert world.run("destroy") == expected
        (world.folder / "applied").touch()  # terraform destroy is content when there is nothing
    assert "bucket" not in world.things()


@pytest.mark.parametrize("way", ["deploy", "destroy"])
def test_another_region_than_the_first_time_changes_nothing(
    way: str, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy", "--billing", BILLING) == 0
    (world.folder / "bucket").write_text("US-CENTRAL1", "utf-8")
    before = world.things()
    world.calls()
    answering("my-project\n", monkeypatch)
    assert world.run(way) == 1
    assert "my-project is deployed in US-CENTRAL1, not in EUROPE-WEST9: " in capfd.readouterr().err
    assert world.things() == before
    assert [call for call in world.calls() if call.startswith("terraform") or " create " in call] == []


def test_dry_run_stops_at_another_region_too(world: World, capsys: pytest.CaptureFixture[str]) -> None:
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
def test_names_are_those_of_terraform() -> None:
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


def test_destroy_of_nothing_says_so(world: World, capfd: pytest.CaptureFixture[str]) -> None:
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
