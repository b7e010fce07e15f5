"""Runs every command of the README in a copy of the repository, and compares the output with the README."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.copies import copy_repository
from tests.gcs import peer_command
from tests.readme import README, blocks, pretty, section, with_answers
from tests.replay import FOLDERS, ROOT, differences
from tests.serving import Server, free_port, wait_until_answered, wait_until_live

OWN = section(README.read_text("utf-8"), "I have my own model")
BLOCKS = [block for block in blocks(README.read_text("utf-8")) if block not in blocks(OWN)]
ASKED = [(block.commands[0], block.answer) for block in BLOCKS if block.answer is not None]
USUAL_PORTS = dict(re.findall(r"\| `(\w+)` \| http://localhost:(\d+) \|", README.read_text("utf-8")))
"""The port of each function in the README."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree, with this environment as its `.venv`."""
    folder = copy_repository(tmp_path_factory.mktemp("readme") / "augure")
    environment = Path(sys.prefix)
    if environment != ROOT / ".venv":
        pytest.skip("the README's commands need the environment that `make test` makes")
    (folder / ".venv").symlink_to(environment)
    return folder


def run(command: str, folder: Path, **environ: str) -> str:
    """The output of a shell command. A failing command fails the test."""
    path = f"{folder / '.venv/bin'}:{os.environ['PATH']}"
    environment = os.environ | environ | {"PATH": path}
    environment.pop("MAKEFLAGS", None)
    result = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def ports(copy: Path) -> Iterator[dict[str, str]]:
    """`make serve` in the copy: the README's ports, and the ports of this run."""
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "REQUEST_LOG"}}
    environment |= {"PYTHONUNBUFFERED": "1"}
    command = ["make", "serve", f"PORT={free_port()}"]
    process = subprocess.Popen(command, cwd=copy, env=environment, stdout=subprocess.PIPE, text=True, process_group=0)
    assert process.stdout is not None
    try:
        found: dict[str, str] = {}
        for line in process.stdout:
            found |= re.findall(r"(\w+) +http://localhost:(\d+)  ", line)
            if found.keys() == {folder.name for folder in FOLDERS}:
                break
        assert found.keys() >= USUAL_PORTS.keys()
        yield {usual: found[name] for name, usual in USUAL_PORTS.items()}
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)


@pytest.mark.parametrize(
    ("command", "answer"), ASKED, ids=[re.sub(r"curl -s localhost:(\S+).*", r"\1", c) for c, _ in ASKED]
)
def test_requests_get_the_responses_shown_in_the_readme(
    command: str, answer: str, copy: Path, ports: dict[str, str]
) -> None:
    here = re.sub(r"localhost:(\d+)", lambda found: f"localhost:{ports[found[1]]}", command)
    expected, actual = (steady(json.loads(text)) for text in (answer, run(here, copy)))
    assert differences(expected, actual) == []
    assert (copy / "requetes_enrg.jsonl").exists()


def steady(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "request_id"}


def test_the_table_of_addresses_follows_make_serve(ports: dict[str, str]) -> None:
    for usual, real in ports.items():
        title = json.loads(run(f"curl -s localhost:{real}/openapi.json", ROOT))["info"]["title"]
        [name] = [
            name for name in USUAL_PORTS if f'"{title}"' in (ROOT / "functions" / name / "main.py").read_text("utf-8")
        ]
        assert USUAL_PORTS[name] == usual
    names = [folder.name for folder in FOLDERS if folder.name in USUAL_PORTS]
    assert sorted(USUAL_PORTS, key=USUAL_PORTS.__getitem__) == names


def test_other_commands_run(copy: Path) -> None:
    others = [command for block in BLOCKS if block.answer is None for command in block.commands]
    tried = []
    for shown in others:
        command = shorter(shown)
        if command.startswith("make serve"):
            continue  # the fixture runs it
        if command == "make test":
            assert "pytest --cov=shared" in run("make -n test", copy)  # this run
        elif command.startswith("make explorer"):
            opened_by_make(command, copy)
        elif command.startswith("functions-framework"):
            start_and_stop(command, copy)
        elif " mlflow ui " in command.replace("/", " "):
            assert shown_by_mlflow(command, copy) == "predict_species"
        else:
            run(command, copy)
        tried.append(command.split()[0])
    assert {"make", "pip", "functions-framework", "cp", "perl", ".venv/bin/python"} <= set(tried)
    assert (copy / "functions/echo/examples/iris.case.json").exists()
    assert manifest(copy, "echo")["name"] == "echo"


