"""The family behind `oncue.model.install.Installer`: terms from the registry, files from a hub, then the conversion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from oncue.model.indextts2.checkpoints.convert import convert
from oncue.model.indextts2.checkpoints.fetch import fetch
from oncue.model.indextts2.checkpoints.hubs import open_hub
from oncue.model.indextts2.checkpoints.sources import SOURCES
from oncue.model.install import Converted, Fetched, Progress, Terms, silent


class IndexInstaller:
    """Implements `oncue.model.install.Installer`; it has no state."""

    def terms(self) -> tuple[Terms, ...]:
        """One entry for each repository."""
        return tuple(
            Terms(source.repository, source.licence.name, source.licence.url, source.licence.terms)
            for source in SOURCES
        )

    def fetch(
        self, folder: Path, *, accepted: bool, hub: str, revisions: Mapping[str, str], progress: Progress = silent
    ) -> Fetched:
        """Download into `folder`. Raises FetchError."""
        return fetch(folder, accepted=accepted, open_hub=open_hub, hub=hub, revisions=revisions, progress=progress)

    def convert(self, folder: Path, output: Path | None = None, *, progress: Progress = silent) -> Converted:
        """Convert `folder`. Raises FileNotFoundError or CheckpointError."""
        return convert(folder, output, progress=progress)
