"""Settings, read once from CAMPUS_* variables, loud on a bad value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from campus.errors import BadSetting
from campus.mail_server import read_mail_server, read_sender

PREFIX = "CAMPUS_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """True for an address or a name that only this machine itself can reach."""
    try:
        return host in LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: since its last use, and in all."""

    idle: timedelta
    absolute: timedelta


class Settings(BaseSettings):
    """One frozen object; every description says what is accepted, and stands in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    data_dir: Path = Field(Path("var"), description="a folder that can be written to")
    database_url: str | None = Field(
        None, description="an SQLAlchemy URL for SQLite (sqlite:///file) or postgresql+psycopg://…"
    )
    mqtt_url: str | None = Field(
        None, description="mqtt://user:password@host:1883 or mqtts://…:8883; not set: the embedded broker"
    )
    mqtt_ca: Path | None = Field(None, description="a file of CA certificates (PEM) that exists")
    mqtt_cert: Path | None = Field(None, description="a client certificate (PEM) that exists")
    mqtt_key: Path | None = Field(None, description="the client certificate's key (PEM) that exists")
    mqtt_topics: str = Field("#", description="topic filters to listen to, separated by commas")
    workers: int = Field(
        1, ge=1, le=64, description="1; with PostgreSQL and a broker at CAMPUS_MQTT_URL up to 64"
    )
    broker_users: Path | None = Field(
        None, description="a password file in Mosquitto's format, as broker-config writes it"
    )
    broker_host: str = Field(
        "127.0.0.1",
        description="the embedded broker's address, of this machine only unless CAMPUS_BROKER_USERS is set",
    )
    broker_port: int = Field(1883, ge=1, le=65535, description="a port from 1 to 65535")
    host: str = Field("127.0.0.1", description="the address where the web server listens")
    port: int = Field(8000, ge=1, le=65535, description="a port from 1 to 65535")
    simulator: bool | None = Field(None, description="1 or 0; not set: on where the demo hub is")
    demo: bool | None = Field(None, description="1 or 0; not set: on for a new data dir")
    public_url: str | None = Field(
        None, description="where people reach the campus, https://campus.example or http://localhost:8000"
    )
    proxies: int = Field(0, ge=0, le=8, description="how many proxies stand in front, 0 to 8")
    timezone: str = Field("America/Ciudad_Juarez", description="a zone of the IANA time zone database")
    locale: Literal["en", "es_MX"] | None = Field(None, description="en or es_MX")
    smtp_url: str | None = Field(
        None,
        description="smtp://user:password@host:587?starttls=1 or smtps://…:465; not set: mails become files",
    )
    mail_from: str | None = Field(None, description="a mail address, or Name <address>")
    secret_key: str | None = Field(None, min_length=16, description="at least 16 characters")
    session_idle_hours: int = Field(24 * 7, ge=1, le=24 * 366, description="hours from 1 to 8784")
    session_hours: int = Field(24 * 30, ge=1, le=24 * 366, description="hours from 1 to 8784")
    password_time_cost: int = Field(3, ge=1, le=100, description="passes of argon2id, 1 to 100")
    password_memory_mib: int = Field(64, ge=8, le=4096, description="MiB of argon2id, 8 to 4096")
    password_parallelism: int = Field(4, ge=1, le=64, description="lanes of argon2id, 1 to 64")
    oidc_issuer: str | None = Field(None, description="an OpenID provider's https:// address")
    oidc_client_id: str | None = Field(None, description="the client id that the provider gave")
    oidc_client_secret: str | None = Field(
        None, validate_default=True, description="the client secret that the provider gave"
    )
    oidc_name: str = Field("OpenID", description="the provider's name on the sign-in page")

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such zone") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _engine_is_known(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("not a SQLite or PostgreSQL URL")
        return value

    @field_validator("workers")
    @classmethod
    def _several_need_a_server_each(cls, value: int, info: ValidationInfo) -> int:
        """The fields before it are known here if they were good."""
        if value > 1 and not (info.data.get("database_url") or "").startswith("postgresql"):
            raise ValueError("on SQLite one worker writes; several need PostgreSQL")
        if value > 1 and not info.data.get("mqtt_url"):
            raise ValueError("the embedded broker shares out no messages; several need one like Mosquitto")
        return value

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _address_is_safe(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise ValueError("not an address of the web")
            if parts.scheme == "http" and parts.hostname not in LOOPBACK:
                raise ValueError("http is for this machine only, elsewhere it is https")
            _ = parts.port
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _broker_is_known(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
                raise ValueError("not an MQTT URL")
            _ = parts.port  # a port that is no number raises ValueError here
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_is_known(cls, value: str | None) -> str | None:
        if value is not None:
            read_mail_server(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_is_an_address(cls, value: str | None) -> str | None:
        if value is not None:
            read_sender(value)
        return value

    @field_validator("broker_host")
    @classmethod
    def _strangers_need_a_password(cls, value: str, info: ValidationInfo) -> str:
        """The field before it is known here if it was good."""
        if "broker_users" in info.data and not info.data["broker_users"] and not is_loopback(value):
            raise ValueError("others would reach a broker that lets everybody in")
        return value

    @field_validator("mqtt_ca", "mqtt_cert", "mqtt_key", "broker_users")
    @classmethod
    def _file_exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file")
        return value

    @field_validator("oidc_client_secret")
    @classmethod
    def _belong_together(cls, value: str | None, info: ValidationInfo) -> str | None:
        """The last of the three, so that the two others are known here if they were good."""
        given = {name: info.data.get(name) for name in ("oidc_issuer", "oidc_client_id")}
        given["oidc_client_secret"] = value
        missing = [f"{PREFIX}{name.upper()}" for name, said in given.items() if not said]
        if len(missing) in (1, 2):
            raise ValueError(f"issuer, client id and secret belong together, and {missing[0]} is not set")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The campus calendar's zone."""
        return ZoneInfo(self.timezone)

    @property
    def store_url(self) -> str:
        """The database, SQLite in the data dir unless another was named."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'campus.db').resolve()}"

    @property
    def topics(self) -> list[str]:
        """The filters that the worker listens to."""
        return [topic.strip() for topic in self.mqtt_topics.split(",") if topic.strip()]

    @property
    def broker_url(self) -> str:
        """Where the worker and the simulator find the broker."""
        return self.mqtt_url or f"mqtt://campus@{self._broker_seen_from_here}:{self.broker_port}"

    @property
    def _broker_seen_from_here(self) -> str:
        return "127.0.0.1" if self.broker_host in ("0.0.0.0", "::", "") else self.broker_host  # noqa: S104

    @property
    def on_loopback(self) -> bool:
        """True if nobody outside this machine can reach the web server, directly or through a proxy."""
        if self.proxies or urlsplit(self.site_url).hostname not in LOOPBACK:
            return False
        return self.host in LOOPBACK

    @property
    def site_url(self) -> str:
        """What links in mails begin with, without a / at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def session_limits(self) -> Limits:
        """How long a sign-in lasts."""
        return Limits(timedelta(hours=self.session_idle_hours), timedelta(hours=self.session_hours))


def load(**overrides: Any) -> Settings:
    """Settings from the environment; BadSetting names the variable, the fault and what is accepted."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise BadSetting(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    accepted = Settings.model_fields[name].description
    fault = first["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}={_shown(name, first['input'])}: {fault}. Accepted: {accepted}."


def _shown(name: str, value: object) -> str:
    """What was set, without what is secret in it."""
    if name.endswith(("_key", "_secret")):
        return "…"
    return re.sub(r"(://[^/@]*?:)[^/]*@", r"\1…@", repr(value))


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Names of CAMPUS_* variables that are no setting: most often a slip of the pen."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
