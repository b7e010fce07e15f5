"""LitServe: one API process and one worker process, its default; no batching."""

import sys
from typing import Any

import joblib
import litserve


class Irises(litserve.LitAPI):
    """Rows of four lengths in cm in, classes out."""

    def setup(self, device: str) -> None:  # noqa: ARG002  # LitServe's signature
        """Load the pipeline in the worker."""
        self.pipeline = joblib.load("iris.joblib")

    def decode_request(self, request: dict[str, Any]) -> Any:
        """The rows of a request."""
        return request["input"]

    def predict(self, rows: Any) -> Any:
        """The class of each row."""
        return self.pipeline.predict(rows)

    def encode_response(self, output: Any) -> dict[str, list[int]]:
        """The answer."""
        return {"output": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Irises(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
