"""A verified bundle, ready to predict: numpy in, numpy out."""

from collections.abc import Callable

import numpy as np

from shared.errors import BundleError
from shared.model.bundle import Bundle, Graph, Manifest
from shared.model.codec import Matrix
from shared.model.runtime import ort

LARGE = 1_000_000
"""Bytes of a graph from which on optimising it repays."""


class Predictor:
    """The graphs of one bundle, loaded and warm. Safe to share between threads.

    One thread serves one call: a function's instance has one processor and answers several requests at once.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load every graph and run it once.

        Raises:
            BundleError: a graph does not load, or is not what the manifest says.
        """
        self.manifest: Manifest = bundle.manifest
        self._graphs = {
            role: (_runner(bundle, graph), graph.input, list(graph.outputs))
            for role, graph in bundle.manifest.graphs.items()
        }
        for role, graph in bundle.manifest.graphs.items():
            self._warm(role, graph)

    def predict(self, role: str, rows: Matrix) -> dict[str, Matrix]:
        """Run the graph `role`.

        Args:
            role: a key of `manifest.graphs`.
            rows: (n, len(inputs)) float32, C order, finite.

        Returns:
            One float32 matrix of shape (n, columns) for each of the graph's outputs, by name; `probabilities` always.
        """
        run, column, names = self._graphs[role]
        return dict(zip(names, run(names, {column: rows}, None), strict=True))

    def _warm(self, role: str, graph: Graph) -> None:
        try:
            outputs = self.predict(role, np.zeros((1, len(graph.inputs)), dtype=np.float32))
        except Exception as error:  # ONNX Runtime raises a class per fault, none of them documented
            raise _refused(graph, "run") from error
        shapes = {name: value.shape for name, value in outputs.items()}
        if shapes != {name: (1, columns) for name, columns in graph.outputs.items()}:
            raise _refused(graph, f"shapes {shapes}, manifest {graph.outputs}")


def _runner(bundle: Bundle, graph: Graph) -> Callable[..., list[Matrix]]:
    """The session's own `run`: the one around it in Python looks again whether every input is there."""
    try:
        run: Callable[..., list[Matrix]] = open_graph(bundle.files[graph.file])._sess.run  # noqa: SLF001
    except Exception as error:  # see _warm
        raise _refused(graph, "load") from error
    return run


def open_graph(content: bytes) -> ort.InferenceSession:
    """An ONNX graph, ready to run on one thread: as functions serve it, and so as training must compare it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Optimising a small graph costs more of the start than any request gains; repacking costs more than that of any.
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if len(content) > LARGE else level.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    session._model_bytes = None  # noqa: SLF001  # it would hold the file beside its weights as long as it lives
    return session


def _refused(graph: Graph, reason: str) -> BundleError:
    return BundleError((f"{graph.file} refusé : {reason}", f"{graph.file} refused: {reason}"))
