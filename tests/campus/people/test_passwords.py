"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import subprocess
import sys
import timeit

import pytest
from apiflask import APIFlask
from argon2 import extract_parameters
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from campus.database import Database
from campus.errors import BadRequest
from campus.people.door import pass_quality, passwords
from tests.conftest import PASSWORD

OWN = pass_quality.own_words(
    ["Hub Juárez Norte", "Ana Robles", "ana.robles@nopal.example", "campus.nopal.example"]
)


def test_the_commonest_3000_passwords_are_refused() -> None:
    for password in FREQUENCY_LISTS["passwords"][:3000]:
        wanted = "short" if len(password) < pass_quality.MIN_LENGTH else "common"
        assert pass_quality.fault(password, []) == wanted, password


@pytest.mark.parametrize(
    "password",
    ["p4ssw0rd12", "P@ssw0rd123", "qwertyuiop", "1qaz2wsx3edc", "aaaaaaaaaaaaaaaa", "abcdefghijklm",
     "iloveyouiloveyou", "drowssap1234", "1234567890" * 12, "a" * 128],
)  # fmt: skip
def test_what_is_common_stays_common_in_disguise(password: str) -> None:
    assert pass_quality.fault(password, []) == "common"


@pytest.mark.parametrize(
    "password",
    ["Campus2026!", "c4mpu5-2026", "NopalNopal", "HubJuarez123", "juárez juárez", "ana.robles", "Robles-1984",
     "N0rteN0p4l", "bienvenido1", "Contraseña1", "campus.nopal.example", "ROBLES robles",
     "ana.robles@nopal.example", "anarobles2026", "ana robles 7", "AnaRobles!!"],
)  # fmt: skip
def test_the_campus_s_own_words_make_no_password(password: str) -> None:
    assert pass_quality.fault(password, OWN) in ("own", "common")


def test_own_words_may_stand_beside_good_ones() -> None:
    assert pass_quality.fault("nopal sundial gravel", OWN) is None
    assert pass_quality.fault("Campus2026!", []) is None  # so that the test above is about the words


@pytest.mark.parametrize(
    ("password", "fault"),
    [("", "short"), ("gk3!vT9_q", "short"), ("gk3!vT9_qx", None), (PASSWORD, None),
     ("tres tristes tigres", None), ("sundial gravel 8" * 8, None), ("sundial gravel 8" * 8 + "x", "long"),
     ("日本語のとても長い合言葉", None)],
)  # fmt: skip
def test_length_is_the_only_rule_besides(password: str, fault: str | None) -> None:
    assert pass_quality.fault(password, OWN) == fault


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "password1234", "Campus2026!", "\0" * 12, "x" * 1_000_000]
)
def test_a_refusal_is_a_sentence_and_never_the_password(password: str) -> None:
    with pytest.raises(BadRequest) as refused:
        passwords.new_hash(password, OWN)
    assert refused.value.message.endswith(".")
    assert password not in refused.value.message


def test_a_password_is_the_same_from_every_keyboard() -> None:
    kept = passwords.hash_password("mañana ﬁn de año")
    assert passwords.is_right(kept, "man\u0303ana fin de an\u0303o")
    assert not passwords.is_right(kept, "manana fin de ano")


def test_a_hash_costs_what_is_set_where_nothing_is() -> None:
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in passwords.hash_password(PASSWORD)


def test_what_follows_a_nul_counts() -> None:
    assert not passwords.is_right(passwords.hash_password("sundial\0gravel"), "sundial\0grovel")


def test_no_hash_is_like_a_wrong_password() -> None:
    assert not passwords.is_right(None, PASSWORD)
    assert not passwords.is_right("no hash at all", PASSWORD)
    assert not passwords.is_right(passwords.hash_password(PASSWORD), PASSWORD + "x" * 1_000_000)


def test_a_wrong_password_takes_no_longer_than_nobody_s() -> None:
    kept = passwords.hash_password(PASSWORD)

    def shortest(password_hash: str | None) -> float:
        return min(timeit.repeat(lambda: passwords.is_right(password_hash, "wrong"), number=1, repeat=3))

    assert 0.3 < shortest(None) / shortest(kept) < 3


def test_the_decoy_costs_what_a_hash_costs(sqlite_database: Database, app: APIFlask) -> None:
    with app.app_context():
        hasher = passwords._hasher()
        real, decoy = hasher.hash(PASSWORD), passwords._decoy(hasher)
        assert not passwords.is_outdated(decoy)
    assert extract_parameters(real) == extract_parameters(decoy)


@pytest.mark.parametrize(
    ("password", "taken"), [("password1234", False), ("Ana Robles 7", False), (PASSWORD, True)]
)
def test_the_command_line_asks_no_less(
    sqlite_database: Database, app: APIFlask, password: str, taken: bool
) -> None:
    said = ["member", "add", "ana.robles@nopal.example", "--name", "Ana Robles", "--password-stdin"]
    ran = app.test_cli_runner().invoke(args=said, input=f"{password}\n")
    assert (ran.exit_code == 0) is taken
    assert taken or "password" in ran.output
    assert password not in ran.output


TICKS = """
from gevent import monkey; monkey.patch_all()
import gevent
from campus.people.door import passwords
ticks = 0
def count():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.001)
gevent.spawn(count)
gevent.sleep(0)
kept = passwords.hash_password("correct horse battery")
made = ticks
assert passwords.is_right(kept, "correct horse battery") and not passwords.is_right(kept, "another password")
both = gevent.joinall([gevent.spawn(passwords.is_right, None, "x") for _ in range(5)])
assert [one.get() for one in both] == [False] * 5
print(made, ticks - made)
"""


def test_hashing_leaves_the_other_requests_their_turn() -> None:
    """In one process under gevent, as the web server is one: another greenlet goes on meanwhile."""
    ran = subprocess.run([sys.executable, "-c", TICKS], capture_output=True, text=True, check=True)
    while_hashing, while_verifying = map(int, ran.stdout.split())
    assert while_hashing > 3
    assert while_verifying > 3
