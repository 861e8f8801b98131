"""Forms whose page outlived its session: they are shown once more, with what was typed."""

from __future__ import annotations

from collections.abc import Callable

Answer = tuple[str, int]
ShowAgain = Callable[[], Answer]
_shown_again: dict[str, ShowAgain] = {}


def shows_again(*endpoints: str) -> Callable[[ShowAgain], ShowAgain]:
    """Marks what answers a POST to `endpoints` whose CSRF token is missing or stale. It saves nothing."""

    def mark(show: ShowAgain) -> ShowAgain:
        _shown_again.update(dict.fromkeys(endpoints, show))
        return show

    return mark


def form_again(endpoint: str | None) -> Answer | None:
    """The form of `endpoint` once more; None where nothing was typed that is worth keeping.

    Raises CampusError if whoever asks may not see it.
    """
    show = _shown_again.get(endpoint or "")
    return show() if show else None
