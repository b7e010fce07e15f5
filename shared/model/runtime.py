"""ONNX Runtime, told to keep to itself: import `ort` from here and from nowhere else.

From 1.29 on its packages for Linux and macOS send usage data to their maker unless this variable is set before the
import: a thread that does not survive gunicorn's fork, an identifier and a database in the user's cache folder, and
connections out of a process that handles people's data. The functions pin an earlier one (docs/adr/0003); this holds
for whoever installs another.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

__all__ = ["ort"]
