"""The tiers of the history, from the newest values to the coarsest sums. Pure."""

from __future__ import annotations

from typing import Literal

Tier = Literal["hot", "blocks", "rollup-15m", "rollup-1h"]
TIERS: tuple[Tier, ...] = ("hot", "blocks", "rollup-15m", "rollup-1h")


def coarsest(*tiers: Tier) -> Tier:
    return max(tiers, key=TIERS.index)
