"""From nothing to answering addresses, and back: `make deploy PROJECT=...`, `make destroy PROJECT=...`.

Every step either sees that it is done already or can be done again, so after a failure the same command goes on.
`--dry-run` runs nothing and prints the same commands as a shell script.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TERRAFORM = ("terraform", "-chdir=infra/terraform")
FIRST_APIS = ("cloudbilling", "cloudresourcemanager", "serviceusage", "storage")
"""What Terraform itself needs before it can switch the others on."""

NOT_YET = (
    r"Cannot find metric(\(s\) that match| that matches) type",
    r"has not been used in project \S+ before or it is disabled",
    r"Unknown service account|[Ss]ervice account \S+ (does not exist|\(or it may not exist\))",
    r"Cloud Run Service Agent (\S+ )?(does not|must) have permission",
)
"""What Google says of something that was made a moment ago."""

TIMES, SECONDS = 10, 60
"""How often a step that failed so is done again, and how long after: a metric may take ten minutes, says Google."""

TERMS = "If terms of service are named: accept them with this account at https://console.cloud.google.com"

Words = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """What is deployed where.

    Attributes:
        build_region: where Cloud Build runs; new projects may not use every region.
        billing: account of the form XXXXXX-XXXXXX-XXXXXX that pays for a project still to be made; "" for none.
        function: the only function to build; "" for all.
        emails: who is written to when an alert opens, separated by commas; "": whom terraform.tfvars names.
    """

    project: str
    region: str
    build_region: str
    billing: str = ""
    function: str = ""
    emails: str = ""

    @property
    def state(self) -> str:
        """The bucket of Terraform's state."""
        return f"gs://{self.project}-augure-tfstate"

    @property
    def variables(self) -> Words:
        """What Terraform is told; the rest is in infra/terraform/terraform.tfvars, where there is one."""
        given = [f"-var=project_id={self.project}", f"-var=region={self.region}", "-var=billing_account=$VALUE"]
        if self.emails:
            given.append(f"-var=alert_emails={json.dumps([one.strip() for one in self.emails.split(',')])}")
        return ("-input=false", "-auto-approve", *given)

    @property
    def account(self) -> Words:
        """Asks who pays; the answer is the `$VALUE` of `variables`."""
        answer = "--format=value(billingAccountName.basename())"
        return ("gcloud", "billing", "projects", "describe", self.project, answer)

    def functions(self) -> list[str]:
        """The functions to deploy.

        Raises:
            Stopped: there is none, or not the one that was asked for.
        """
        found = sorted(file.parent.name for file in ROOT.glob("functions/*/function.yaml"))
        if not found or self.function not in ("", *found):
            raise Stopped(f"no functions/{self.function or '*'}/function.yaml")
        return [self.function] if self.function else found

    def models(self) -> list[str]:
        """Those of them that have a model to publish."""
        return [name for name in self.functions() if (ROOT / "models" / name / "bundle" / "manifest.json").exists()]


class Stopped(Exception):
    """A step has failed; the text says which, and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        title: what it is, for the person who watches.
        command: what does it; empty: `unless` must hold already.
        unless: asked first, silently; where it succeeds and prints `answer`, `command` is left out.
        answer: what `unless` must print; "" for anything.
        other: said before stopping where `unless` prints something that is not `answer`; `{}` stands for it.
        value: a command whose output stands for `$VALUE` in `command`.
        hint: what to do when it fails.
        may_fail: whether the next step comes all the same.
        patient: whether it is done again where it fails with one of `NOT_YET`, or `kept` a service.
    """

    title: str
    command: Words = ()
    unless: Words = ()
    answer: str = ""
    other: str = ""
    value: Words = ()
    hint: str = ""
    may_fail: bool = False
    patient: bool = False

    def shell(self) -> str:
        """The step as lines of a shell script."""
        lines = [f"# {self.title}"]
        if self.patient:
            lines.append(f"# Where this says: {'; '.join(NOT_YET)}: again after {SECONDS} s, up to {TIMES} times")
        if self.value:
            lines.append(f"VALUE=$({shlex.join(self.value)})")
        command = " ".join(f'"{word}"' if "$VALUE" in word else shlex.quote(word) for word in self.command)
        asked = shlex.join(self.unless)
        if self.other:
            said = '"$FOUND"'.join(shlex.quote(part) for part in self.other.split("{}"))
            lines.append(f"FOUND=$({asked}) || true")
            lines.append(f'case $FOUND in {self.answer} | "") ;; *) echo {said} >&2; exit 1 ;; esac')
            asked = 'echo "$FOUND"'
        test = f'[ "$({asked})" = {shlex.quote(self.answer)} ]' if self.answer else f"{asked} >/dev/null"
        either = " || ".join(part for part in (test if self.unless else "", command) if part)
        return "\n".join([*lines, either + (" || true" if self.may_fail else "")])

    def run(self) -> str:
        """Do it, unless it is done; gives the value that was asked for, if any.

        Raises:
            Stopped: it failed.
        """
        print(f"== {self.title}", flush=True)
        if self.unless and self.is_done():
            return ""
        value = self._output(self.value) if self.value else ""
        command = [word.replace("$VALUE", value) for word in self.command]
        if not command or not (self._succeeds(command) or self.may_fail):
            raise Stopped(f"{self.title}: failed{': ' + shlex.join(command) if command else ''}\n{self.hint}".rstrip())
        return value

    def is_done(self) -> bool:
        """Whether `unless` holds; says what it said where nothing can be done about it.

        Raises:
            Stopped: it printed what must not be.
        """
        asked = subprocess.run(self.unless, cwd=ROOT, capture_output=True, text=True, check=False)
        if asked.returncode and (self.other or not self.command):
            print(asked.stderr, end="", file=sys.stderr)
        found = asked.stdout.strip()
        if self.other and found not in ("", self.answer):
            raise Stopped(self.other.replace("{}", found))
        return asked.returncode == 0 and self.answer in ("", found)

    def _succeeds(self, command: list[str]) -> bool:
        if not self.patient:
            return subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        for left in range(TIMES, -1, -1):
            code, text = shown(command)
            early = code and (kept(text) or re.search("|".join(NOT_YET), text))
            if not early or not left:
                break
            print(f"== Not known everywhere yet: again in {SECONDS} s, {left} times at most", flush=True)
            time.sleep(SECONDS)
        return code == 0

    def _output(self, command: Words) -> str:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode or not done.stdout.strip():
            raise Stopped(f"{self.title}: failed: {shlex.join(command)}\n{self.hint}".rstrip())
        return done.stdout.strip()


