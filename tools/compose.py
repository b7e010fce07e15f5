"""Write compose.yaml from the folders of `functions/`: `make compose`.

A service for each function and each app, at the addresses of `make serve`. Memory and processors are those of its
function.yaml, so that a container is limited as Cloud Run limits it.
"""

import argparse
import re
import textwrap
from collections.abc import Mapping, Sequence

from shared.terminal import localize, say
from tools.package import ROOT, apps, names

FILE = "compose.yaml"
FIRST_PORT, FIRST_APP_PORT = 8081, 8501
"""Ports on this machine of the first function and the first app; the others follow."""

CPU, MEMORY = "1", "512m"
"""Limits that all services share unless their function.yaml says otherwise."""

_HEAD = """\
# Written by `make compose` from functions/*/function.yaml. Edit tools/compose.py instead.
#
# Every function in its own container, at the addresses of `make serve`, and the explorer at http://localhost:{app_port}:
#   docker compose up --build
# Request log and pictures are on the volume `data`, which outlives the containers:
#   docker compose cp predire:/data/requetes_enrg.jsonl .
#   docker compose cp predict_digit:/data/saved_images .
name: augure

x-function: &function
  cap_drop: [ALL]
  cpus: {cpu}
  environment:
    REQUEST_LOG: jsonl:/data/requetes_enrg.jsonl
    SAVED_IMAGES_URI: /data/saved_images
    SERVICE_URLS: >-
{urls}
  mem_limit: {memory}
  read_only: true
  restart: unless-stopped
  security_opt: ["no-new-privileges:true"]
  stop_grace_period: 10s
  tmpfs: [/tmp]
  volumes: ["data:/data"]

services:
"""

_FUNCTION = """\
  {name}:
    <<: *function
    build: {{context: ., args: {{FUNCTION: {name}}}}}
{limits}    ports: ["127.0.0.1:{port}:8080"]
"""

_APP = """\
  {name}: # reads what the functions write to the volume; cannot write to it
    <<: *function
    build: {{context: ., target: app, args: {{FUNCTION: {name}}}}}
    environment:
      ALLOWED_HOSTS: localhost,127.0.0.1
      JOURNAL: /data/requetes_enrg.jsonl
      SAVED_IMAGES_URI: /data/saved_images
{limits}    ports: ["127.0.0.1:{port}:8080"]
    volumes: ["data:/data:ro"]
"""

_VOLUMES = """\
volumes:
  data:
"""


def document() -> str:
    """The text of compose.yaml."""
    functions = dict(zip(names(), range(FIRST_PORT, FIRST_APP_PORT), strict=False))
    own_apps = {name: port for port, name in enumerate(apps(), FIRST_APP_PORT)}
    services = [_service(_APP, name, port) for name, port in own_apps.items()]
    services += [_service(_FUNCTION, name, port) for name, port in functions.items()]
    head = _HEAD.format(cpu=CPU, memory=MEMORY, app_port=FIRST_APP_PORT, urls=_urls({**functions, **own_apps}))
    return head + "\n".join([*services, _VOLUMES])


def _service(template: str, name: str, port: int) -> str:
    return template.format(name=name, port=port, limits=_limits(name))


def _limits(name: str) -> str:
    """The lines of a service whose processors or memory differ from the shared ones."""
    file = ROOT / "functions" / name / "function.yaml"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    cpu = _value("cpu", text) or CPU
    memory = re.sub(r"([MG])i$", lambda unit: unit[1].lower(), _value("memory", text)) or MEMORY
    lines = {"cpus": (cpu, CPU), "mem_limit": (memory, MEMORY)}
    return "".join(f"    {key}: {own}\n" for key, (own, usual) in lines.items() if own != usual)


def _value(key: str, text: str) -> str:
    """A plain value at the top level of a YAML text; "" if it is absent."""
    match = re.search(rf"^{key}:[ \t]*[\"']?([\w.]+)", text, re.MULTILINE)
    return match[1] if match else ""


def _urls(ports: Mapping[str, int]) -> str:
    """The value of SERVICE_URLS, as lines of a folded YAML string."""
    urls = " ".join(f"{name}=http://localhost:{port}" for name, port in ports.items())
    indent = " " * 6
    return textwrap.fill(urls, 120, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: writes the file."""
    localize()
    text = (
        "Récrire compose.yaml d'après functions/*/function.yaml.",
        "Write compose.yaml again from functions/*/function.yaml.",
    )
    argparse.ArgumentParser(prog="python -m tools.compose", description=say(text)).parse_args(arguments)
    (ROOT / FILE).write_text(document(), encoding="utf-8")
    services = len(names()) + len(apps())
    print(say(("{file} : {count} services", "{file}: {count} services"), file=FILE, count=services))


if __name__ == "__main__":
    main()
