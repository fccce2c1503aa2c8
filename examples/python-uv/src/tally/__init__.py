"""Counts words."""

from collections import Counter


def tally(text: str) -> Counter[str]:
    """How often each word is in a text, whatever its case."""
    return Counter(text.lower().split())