def shown(command: Sequence[str]) -> tuple[int, str]:
    """Run a command and show what it prints; gives its exit code, and that as one line without frames or colours."""
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout  # noqa: S101 - for mypy
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return running.returncode, re.sub(r"(\x1b\[[0-9;]*m|[│╷╵\s])+", " ", "".join(lines))


def kept(text: str) -> bool:
    """Have Terraform mend services that never became ready where it may not replace them; whether there was one."""
    addresses = re.findall(r"# (\S+) is tainted", text) if "without setting deletion_protection=" in text else []
    return 0 in [shown((*TERRAFORM, "untaint", address))[0] for address in addresses]


def deployment(place: Place) -> Iterator[Step]:
    """From nothing to functions that answer."""
    yield from checks(place)
    yield from infrastructure(place)
    for name in place.models():
        publish = (sys.executable, "-m", "models", "publish", name, "--bucket", f"{place.project}-augure-models")
        yield Step(f"model {name}: publish and promote this repository's", (*publish, "--promote"))
    yield build(place)
    for name in place.functions():
        yield smoke_test(name, place)


def checks(place: Place) -> Iterator[Step]:
    """What only a person can mend comes first."""
    project, billing = f"--project={place.project}", place.billing
    yield Step(
        "gcloud: signed in",
        unless=("gcloud", "auth", "print-access-token", "--quiet"),
        hint="Sign in: gcloud auth login",
    )
    yield Step(
        "Terraform and Python: signed in",
        unless=("gcloud", "auth", "application-default", "print-access-token", "--quiet"),
        hint="Sign in: gcloud auth application-default login",
    )
    yield Step(
        f"project {place.project}",
        ("gcloud", "projects", "create", place.project) if billing else (),
        unless=("gcloud", "projects", "describe", place.project, "--format=value(projectId)"),
        hint="There is no such project, or you may not see it. BILLING=XXXXXX-XXXXXX-XXXXXX has a new one made; its "
        f"name must be free in the whole world.\n{TERMS}",
    )
    yield Step(
        "billing",
        ("gcloud", "billing", "projects", "link", place.project, f"--billing-account={billing}") if billing else (),
        unless=("gcloud", "billing", "projects", "describe", place.project, "--format=value(billingEnabled)"),
        answer="True",
        hint="Nobody pays for the project. Name an account with BILLING=..., out of: gcloud billing accounts list",
    )
    apis = [f"{name}.googleapis.com" for name in FIRST_APIS]
    yield Step(
        "first APIs",
        ("gcloud", "services", "enable", *apis, project),
        hint=TERMS,
    )


def infrastructure(place: Place) -> Iterator[Step]:
    """The bucket of Terraform's state, then everything else by Terraform."""
    yield state_bucket(place)
    yield Step("state: every version is kept", ("gcloud", "storage", "buckets", "update", place.state, "--versioning"))
    yield terraform_init(place)
    yield Step(
        "terraform apply",
        (*TERRAFORM, "apply", *place.variables),
        value=place.account,
        patient=True,
        hint="An API or a grant may need some minutes to be known everywhere: run the same command again. The budget "
        "needs roles/billing.costsManager on the billing account.",
    )


def state_bucket(place: Place) -> Step:
    """The bucket of Terraform's state: this project's, and where everything else is."""
    name, project = place.state.removeprefix("gs://"), f"--project={place.project}"
    create = ("gcloud", "storage", "buckets", "create", place.state, project, f"--location={place.region}")
    return Step(
        f"bucket {place.state}",
        (*create, "--uniform-bucket-level-access", "--public-access-prevention"),
        unless=("gcloud", "storage", "buckets", "list", project, f"--filter=name={name}", "--format=value(location)"),
        answer=place.region.upper(),
        other=f"{place.project} is deployed in {{}}, not in {place.region.upper()}: another region would replace all "
        "of it. Give REGION= as it was the first time, or make destroy there first.",
        hint="A 409 means that the bucket is there but not this project's: names are taken in the whole world.",
    )


