"""Runs the ONNX graphs of a verified bundle on numpy arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import BundleError
from shared.model.bundle import Bundle, Graph, Manifest
from shared.model.codec import Feeds, Matrix
from shared.model.runtime import ort

OPTIMIZE_BYTES = 1_000_000
"""Size of a graph above which ONNX Runtime's optimisations pay off, in bytes."""


class Predictor:
    """The loaded graphs of one bundle. Thread-safe.

    A call uses one thread: an instance has one processor and serves several requests at once.

    Attributes:
        manifest: of the bundle.
        prepared: what `ModelSignature.prepare` made of the bundle, for `Context`.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load every graph and run it once.

        Raises:
            BundleError: a graph does not load, or differs from the manifest.
        """
        self.manifest: Manifest = bundle.manifest
        self.prepared: Any = None
        sessions = {role: _load_graph(bundle, graph) for role, graph in bundle.manifest.graphs.items()}
        # `_sess` is the C++ session: its Python wrapper checks the inputs once more.
        self._graphs: dict[str, tuple[Callable[..., list[Any]], str, list[str]]] = {
            role: (sessions[role]._sess.run, graph.input, list(graph.outputs))  # noqa: SLF001
            for role, graph in bundle.manifest.graphs.items()
        }
        for role, graph in bundle.manifest.graphs.items():
            self._warm(role, graph, sessions[role])

    def predict(self, role: str, rows: Matrix | Feeds) -> dict[str, NDArray[Any]]:
        """Run the graph `role`.

        Args:
            role: a key of `manifest.graphs`.
            rows: (n, len(inputs)) float32, C order, finite; the feeds if the graph is a `Manifest.table`'s.

        Returns:
            Outputs by name, float32 of shape (n, columns): `probabilities` is always one of them. A
            `Manifest.table`'s are those that `Table` describes.
        """
        run, column, names = self._graphs[role]
        feeds = {column: rows} if column else rows
        return dict(zip(names, run(names, feeds, None), strict=True))

    def _warm(self, role: str, graph: Graph, session: ort.InferenceSession) -> None:
        expected = {graph.input} if graph.input else _fed(self.manifest)
        if (inputs := {value.name for value in session.get_inputs()}) != expected:
            raise _error(graph, f"inputs {sorted(inputs)}, manifest {sorted(expected)}")
        try:
            outputs = self.predict(role, _first_row(graph, session))
        except Exception as error:  # the exception classes of ONNX Runtime are not documented
            raise _error(graph, "run") from error
        shapes = {name: value.shape for name, value in outputs.items()}
        if shapes != {name: (1, columns) for name, columns in graph.outputs.items()}:
            raise _error(graph, f"shapes {shapes}, manifest {graph.outputs}")


def _load_graph(bundle: Bundle, graph: Graph) -> ort.InferenceSession:
    try:
        return open_graph(bundle.files[graph.file])
    except Exception as error:  # see _warm
        raise _error(graph, "load") from error


def _fed(manifest: Manifest) -> set[str]:
    """The inputs that the manifest's table feeds."""
    return {feed.input for feed in manifest.table.feeds} if manifest.table else set()


def _first_row(graph: Graph, session: ort.InferenceSession) -> Matrix | Feeds:
    """A row of zeros and empty texts."""
    if graph.input:
        return np.zeros((1, len(graph.inputs)), dtype=np.float32)
    return {
        value.name: np.full((1, value.shape[1]), "", dtype=object)
        if value.type == "tensor(string)"
        else np.zeros((1, value.shape[1]))
        for value in session.get_inputs()
    }


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
