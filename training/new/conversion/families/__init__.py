"""The families: each module registers the functions that convert its classes."""
