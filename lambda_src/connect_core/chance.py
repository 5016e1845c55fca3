"""Chance that differs from environment to environment.

A snapshot (SnapStart) holds the state of Python's own generator: all environments restored from it
would draw the same numbers.
"""

import os
import random

chance = random.SystemRandom().random


def new_id() -> str:
    """An id that nobody else draws."""
    return os.urandom(16).hex()
