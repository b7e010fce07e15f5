"""Linear algebra uses one thread in the tests: two threads that wait for each other are up to fifty times slower."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
