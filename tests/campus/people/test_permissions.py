"""Every route, with every method, asked by everybody: who gets in stands in the table and nowhere else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from campus import clock
from campus.people.models import Company, Member
from campus.people.permissions import ACTIONS, MEMBERS, ROUTES, SCOPES, VISITOR
from campus.settings import Settings
from tests.campus.people.town import BROWSERS, FULL_TOKENS, GONE_ID, TOKENS, VISITORS, Caller, Town, needs_row
from tests.conftest import QUICK

LOOKS_ONLY = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    place = tmp_path_factory.mktemp("town")
    shutil.copyfile(sqlite_template, place / "campus.db")
    app = create_app(Settings(data_dir=place, secret_key="only for the tests of Campus", **QUICK))
    made = Town(app, place / "campus.db")
    yield made
    made.close()


def is_welcome(caller: Caller, endpoint: str) -> bool:
    """What the table says, read here as people read it."""
    rule = ACTIONS[needs_row(endpoint)]
    if VISITOR in rule.roles:
        return True
    if caller.role is None:
        return caller.on_demo and rule.visitors_of_demo
    if caller.role not in rule.roles and not (rule.company and caller.runs_company):
        return False
    return caller.scopes is None or rule.scope in caller.scopes


def walk(town: Town, caller: Caller, rules: list[Rule]) -> None:
    """Ask for all of `rules` and compare what came with the table."""
    wrong = []
    for rule, method, path in town.requests(rules):
        asked = town.endpoint_of(method, path)
        answer = town.call(caller, method, path)
        town.walked.add((rule.rule, method, caller.name))
        if is_welcome(caller, asked):
            right = town.reached == asked and answer.status_code not in (401, 500)
            if answer.status_code == 403:
                # not about who asks, or the campus's administrator would get further
                right = right and town.call(in_charge(caller), method, path).status_code == 403
        else:
            right = town.reached is None and is_turned_away(answer)
        if not right:
            wrong.append(f"{method} {path} ({asked}): {answer.status}, reached {town.reached}")
        if town.reached and method not in LOOKS_ONLY:
            town.restore()
    town.restore()
    assert not wrong, f"{caller} should get in where the table says so, and only there:\n" + "\n".join(wrong)


def in_charge(caller: Caller) -> Caller:
    """The administrator of the campus, asking in the same way."""
    name = "admin" if caller.scopes is None else f"admin with a token to {' '.join(caller.scopes)}"
    return replace(caller, name=name, role="admin", runs_company=False)


def is_turned_away(answer: TestResponse) -> bool:
    to_sign_in = answer.status_code == 302 and answer.location.startswith("/sign-in")
    return to_sign_in or answer.status_code in (401, 403)


def of_api(town: Town) -> list[Rule]:
    return [rule for rule in town.app.url_map.iter_rules() if rule.rule.startswith("/api/")]


@pytest.mark.parametrize("caller", [*VISITORS, *BROWSERS], ids=str)
def test_a_browser_gets_in_where_the_table_says(town: Town, caller: Caller) -> None:
    walk(town, caller, list(town.app.url_map.iter_rules()))


@pytest.mark.parametrize("caller", TOKENS, ids=str)
def test_a_token_calls_what_its_member_and_its_scope_may(town: Town, caller: Caller) -> None:
    walk(town, caller, of_api(town))


@pytest.mark.parametrize("caller", FULL_TOKENS, ids=str)
def test_a_token_opens_no_page_that_is_for_browsers(town: Town, caller: Caller) -> None:
    walk(town, caller, [rule for rule in town.app.url_map.iter_rules() if rule not in of_api(town)])


def test_every_route_has_a_row_and_every_row_a_route(town: Town) -> None:
    routes = {rule.endpoint for rule in town.app.url_map.iter_rules()}
    assert routes - ROUTES.keys() == set(), "these open to nobody: say who may"
    assert ROUTES.keys() - routes == set(), "these rows are for routes that there are not"


def test_the_table_speaks_of_roles_and_scopes_that_there_are() -> None:
    assert set(ROUTES.values()) <= ACTIONS.keys()
    for name, action in ACTIONS.items():
        assert set(action.roles) <= {VISITOR, *MEMBERS}, name
        assert action.scope is None or action.scope in SCOPES, name


def without_passing(answer: TestResponse) -> str:
    """What was answered, but for the number in the address and the page's tokens, which count seconds."""
    token = r'name="csrf[-_]token" (content|value)="[^"]+"'
    return re.sub(rf"/(1|{GONE_ID})\b|{token}", "…", answer.text)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/bookings/{}"),
        ("DELETE", "/api/v1/bookings/{}"),
        ("POST", "/book/{}/cancel"),
        ("GET", "/bookings/{}"),
        ("GET", "/bookings/{}.ics"),
        ("POST", "/bookings/{}/edit"),
        ("POST", "/bookings/{}/cancel"),
        ("POST", "/bookings/{}/check-in"),
        ("POST", "/bookings/{}/accept"),
        ("POST", "/account/sessions/{}/end"),
        ("POST", "/account/tokens/{}/revoke"),
        ("POST", "/account/feeds/{}/revoke"),
        ("GET", "/account/passkeys/{}"),
        ("POST", "/account/passkeys/{}/rename"),
        ("POST", "/account/passkeys/{}/remove"),
    ],
)
@pytest.mark.parametrize("name", ["analyst", "company administrator"])
def test_what_is_another_member_s_does_not_exist(town: Town, name: str, method: str, path: str) -> None:
    """The same answer, letter by letter, as for a number that nobody has."""
    stranger = next(caller for caller in BROWSERS if caller.name == name)
    theirs, nobody_s = (town.call(stranger, method, path.format(number)) for number in (1, GONE_ID))
    town.restore()
    assert (theirs.status_code, nobody_s.status_code) == (404, 404)
    assert without_passing(theirs) == without_passing(nobody_s)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/people/{}"), ("POST", "/people/{}/deactivate"), ("POST", "/people/{}/bring-back")],
)
def test_people_of_another_company_do_not_exist(town: Town, method: str, path: str) -> None:
    runs_another = next(caller for caller in BROWSERS if caller.runs_company)
    with town.app.extensions["campus"].database.write() as store:
        other = Company(slug="other", name="Other", created_at=clock.now())
        store.add(other)
        store.flush()
        store.execute(update(Member).where(Member.runs_company).values(company_id=other.id))
    theirs, nobody_s = (town.call(runs_another, method, path.format(number)) for number in (1, GONE_ID))
    town.restore()
    assert (theirs.status_code, nobody_s.status_code) == (404, 404)
    assert without_passing(theirs) == without_passing(nobody_s)


def test_all_of_it_was_walked(
    town: Town, request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    """Comes last in this file. Run alone it has nothing to count."""
    if len([item for item in request.session.items if item.path == request.path]) < len(TOKENS):
        pytest.skip("left out: only part of this file was asked for")
    who = [caller.name for caller in (*VISITORS, *BROWSERS)]
    every = {
        (rule.rule, method, name)
        for rule in town.app.url_map.iter_rules()
        for method in rule.methods or ()
        for name in who
    }
    assert every <= town.walked
    routes = len({rule for rule, _method, _name in town.walked})
    tell(f"{routes} routes walked: {len(town.walked)} with each method and caller")
