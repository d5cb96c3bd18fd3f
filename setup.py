"""Which packages are installed, and from where: the rooms at the top of the repository, below one name.

Everything else is in pyproject.toml; there `package-dir` works, but packages in several folders cannot be found by pattern.
"""

from __future__ import annotations

from setuptools import find_packages, setup

ROOMS = ("server", "streaming", "model", "clients")

setup(
    packages=[
        "oncue",
        *(f"oncue.{name}" for room in ROOMS for name in [room, *(f"{room}.{p}" for p in find_packages(room))]),
    ],
    package_dir={"oncue": "oncue", **{f"oncue.{room}": room for room in ROOMS}},
)
