"""The refusal of an estimator, a table or a column: one sentence that names the place and the remedy."""

from training.errors import CommandError


class Refusal(CommandError):
    """A table or an estimator cannot be served as it is; nothing was written.

    The text names the step, the column where there is one, and what to do instead.
    """
