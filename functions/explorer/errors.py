"""The error that a page shows as one sentence."""

from shared.errors import AugureError


class ExplorerError(AugureError):
    """Data cannot be read or drawn. `detail` names the file or column, the expected and the actual value."""

    status = 422
    code = "refused"
