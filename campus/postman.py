"""Delivers the outbox: claims each mail, hands it to a carrier, notes what became of it.

A mail is claimed by a conditional UPDATE before it is handed over, so that of several workers one
sends it. Between a server's "accepted" and our commit there is a moment in which a kill or a lost
connection leaves the mail claimed but not noted as sent; it then goes out once more when the claim
ends. That is at least once, as everywhere in mail: its Message-ID is the same, so a double can be told.
"""

from __future__ import annotations

import logging
import ssl
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
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
FOLDER = "outbox"
CALENDAR_FILE = "invite.ics"


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
        if self._resting_until and now < self._resting_until <= now + REST:  # unless the clock was set back
            return 0
        with self._database.read() as session:
            waiting, name = outbox.due(session, now, ROUND), campus_name(session)
        gone = 0
        try:
            for mail in waiting:
                gone += self._deliver(mail, name, now)
        except Away:
            self._resting_until = now + REST
        finally:
            self._carrier.close()
        return gone

    def _deliver(self, mail: Mail, campus: str, now: datetime) -> bool:
        """Raises Away, once it is noted, if it makes no sense to go on with the next."""
        with self._database.write() as session:
            if not outbox.claim(session, mail, now + CLAIM):
                return False
        try:
            message = compose(mail, self._sender, campus, self._host)
            self._carrier.carry(message, mail.recipient)
        except Refused as error:
            self._give_up(mail, str(error))
            return False
        except Deferred as error:
            self._put_off(mail, str(error), now)
            if isinstance(error, Away):
                raise
            return False
        with self._database.write() as session:
            outbox.sent(session, mail, now)
        return True

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
    alternatives and once as a file for those that look there. No encoded line can be a boundary."""
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.calendar is not None:
        told = {"method": mail.calendar_method or "PUBLISH"}
        message.add_alternative(mail.calendar, subtype="calendar", cte="base64", params=told)
        message.add_attachment(
            mail.calendar, subtype="calendar", cte="base64", params=told, filename=CALENDAR_FILE
        )
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{mail.id}.{to_micros(mail.created_at)}.{number}")


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: no more."""
    return None if tries >= TRIES else min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)


def tidy_folder(settings: Settings, now: datetime) -> None:
    """Remove .eml files as old as the rows that are forgotten: their links are dead, their addresses not."""
    before = (now - outbox.KEPT).timestamp()
    for path in (settings.data_dir / FOLDER).glob("*.eml"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
