"""Builds images and runs containers with podman, without a registry.

The base image is built from this machine's Debian and Python, in the layout of `python:3.13-slim`. Everything is in one
folder, which is deleted when the tests end.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.replay import ROOT
from tests.serving import free_port

BASE = "python:3.13-slim"
TOOLS = ("podman", "runc", "mmdebstrap")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SLIM = ("__pycache__", "config-3.13-*", "idlelib", "site-packages", "test")
"""Parts of the standard library that `python:3.13-slim` lacks, and `site-packages`, where it has only pip."""

NEEDED = 8_000_000_000
"""Free memory that images in memory require, in bytes; three images and their base take 2 GB."""

CLOUD_RUN = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp",
    "--cpus=1",
    "--memory=512m",
    "--memory-swap=512m",
)
HARDENED = ("--cap-drop=all", "--security-opt=no-new-privileges")


def unavailable() -> str:
    """The reason why this machine cannot run containers, or an empty string."""
    if os.geteuid() != 0:
        return "containers need root here"
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"not installed: {', '.join(missing)}"
    return "" if sys.version_info[:2] == (3, 13) else "the base image is made of this Python, which is not 3.13"


@dataclass(frozen=True)
class Container:
    """A running container."""

    engine: "Engine"
    name: str
    port: int

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str) -> str:
        """The output of a command run in the container."""
        return self.engine.podman("exec", self.name, *command)

    def logs(self) -> tuple[list[str], list[str]]:
        """The lines of stdout and of stderr."""
        result = self.engine.call("logs", self.name)
        return result.stdout.splitlines(), result.stderr.splitlines()

    def signal(self, name: str) -> None:
        """Send it a signal."""
        self.engine.podman("kill", "--signal", name, self.name)

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return int(self.engine.podman("wait", self.name))

    def ended(self) -> float:
        """Time of its exit, in seconds since 1970: `podman wait` may return late."""
        return int(self.engine.podman("inspect", "--format={{.State.FinishedAt.UnixMilli}}", self.name)) / 1000


@dataclass(frozen=True)
class Engine:
    """podman, with its images and containers in one folder."""

    folder: Path

    def call(self, *arguments: str, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run a podman command. The caller checks the exit code."""
        command = ["podman", "--root", str(self.folder / "images"), "--runroot", str(self.folder / "run")]
        command += ["--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--runtime", "runc"]
        environ = os.environ | {"CONTAINERS_CONF": str(self.folder / "containers.conf")}
        return subprocess.run(
            [*command, *arguments], stdin=stdin, env=environ, capture_output=True, text=True, check=False
        )

    def podman(self, *arguments: str, stdin: int | None = None) -> str:
        """The output of a podman command.

        Raises:
            AssertionError: the command failed; has its output.
        """
        result = self.call(*arguments, stdin=stdin)
        assert result.returncode == 0, f"podman {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
        return result.stdout.strip()

    def build(self, function: str) -> str:
        """Build the image of a function once, from the repository's Dockerfile. It has the function's name."""
        if self.call("image", "exists", function).returncode == 0:
            return function
        self.podman(
            "build",
            "--pull=never",
            "--network=host",
            "--build-arg",
            f"FUNCTION={function}",
            "--tag",
            function,
            str(ROOT),
        )
        return function

    def size(self, image: str) -> int:
        """Size of an image including its base, in bytes."""
        return int(self.podman("image", "inspect", "--format", "{{.Size}}", image))

    @contextmanager
    def running(self, image: str, environ: Mapping[str, str], options: Sequence[str] = ()) -> Iterator[Container]:
        """A container under the limits of the smallest Cloud Run service, with its port open."""
        container = Container(self, f"{image}-{time.monotonic_ns()}", free_port())
        variables = [f"--env={name}={value}" for name, value in {**environ, "PORT": str(container.port)}.items()]
        fixed = ["--detach", "--network=host", "--name", container.name, *CLOUD_RUN, *HARDENED]
        self.podman("run", *fixed, *variables, *options, image)
        try:
            yield container
        finally:
            self.podman("rm", "--force", "--time=0", container.name)


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine with the base image; deletes everything at the end."""
    where = fastest_place()
    with tempfile.TemporaryDirectory(prefix="augure-containers-", dir=where, ignore_cleanup_errors=True) as folder:
        made = Engine(Path(folder))
        (made.folder / "containers.conf").write_text(limits(), encoding="utf-8")
        try:
            with subprocess.Popen(
                ["tar", "-C", base_root(made.folder / "base"), "-c", "."], stdout=subprocess.PIPE
            ) as tar:
                assert tar.stdout is not None
                made.podman("import", "-", BASE, stdin=tar.stdout.fileno())
            yield made
        finally:
            made.call("rm", "--all", "--force", "--time=0")
            subprocess.run(["umount", str(made.folder / "images/overlay")], capture_output=True, check=False)


def fastest_place() -> str | None:
    """A folder in memory if there is enough and it allows programs and devices, else None (the default).

    A disk takes minutes to create and delete the 60,000 files of three images.
    """
    memory = Path("/dev/shm")  # noqa: S108  # only a random folder is created in it
    if not memory.is_dir() or os.statvfs(memory).f_flag & (os.ST_NOEXEC | os.ST_NODEV):
        return None
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return str(memory) if min(free, shutil.disk_usage(memory).free) > NEEDED else None


def limits() -> str:
    """The configuration of podman: its default limits exceed those of root on a small machine."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = int(Path("/proc/sys/kernel/pid_max").read_text(encoding="ascii"))
    return f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n'


