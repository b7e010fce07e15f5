"""Turns a fitted estimator, or only a table, into a function with a bundle of its own."""
