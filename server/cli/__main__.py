"""`python -m oncue.server.cli`: the command `oncue` without its script."""

from __future__ import annotations

from oncue.server.cli.main import main

main()
