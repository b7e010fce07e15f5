"""The abstention band: the probabilities that a human must check."""

from training.metrics import Flags, Floats, rounded

ALLOWED = 0.05
"""Largest error rate outside the band, in [0, 1]."""


def thresholds(low: float) -> dict[str, float]:
    """The ends of the band, both inside it, as thresholds of the manifest."""
    return {"abstention_low": low, "abstention_high": round(1 - low, 2)}


def measure(failed: Flags, probability: Floats, low: float) -> dict[str, float]:
    """The share of students in the band, and the error rate outside it.

    Args:
        failed: (n,), outcomes.
        probability: (n,), predicted probabilities of failure.
        low: low end of the band.
    """
    low, high = thresholds(low).values()
    band = (probability >= low) & (probability <= high)
    wrong = (probability > 0.5) != failed
    return {"abstention_share": rounded(band.mean()), "abstention_error_outside": rounded(wrong[~band].mean())}


def narrowest(failed: Flags, probability: Floats) -> float:
    """The low end, to 0.01, of the narrowest band around 0.5 with an error rate of at most ALLOWED outside it.

    Raises:
        ValueError: no band is wide enough.
    """
    for hundredths in range(50, 0, -1):
        low = hundredths / 100
        if measure(failed, probability, low)["abstention_error_outside"] <= ALLOWED:
            return low
    raise ValueError("no abstention band keeps the error rate outside of it under 5 %")
