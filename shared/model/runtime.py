"""ONNX Runtime without telemetry. Always import `ort` from here.

From 1.29 on its packages for Linux and macOS send usage data to Microsoft unless this variable is set before the
import. That means a thread that does not survive gunicorn's fork, an identifier and a database in the user's cache
folder, and connections out of a process that handles personal data. The functions pin an earlier version
(docs/adr/0003); the variable protects anyone who installs another.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

__all__ = ["ort"]
