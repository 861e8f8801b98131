"""The folder of a broker of the hub's own: written whole, and written again without losing a secret.

mosquitto.conf, acl, passwd    what the broker reads, anew each time (hashes of known users stay)
ca.crt, ca.key                 its authority, made once; ca.crt goes to every client
server.crt, server.key         kept while hosts and dates are right
clients/<user>.crt, .key       a certificate for each user, kept in the same way
passwords.txt                  what was made and is to be handed out; its lines may be deleted then
worker.env                     the settings with which Campus reaches this broker
data/                          what the broker keeps
broker.json                    what was asked for the last time
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from campus.errors import BadRequest
from devices.intake import certificates
from devices.intake.batch import MAX_PAYLOAD
from devices.intake.broker_access import WORKER, Access, access_list
from devices.intake.broker_config import Places, configuration, environment
from devices.intake.broker_passwords import (
    SALT_BYTES,
    is_right,
    new_password,
    read_passwords,
    seal,
    write_passwords,
)
from devices.intake.certificates import Certified

CHOICES = "broker.json"
PASSWORDS_HEAD = """\
# Passwords of the broker's users, told once: afterwards only hashes are kept. Enter each into its device
# (its certificate, if the device takes one, is in clients/), then delete the line.
"""


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever sets it up decides. Kept in the folder, so that a second run needs no options."""

    hosts: tuple[str, ...] = ("localhost",)
    port: int = 8883
    gateways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    newcomers: bool = False
    require_certificate: bool = False
    owner: str | None = None
    """The system user whom the broker runs as; None for whoever writes the folder."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a run has done."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    users: int
    server_until: datetime


def read_choices(folder: Path) -> Choices | None:
    """What was chosen the last time; None for a folder that is new. Raises BadRequest."""
    try:
        said = json.loads((folder / CHOICES).read_bytes())
        gateways = {str(name): tuple(map(str, filters)) for name, filters in said["gateways"].items()}
        return Choices(
            hosts=tuple(map(str, said["hosts"])),
            port=int(said["port"]),
            gateways=gateways,
            newcomers=said["newcomers"] is True,
            require_certificate=said["require_certificate"] is True,
            owner=said["owner"] and str(said["owner"]),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadRequest(f"{folder}: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadRequest(
            f"{folder / CHOICES}: it cannot be read. Put it back, or take a new folder."
        ) from None


def write_broker(folder: Path, choices: Choices, access: Access, now: datetime) -> Written:
    """Write the folder, or bring it up to date.

    Raises BadRequest in one line; then each of the files is whole, old or new.
    """
    if not str(folder.resolve()).isprintable() or str(folder) != str(folder).strip():
        raise BadRequest(f"{str(folder)!r} cannot stand in a configuration. Name another folder.")
    try:
        with _held(folder):
            return _Folder(folder.resolve(), choices.owner).write(choices, access, now)
    except OSError as error:
        where = f" ({error.filename})" if error.filename and str(error.filename) != str(folder) else ""
        raise BadRequest(f"{folder}: {error.strerror or error}{where}.") from None
    except ValueError as error:
        raise BadRequest(f"{folder}: {error}.") from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder, made if there is none, for one run at a time. Raises OSError; BadRequest if not ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        if not (folder / CHOICES).exists() and any(folder.iterdir()):
            raise BadRequest(f"{folder}: there are files in it that Campus did not write. Name a new folder.")
        yield
    finally:
        os.close(number)


class _Folder:
    """One run."""

    def __init__(self, folder: Path, owner: str | None) -> None:
        self._folder = folder
        try:
            self._owner = pwd.getpwnam(owner) if owner else pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ValueError(f"this machine has no user {owner!r}") from None
        names = ("acl", "passwd", "ca.crt", "server.crt", "server.key", "data")
        self._places = Places(*(folder / name for name in names))

    def write(self, choices: Choices, access: Access, now: datetime) -> Written:
        text = configuration(
            self._places,
            port=choices.port,
            owner=self._owner.pw_name,
            require_certificate=choices.require_certificate,
            largest_payload=MAX_PAYLOAD,
        )
        rights = access_list(access.rights)  # both before the first file: what cannot be said stops us here
        self._put(CHOICES, json.dumps(asdict(choices), indent=1, ensure_ascii=False).encode())
        authority = self._authority(now)
        server = self._server(authority, choices.hosts, now)
        self._clients(authority, access.users, now)
        new, gone = self._passwords(access.users, choices)
        self._put("acl", rights.encode(), secret=True, brokers=True)
        self._put("mosquitto.conf", text.encode(), brokers=True)
        self._places.data.mkdir(mode=0o700, exist_ok=True)
        self._give(self._places.data)
        if self._is_another:
            self._folder.chmod(0o711)  # the broker has to get at its files, and sees no other
        return Written(new, gone, len(access.users), certificates.ends(server))

    def _authority(self, now: datetime) -> Certified:
        found = self._read("ca")
        if found is None:
            found = certificates.make_authority(now)
            self._keep("ca", found, brokers=False)
        try:
            certificates.check_authority(found, now)
        except ValueError as error:
            raise ValueError(f"ca.crt and ca.key cannot be used: {error}") from None
        return found

    def _server(self, authority: Certified, hosts: Sequence[str], now: datetime) -> Certified:
        every = tuple(dict.fromkeys((*hosts, "localhost", "127.0.0.1", "::1")))
        found = self._usable("server", authority, now, every)
        if found is None:
            found = certificates.certify_server(authority, every, now)
            self._keep("server", found, brokers=True)
        return found

    def _clients(self, authority: Certified, users: Sequence[str], now: datetime) -> None:
        folder = self._folder / "clients"
        folder.mkdir(mode=0o700, exist_ok=True)
        for user in users:
            if self._usable(f"clients/{user}", authority, now) is None:
                self._keep(
                    f"clients/{user}", certificates.certify_client(authority, user, now), brokers=False
                )
        for path in folder.iterdir():
            if path.suffix in (".crt", ".key") and path.stem not in users:
                path.unlink()

    def _passwords(self, users: Sequence[str], choices: Choices) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hashes of all, and the words of those who had none. Gives who is new and who is gone."""
        path = self._folder / "passwd"
        try:
            before = read_passwords(path.read_text()) if path.exists() else {}
        except ValueError as error:
            raise ValueError(f"passwd: {error}") from None
        new = tuple(user for user in users if user not in before)
        gone = tuple(user for user in before if user not in users)
        made = {user: new_password(secrets.choice) for user in new}
        sealed = {user: before[user] for user in users if user in before}
        sealed |= {user: seal(word, secrets.token_bytes(SALT_BYTES)) for user, word in made.items()}
        self._tell(made, gone)
        word = made.get(WORKER) or self._workers_password(sealed[WORKER])
        if word is not None:
            self._put("worker.env", self._environment(word, choices).encode(), secret=True)
        self._put("passwd", write_passwords(sealed).encode(), secret=True, brokers=True)
        return new, gone

    def _tell(self, made: Mapping[str, str], gone: Sequence[str]) -> None:
        """The file that is to be handed out: new lines, without those of who is gone."""
        path = self._folder / "passwords.txt"
        there = dict.fromkeys(path.read_text().splitlines()) if path.exists() else {}
        stale = {*gone, *made, WORKER}
        kept = [line for line in there if line and line[0] != "#" and line.split(" ")[0] not in stale]
        told = [f"{user} {word}" for user, word in made.items() if user != WORKER]
        lines = sorted(kept + told)
        self._put(
            "passwords.txt", (PASSWORDS_HEAD + "".join(f"{line}\n" for line in lines)).encode(), secret=True
        )

    def _workers_password(self, sealed: str) -> str | None:
        """From worker.env as it is; None if it is not there any more, or holds another one."""
        path = self._folder / "worker.env"
        if not path.exists():
            return None
        said = dict(one.partition("=")[::2] for one in shlex.split(path.read_text(), comments=True))
        word = unquote(urlsplit(said.get("CAMPUS_MQTT_URL", "")).password or "")
        return word if is_right(word, sealed) else None

    def _environment(self, password: str, choices: Choices) -> str:
        own = self._folder / "clients" / WORKER
        return environment(
            password,
            user=WORKER,
            host=choices.hosts[0],
            port=choices.port,
            ca=self._places.authority,
            cert=own.with_suffix(".crt"),
            key=own.with_suffix(".key"),
        )

    def _usable(
        self, name: str, authority: Certified, now: datetime, hosts: Sequence[str] = ()
    ) -> Certified | None:
        """What is there, if it is as it should be."""
        try:
            found = self._read(name)
            return found if found and certificates.is_good(found, authority, now, hosts) else None
        except ValueError:  # half of it, or no PEM: it is made anew
            return None

    def _read(self, name: str) -> Certified | None:
        """Both files of a certificate, None if there is neither. Raises ValueError if one is missing."""
        paths = [self._folder / f"{name}{ending}" for ending in (".crt", ".key")]
        there = [path for path in paths if path.exists()]
        if len(there) == 1:
            raise ValueError(f"of {name}.crt and {name}.key one is missing: put it back")
        return Certified(*(path.read_bytes() for path in paths)) if there else None

    def _keep(self, name: str, made: Certified, *, brokers: bool) -> None:
        self._put(f"{name}.key", made.key, secret=True, brokers=brokers)
        self._put(f"{name}.crt", made.certificate)

    def _put(self, name: str, data: bytes, *, secret: bool = False, brokers: bool = False) -> None:
        """The whole file or the one before. A secret is readable by its owner only: us, or the broker."""
        path = self._folder / name
        number, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")  # mode 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not secret:
                Path(draft).chmod(0o644)
            if brokers:
                self._give(Path(draft))
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    @property
    def _is_another(self) -> bool:
        return self._owner.pw_uid != os.geteuid()

    def _give(self, path: Path) -> None:
        if self._is_another:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
