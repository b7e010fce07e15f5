"""Tests of `training/new`: from a fitted estimator or a table to a bundle and a function."""
