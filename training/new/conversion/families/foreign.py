"""Every other class of scikit-learn: skl2onnx converts it inside the graph, and the parity gate decides."""
