"""A function's web page: one HTML file, sent with a policy that lets run what the file holds and nothing else."""

import base64
import hashlib
import re
from pathlib import Path

_INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def read_page(file: Path) -> tuple[bytes, str]:
    """An HTML file and its Content-Security-Policy, in which each inline script and style stands by its SHA-256."""
    content = file.read_bytes()
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(content):
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        hashes[kind.decode()].append(f"'sha256-{digest}'")
    return content, _POLICY.format(**{kind: " ".join(found) or "'none'" for kind, found in hashes.items()})