def terraform_init(place: Place) -> Step:
    """Terraform with its providers and the state of this project."""
    backend = f"-backend-config=bucket={place.state.removeprefix('gs://')}"
    return Step("terraform init", (*TERRAFORM, "init", "-input=false", "-reconfigure", backend))


def build(place: Place) -> Step:
    """Cloud Build: test, build, push, deploy, smoke-test, move the traffic."""
    substitutions = f"_REGION={place.region}" + (f",_FUNCTION={place.function}" if place.function else "")
    command = ("gcloud", "builds", "submit", ".", "--config=cloudbuild.yaml", f"--substitutions={substitutions}")
    source = f"--gcs-source-staging-dir=gs://{place.project}-augure-builds/source"
    return Step(
        "Cloud Build: test, build, deploy, smoke-test, move the traffic",
        (*command, source, f"--project={place.project}", f"--region={place.build_region}"),
        hint="Old revisions go on serving. If the region is refused, a new project has no quota there: "
        "BUILD_REGION=europe-west1, or us-central1. A grant may also need a minute: run the same command again.",
    )


def smoke_test(name: str, place: Place) -> Step:
    """The function's examples, through its public address."""
    service = f"augure-{name}".replace("_", "-")
    where = (f"--project={place.project}", f"--region={place.region}")
    return Step(
        f"{name}: smoke test",
        (sys.executable, "-m", "tools.smoke", name, "$VALUE", "--identity", "gcloud"),
        value=("gcloud", "run", "services", "describe", service, *where, "--format=value(status.url)"),
    )


def destruction(place: Place) -> Iterator[Step]:
    """From there back to an empty project; the project itself and its logs stay."""
    yield terraform_init(place)
    unprotected = (*place.variables, "-var=deletion_protection=false")
    apply = (*TERRAFORM, "apply", *unprotected)
    yield Step("take the protection away", apply, value=place.account, may_fail=True, patient=True)
    destroyed = (*TERRAFORM, "destroy", *unprotected)
    yield Step("terraform destroy", destroyed, value=place.account, hint="Run the same command again.")
    yield Step(f"bucket {place.state}", ("gcloud", "storage", "rm", place.state, "--recursive"))


def deploy(place: Place) -> None:
    """Do every step and print the addresses.

    Raises:
        Stopped: a step has failed.
    """
    need("gcloud", "terraform")
    names = place.functions()
    addresses = [step.run() for step in deployment(place)][-len(names) :]  # the smoke tests come last
    print()
    for name, url in zip(names, addresses, strict=True):
        print(f"{name}  {url}")


def destroy(place: Place) -> None:
    """Ask, then take everything down.

    Raises:
        Stopped: a step has failed, or the answer was another.
    """
    need("gcloud", "terraform")
    if not state_bucket(place).is_done():
        raise Stopped(f"{place.project} has no {place.state}: nothing is deployed there, or you may not see it.")
    print(f"This deletes every service, image, published model, saved image and stored request of {place.project}.")
    print(f"Type {place.project} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != place.project:
        raise Stopped("nothing was deleted")
    for step in destruction(place):
        step.run()
    print(f"Project {place.project} itself is still there: gcloud projects delete {place.project}")


def need(*programs: str) -> None:
    """See that programs are there.

    Raises:
        Stopped: one is not.
    """
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise Stopped(f"{' and '.join(missing)} must be installed and on PATH: docs/operations.md, Deploying")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 where a step has failed."""
    parser = argparse.ArgumentParser(description="Deploy every function to a Google Cloud project, or take it down.")
    parser.add_argument("way", choices=["deploy", "destroy"])
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", default="europe-west9")
    parser.add_argument("--build-region", default="", help="where Cloud Build runs; default: --region")
    parser.add_argument("--billing", default="", metavar="ACCOUNT", help="who pays for a project that is to be made")
    parser.add_argument("--function", default="", help="build one function only")
    parser.add_argument("--email", default="", help="who is written to when an alert opens, separated by commas")
    parser.add_argument("--dry-run", action="store_true", help="print the commands as a shell script, run none")
    asked = parser.parse_args(arguments)
    if not asked.project:
        parser.error("which project? make deploy PROJECT=my-project")
    build_region = asked.build_region or asked.region
    place = Place(asked.project, asked.region, build_region, asked.billing, asked.function, asked.email)
    try:
        if asked.dry_run:
            steps = deployment(place) if asked.way == "deploy" else destruction(place)
            print(
                "\n\n".join(["set -e", f"cd {shlex.quote(os.path.relpath(ROOT))}", *(step.shell() for step in steps)])
            )
        else:
            (deploy if asked.way == "deploy" else destroy)(place)
    except Stopped as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
