"""Chance that differs from environment to environment.

A snapshot (SnapStart) holds the state of Python's own generator: all environments restored from it
would draw the same numbers.
"""

import random

chance = random.SystemRandom().random
