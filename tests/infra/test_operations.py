"""Documents and programs on Google Cloud: their `gcloud` commands are valid, and their cost tables add up."""

import ast
import json
import operator
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.cloudbuild import needs_gcloud
from tests.infra.stand_in import Cloud
from tests.replay import ROOT
from tools.deploy.steps import deploy_steps, destroy_steps
from tools.deploy.target import Target

PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("functions/*/README.md"),
    *ROOT.glob("infra/**/*.md"),
]
DEPLOYMENT = r"gcloud (run|functions) deploy (?=[a-z])"
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")


def page_commands(text: str) -> Iterator[str]:
    """The `gcloud` commands of a page, in shell blocks and in inline code."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for code in [*lines, *(code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", prose))]:
        if re.match(r"gcloud [a-z]", code):
            yield re.sub(r"\s+# .*", "", code).strip()


def program_commands(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The `gcloud` commands that `make deploy` and `make destroy` run or advise; test_release.py runs the build's."""
    monkeypatch.setattr(Target, "functions", lambda _: ["predict_digit"])
    target = Target("my-project", "europe-west9", "europe-west1", "000000-000000-000000", "predict_digit")
    for step in [*deploy_steps(target), *destroy_steps(target)]:
        yield from (shlex.join(words) for words in (step.unless, step.value, step.command) if words[:1] == ("gcloud",))
        yield from re.findall(r"gcloud [a-z -]+", step.hint)
    yield "gcloud auth print-identity-token"


def invalid(commands: Iterable[str], folder: Path) -> list[str]:
    """The commands that `gcloud` refuses, each with the reason."""
    file = folder / "commands.json"
    file.write_text(json.dumps([{"command_string": command} for command in sorted(set(commands))]), "utf-8")
    words = ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    environ = Cloud("http://127.0.0.1:9").environ(folder)
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)
    assert len(results) == len(set(commands))
    return [f"{result['command_string']}: {result['error_message']}" for result in results if not accepted(result)]


def accepted(result: dict[str, Any]) -> bool:
    """True if a command is valid, or lacks only its arguments."""
    reason = result["error_message"] or ""
    bare = re.fullmatch(r"gcloud[a-z -]*", result["command_string"])
    return result["success"] or bool(bare and re.search("must be specified|argument expected|one argument", reason))


WRONG = {
    "gcloud run deploy augure-predire --image=x --no-trafic": "unrecognized arguments: --no-trafic",
    "gcloud run service describe augure-predire": "Invalid choice: 'service'",
    "gcloud run deploy --tagg": "unrecognized arguments: --tagg",
}
RIGHT = ("gcloud run deploy --tag", "gcloud run", "gcloud builds submit . --config cloudbuild.yaml")


@needs_gcloud
def test_wrong_commands_are_found(tmp_path: Path) -> None:
    errors = invalid([*WRONG, *RIGHT], tmp_path)
    assert len(errors) == len(WRONG)
    for command, reason in WRONG.items():
        [error] = [line for line in errors if line.startswith(f"{command}: ")]
        assert reason in error


@needs_gcloud
def test_every_command_of_the_pages_is_valid(tmp_path: Path) -> None:
    commands = {command for page in PAGES for command in page_commands(page.read_text("utf-8"))}
    assert len(commands) > 15
    assert invalid(commands, tmp_path) == []


def test_deployments_of_pages_are_private_with_their_own_account_and_outside_terraform() -> None:
    commands = [command for page in PAGES for command in page_commands(page.read_text("utf-8"))]
    deployments = [command for command in commands if re.match(DEPLOYMENT, command) and " --source" in command]
    names = [re.sub(DEPLOYMENT, "", command).split()[0] for command in deployments]
    assert len(set(names)) == len(names) >= 2
    assert [name for name in names if name.startswith("augure-")] == []
    for command in deployments:
        assert "--no-allow-unauthenticated" in command.split()
        assert re.search(r" --service-account=augure-[a-z-]+@", command)


def test_pages_read_log_lines_from_the_bucket_that_has_them() -> None:
    commands = [command for page in PAGES for command in page_commands(page.read_text("utf-8"))]
    reads = [command for command in commands if re.match(r"gcloud logging read .*(service_name|jsonP)", command)]
    view = "--bucket=augure --location=europe-west9 --view=_AllLogs"
    assert len(reads) >= 4
    assert [command for command in reads if view not in command] == []


@needs_gcloud
def test_every_command_of_the_programs_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = set(program_commands(monkeypatch))
    assert any("builds submit" in command for command in commands)
    assert len(commands) > 15
    assert invalid(commands, tmp_path) == []


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def value(node: ast.expr) -> float:
    """The value of an arithmetic expression."""
    if isinstance(node, ast.BinOp):
        result: float = OPERATORS[type(node.op)](value(node.left), value(node.right))
        return result
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return node.value


def test_sums_of_the_costs_are_correct() -> None:
    table = OPERATIONS.partition("| piece | 0 requests |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table]
    totals = [0.0, 0.0, 0.0]
    for name, *cells in rows[:-1]:
        for column, cell in enumerate(cells):
            sum_, equals, result = cell.replace(",", "").replace("×", "*").replace("−", "-").partition(" = ")
            if equals and "free" not in result:
                assert round(value(ast.parse(sum_, mode="eval").body), 2) == float(result), f"{name}: {cell}"
                totals[column] += float(result)
            else:
                assert cell == "0" or "free" in cell, f"{name}: {cell}"
    assert rows[-1] == ["**a month**", *(f"**{total:.2f}**" for total in totals)]
