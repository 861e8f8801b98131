"""The postman's round: once each, again after a failure, given up in the end."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import event

from campus import clock, outbox
from campus.carriers import Away, Deferred, FolderCarrier, Refused
from campus.database import Database
from campus.naming import name_campus
from campus.outbox import Mail
from campus.postman import BUNDLE, CLAIM, TRIES, Postman, pause_after, tidy_folder
from campus.settings import Settings
from tests.campus.mail_box import read_mail

NOW = clock.now()


class Pigeon:
    """A carrier that does as it is told, and remembers what it carried."""

    def __init__(self, *moods: BaseException | None) -> None:
        self.moods = list(moods)
        self.carried: list[tuple[str, str]] = []

    def carry(self, message: EmailMessage, recipient: str) -> None:
        mood = self.moods.pop(0) if self.moods else None
        if mood is None or isinstance(mood, KeyboardInterrupt):
            self.carried.append((str(message["Message-ID"]), recipient))
        if mood is not None:
            raise mood

    def close(self) -> None:
        pass


def post(database: Database, *recipients: str, subject: str = "Hola") -> None:
    with database.write() as session:
        for recipient in recipients or ("ana@hub.example",):
            outbox.post(session, recipient, subject, "https://campus.example/a-door", NOW)


def mails(database: Database) -> list[Mail]:
    with database.read() as session:
        return session.query(Mail).order_by(Mail.id).all()


def test_two_postmen_at_once_send_each_mail_once(database: Database, settings: Settings) -> None:
    recipients = [f"member{number}@hub.example" for number in range(20)]
    post(database, *recipients)
    pigeons = [Pigeon(), Pigeon()]
    start = threading.Barrier(len(pigeons))

    def run(pigeon: Pigeon) -> None:
        start.wait()
        Postman(database, settings, pigeon).go_round(NOW)

    threads = [threading.Thread(target=run, args=[pigeon]) for pigeon in pigeons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    carried = [recipient for pigeon in pigeons for _id, recipient in pigeon.carried]
    assert sorted(carried) == sorted(recipients)
    assert all(mail.sent_at == NOW for mail in mails(database))


def test_a_mail_that_another_postman_claimed_meanwhile_is_his(database: Database, settings: Settings) -> None:
    post(database)
    (mail,) = mails(database)
    with database.write() as session:
        assert outbox.claim(session, mail, NOW + CLAIM)
    with database.write() as session:
        assert not outbox.claim(session, mail, NOW + CLAIM)


def test_after_a_kill_between_sending_and_noting_it_the_same_message_goes_again(
    database: Database, settings: Settings
) -> None:
    post(database)
    pigeon = Pigeon(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Postman(database, settings, pigeon).go_round(NOW)
    assert Postman(database, settings, pigeon).go_round(NOW + CLAIM - timedelta(seconds=1)) == 0
    assert Postman(database, settings, pigeon).go_round(NOW + CLAIM) == 1
    first, second = pigeon.carried
    assert first == second, "one Message-ID"


KILLED = """
import os, sys
from campus import clock
from campus.database import Database
from campus.postman import Postman
from campus.settings import Settings

class Pigeon:
    def carry(self, message, recipient):
        print(recipient, flush=True)
        if recipient == "member5@hub.example":
            os._exit(9)  # as kill -9: nothing is tidied up

    def close(self):
        pass

