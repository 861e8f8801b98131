"""What takes a mail away: a mail server, or where none is set a folder of .eml files.

Both raise for the postman's decision:

Refused     never again: this mail is not wanted, or is none
Deferred    later: this mail not now, perhaps the next one
Away        later, and no other before: nobody takes mail at the moment
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from campus.mail_server import MailServer

PATIENCE_S = 10.0
"""For each answer of the server."""


class Refused(Exception):
    """The mail cannot be delivered, now or later."""


class Deferred(Exception):
    """The mail cannot be delivered now."""


class Away(Deferred):
    """No mail can be delivered now."""


class Carrier(Protocol):
    """Takes one mail away, or raises Refused, Deferred or Away."""

    def carry(self, message: EmailMessage, recipient: str) -> None: ...

    def close(self) -> None: ...


class MailServerCarrier:
    """A conversation with an SMTP server, begun when there is something to say.

    `context` is what TLS trusts; the machine's certificate authorities unless it is given.
    """

    def __init__(self, server: MailServer, our_host: str, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._our_host = our_host if "." in our_host else "[127.0.0.1]"
        self._context = context
        self._talk: smtplib.SMTP | None = None

    def carry(self, message: EmailMessage, recipient: str) -> None:
        try:
            with _told_apart():
                self._talk = self._talk or self._begin()
                self._talk.send_message(message, to_addrs=[recipient])
        except (Refused, Deferred):
            self.close()
            raise

    def close(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            with suppress(OSError, smtplib.SMTPException):
                talk.quit()
            talk.close()

    def _begin(self) -> smtplib.SMTP:
        server = self._server
        context = self._context or ssl.create_default_context()
        talk: smtplib.SMTP
        if server.protection == "tls":
            talk = smtplib.SMTP_SSL(
                server.host, server.port, self._our_host, timeout=PATIENCE_S, context=context
            )
        else:
            talk = smtplib.SMTP(server.host, server.port, self._our_host, timeout=PATIENCE_S)
        try:
            if server.protection == "starttls":
                talk.starttls(context=context)
            if server.user is not None:
                talk.login(server.user, server.password)
        except (OSError, smtplib.SMTPException, ValueError):
            talk.close()
            raise
        return talk


@contextmanager
def _told_apart() -> Iterator[None]:
    """smtplib's many errors as the three that matter.

    A lasting refusal (5xx) of the recipient or of the text concerns this mail. One of the sender or
    of the password concerns us: somebody will mend it, so the mail waits.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _of_mail(code, said) from None
    except smtplib.SMTPDataError as error:
        raise _of_mail(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise (Refused if "SMTPUTF8" in str(error) else Away)(str(error)) from None
    except smtplib.SMTPResponseException as error:
        raise Away(_said(error.smtp_code, error.smtp_error)) from None
    except (OSError, smtplib.SMTPException) as error:  # unreachable, hung up, too slow, not to be trusted
        raise Away(f"{type(error).__name__}: {error}") from None


def _of_mail(code: int, said: bytes | str) -> Exception:
    kind = Away if code == 421 else Refused if code >= 500 else Deferred  # 421: the server closes down
    return kind(_said(code, said))


def _said(code: int, said: bytes | str) -> str:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"


class FolderCarrier:
    """A folder of .eml files, to be read by whoever looks after the machine, and by nobody else.

    A mail's file is named by its Date and Message-ID: written twice it is still one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, message: EmailMessage, recipient: str) -> None:
        moment: datetime = message["Date"].datetime
        number = str(message["Message-ID"]).strip("<>").partition("@")[0]
        name = f"{moment:%Y%m%dT%H%M%S}-{number}.eml"
        draft = self._folder / f".{name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / name)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise Away(f"the outbox folder: {error.strerror or error}") from None

    def close(self) -> None:
        """There is nothing to close."""
