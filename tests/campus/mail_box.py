"""A real mail server for the tests: it keeps what it takes, and refuses on request."""

from __future__ import annotations

import ssl
from asyncio import WriteTransport
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import free_port

USER, PASSWORD = b"campus@hub.example", b"p@ss/w:rd"


@dataclass
class MailBox:
    """aiosmtpd on a free port. `answer_to` says what a recipient is answered, `after_data` what a text is."""

    answer_to: dict[str, str] = field(default_factory=dict)
    after_data: str = "250 taken"
    hangs_up: bool = False
    context: ssl.SSLContext | None = None
    wants_password: bool = False
    is_tls_from_the_start: bool = False
    taken: list[EmailMessage] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    def __enter__(self) -> MailBox:
        extra: dict[str, Any] = {}
        if self.wants_password:
            extra = {
                "authenticator": _knows,
                "auth_required": True,
                "auth_require_tls": not self.is_tls_from_the_start,
            }
        if self.is_tls_from_the_start:
            extra["ssl_context"] = self.context
        else:
            extra |= {"tls_context": self.context, "require_starttls": self.context is not None}
        self._controller = Controller(self, "127.0.0.1", self.port, **extra)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answer_to.get(address, "250 welcome")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up and server.transport:
            cast(WriteTransport, server.transport).abort()
        if self.after_data.startswith("250"):
            self.taken.append(read_mail(cast(bytes, envelope.content)))
        return self.after_data


def read_mail(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw.replace(b"\r\n", b"\n"), policy=default)


def _knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=right, handled=False)


def certificate(folder: Path) -> tuple[Callable[[], ssl.SSLContext], ssl.SSLContext]:
    """A certificate of 127.0.0.1 made now: the server's context (called for), and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )

    def serve() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return context

    return serve, ssl.create_default_context(cafile=str(folder / "cert.pem"))
