"""Linear algebra has one thread in the tests: two that wait for each other take up to fifty times as long."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
