"""What the scripts of the booking page say, and what they have to know of the day."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.day import Day
from campus.bookings.timeline.week import Week
from campus.moments import to_micros


def script_data(shown: Day | Week, chosen: Chosen, after: int) -> dict[str, Any]:
    """See static/js/book/axis.js. `after`: the number of the last change that the page shows."""
    asked = chosen.link(date=shown.day.isoformat())
    data: dict[str, Any] = {
        "day": shown.day.isoformat(),
        "lanes": url_for("booking_calls.lanes", **asked),
        "check": url_for("booking_calls.check"),
        "hold": url_for("booking_calls.hold"),
        "stream": url_for("booking_calls.stream"),
        "after": after,
        "words": _words(),
    }
    if isinstance(shown, Day):
        steps = [[step.time, step.again, step.next_day] for step in shown.axis.steps()]
        start = to_micros(shown.axis.span.start) // 1000
        data |= {"start": start, "minutes": shown.minutes, "now": shown.minutes_of(shown.now), "steps": steps}
    return data


def _words() -> dict[str, str]:
    """Names in braces are filled in by the script."""
    return {
        "free": _("%(time)s, free. Enter books it.", time="{time}"),
        "taken": _("%(time)s, not free", time="{time}"),
        "label": _("Choose a time: %(name)s", name="{name}"),
        "held": _("Held for you until %(time)s", time="{time}"),
        "pick": _("Where should “%(title)s” go?", title="{title}"),
        "move": _("Move to %(name)s, %(time)s?", name="{name}", time="{time}"),
        "moving": _("Move “%(title)s”", title="{title}"),
        "moved": _("Moved to %(name)s, %(time)s.", name="{name}", time="{time}"),
        "back": _("Moved back."),
        "undo": _("Undo"),
        "nofit": _("%(name)s cannot be booked %(time)s.", name="{name}", time="{time}"),
        "notfree": _("not free"),
        "changed": _("Somebody else changed it meanwhile. The page shows it as it is now."),
        "refused": _("That did not work. Nothing was changed."),
        "offline": _("There is no connection. Nothing was changed."),
        "state-live": _("Live"),
        "state-catching": _("Connecting …"),
        "state-offline": _("Offline"),
        "state-out": _("Signed out"),
    }
