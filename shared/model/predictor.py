"""Runs the ONNX graphs of a verified bundle on numpy arrays."""

from collections.abc import Callable

import numpy as np

from shared.errors import BundleError
from shared.model.bundle import Bundle, Graph, Manifest
from shared.model.codec import Matrix
from shared.model.runtime import ort

OPTIMIZE_BYTES = 1_000_000
"""Size of a graph above which ONNX Runtime's optimisations pay off, in bytes."""


class Predictor:
    """The loaded graphs of one bundle. Thread-safe.

    A call uses one thread: an instance has one processor and serves several requests at once.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load every graph and run it once.

        Raises:
            BundleError: a graph does not load, or differs from the manifest.
        """
        self.manifest: Manifest = bundle.manifest
        self._graphs = {
            role: (_load_graph(bundle, graph), graph.input, list(graph.outputs))
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
            Outputs by name, float32 of shape (n, columns). `probabilities` is always one of them.
        """
        run, column, names = self._graphs[role]
        return dict(zip(names, run(names, {column: rows}, None), strict=True))

    def _warm(self, role: str, graph: Graph) -> None:
        try:
            outputs = self.predict(role, np.zeros((1, len(graph.inputs)), dtype=np.float32))
        except Exception as error:  # the exception classes of ONNX Runtime are not documented
            raise _error(graph, "run") from error
        shapes = {name: value.shape for name, value in outputs.items()}
        if shapes != {name: (1, columns) for name, columns in graph.outputs.items()}:
            raise _error(graph, f"shapes {shapes}, manifest {graph.outputs}")


def _load_graph(bundle: Bundle, graph: Graph) -> Callable[..., list[Matrix]]:
    """The `run` of ONNX Runtime's C++ session: its Python wrapper checks the inputs once more."""
    try:
        run: Callable[..., list[Matrix]] = open_graph(bundle.files[graph.file])._sess.run  # noqa: SLF001
    except Exception as error:  # see _warm
        raise _error(graph, "load") from error
    return run


def open_graph(content: bytes) -> ort.InferenceSession:
    """Load an ONNX graph with the options of serving. Training compares the same session with scikit-learn."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # To optimise a small graph costs more at the start than requests gain; so does prepacking for any graph.
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if len(content) > OPTIMIZE_BYTES else level.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    session._model_bytes = None  # noqa: SLF001  # frees the file, whose weights the session has copied
    return session


def _error(graph: Graph, reason: str) -> BundleError:
    return BundleError((f"{graph.file} refusé : {reason}", f"{graph.file} refused: {reason}"))
