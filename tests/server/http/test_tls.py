from __future__ import annotations

import hashlib
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.http.tls import TLSError, certificate, named, self_signed
from oncue.server.lifecycle import listening
from tests.conftest import SCRIPTED

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_certificate_of_our_own_is_kept_until_it_is_old(tmp_path: Path) -> None:
    file = tmp_path / "tls" / "own.pem"
    first = self_signed(file, ["studio.local", "192.168.7.3"], NOW)
    assert self_signed(file, ["192.168.7.3"], NOW + timedelta(days=300)) == first
    assert self_signed(file, ["192.168.7.3"], NOW + timedelta(days=395)).fingerprint != first.fingerprint


def test_a_certificate_is_made_anew_when_the_machine_has_another_address(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    first = self_signed(file, ["192.168.7.3"], NOW)
    assert self_signed(file, ["10.0.0.9"], NOW).fingerprint != first.fingerprint


def test_a_broken_file_of_our_own_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_text("not a certificate")
    assert len(self_signed(file, [], NOW).fingerprint) == 32 * 3 - 1


def test_nobody_else_on_the_machine_can_read_the_key(tmp_path: Path) -> None:
    file = tmp_path / "tls" / "own.pem"
    self_signed(file, [], NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "ä"])
def test_a_file_that_holds_no_certificate_is_refused_with_a_sentence(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "given.pem"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(TLSError, match=r"PEM file"):
        named(file).context()


def test_a_certificate_without_its_key_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    self_signed(file, [], NOW)
    file.write_text(file.read_text().partition("-----BEGIN PRIVATE KEY-----")[0])
    with pytest.raises(TLSError, match=r"its key"):
        named(file).context()


async def test_a_server_speaks_https_with_the_fingerprint_that_it_tells(tmp_path: Path) -> None:
    config = Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path / "voices"), tls="self-signed")
    told = certificate(config)
    assert told is not None
    digest = bytes.fromhex(told.fingerprint.replace(":", ""))
    async with listening(Server(config, engine_pool(config, process=False))) as url, aiohttp.ClientSession() as client:
        assert url.startswith("https://127.0.0.1:")
        async with client.get(f"{url}/healthz", ssl=aiohttp.Fingerprint(digest)) as answer:
            assert answer.status == 200
        trusting = ssl.create_default_context(cafile=str(told.file))
        async with client.get(url.replace("127.0.0.1", "localhost") + "/healthz", ssl=trusting) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ServerFingerprintMismatch):
            await client.get(f"{url}/healthz", ssl=aiohttp.Fingerprint(hashlib.sha256(b"other").digest()))


async def test_without_tls_the_port_speaks_http(tmp_path: Path) -> None:
    config = Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path / "voices"))
    assert certificate(config) is None
    async with listening(Server(config, engine_pool(config, process=False))) as url:
        assert url.startswith("http://")
