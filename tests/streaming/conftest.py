"""Hypothesis draws the same examples in every run, and no example fails for being slow on a busy machine."""

from hypothesis import settings

settings.register_profile("streaming", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("streaming")
