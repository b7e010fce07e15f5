"""The rows of an iris request line."""

from training.logged_rows import log_reader

log_rows = log_reader("predict_species")
