"""Password files as Mosquitto 2 reads them (`mosquitto_passwd`), pure: one `user:$7$rounds$salt$hash` a line.

$7$ is PBKDF2 with HMAC-SHA512. The passwords are ours and random, so a guesser has 142 bits to go through
and few rounds do: a broker that restarts checks every device of the hub at once, in its only thread.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import string
from collections.abc import Callable, Mapping

ROUNDS, MOST_ROUNDS = 1_000, 10_000_000
SALT_BYTES, HASH_BYTES = 12, 64
"""What Mosquitto takes, and nothing else."""
LETTERS = string.ascii_letters + string.digits
PASSWORD_LENGTH = 24
USER = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
"""Names that can do no harm in any of the broker's files."""


def new_password(choice: Callable[[str], str]) -> str:
    """A password of letters and numbers, which every device's form takes. `choice` as in `secrets`."""
    return "".join(choice(LETTERS) for _ in range(PASSWORD_LENGTH))


def seal(password: str, salt: bytes, rounds: int = ROUNDS) -> str:
    """What the file keeps of a password. `salt` is SALT_BYTES long."""
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, HASH_BYTES)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def is_right(password: str, sealed: str) -> bool:
    """True if `sealed` was made from `password`; False too for what is no seal of this kind."""
    parts = _parts(sealed)
    if parts is None:
        return False
    rounds, salt, wanted = parts
    return hmac.compare_digest(
        hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, len(wanted)), wanted
    )


def read_passwords(text: str) -> dict[str, str]:
    """Seals by user. Raises ValueError that names the line which is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, sealed = line.strip().partition(":")
        if not colon or not user or _parts(sealed) is None:
            raise ValueError(f"line {number} is no user with a $7$ hash, as mosquitto_passwd writes them")
        found[user] = sealed
    return found


def write_passwords(sealed: Mapping[str, str]) -> str:
    """The text of a file, by user. Raises ValueError for a name that would be read as something else."""
    for user in sealed:
        if not USER.fullmatch(user):
            raise ValueError(f"{user!r} is no name for a user of the broker")
    return "".join(f"{user}:{sealed[user]}\n" for user in sorted(sealed))


def _parts(sealed: str) -> tuple[int, bytes, bytes] | None:
    """Rounds, salt and hash."""
    match sealed.split("$"):
        case ["", "7", rounds, salt, made] if rounds.isascii() and rounds.isdigit():
            try:
                raw_salt, raw = (base64.b64decode(part, validate=True) for part in (salt, made))
                parts = int(rounds), raw_salt, raw
            except ValueError:  # binascii.Error is one, and so is a number beyond all reason
                return None
            if 0 < parts[0] <= MOST_ROUNDS and parts[1] and len(parts[2]) == HASH_BYTES:
                return parts
    return None
