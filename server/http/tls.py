"""TLS for the one port: an operator's certificate, or one of our own making for phones on the same network.

A browser gives a page its audio worklet, decoder and microphone only in a secure context, and on another machine that
means https. The certificate made here is signed by nobody else: a visitor compares its fingerprint with the one that
`oncue serve` prints, and accepts it once. It is kept, so that once is enough.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from oncue.server.config import Config, ConfigError

if TYPE_CHECKING:
    from cryptography import x509

SELF_SIGNED = "self-signed"
_LOCAL = ("localhost", "127.0.0.1", "::1")
_LIFE = timedelta(days=397)
"""The longest that browsers take (CA/Browser Forum, SC31)."""
_MARGIN = timedelta(days=7)
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_UNREADABLE = "The certificate cannot be used: `tls` must name a PEM file with a certificate and its key."


class TLSError(ConfigError):
    """No certificate can be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A PEM file with a certificate and its key, and the SHA-256 of the certificate as browsers show it."""

    file: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """For a listening socket. Raises TLSError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.file)
        except (OSError, ssl.SSLError) as error:
            raise TLSError(_UNREADABLE) from error
        return context


def certificate(config: Config) -> Certificate | None:
    """What the port of a configuration proves itself with, None without TLS. Raises TLSError."""
    if not config.tls:
        return None
    if config.tls != SELF_SIGNED:
        return named(Path(config.tls))
    return self_signed(config.certificate_path, () if config.loopback else addresses(), datetime.now(UTC))


def named(file: Path) -> Certificate:
    """An operator's own. Raises TLSError."""
    try:
        text = file.read_text("ascii")
        begin = text.index(_BEGIN)
        der = ssl.PEM_cert_to_DER_cert(text[begin : text.index(_END, begin) + len(_END)])
    except (OSError, ValueError) as error:
        raise TLSError(_UNREADABLE) from error
    return Certificate(file, hashlib.sha256(der).digest().hex(":").upper())


def self_signed(file: Path, names: Iterable[str], now: datetime) -> Certificate:
    """The certificate kept in `file`, made anew when it is old or says nothing of one of the names. Raises TLSError."""
    try:
        import cryptography  # noqa: F401 -- an extra; the rest of the file needs it
    except ImportError:
        raise TLSError("A certificate of our own needs the package cryptography: pip install 'oncue[tls]'.") from None
    wanted = dict.fromkeys((*_LOCAL, *names))
    if not _still_good(file, set(wanted), now):
        _keep(file, _made(tuple(wanted), now))
    return named(file)


def addresses() -> tuple[str, ...]:
    """Names and addresses by which others on the network may know this machine; none of them is asked anything."""
    name = socket.gethostname()
    found = [name, f"{name}.local"] if "." not in name else [name]
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(name, None, socket.AF_INET)]
    found += outward()
    return tuple(dict.fromkeys(found))


def outward() -> list[str]:
    """The address of the interface that leads out. Connecting a UDP socket sends nothing (192.0.2.0/24 is RFC 5737's)."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return [str(probe.getsockname()[0])]
    return []


def _still_good(file: Path, wanted: set[str], now: datetime) -> bool:
    from cryptography import x509

    try:
        kept = x509.load_pem_x509_certificate(file.read_bytes())
        extension = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    covered = {*extension.value.get_values_for_type(x509.DNSName)}
    covered |= {str(address) for address in extension.value.get_values_for_type(x509.IPAddress)}
    return wanted <= covered and kept.not_valid_before_utc <= now < kept.not_valid_after_utc - _MARGIN


def _made(names: Sequence[str], now: datetime) -> bytes:
    """Certificate and key as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OnCue on this network")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _keep(file: Path, pem: bytes) -> None:
    """Whole or not at all, and for this user's eyes only from its first byte."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(pem)
        fresh.replace(file)
    except OSError as error:
        raise TLSError(f"The certificate cannot be kept in the folder of your voices: {error.strerror}.") from error
