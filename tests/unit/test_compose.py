"""compose.yaml runs every function, at the addresses of `make serve`, and the explorer."""

from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from functions.explorer.settings import parse
from tests.replay import FOLDERS, ROOT
from tools import compose, package

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def test_the_file_is_what_make_compose_writes() -> None:
    assert (ROOT / "compose.yaml").read_text("utf-8") == compose.document()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a new app and two new functions, one of which needs more memory and processors."""
    for name, facts, program in (
        ("atlas", "kind: app\nmemory: 2Gi  # a map\n", "__main__.py"),
        ("small", "kind: api\ncpu: 1\nmemory: 512Mi\n", "main.py"),
        ("large", "cpu: 2 # two threads\nmemory: '768Mi'\n", "main.py"),
    ):
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        (folder / program).touch()
        (folder / "function.yaml").write_text(facts)
    for module in (compose, package):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def test_a_new_folder_is_a_new_service(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compose.main([])
    assert capsys.readouterr().out == "compose.yaml: 3 services\n"
    services = yaml.safe_load((repository / "compose.yaml").read_text("utf-8"))["services"]
    assert {name: (service["ports"], service["cpus"], service["mem_limit"]) for name, service in services.items()} == {
        "atlas": (["127.0.0.1:8501:8080"], 1, "2g"),
        "large": (["127.0.0.1:8081:8080"], 2, "768m"),
        "small": (["127.0.0.1:8082:8080"], 1, "512m"),
    }
    links = "large=http://localhost:8081 small=http://localhost:8082 atlas=http://localhost:8501"
    assert services["small"]["environment"]["SERVICE_URLS"] == links


def test_every_function_is_a_service_at_its_usual_port() -> None:
    names = [folder.name for folder in FOLDERS]
    assert [name for name in SERVICES if name in names] == names
    for port, name in enumerate(names, start=8081):
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:8080"]
        assert SERVICES[name]["build"] == {"context": ".", "args": {"FUNCTION": name}}


def test_every_service_has_the_limits_of_cloud_run() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        limits = (1, "1g" if name == "explorer" else "512m", "10s")
        assert (service["cpus"], service["mem_limit"], service["stop_grace_period"]) == limits
        assert service["volumes"] == ["data:/data:ro" if name == "explorer" else "data:/data"]


def test_the_explorer_reads_the_data_of_the_functions_and_serves_this_machine_only() -> None:
    explorer, function = SERVICES["explorer"], SERVICES["predire"]
    assert explorer["build"] == {"context": ".", "target": "app", "args": {"FUNCTION": "explorer"}}
    assert explorer["ports"] == ["127.0.0.1:8501:8080"]
    settings = parse(explorer["environment"])
    assert function["environment"]["REQUEST_LOG"] == f"jsonl:{settings.journal}"
    assert function["environment"]["SAVED_IMAGES_URI"] == settings.saved_images_uri
    assert settings.allowed_hosts == "localhost,127.0.0.1"


def test_every_service_has_the_addresses_of_all() -> None:
    addresses = {name: service["ports"][0].split(":")[1] for name, service in SERVICES.items()}
    for name in addresses.keys() - {"explorer"}:
        links = dict(entry.split("=") for entry in SERVICES[name]["environment"]["SERVICE_URLS"].split())
        assert links == {name: f"http://localhost:{port}" for name, port in addresses.items()}
