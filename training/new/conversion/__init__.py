"""Converts a fitted estimator to one ONNX graph in double precision: one module for each family of estimators."""
