"""What cannot be shown, said in one sentence."""

from shared.errors import AugureError


class Refused(AugureError):
    """What was asked for cannot be read or drawn: `detail` names the place, what was expected and what came."""

    status = 422
    code = "refused"
