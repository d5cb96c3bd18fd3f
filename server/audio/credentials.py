"""Content credentials (C2PA 2.x): a signed statement in a file that a machine made it. Signed last, over all other labels.

The extra `c2pa` brings the library; without it, and where the configuration does not ask for it, files are as they were. The key is
the operator's with the chain that goes with it, or one made at first use: a certificate authority of this server's own and a leaf
signed by it, which verifies as whole and as untrusted, as nobody else vouches for it. Nothing is asked of the network, so there
is no time stamp of an authority.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncue.server.audio.labels import PRODUCER, SOURCE_TYPE

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

SOUNDS: Mapping[str, str] = {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "m4a": "audio/mp4"}
"""What can hold credentials, by the name of the format: the type that the library knows it by."""
FILMS: Mapping[str, str] = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/avi",
}
"""The same for films, by the ending. Matroska, WebM, MPEG-TS, Ogg and Opus can hold none."""
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC: something recorded with a part in it that a model made, as a dubbed film is."""
_LIFE = timedelta(days=3650)
_AUTHORITY, _LEAF = "OnCue, authority of this server", "OnCue, speech of this server"


class CredentialsError(ValueError):
    """Credentials that were asked for and cannot be written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the certificates that go with it, as PEM, the key's own first."""

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str = "es256"

    def sign(self, data: bytes, media_type: str) -> bytes:
        """A whole sound with its credentials. Raises CredentialsError."""
        out = io.BytesIO()
        _sign(self, io.BytesIO(data), out, media_type, _created())
        return out.getvalue()

    def sign_film(self, source: Path, part: Path, media_type: str) -> None:
        """A dubbed film, `source`, with its credentials as `part`. Raises CredentialsError and OSError."""
        with source.open("rb") as film, part.open("w+b") as out:
            _sign(self, film, out, media_type, _dubbed())


SIGNING_KEY: ContextVar[SigningKey | None] = ContextVar("signing_key", default=None)
"""What files are signed with; None where the operator wants no credentials."""


def signed(data: bytes, format_name: str) -> bytes:
    """A whole sound that has all its other labels, with credentials where they are wanted and its format can hold them."""
    key, media_type = SIGNING_KEY.get(), SOUNDS.get(format_name)
    return data if key is None or media_type is None else key.sign(data, media_type)


def key_of(*, wanted: bool, key: str, chain: str, own: Path) -> SigningKey | None:
    """The key that a configuration names, or the server's own in the folder `own`, made if it is not there.

    None where no credentials are wanted. Raises CredentialsError.
    """
    if not wanted:
        return None
    if find_spec("c2pa") is None:
        raise CredentialsError("Content credentials need the package c2pa-python: pip install 'oncue[c2pa]'.")
    if bool(key) != bool(chain):
        raise CredentialsError("c2pa_key and c2pa_chain are given together: the key, and its certificates as PEM.")
    if key:
        return _read(Path(key), Path(chain))
    _make(own)
    return _read(own / "key.pem", own / "chain.pem")


def _read(key: Path, chain: Path) -> SigningKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = key.read_bytes()
        found = SigningKey(chain.read_bytes(), pem, _algorithm(load_pem_private_key(pem, None)))
    except (OSError, ValueError, TypeError) as error:
        raise CredentialsError(
            "The key for content credentials cannot be used: c2pa_key is a private key as PEM without a password, and c2pa_chain "
            "its certificates as PEM, its own first."
        ) from error
    try:
        _signer(found).close()
    except _library_errors() as error:
        raise CredentialsError(
            f"The key for content credentials does not go with its certificates: {error}."
        ) from error
    return found


def _algorithm(key: Any) -> str:
    """The library's name for how a key signs. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size in {256, 384, 521}:
        return {256: "es256", 384: "es384", 521: "es512"}[key.curve.key_size]
    raise ValueError("no key of a kind that C2PA knows")


def _make(folder: Path) -> None:
    """A key of this server's own, unless there is one; only its owner reads it. Raises CredentialsError."""
    if (folder / "key.pem").exists():
        return
    chain, key = _own_chain(datetime.now(UTC))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".c2pa-") as made:
            for name, data in (("chain.pem", chain), ("key.pem", key)):
                handle = os.open(Path(made) / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
            folder.mkdir(exist_ok=True, mode=0o700)
            for name in ("chain.pem", "key.pem"):  # the key last: what has it is whole
                (Path(made) / name).replace(folder / name)
    except OSError as error:
        raise CredentialsError(
            f"The key for content credentials cannot be kept ({error.strerror}): name one with c2pa_key and c2pa_chain."
        ) from error


def _own_chain(now: datetime) -> tuple[bytes, bytes]:
    """Certificates and the leaf's key as PEM; what C2PA wants of them is section 14.5 of its specification."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(_AUTHORITY, _AUTHORITY, root_key.public_key(), root_key, now, authority=True)
    leaf = _certificate(
        _LEAF, _AUTHORITY, leaf_key.public_key(), root_key, now,
        more=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    key = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem) + root.public_bytes(pem), key


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, signing: ec.EllipticCurvePrivateKey, now: datetime,
    *, authority: bool = False, more: x509.ExtensionType | None = None,
) -> x509.Certificate:  # fmt: skip
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    def name(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, common),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, PRODUCER.get()),
            ]
        )

    usage = x509.KeyUsage(
        digital_signature=not authority, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if more is not None:
        builder = builder.add_extension(more, critical=False)
    return builder.sign(signing, hashes.SHA256())


def _created() -> list[dict[str, Any]]:
    return [{"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}]


def _dubbed() -> list[dict[str, Any]]:
    """What was there before has no credentials that we would know of, so the film begins here."""
    return [{"action": "c2pa.created", "digitalSourceType": COMPOSITE}]


def _sign(key: SigningKey, source: Any, out: Any, media_type: str, actions: list[dict[str, Any]]) -> None:
    from c2pa import Builder

    manifest = {
        "claim_generator_info": [{"name": "OnCue", "producer": PRODUCER.get()}],
        "format": media_type,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
    try:
        with Builder(json.dumps(manifest)) as builder, _signer(key) as signer:
            builder.sign(signer, media_type, source, out)
    except _library_errors() as error:
        raise CredentialsError(f"The content credentials cannot be written: {error}.") from error


def _signer(key: SigningKey) -> Any:
    from c2pa import C2paSignerInfo, Signer

    return Signer.from_info(C2paSignerInfo(key.algorithm.encode(), key.chain, key.key, None))


def _library_errors() -> tuple[type[Exception], ...]:
    from c2pa import C2paError

    return (C2paError,)
