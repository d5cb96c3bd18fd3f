"""Content credentials are read back by C2PA's own library, and what was in the file before by tools that know nothing of us."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import mutagen.flac
import numpy as np
import pytest
from c2pa import Context, Reader, Settings
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from oncue.server.audio import credentials, labels
from oncue.server.audio.credentials import SIGNING_KEY, SOUNDS, CredentialsError, SigningKey, key_of
from oncue.server.audio.encoders import FORMATS, encode
from oncue.server.audio.file_format import format_of
from oncue.server.audio.inspection import inspect
from tests.server.audio.test_labels import PCM, of_ffmpeg, of_mutagen

OFFLINE: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    made = key_of(wanted=True, key="", chain="", own=tmp_path_factory.mktemp("own") / "c2pa")
    assert made is not None
    return made


@pytest.fixture
def signing(key: SigningKey) -> Iterator[SigningKey]:
    token = SIGNING_KEY.set(key)
    yield key
    SIGNING_KEY.reset(token)


def read(data: bytes, media_type: str, **settings: Any) -> dict[str, Any]:
    """What C2PA's own reader says of a file."""
    context = Context(Settings.from_dict(OFFLINE | settings))
    with Reader(media_type, io.BytesIO(data), context=context) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    return found


def faults(told: dict[str, Any]) -> list[str]:
    return [status["code"] for status in told.get("validation_status", [])]


def action_of(told: dict[str, Any]) -> dict[str, Any]:
    manifest = told["manifests"][told["active_manifest"]]
    (actions,) = (one["data"]["actions"] for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2")
    (action,) = actions
    assert isinstance(action, dict)
    return action


def of_flac(data: bytes) -> dict[str, str]:
    """mutagen takes a file that begins with ID3, where FLAC's credentials stand, for an MP3 unless it is told otherwise."""
    tags: Any = mutagen.flac.FLAC(io.BytesIO(data)).tags  # type: ignore[no-untyped-call]
    return {key.lower(): value for key, value in tags}


def samples_of(data: bytes) -> Any:
    with av.open(io.BytesIO(data), "r") as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


@pytest.mark.parametrize("name", SOUNDS)
def test_a_signed_file_says_that_a_model_made_it_and_everything_that_it_said_before(
    signing: SigningKey, name: str
) -> None:
    data = encode(PCM, 24_000, FORMATS[name])
    told = read(data, SOUNDS[name])
    assert told["validation_state"] == "Valid"
    assert faults(told) == ["signingCredential.untrusted"]  # nobody else vouches for a key of our own
    action = action_of(told)
    assert (action["action"], action["digitalSourceType"]) == ("c2pa.created", labels.SOURCE_TYPE)
    tags = {"m4a": of_ffmpeg, "flac": of_flac}.get(name, of_mutagen)(data)
    assert json.loads(tags["aigc"])["ProduceID"] == json.loads(labels.aigc(PCM))["ProduceID"]
    assert any(labels.SOURCE_TYPE in value for value in tags.values())
    assert of_ffmpeg(data)["comment"] == labels.COMMENT
    assert format_of(data) == {"m4a": "mov"}.get(name, name)
    assert inspect(data, None).labels.source_type == labels.SOURCE_TYPE  # our own detector
    SIGNING_KEY.set(None)
    unsigned = encode(PCM, 24_000, FORMATS[name])
    assert len(data) - len(unsigned) < 5000
    assert np.array_equal(samples_of(data), samples_of(unsigned))


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_that_was_changed_afterwards_is_found_out(signing: SigningKey, name: str) -> None:
    data = bytearray(encode(PCM, 24_000, FORMATS[name]))
    data[len(data) // 2] ^= 1  # among the samples, whatever stands before and behind them
    told = read(bytes(data), SOUNDS[name])
    assert told["validation_state"] == "Invalid"


@pytest.mark.parametrize("name", sorted(set(FORMATS) - set(SOUNDS)))
def test_formats_that_can_hold_no_credentials_are_as_they_were(signing: SigningKey, name: str) -> None:
    kind = FORMATS[name]
    asked = encode(PCM, kind.rate, kind)
    SIGNING_KEY.set(None)
    assert asked == encode(PCM, kind.rate, kind)


def test_where_none_are_wanted_nothing_is_made_and_nothing_loaded(tmp_path: Path) -> None:
    assert key_of(wanted=False, key="", chain="", own=tmp_path / "c2pa") is None
    assert not (tmp_path / "c2pa").exists()


def test_a_key_of_our_own_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    one, again = (key_of(wanted=True, key="", chain="", own=tmp_path / "c2pa") for _ in range(2))
    assert one == again
    assert stat.S_IMODE((tmp_path / "c2pa" / "key.pem").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["c2pa"]


def test_who_trusts_our_authority_finds_the_file_trusted(signing: SigningKey) -> None:
    root = signing.chain.decode().split("-----BEGIN")[2]
    data = encode(PCM, 24_000, FORMATS["wav"])
    told = read(data, "audio/wav", trust={"user_anchors": "-----BEGIN" + root})
    assert (told["validation_state"], faults(told)) == ("Trusted", [])


def operators_chain(folder: Path) -> tuple[str, str]:
    """A key and a chain as an operator may have them: another kind of key, signed by an authority of theirs."""
    authority, own = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    now = datetime.now(UTC)

    def certificate(name: str, issuer: str, key: Any, *, ca: bool) -> x509.Certificate:
        usage = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now.replace(year=now.year - 1, day=1))
            .not_valid_after(now.replace(year=now.year + 1, day=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(**(usage | {"key_cert_sign" if ca else "digital_signature": True})), critical=True
            )
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        )
        if not ca:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        return builder.sign(authority, None)

    pem = serialization.Encoding.PEM
    chain = certificate("A studio", "An authority", own.public_key(), ca=False).public_bytes(pem)
    chain += certificate("An authority", "An authority", authority.public_key(), ca=True).public_bytes(pem)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "key.pem"), str(folder / "chain.pem")


def test_an_operators_key_and_chain_sign_in_the_operators_name(tmp_path: Path) -> None:
    named, chain = operators_chain(tmp_path)
    given = key_of(wanted=True, key=named, chain=chain, own=tmp_path / "own")
    assert given is not None
    assert not (tmp_path / "own").exists()
    told = read(given.sign(encode(PCM, 24_000, FORMATS["flac"]), "audio/flac"), "audio/flac")
    assert told["validation_state"] == "Valid"
    assert told["manifests"][told["active_manifest"]]["signature_info"]["issuer"] == "A studio"


def test_a_key_that_cannot_be_used_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, chain = operators_chain(tmp_path)
    own = tmp_path / "own"
    with pytest.raises(CredentialsError, match="together"):
        key_of(wanted=True, key=named, chain="", own=own)
    with pytest.raises(CredentialsError, match="without a password"):
        key_of(wanted=True, key=chain, chain=chain, own=own)
    with pytest.raises(CredentialsError, match="without a password"):
        key_of(wanted=True, key="/no/such.pem", chain=chain, own=own)
    with pytest.raises(CredentialsError, match="cannot be kept"):
        key_of(wanted=True, key="", chain="", own=Path("/proc/no/such"))
    monkeypatch.setattr(credentials, "find_spec", lambda name: None)
    with pytest.raises(CredentialsError, match=r"oncue\[c2pa\]"):
        key_of(wanted=True, key="", chain="", own=own)


def test_what_is_signed_is_never_shown(key: SigningKey) -> None:
    assert "PRIVATE" not in repr(key)
