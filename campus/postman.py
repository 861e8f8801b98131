"""Delivers the outbox: claims a bundle of mails, hands each to a carrier, notes what became of them.

A mail is claimed by a conditional UPDATE before it is handed over, so that of several workers one
sends it. Between a server's "accepted" and our commit there are up to NOTED_EVERY_S in which a kill or a
lost connection leaves mails claimed but not noted as sent; they then go out once more when the claim ends.
That is at least once, as everywhere in mail: the Message-ID is the same, so a double can be told.
A kill also keeps what was claimed and not yet handed over until then.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from email.charset import BASE64, QP, Charset
from email.headerregistry import Address, BaseHeader
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from functools import cache
from urllib.parse import urlsplit

from campus import outbox
from campus.carriers import Away, Carrier, Deferred, FolderCarrier, MailServerCarrier, Refused
from campus.database import Database
from campus.mail_server import Sender, mail_host, read_mail_server, sender_of
from campus.moments import to_micros
from campus.naming import campus_name
from campus.outbox import Mail
from campus.settings import Settings

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE, TRIES = timedelta(minutes=1), timedelta(hours=1), 30
"""1, 2, 4 … 32 min, then every hour: a day in all."""
CLAIM = timedelta(minutes=10)
"""Longer than any conversation with a server takes; after a kill the mail is tried again this much later."""
REST = timedelta(minutes=1)
"""How long nobody is asked after nobody was there."""
ROUND = 100
BUNDLE = 20
"""Mails claimed in one transaction: each write is in the way of who books."""
BUNDLE_S = 10.0
"""What is left of a bundle after so long is let go, so that no claim ends before its mail is tried."""
NOTED_EVERY_S = 0.25
"""How often it is noted what has gone out."""
FOLDER = "outbox"
CALENDAR_FILE = "invite.ics"
QUOTED, ENCODED = Charset("utf-8"), Charset("utf-8")
QUOTED.body_encoding, ENCODED.body_encoding = QP, BASE64


class Postman:
    """One round after the other, with what is remembered between them."""

    def __init__(self, database: Database, settings: Settings, carrier: Carrier | None = None) -> None:
        self._database = database
        self._host = mail_host(urlsplit(settings.site_url).hostname)
        self._sender = sender_of(settings.mail_from, settings.site_url)
        self._carrier = carrier or carrier_for(settings)
        self._resting_until: datetime | None = None

    def go_round(self, now: datetime) -> int:
        """Try the mails that are due; how many went out."""
        if self._resting_until and now < self._resting_until:
            return 0
        with self._database.read() as session:
            waiting, name = outbox.due(session, now, ROUND), campus_name(session)
        gone: list[Mail] = []
        try:
            for bundle in _bundles(waiting):
                self._deliver(bundle, name, now, gone)
        except Away:
            self._resting_until = now + REST
        finally:
            self._carrier.close()
        return len(gone)

    def _deliver(self, bundle: Sequence[Mail], campus: str, now: datetime, gone: list[Mail]) -> None:
        """What goes out is put to `gone`. Raises Away if it makes no sense to go on with the next."""
        with self._database.write() as session:
            left = deque([mail for mail in bundle if outbox.claim(session, mail, now + CLAIM)])
        went: list[Mail] = []
        began = noted = time.monotonic()
        try:
            while left and time.monotonic() - began < BUNDLE_S:
                mail = left.popleft()
                if self._hand_over(mail, campus, now):
                    went.append(mail)
                    gone.append(mail)
                if time.monotonic() - noted >= NOTED_EVERY_S:
                    self._note(went, [], now)
                    went, noted = [], time.monotonic()
        finally:
            self._note(went, left, now)

    def _hand_over(self, mail: Mail, campus: str, now: datetime) -> bool:
        """True if it went. Raises Away, once it is noted that this one waits."""
        try:
            self._carrier.carry(compose(mail, self._sender, campus, self._host), mail.recipient)
        except Refused as error:
            self._give_up(mail, str(error))
            return False
        except Deferred as error:
            self._put_off(mail, str(error), now)
            if isinstance(error, Away):
                raise
            return False
        return True

    def _note(self, went: Sequence[Mail], left: Iterable[Mail], now: datetime) -> None:
        left = list(left)
        if not went and not left:
            return
        with self._database.write() as session:
            for mail in went:
                outbox.sent(session, mail, now)
            for mail in left:
                outbox.let_go(session, mail)

    def _put_off(self, mail: Mail, fault: str, now: datetime) -> None:
        pause = pause_after(mail.tries + 1)
        if pause is None:
            self._give_up(mail, fault)
            return
        log.warning("mail %s waits: %s", mail.id, fault)
        with self._database.write() as session:
            outbox.put_off(session, mail, now + pause, fault)

    def _give_up(self, mail: Mail, fault: str) -> None:
        log.error("mail %s is given up: %s", mail.id, fault)
        with self._database.write() as session:
            outbox.give_up(session, mail, fault)


def _bundles(mails: Sequence[Mail]) -> Iterator[Sequence[Mail]]:
    for number in range(0, len(mails), BUNDLE):
        yield mails[number : number + BUNDLE]


def carrier_for(settings: Settings, context: ssl.SSLContext | None = None) -> Carrier:
    """The mail server of the settings, or the data dir's outbox where none is set."""
    if settings.smtp_url is None:
        return FolderCarrier(settings.data_dir / FOLDER)
    host = mail_host(urlsplit(settings.site_url).hostname)
    return MailServerCarrier(read_mail_server(settings.smtp_url), host, context)


