"""The pages of a question that came by mail: opened by a link, answered once, on any phone, signed in or not.

The link decides nothing and uses nothing up. What the buttons send does it; what has changed since is shown
first, and how it stands where nothing is asked any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings.letters import mailed_links
from campus.bookings.letters.mailed_links import Asked
from campus.bookings.own.booking_words import booking_words
from campus.errors import CampusError
from campus.hub import hub
from campus.late_forms import shows_again

Shown = tuple[str, int]
Answer = Response | Shown


@dataclass(frozen=True, slots=True)
class Question:
    """`purpose` is that of its tickets, `name` the endpoints' prefix, `path` where its pages are.

    `look` gives what its `template` needs to know, and as `open` what is still asked, nothing if it is
    over. `settle` does what the form says and tells in words what was done; what it refuses is a
    CampusError.
    """

    purpose: str
    name: str
    path: str
    template: str
    look: Callable[[Session, Asked, datetime], Mapping[str, Any]]
    settle: Callable[[Session, Asked, datetime], str]
    pages: Blueprint = field(init=False)

    def __post_init__(self) -> None:
        pages = Blueprint(self.name, __name__, template_folder="../templates")
        pages.add_url_rule(f"{self.path}/<secret>", "open_link", self.open_link)
        pages.add_url_rule(self.path, "page", self.page)
        pages.add_url_rule(self.path, "reply", self.reply, methods=["POST"])
        pages.add_url_rule(f"{self.path}/done", "done_page", self.done_page)
        shows_again(f"{self.name}.reply")(self.reply_again)
        object.__setattr__(self, "pages", pages)

    def open_link(self, secret: str) -> Response:
        """The secret leaves the address at once."""
        mailed_links.keep(self.purpose, secret)
        return redirect(url_for(".page"), 303)

    def page(self, fault: str = "") -> Shown:
        """The question with its buttons; how it stands, if it is over; else that the link is good no more."""
        now = clock.now()
        with hub().database.read() as store:
            asked = mailed_links.asked(store, self.purpose, now)
            if asked is None:
                return render_template("bookings/link_over.html"), 410
            seen = self.look(store, asked, now)
            told = {"booking": asked.booking, "fault": fault, "now": now, **seen, **booking_words()}
            text = render_template(self.template, **told)
        return text, 422 if fault and seen["open"] else 200

    def reply(self) -> Answer:
        """What the buttons send, done in one go with the end of the link."""
        now = clock.now()
        try:
            with hub().database.write() as store:
                asked = mailed_links.asked(store, self.purpose, now)
                if asked is None:
                    return self.page()
                said = self.settle(store, asked, now)
                mailed_links.use_up(store, self.purpose, now)
        except CampusError as refused:
            return self.page(refused.message)
        session[self._done] = said
        mailed_links.forget(self.purpose)
        return redirect(url_for(".done_page"), 303)

    def done_page(self) -> str:
        return render_template("bookings/link_done.html", said=session.get(self._done) or _("Thank you."))

    def reply_again(self) -> Shown:
        text, _status = self.page(_("This page was open too long. Please try once more."))
        return text, 400

    @property
    def _done(self) -> str:
        """In the signed cookie: what was done."""
        return f"{self.purpose}.done"
