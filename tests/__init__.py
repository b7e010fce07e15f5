"""Linear algebra runs on one thread in the tests: two that wait for each other are up to fifty times slower."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