def compose(mail: Mail, sender: Sender, campus: str, host: str) -> EmailMessage:
    """The mail as it travels (RFC 5322). The same row makes the same message, whenever it is sent.

    Raises Refused if its recipient is not one mail address.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = mail.recipient
        message["From"] = Address(sender.name or campus, addr_spec=sender.address)
        message["Subject"] = " ".join(mail.subject.split())
    except (ValueError, IndexError) as error:  # a line break, or what is no address
        raise Refused(f"not a mail: {error}") from None
    if len(message["To"].addresses) != 1 or message["To"].addresses[0].addr_spec != mail.recipient:
        raise Refused("the recipient is not one mail address")
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{mail.id}.{to_micros(mail.created_at)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.html is None and mail.calendar is None:
        message.set_content(mail.text)
    else:
        _fill(message, mail)
    return message


def _fill(message: EmailMessage, mail: Mail) -> None:
    """The text and what says the same: HTML, and an appointment, once for programs that look among the
    alternatives and once as a file for those that look there. No encoded line can be a boundary.

    What the parts' headers say is parsed once and for all: email would parse each of them three times over.
    """
    parts = [_part("text/plain", mail.text, QUOTED)]
    if mail.html is not None:
        parts.append(_part("text/html", mail.html, QUOTED))
    if mail.calendar is None:
        _put_together(message, "alternative", parts, mail, 0)
        return
    kind = f'text/calendar; method="{mail.calendar_method or "PUBLISH"}"'
    same, file = MIMEPart(SMTP), _part(kind, mail.calendar, ENCODED)
    _put_together(same, "alternative", [*parts, _part(kind, mail.calendar, ENCODED)], mail, 1)
    file["Content-Disposition"] = _header("Content-Disposition", f'attachment; filename="{CALENDAR_FILE}"')
    _put_together(message, "mixed", [same, file], mail, 0)


def _part(kind: str, text: str, how: Charset) -> MIMEPart:
    part = MIMEPart(SMTP)
    part["Content-Type"] = _header("Content-Type", f'{kind}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _header("Content-Transfer-Encoding", how.get_body_encoding())
    part.set_payload(how.body_encode(text if text.endswith("\n") else f"{text}\n"))
    return part


def _put_together(whole: MIMEPart, how: str, parts: Sequence[MIMEPart], mail: Mail, number: int) -> None:
    boundary = f"=_{mail.id}.{to_micros(mail.created_at)}.{number}"
    whole["MIME-Version"] = _header("MIME-Version", "1.0")
    whole["Content-Type"] = f'multipart/{how}; boundary="{boundary}"'
    for part in parts:
        whole.attach(part)


@cache
def _header(name: str, value: str) -> BaseHeader:
    made: BaseHeader = SMTP.header_factory(name, value)
    return made


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: no more."""
    return None if tries >= TRIES else min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)


def tidy_folder(settings: Settings, now: datetime) -> None:
    """Remove .eml files as old as the rows that are forgotten: their links are dead, their addresses not."""
    before = (now - outbox.KEPT).timestamp()
    for path in (settings.data_dir / FOLDER).glob("*.eml"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
