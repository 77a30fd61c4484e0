"""A result is taken only from a machine that proves to be the one it was asked from."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.ondemand import DownloadError, Limits
from bot.ondemand.breaker import Breaker
from bot.ondemand.fetch import Fetcher, looks_like_sound
from bot.ondemand.http import Wire
from tests.unit.ondemand.other_side import AGENT, KEY, heard

HOST = "files.example.org"
SOUND = b"ID3\x04"


def certified(name: str, folder: Path) -> Path:
    """A certificate for a name, signed by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def literally_here(host: str, port: int) -> Sequence[str]:
    """Every host is this machine."""
    return ["127.0.0.1"]


@pytest.mark.parametrize("name", [HOST, "evil.example.org"])
async def test_the_certificate_is_of_the_name(name: str, tmp_path: Path) -> None:
    """Connected by its address, a machine still has to show the certificate of its name."""
    asked_for: list[str | None] = []
    certificate = certified(name, tmp_path)
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    server_side.sni_callback = lambda _, sni, __: asked_for.append(sni)
    trusting = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=certificate))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await heard(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + SOUND)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=server_side)
    url = f"https://{HOST}:{server.sockets[0].getsockname()[1]}/a.mp3"
    limits = Limits()
    wire = Wire(
        KEY,
        base_url="http://127.0.0.1",
        user_agent=AGENT,
        limits=limits,
        breaker=Breaker(clock=time.monotonic),
        transport=trusting,
    )
    fetcher = Fetcher(wire, limits=limits, loopback_allowed=True, resolve=literally_here)
    content = b""
    async with server:
        with suppress(DownloadError):
            content = await fetcher.fetch(url, looks_right=looks_like_sound)
        await wire.aclose()

    assert asked_for == [HOST]
    assert content == (SOUND if name == HOST else b"")
