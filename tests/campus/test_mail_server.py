"""CAMPUS_SMTP_URL and CAMPUS_MAIL_FROM: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from campus.errors import BadSetting
from campus.mail_server import MailServer, Sender, mail_host, read_mail_server, read_sender
from campus.settings import load


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "none")),
        ("smtp://mail.example:25?starttls=1", MailServer("mail.example", 25, "starttls")),
        ("smtps://mail.example", MailServer("mail.example", 465, "tls")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "none")),
        (
            "smtps://campus%40hub.example:p%40ss%2Fw%3Ard@[2001:db8::1]:4465/",
            MailServer("2001:db8::1", 4465, "tls", "campus@hub.example", "p@ss/w:rd"),
        ),
        ("smtp://me:word@localhost", MailServer("localhost", 587, "none", "me", "word")),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: MailServer) -> None:
    assert read_mail_server(url) == server


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mail.example:587", "not an SMTP URL"),
        ("https://mail.example", "not an SMTP URL"),
        ("smtp://", "not an SMTP URL"),
        ("smtp://mail.example/inbox", "not an SMTP URL"),
        ("smtp://mail.example:mail", "Port"),
        ("smtp://mail.example?starttls=yes", "only [?]starttls=1"),
        ("smtp://mail.example?tls=1", "only [?]starttls=1"),
        ("smtp://me:word@mail.example", "only over TLS"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_mail_server(url)


def test_a_sender_is_an_address_with_or_without_a_name() -> None:
    assert read_sender("hola@hub.example") == Sender("hola@hub.example")
    assert read_sender("Peña & Co <hola@hub.example>") == Sender("hola@hub.example", "Peña & Co")


@pytest.mark.parametrize(
    "text",
    ["hub.example", "a@b@c", "a b@hub.example", "x <a@hub.example>\r\nBcc: b@hub.example", "<>", "a@b c"],
)
def test_a_sender_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        read_sender(text)


def test_mails_come_from_a_name_not_from_a_number() -> None:
    assert [mail_host(host) for host in ("campus.example", "127.0.0.1", "::1", None)] == [
        "campus.example",
        "localhost",
        "localhost",
        "localhost",
    ]


def test_a_refused_setting_is_told_without_its_password() -> None:
    with pytest.raises(BadSetting) as refused:
        load(smtp_url="smtp://me:secret@word@mail.example")
    assert "secret" not in refused.value.message
    assert "word" not in refused.value.message.partition(": a password")[0]
    assert "CAMPUS_SMTP_URL='smtp://me:…@mail.example'" in refused.value.message
    with pytest.raises(BadSetting) as refused:
        load(secret_key="hunter2")
    assert "hunter2" not in refused.value.message
