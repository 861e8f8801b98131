"""A process that seals and rolls up a store without a rest, to be killed: `python -m … URL`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from campus.database import Database
from devices.history.pace import headlong
from devices.history.upkeep import go_round

LATER = datetime(2027, 1, 1, tzinfo=UTC)

if __name__ == "__main__":
    database = Database(sys.argv[1])
    print("ready", flush=True)
    while True:
        go_round(database, LATER, headlong)
