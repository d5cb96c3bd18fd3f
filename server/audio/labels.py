"""What stands in every sound file for machines to read: that a machine spoke.

Three labels say the same to three kinds of reader: the implicit label of GB 45438-2025 (appendix E: JSON under the name
AIGC), IPTC's digital source type, and a comment for people. Values are printable ASCII, as the standard has it. The same
samples get the same label, so files stay the same byte for byte. Where they stand in a file, `encoders` and `wav` know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar

AIGC = "AIGC"
"""The name of the label of GB 45438-2025 in every container."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC: media made by a model that was trained on recordings."""
SOURCE_TYPE_NAME = "DigitalSourceType"
COMMENT = "AI-generated speech, made by OnCue"
HEADERS = ("X-AIGC", "X-Digital-Source-Type")
PRODUCER: ContextVar[str] = ContextVar("producer", default="OnCue")
"""Who makes the sound, as the operator's configuration says it."""


def aigc(pcm: bytes | None = None) -> str:
    """The label of GB 45438-2025. A whole sound is numbered by its samples; one that is still being made, by its producer."""
    number = "" if pcm is None else hashlib.sha256(pcm).hexdigest()[:32]
    producer = PRODUCER.get()
    told = {
        "Label": "1",  # it is certain that a machine made it
        "ContentProducer": producer,
        "ProduceID": number,
        "ReservedCode1": "",
        "ContentPropagator": producer,
        "PropagateID": number,
        "ReservedCode2": "",
    }
    return json.dumps(told, separators=(",", ":"))


def tags(pcm: bytes | None = None) -> Mapping[str, str]:
    """Tags of a container that has named ones."""
    return {"comment": COMMENT, AIGC: aigc(pcm), SOURCE_TYPE_NAME: SOURCE_TYPE}


def headers() -> Mapping[str, str]:
    """Headers of an answer over HTTP that brings sound."""
    return dict(zip(HEADERS, (aigc(), SOURCE_TYPE), strict=True))


def xmp() -> bytes:
    """The digital source type as XMP, where a container has a place for that (IPTC Photo Metadata Standard, section 10)."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:{SOURCE_TYPE_NAME}="{SOURCE_TYPE}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def is_producer(name: str) -> bool:
    """Whether a name may stand in the label: 1 to 64 printable ASCII characters without spaces, quotes and backslashes."""
    return 1 <= len(name) <= 64 and all("!" <= character <= "~" and character not in '"\\' for character in name)
