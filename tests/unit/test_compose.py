"""compose.yaml runs every function, at the addresses of `make serve`."""

import yaml  # type: ignore[import-untyped]

from tests.replay import FOLDERS, ROOT

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def test_every_function_is_a_service_at_its_usual_port() -> None:
    names = [folder.name for folder in FOLDERS]
    assert [name for name in SERVICES if name in names] == names
    for port, name in enumerate(names, start=8081):
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:8080"]
        assert SERVICES[name]["build"] == {"context": ".", "args": {"FUNCTION": name}}


def test_every_service_is_held_as_cloud_run_holds_it() -> None:
    for service in SERVICES.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert (service["cpus"], service["mem_limit"], service["stop_grace_period"]) == (1, "512m", "10s")
        assert service["volumes"] == ["data:/data"]


def test_every_service_knows_where_the_others_are() -> None:
    addresses = {name: service["ports"][0].split(":")[1] for name, service in SERVICES.items()}
    for service in SERVICES.values():
        links = dict(entry.split("=") for entry in service["environment"]["SERVICE_URLS"].split())
        assert links == {name: f"http://localhost:{port}" for name, port in addresses.items()}
