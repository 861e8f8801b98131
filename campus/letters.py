"""Letters: a mail from a template, in the reader's language, with links that lead to this campus."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template
from flask_babel import force_locale, get_locale
from sqlalchemy.orm import Session

from campus import outbox
from campus.figures import force_clock
from campus.hub import hub
from campus.letter_blocks import read_blocks
from campus.outbox import CalendarPart

if TYPE_CHECKING:
    from campus.people.models import Member


def write(
    session: Session,
    recipient: str,
    template: str,
    now: datetime,
    *,
    locale: str | None = None,
    clock: str | None = None,
    dressed: bool = False,
    calendar: CalendarPart | None = None,
    **told: Any,
) -> None:
    """Put `mail/<template>.txt` into the outbox. Its first line is the subject.

    `locale` is the reader's, None where it is not known: then the campus's own, else that of the page on
    which it is asked for, else English. `clock` is how they write times (see figures). `dressed`: the same
    words go out in HTML too. `calendar` is what the reader's calendar is told by it.
    """
    html = None
    with force_locale(locale or hub().settings.locale or str(get_locale() or "en")), force_clock(clock):
        subject, _line, text = render_template(f"mail/{template}.txt", **told).strip().partition("\n")
        text = re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"
        if dressed:
            blocks = read_blocks(text, hub().settings.site_url)
            html = render_template("mail/letter.html", subject=subject, blocks=blocks)
    outbox.post(session, recipient, subject, text, now, html=html, calendar=calendar)


def write_to(session: Session, reader: Member, template: str, now: datetime, **told: Any) -> None:
    """The same to a member, who is told by name."""
    write(
        session,
        reader.email,
        template,
        now,
        locale=reader.locale,
        clock=reader.clock,
        name=reader.name,
        **told,
    )


def link(endpoint: str, **values: Any) -> str:
    """A page's whole address, as it stands in a mail. Never made from what a request claims as its host."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return hub().settings.site_url + path
