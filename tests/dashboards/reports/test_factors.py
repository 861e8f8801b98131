"""Grid factors: published, carried forward, or missing; and tables that cannot be believed."""

from __future__ import annotations

import pytest

from dashboards.reports.factors import MEXICO, BadFactor, factor, read_table, shipped

HEAD = "grid,year,t_per_mwh,source\n"


def test_the_shipped_table_has_the_published_factors_of_mexico() -> None:
    known = {one.year: one.t_per_mwh for one in shipped() if one.grid == MEXICO}
    assert known == {2020: 0.494, 2021: 0.423, 2022: 0.435, 2023: 0.438, 2024: 0.444}
    assert all(one.source for one in shipped())


def test_a_year_takes_its_own_factor() -> None:
    found = factor(shipped(), MEXICO, 2023)
    assert found is not None
    assert (found.kg_per_kwh, found.carried_forward) == (0.438, False)


def test_a_year_that_is_not_published_yet_takes_the_newest_and_says_so() -> None:
    found = factor(shipped(), MEXICO, 2026)
    assert found is not None
    assert (found.kg_per_kwh, found.of_year, found.carried_forward) == (0.444, 2024, True)


def test_before_the_first_there_is_none_and_no_grid_stands_in_for_another() -> None:
    assert factor(shipped(), MEXICO, 2019) is None
    assert factor(shipped(), "US-WECC", 2024) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("grid,year\n", "line 1: the columns are"),
        (f"{HEAD}MX-SEN,2024,444,CRE\n", "line 2: 444 t/MWh cannot be"),
        (f"{HEAD}MX-SEN,2024,nan,CRE\n", "line 2: nan t/MWh cannot be"),
        (f"{HEAD}MX-SEN,2024,-0.1,CRE\n", "line 2: -0.1 t/MWh cannot be"),
        (f"{HEAD}MX-SEN,24,0.444,CRE\n", "line 2: 24 is no year"),
        (f"{HEAD}MX-SEN,soon,0.444,CRE\n", "line 2: invalid literal"),
        (f"{HEAD}MX-SEN,2024,0.444,\n", "line 2: a grid and a source belong"),
        (f"{HEAD}MX-SEN,2024,0.444,CRE,more\n", "line 2: a grid and a source belong"),
        (
            f"{HEAD}MX-SEN,2024,0.444,CRE\nMX-SEN,2024,0.5,CRE\n",
            "line 3: MX-SEN has a factor for 2024 already",
        ),
    ],
)
def test_a_table_that_cannot_be_believed_is_refused_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(BadFactor) as refused:
        read_table(text)
    assert str(refused.value).startswith(fault)
