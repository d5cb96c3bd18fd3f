"""What stands in every sound file for machines to read: that a machine spoke.

The names and values are those of GB 45438-2025 (the implicit label, appendix E) and of IPTC's digital source types; where
they stand in a file, `encoders` and `wav` know.
"""

from __future__ import annotations

AIGC = "AIGC"
"""The name of the label of GB 45438-2025 in every container."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC: media made by a model that was trained on recordings."""
