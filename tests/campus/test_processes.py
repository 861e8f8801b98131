"""A process in care: its words, its end, its next start."""

from __future__ import annotations

import os
import signal
import sys
import time

import psutil
import pytest

from campus.processes import LONGEST_PAUSE_S, Backoff, Life, Part, how_it_ended, printable
from tests.servers import wait_until


def living(program: str) -> Life:
    return Life([sys.executable, "-c", program], os.environ, time.monotonic())


def words(life: Life) -> list[str]:
    """Everything that it says until its end."""
    said: list[str] = []

    def is_silent() -> bool:
        lines = life.read()
        said.extend(lines or [])
        return lines is None

    wait_until(is_silent, "its last words")
    return said


def test_pauses_double_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.next_pause(1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, LONGEST_PAUSE_S]


def test_a_process_that_ran_for_a_minute_is_forgiven() -> None:
    backoff = Backoff(pause_s=16)
    assert backoff.next_pause(60.0) == 0.5


def test_every_line_is_passed_on_the_last_one_too() -> None:
    life = living("import sys; print('one'); print('two', file=sys.stderr); print('three', end='')")
    assert sorted(words(life)) == ["one", "three", "two"]
    assert life.finish() == "ended with code 0"


def test_bytes_that_are_no_text_are_passed_on_as_well_as_may_be() -> None:
    life = living("import os; os.write(1, b'caf\\xff\\x1b[2J\\n')")
    assert words(life) == ["caf\ufffd\\x1b[2J"]
    life.finish()


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    life = living("import sys; sys.stdout.write('x' * 100_000)")
    said = words(life)
    life.finish()
    assert len(said) > 1
    assert "".join(said) == "x" * 100_000


def test_a_process_that_will_not_end_is_killed_with_all_it_started() -> None:
    life = living(
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('well', flush=True)\n"
        "time.sleep(600)"
    )
    wait_until(lambda: life.read() == ["well"], "it to be well")
    (grandchild,) = psutil.Process(life.pid).children()
    life.terminate()
    assert life.finish() == "was killed by SIGKILL"
    wait_until(lambda: not psutil.pid_exists(grandchild.pid), "what it started to be gone")


def test_a_dead_part_is_due_again_after_its_pause() -> None:
    part = Part("worker", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    life = part.start(100.0)
    wait_until(lambda: not life.goes_on, "its end")
    assert part.bury(life, 101.0) == "ended with code 3; starting again in 0.5 s"
    assert (part.life, part.due_s) == (None, 101.5)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "ended with code 0"),
        (-signal.SIGTERM, "was killed by SIGTERM"),
        (-63, "was killed by signal 63"),
    ],
)
def test_an_end_is_said_in_words(code: int, said: str) -> None:
    assert how_it_ended(code) == said


def test_a_devices_words_do_not_steer_the_terminal() -> None:
    assert printable("tab\tstays, \x1b[31mred\x07 does not") == "tab\tstays, \\x1b[31mred\\x07 does not"