Postman(Database(sys.argv[1]), Settings(), Pigeon()).go_round(clock.now())
"""


def test_after_a_kill_in_a_bundle_nothing_is_lost_and_only_what_was_handed_over_goes_twice(
    sqlite_database: Database, settings: Settings
) -> None:
    everybody = [f"member{number}@hub.example" for number in range(2 * BUNDLE)]
    post(sqlite_database, *everybody)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, sqlite_database.url], capture_output=True, text=True, check=False
    )
    assert (killed.returncode, killed.stderr) == (9, "")
    before = killed.stdout.split()
    pigeon = Pigeon()
    at_once = Postman(sqlite_database, settings, pigeon).go_round(clock.now())
    assert at_once == BUNDLE, "those that were claimed wait until the claim ends"
    Postman(sqlite_database, settings, pigeon).go_round(clock.now() + CLAIM)
    after = [recipient for _id, recipient in pigeon.carried]
    assert sorted({*before, *after}) == sorted(everybody)
    assert len(after) == len(set(after))
    assert before == everybody[:6]


def test_what_a_bundle_leaves_when_the_server_goes_is_due_as_it_was(
    database: Database, settings: Settings
) -> None:
    post(database, *[f"member{number}@hub.example" for number in range(5)])
    assert Postman(database, settings, Pigeon(None, None, Away("421 closing"))).go_round(NOW) == 2
    went, waits, left = mails(database)[1], mails(database)[2], mails(database)[3:]
    assert (went.sent_at, went.due_at) == (NOW, None)
    assert (waits.due_at, waits.tries, waits.fault) == (NOW + timedelta(minutes=1), 1, "421 closing")
    assert [(mail.due_at, mail.tries) for mail in left] == [(NOW, 0), (NOW, 0)]


def test_a_bundle_of_mails_is_two_writes(sqlite_database: Database, settings: Settings) -> None:
    post(sqlite_database, *[f"member{number}@hub.example" for number in range(BUNDLE)])
    commits: list[object] = []
    event.listen(sqlite_database.engine, "commit", commits.append)
    assert Postman(sqlite_database, settings, Pigeon()).go_round(NOW) == BUNDLE
    assert len(commits) <= 4, "a busy machine may note it once or twice between"


def test_a_mail_is_given_up_after_a_day_and_its_text_goes(
    sqlite_database: Database, settings: Settings
) -> None:
    post(sqlite_database)
    now, pigeon = NOW, Pigeon(*[Deferred("451 later") for _ in range(TRIES)])
    postman = Postman(sqlite_database, settings, pigeon)
    while (due := mails(sqlite_database)[0].due_at) is not None:
        now = due
        postman.go_round(now)
    (mail,) = mails(sqlite_database)
    assert timedelta(hours=23) < now - NOW < timedelta(hours=25)
    assert (mail.tries, mail.sent_at, mail.fault, mail.text) == (TRIES, None, "451 later", "")


def test_pauses_grow_to_an_hour() -> None:
    pauses = [pause_after(tries) for tries in range(1, TRIES)]
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses[-1] == max(pause for pause in pauses if pause) == timedelta(hours=1)
    assert pause_after(TRIES) is None


@pytest.mark.parametrize(
    "recipient",
    [
        "ana@hub.example, luis@hub.example",
        "ana@hub.example\r\nBcc: x@hub.example",
        "Ana <ana@hub.example>",
        "",
        "@",
    ],
)
def test_what_is_not_one_address_gets_no_mail(
    sqlite_database: Database, settings: Settings, recipient: str
) -> None:
    post(sqlite_database, recipient)
    pigeon = Pigeon()
    assert Postman(sqlite_database, settings, pigeon).go_round(NOW) == 0
    (mail,) = mails(sqlite_database)
    assert (pigeon.carried, mail.due_at) == ([], None)
    assert mail.fault


def test_without_a_mail_server_mails_become_files_that_only_we_read(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    with sqlite_database.write() as session:
        name_campus(session, "Peña & «Co», hub")
    post(sqlite_database, subject="Señal:\r\nBcc: x@hub.example ñandú " + "ü" * 100)
    assert Postman(sqlite_database, settings).go_round(NOW) == 1
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.startswith(NOW.strftime("%Y%m%dT%H%M%S-"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"\r\n\r\n" in path.read_bytes(), "lines end as in a mail"
    message = read_mail(path.read_bytes())
    assert message["Subject"] == "Señal: Bcc: x@hub.example ñandú " + "ü" * 100
    assert message["Bcc"] is None
    assert message["From"].addresses[0].display_name == "Peña & «Co», hub"
    assert message["From"].addresses[0].addr_spec == "campus@localhost"
    assert message.get_content() == "https://campus.example/a-door\n"


def test_the_sender_of_the_settings_is_the_sender(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    post(sqlite_database)
    ours = settings.model_copy(update={"mail_from": "Recepción <hola@hub.example>"})
    Postman(sqlite_database, ours).go_round(NOW)
    (path,) = (tmp_path / "outbox").iterdir()
    assert read_mail(path.read_bytes())["From"] == "Recepción <hola@hub.example>"


def test_a_folder_that_cannot_be_written_to_keeps_the_mail_due(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    post(sqlite_database)
    (tmp_path / "outbox").write_text("a file where the folder should be")
    postman = Postman(sqlite_database, settings)
    assert postman.go_round(NOW) == 0
    (mail,) = mails(sqlite_database)
    assert mail.due_at == NOW + timedelta(minutes=1)
    assert "outbox folder" in (mail.fault or "")
    (tmp_path / "outbox").unlink()
    assert postman.go_round(NOW + timedelta(minutes=1)) == 1


def test_a_disk_that_is_full_leaves_no_half_a_mail(tmp_path: Path) -> None:
    class TooLong(EmailMessage):
        def as_bytes(self, *_: object, **__: object) -> bytes:
            raise OSError(28, "No space left on device")

    message = TooLong()
    message["Date"], message["Message-ID"] = NOW, "<1@localhost>"
    with pytest.raises(Away, match="No space left"):
        FolderCarrier(tmp_path / "outbox").carry(message, "ana@hub.example")
    assert list((tmp_path / "outbox").iterdir()) == []


def test_the_log_holds_no_text_of_a_mail(
    sqlite_database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    post(sqlite_database, "ana@hub.example", "luis@hub.example", "sara@hub.example")
    Postman(sqlite_database, settings, Pigeon(Refused("550 no"), Deferred("450 later"), None)).go_round(NOW)
    assert "is given up: 550 no" in caplog.text
    assert "waits: 450 later" in caplog.text
    assert "a-door" not in caplog.text
    assert "@" not in caplog.text


def test_mails_are_counted_and_forgotten_after_a_month(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    post(sqlite_database, "ana@hub.example", "luis@hub.example", "sara@hub.example")
    Postman(sqlite_database, settings, Pigeon(None, Refused("550 no"), Deferred("450 later"))).go_round(NOW)
    Postman(sqlite_database, settings).go_round(NOW - timedelta(minutes=1))
    with sqlite_database.write() as session:
        assert outbox.counts(session) == {"waiting": 1, "failed": 1}
        outbox.prune(session, NOW + timedelta(days=30))
        assert session.query(Mail).count() == 3
        outbox.prune(session, NOW + timedelta(days=30, seconds=1))
        assert [mail.recipient for mail in session.query(Mail)] == ["sara@hub.example"], "still to be sent"


def test_old_files_are_removed(settings: Settings, sqlite_database: Database, tmp_path: Path) -> None:
    post(sqlite_database)
    Postman(sqlite_database, settings).go_round(NOW)
    tidy_folder(settings, clock.now())
    assert list((tmp_path / "outbox").iterdir())
    tidy_folder(settings, clock.now() + timedelta(days=31))
    assert not list((tmp_path / "outbox").iterdir())
