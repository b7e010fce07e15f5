"""The comparison with other tools: the document's part, the check of responses, peers that cannot be run."""

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import benchmarks.peers.__main__ as race_command
from benchmarks.peers.catalogue import PEERS, Peer
from benchmarks.peers.environments import Environment, Unavailable, interpreters, prepare
from benchmarks.peers.race import WrongAnswer, check_classes, example_rows, peer_target
from benchmarks.peers.record import Entry, Race, load, make_entry, save
from benchmarks.peers.table import MARKERS, document, replace_part, table
from benchmarks.targets import HELLO
from tests.replay import ROOT

PEER = PEERS[0]


def race(missing: dict[str, str] | None = None) -> Race:
    rounds: list[dict[str, float | None]] = [{"first": 0.2, "rate16": 4000.0, "pss": 40.0}]
    quick: list[dict[str, float | None]] = [{"first": 0.3, "rate16": 6000.0, "rows": 250_000.0}, {"first": 0.1}]
    entries = [
        Entry("hello", "hello-world, WSGI", "", "", "functions-framework --target hello", rounds),
        Entry("predict_species", "Augure", "", "", "functions-framework --target predict_species", quick),
        Entry("fastapi", "FastAPI", "fastapi 1.0", "3.13.0", "uvicorn app:app", [{"first": 1.0, "rate16": None}]),
    ]
    return Race("2026-11-29", "A processor", "Python 3.13.0", 2, 1000, entries, missing or {})


def test_only_the_marked_part_is_replaced() -> None:
    page = f"# Before\n\n{MARKERS[0]}\nold\n{MARKERS[1]}\n\nAfter\n"
    assert replace_part(page, MARKERS, "new\n") == f"# Before\n\n{MARKERS[0]}\nnew\n{MARKERS[1]}\n\nAfter\n"
    assert replace_part(replace_part(page, MARKERS, "new\n"), MARKERS, "old\n") == page


@pytest.mark.parametrize(
    "page", ["", MARKERS[0], MARKERS[1] + MARKERS[0], MARKERS[0] + MARKERS[0] + MARKERS[1], "".join(MARKERS) * 2]
)
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        replace_part(page, MARKERS, "")


def test_the_document_has_its_markers() -> None:
    replace_part((ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"), MARKERS, "")


def test_the_table_has_the_quickest_first_and_ratios_to_the_hello_world() -> None:
    lines = table(race().entries).splitlines()
    assert lines[2].startswith("| **Augure** | 200 (x1.00) |  | 6,000 (x1.50) |")
    assert lines[2].endswith("| 250,000 |  |")
    assert lines[3] == "| hello-world, WSGI | 200 |  | 4,000 |  |  |  | 40 |"
    assert lines[4].startswith("| FastAPI | 1,000 (x5.00) |  | failed |")


def test_the_part_describes_the_method() -> None:
    part = document(race({"MLflow": "no Python 3.13 found"}), "images/peers.png")
    assert "](images/peers.png)" in part
    assert "2026-11-29, A processor; 2 rounds, 1,000 requests a figure" in part
    assert "Not run: MLflow, because no Python 3.13 found." in part
    assert "- FastAPI (fastapi 1.0; Python 3.13.0): `uvicorn app:app`" in part
    assert "$" not in part
    assert "\n\n\n" not in document(race(), "x.png")


def test_a_race_is_saved_without_paths_of_the_machine(tmp_path: Path) -> None:
    saved = make_entry(HELLO, None, [{"first": 0.25, "p50": math.nan}])
    assert saved.rounds == [{"first": 0.25, "p50": None}]
    assert saved.command == (
        "functions-framework --target hello --source benchmarks/hello/main.py --host 127.0.0.1 --port PORT"
    )
    save(race(), tmp_path / "race.json")
    assert load(tmp_path / "race.json") == race()


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_is_a_server_to_measure(peer: Peer, tmp_path: Path) -> None:
    server = peer_target(Environment(peer, tmp_path, "3.13.0"))
    assert "{port}" in " ".join([*server.command, *server.environ.values()])
    assert server.environ["PATH"].split(os.pathsep)[0] == str(tmp_path / "bin")
    assert len(server.request) < len(server.bulk["rows"].request)
    pins = (peer.folder / "requirements.txt").read_text(encoding="ascii").split()
    assert all(pin.count("==") == 1 for pin in pins)
    assert {"joblib", "scikit-learn"} <= {pin.partition("==")[0] for pin in pins}


def test_the_example_is_three_rows_of_four_numbers() -> None:
    assert example_rows() == [[5.1, 3.5, 1.4, 0.2], [5.9, 3.0, 4.2, 1.5], [6.3, 3.3, 6.0, 2.5]]


def test_one_other_class_is_a_wrong_answer() -> None:
    check_classes([0, 1, 2], [0, 1, 2])
    with pytest.raises(WrongAnswer, match=r"irises \[1\]"):
        check_classes([0, 2, 2], [0, 1, 2])
    with pytest.raises(WrongAnswer, match="2 classes"):
        check_classes([0, 1], [0, 1, 2])


def test_a_peer_that_cannot_be_run_is_reported_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cannot be installed, one answers wrongly, one does not start: the race continues with the others."""
    ends: dict[str, Exception] = {
        "fastapi": Unavailable("no Python"),
        "litserve": WrongAnswer("150 classes, others"),
        "bentoml": RuntimeError("bentoml: no right answer\nits output"),
    }

    def checked(environment: Environment) -> None:
        if error := ends.get(environment.peer.name):
            raise error

    monkeypatch.setattr(race_command, "prepare", lambda peer, cache: Environment(peer, cache, "3.13.0"))
    monkeypatch.setattr(race_command, "check_peer", checked)
    environments, missing = race_command.prepare_all(["fastapi", "litserve", "bentoml", "mlflow"], tmp_path)
    assert list(environments) == ["mlflow"]
    assert missing == {
        "FastAPI + uvicorn": "no Python",
        "LitServe": "150 classes, others",
        "BentoML": "bentoml: no right answer",
    }


def test_a_peer_without_a_python_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with pytest.raises(Unavailable, match=r"no Python 3\.99 found"):
        prepare(replace(PEER, pythons=("3.99",)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_interpreter_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.98"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert list(interpreters(("3.98",))) == []
    shim.write_text("#!/bin/sh\nexit 0\n", encoding="ascii")
    assert list(interpreters(("3.98",))) == [shim]


def test_the_measuring_process_maps_no_library_of_a_server() -> None:
    """Libraries that are shared with the measuring process would lower a server's PSS."""
    code = "import sys, benchmarks.peers.__main__; print([n for n in ('numpy', 'matplotlib') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