def test_a_model_of_ones_own_goes_from_a_notebook_cell_to_an_answer(copy: Path) -> None:
    """The five commands as they are written, but for the port; and the notebook's form."""
    cell, notebook = re.findall(r"```python\n(.*?)```", OWN, re.DOTALL)
    made, asked = blocks(OWN)
    assert len([cell, *made.commands, *asked.commands]) == 5
    assert made.commands[0] == "make install"
    for part in ("functions", "models"):  # whoever has followed the README has them
        shutil.rmtree(copy / part / "wine", ignore_errors=True)
    run("make install", copy)
    run_python(f"{cell}\n{notebook}".replace('"wine", pipeline', '"wine_of_a_notebook", pipeline'), copy)
    run(made.commands[1], copy)
    port = str(free_port())
    script = f"export PORT={port}\n{made.commands[2]}\n{asked.commands[0]}".replace("8080", port)
    answer = run(f"trap 'kill $(jobs -p)' EXIT\n{script}", copy)
    assert asked.answer is not None
    assert differences(json.loads(asked.answer), json.loads(answer)) == []
    same = [manifest(copy, name)["table"] for name in ("wine", "wine_of_a_notebook")]
    assert same[0] == same[1]


def run_python(text: str, folder: Path) -> None:
    """Run a cell in the copy, as a notebook there would."""
    (folder / "cell.py").write_text(text, encoding="utf-8")
    run(".venv/bin/python cell.py", folder)


def manifest(folder: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "models" / name / "bundle/manifest.json").read_text("utf-8"))
    return read


@pytest.mark.skipif(not peer_command(), reason="fake-gcs-server is not installed")
def test_the_bucket_commands_of_the_readme_run(copy: Path) -> None:
    [script] = re.findall(r"```bash\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    for port in ("4443", "8091"):
        script = script.replace(port, str(free_port()))
    script = script.replace("go install", "true").replace("fake-gcs-server -", f"{peer_command()} -")
    said = run(f"set -eo pipefail; trap 'kill $(jobs -p)' EXIT\n{script}", copy)
    version = manifest(copy, "predict_species")["version"]
    assert '"source":"bucket"' in said
    assert '"result":[0,1,2]' in said
    assert said.count(version) >= 3


def shorter(command: str) -> str:
    """The command, with `--quick` if it repeats a training. One training is run as written."""
    if command.endswith(" --mlflow"):
        return f"{command} --quick"
    return re.sub(r"^make train NAME=(\w+)$", r'make train NAME="\1 --quick"', command)


def test_only_repeated_trainings_are_reduced() -> None:
    commands = [command for block in BLOCKS for command in block.commands]
    trainings = [command for command in commands if re.search(r"\bmodels train\b|\bmake train\b", command)]
    assert [command for command in commands if shorter(command) != command] == trainings[1:]


def start_and_stop(command: str, folder: Path) -> None:
    port = free_port()
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
    process = subprocess.Popen(f"exec .venv/bin/{command}", shell=True, cwd=folder, env=environment)  # noqa: S602
    try:
        wait_until_live(Server(process, port))
    finally:
        process.terminate()
        process.wait(20)


def opened_by_make(command: str, folder: Path) -> None:
    port = free_port()
    process = subprocess.Popen(["bash", "-c", f"exec {command} PORT={port}"], cwd=folder, process_group=0)
    try:
        wait_until_live(Server(process, port))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def shown_by_mlflow(command: str, folder: Path) -> str:
    """The name of the newest experiment in `mlflow ui`, run as one process: each of its ten would import MLflow."""
    place = f"http://127.0.0.1:{free_port()}"
    command = f"exec env {command} --workers 1 --port {place.rpartition(':')[2]}"
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(["bash", "-c", command], cwd=folder, env=environment, process_group=0)
    asked = f"curl -sf -H 'Content-Type: application/json' {place}"
    try:
        wait_until_answered(f"{place}/health", process)
        answer = run(f"""{asked}/api/2.0/mlflow/experiments/search -d '{{"max_results": 1}}'""", folder)
        name: str = json.loads(answer)["experiments"][0]["name"]
        return name
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_make_help_lists_exactly_the_make_targets() -> None:
    helped = set(re.findall(r"make ([a-z]+)", run("make help", ROOT)))
    named = set(re.findall(r"`?make ([a-z]+)", README.read_text("utf-8")))
    assert named <= helped
    assert {"help", "install", "new", "serve", "test", "check", "train", "lint", "bench"} <= helped


def test_every_link_has_a_target() -> None:
    for page in [README, *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("functions/*/*.md")]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_shown_answers_are_written_by_the_tool() -> None:
    page = "```sh\ncurl x\n```\n\n```json\n{}\n```\n\n```sh\nmake test  # all\n```\n"
    assert with_answers(page, lambda _: '{"a": [1]}') == page.replace("{}", '{"a": [1]}')
    assert blocks(page)[1].commands == ("make test",)
    assert pretty({"a": ["x" * 60, "y" * 60]}) == f'{{\n  "a": [\n    "{"x" * 60}",\n    "{"y" * 60}"\n  ]\n}}'