def base_root(root: Path) -> Path:
    """The files of the base image: a minimal Debian, and this Python in /usr/local without bytecode."""
    prefix = Path(sys.base_prefix)
    library = Path("lib/python3.13")
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    suite = re.findall(r"^VERSION_CODENAME=(\w+)", release, re.MULTILINE)[0]
    sources = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("debian.sources")]
    include = ",".join(["ca-certificates", *debian_packages(prefix)])
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={include}", suite, str(root)]
    subprocess.run([*command, *map(str, sources)], check=True)
    local = root / "usr/local"
    for file in (*prefix.glob("bin/python3*"), *prefix.glob("lib/libpython3*")):
        if not file.name.endswith("config"):
            shutil.copy2(file, local / file.relative_to(prefix), follow_symlinks=False)
    shutil.copytree(prefix / library, local / library, ignore=shutil.ignore_patterns(*SLIM), symlinks=True)
    for package in prefix.glob(f"{library}/site-packages/pip*"):
        target = local / package.relative_to(prefix)
        shutil.copytree(package, target, ignore=shutil.ignore_patterns("__pycache__"))
    (local / "bin/python").symlink_to("python3")
    (local / "bin/pip").write_text('#!/bin/sh\nexec python -m pip "$@"\n', encoding="ascii")
    (local / "bin/pip").chmod(0o755)
    shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    (root / "etc/pip.conf").write_text(pip_configuration(), encoding="utf-8")
    subprocess.run(["chroot", str(root), "ldconfig"], check=True)
    return root


def debian_packages(prefix: Path) -> list[str]:
    """The packages of the libraries that this Python is linked with."""
    binaries = [prefix / "bin/python3", *prefix.glob("lib/python3.13/lib-dynload/*.so")]
    linked = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=False).stdout
    libraries = {name for path in re.findall(r"=> (/\S+)", linked) for name in (path, f"/usr{path}")}
    owners = subprocess.run(["dpkg", "-S", *sorted(libraries)], capture_output=True, text=True, check=False).stdout
    return sorted({line.partition(":")[0] for line in owners.splitlines()})


def pip_configuration() -> str:
    """The pip configuration of the base image: the package index of this machine."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"\.(cert|extra-index-url|index-url|proxy|trusted-host)='(.*)'", listed)
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in dict(found).items())
