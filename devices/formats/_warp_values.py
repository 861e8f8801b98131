"""Tinkerforge's numbers for what a meter measures (meter_value_id), as far as the vocabulary has a name.

kWh, W, A, V. Of the several ways to tell one thing the first that a meter has counts: 0 W of a sum beside
the true difference would only spoil the series.
"""

from __future__ import annotations

from devices.formats._tables import LINES, Field

CHOICES: tuple[tuple[Field, tuple[int, ...]], ...] = (
    *((Field("voltage", line), (1 + n,)) for n, line in enumerate(LINES)),
    *((Field("current", line), (13 + 4 * n, 11 + 4 * n, 14 + 4 * n)) for n, line in enumerate(LINES)),
    (Field("current", "n"), (25, 23)),
    *((Field("power", line), (39 + 9 * n, 36 + 9 * n)) for n, line in enumerate(LINES)),
    (Field("power"), (74, 71, 73, 400, 397, 160)),
    *((Field("reactive_power", line), (83 + 8 * n, 82 + 8 * n)) for n, line in enumerate(LINES)),
    (Field("reactive_power"), (115, 114)),
    *((Field("apparent_power", line), (122 + 8 * n, 120 + 8 * n)) for n, line in enumerate(LINES)),
    (Field("apparent_power"), (154, 152)),
    *((Field("energy_import", line), (161 + 16 * n,)) for n, line in enumerate(LINES)),
    *((Field("energy_export", line), (163 + 16 * n,)) for n, line in enumerate(LINES)),
    (Field("energy_import"), (209, 213, 405)),
    (Field("energy_export"), (211, 407)),
    (Field("x_energy_import_resettable"), (210,)),
    (Field("x_energy_export_resettable"), (212,)),
    *((Field("power_factor", line), (353 + n,)) for n, line in enumerate(LINES)),
    (Field("power_factor"), (356,)),
    (Field("frequency"), (364,)),
    (Field("temperature"), (381, 382, 383)),
    (Field("battery_soc"), (387,)),
)
"""A field -> the numbers under which it may stand, the best first. Phases: Im Ex Sum, Import, Im Ex Diff."""
NAMED = frozenset(number for _, numbers in CHOICES for number in numbers)
OF_ALL_VALUES = (*(1, 2, 3), *(13, 17, 21), *(39, 48, 57))
"""What the first places of `meter/all_values` are, in firmware that does not name them."""
