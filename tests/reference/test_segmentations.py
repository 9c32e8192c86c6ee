"""2.2, 3.9, 3.10: levels of a segmentation, parts of a split, lists, distance."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from segql import reference
from segql.reference.distance import chance
from tests.reference.support import AS_OF, members, model_of, rows

MODEL = """
entity customer {
  table customers
  key   id: int
  score: int?
  email: text?
  home:  point(lat, lon)?
  work:  point(work_lat, work_lon)?
  grade: enum("a", "b")?
}
segment scored of customer {
  where { score is known }
}
segmentation stage of customer {
  level high: score >= 10 with { offer: "A" }
  level even: score in (2, 4, 6, 8, 10)
  level odd: {
    score > 0
    score < 10
  }
  level rest: otherwise
}
segmentation open_ended of customer {
  among scored
  level high: score >= 10
  level low:  score < 5
}
split halves of scored {
  seed: "s"
  part one: 10%
  part two: 40%
}
list named of customer by email { "a@x" "b@x" }
list kept of customer by email { table mails column address }
list kept_ids of customer by id { table ids column id }
list grades of customer by grade { table mails column grade }
"""


def scored(*scores: int | None):
    return {"customers": [{"id": n, "score": score} for n, score in enumerate(scores, 1)]}


# --- segmentations --------------------------------------------------------------------------------


def test_the_first_level_that_holds():
    database = scored(10, 4, 3, -1, None, 12)
    model = model_of(MODEL)
    assert reference.levels(model, "stage", database, AS_OF) == {
        (1,): "high",
        (2,): "even",
        (3,): "odd",
        (4,): "rest",
        (5,): "rest",
        (6,): "high",
    }
    for level, keys in {"high": [1, 6], "even": [2], "odd": [3], "rest": [4, 5]}.items():
        found = reference.members(model, f"stage.{level}", database, AS_OF)
        assert [key for (key,) in found] == keys


def test_levels_among_a_segment_without_otherwise():
    database = scored(10, 4, 7, None)
    assert reference.levels(model_of(MODEL), "open_ended", database, AS_OF) == {
        (1,): "high",
        (2,): "low",
    }


def test_levels_are_segments():
    database = scored(10, 4, 3, None)
    assert members(MODEL, "member of stage.high", database) == [1]
    assert members(MODEL, "not member of stage.rest", database) == [1, 2, 3]
    assert members(MODEL, "top 1 among stage.rest by id", database) == [4]


# --- splits ---------------------------------------------------------------------------------------


def part_of(text: str) -> str | None:
    """As 3.9 says it: the first 32 bits of MD5 over `seed:key`, against the running share of 2^32."""
    number = int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16)
    share = Decimal(number) / 2**32
    return "one" if share < Decimal("0.1") else "two" if share < Decimal("0.5") else None


def test_the_parts_of_a_split():
    database = scored(*([1] * 300), None)
    model = model_of(MODEL)
    found = reference.levels(model, "halves", database, AS_OF)
    expected = {(n,): part_of(f"s:{n}") for n in range(1, 301)}
    assert found == {key: part for key, part in expected.items() if part is not None}
    assert len(set(expected.values())) == 3
    ones = reference.members(model, "halves.one", database, AS_OF)
    assert ones == [key for key, part in expected.items() if part == "one"]


@pytest.mark.parametrize(
    ("seed", "key", "number"),
    [
        # `printf 's:1' | md5sum`, its first eight digits
        ("s", (1,), 0xB7348FFD),
        ("", ("ü",), 0x2A0A2643),
        ("winback-2026", (1, "eu"), 0x70443165),
    ],
)
def test_the_number_of_a_key_is_fixed_for_ever(seed, key, number):
    assert chance(seed, key) == number


# --- lists ----------------------------------------------------------------------------------------


def test_lists():
    database = {
        "customers": [
            {"id": 1, "email": "a@x", "grade": "a"},
            {"id": 2, "email": "c@x", "grade": "b"},
            {"id": 3, "email": None, "grade": None},
            {"id": 4, "email": "A@x", "grade": "a"},
        ],
        "mails": rows("address grade", ("c@x", "b"), (None, None), ("c@x", "b"), ("z@x", "z")),
        "ids": rows("id", (3,), (Decimal(1),), (None,)),
    }
    assert members(MODEL, "member of named", database) == [1]
    assert members(MODEL, "not member of named", database) == [2, 3, 4]
    assert members(MODEL, "member of kept", database) == [2]
    assert members(MODEL, "member of kept_ids", database) == [1, 3]
    assert members(MODEL, "member of grades", database) == [2]
    # exclusion beats inclusion
    assert members(MODEL, "member of kept_ids\nnot member of named", database) == [3]


def test_a_list_in_an_empty_table():
    database = {"customers": [{"id": 1, "email": "a@x"}]}
    assert members(MODEL, "member of kept", database) == []
    assert members(MODEL, "not member of kept", database) == [1]


# --- distance -------------------------------------------------------------------------------------


def at(*points: tuple[float | None, float | None]):
    return {
        "customers": [{"id": n, "lat": lat, "lon": lon} for n, (lat, lon) in enumerate(points, 1)]
    }


def test_a_degree_of_latitude_is_111_195_metres():
    # 6371008.8 x pi / 180 = 111195.0797…
    database = at((0, 0), (1, 0), (0, 1), (2, 0), (None, 0))
    assert members(MODEL, "home within 111.195 km of point(0, 0)", database) == [1, 2, 3]
    assert members(MODEL, "home within 111.194 km of point(0, 0)", database) == [1]
    assert members(MODEL, "home within 0 km of point(0, 0)", database) == [1]
    assert members(MODEL, "home within 1 km of point(0, 0) or unknown", database) == [1, 5]
    assert members(MODEL, "not (home within 1 km of point(0, 0) if known)", database) == [
        2,
        3,
        4,
        5,
    ]


def test_a_distance_is_rounded_to_whole_metres():
    # 0.4997 m and 0.5003 m to the north
    metre = 180 / (3.141592653589793 * 6_371_008.8)
    database = at((0.4997 * metre, 0), (0.5003 * metre, 0), (1.4997 * metre, 0))
    assert members(MODEL, "home within 0 km of point(0, 0)", database) == [1]
    assert members(MODEL, "home within 0.001 km of point(0, 0)", database) == [1, 2, 3]


def test_miles():
    # 69.0934 miles are a degree
    database = at((1, 0))
    assert members(MODEL, "home within 69.094 miles of point(0, 0)", database) == [1]
    assert members(MODEL, "home within 69.093 miles of point(0, 0)", database) == []


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((0, 179.9), "point(0, -179.9)", "22.240"),  # over the 180th meridian
        ((0, 180), "point(0, -180)", "0"),
        ((90, 10), "point(90, -120)", "0"),  # the pole
        ((0, 0), "point(0, 180)", "20015.115"),  # the other side of the earth
        ((52.23, 21.01), "point(52.23, 21.01)", "0"),
    ],
)
def test_distances_wrap(one, other, km):
    assert members(MODEL, f"home within {km} km of {other}", at(one)) == [1]


def test_over_the_180th_meridian_it_is_not_nearer_than_it_is():
    assert members(MODEL, "home within 22.238 km of point(0, -179.9)", at((0, 179.9))) == []


def test_two_attributes():
    database = {
        "customers": [
            {"id": 1, "lat": 52.0, "lon": 21.0, "work_lat": Decimal("52.0"), "work_lon": 21.01},
            {"id": 2, "lat": 52.0, "lon": 21.0, "work_lat": 53.0, "work_lon": 21.0},
            {"id": 3, "lat": 52.0, "lon": 21.0, "work_lat": None, "work_lon": 21.0},
        ]
    }
    assert members(MODEL, "home within 1 km of work", database) == [1]
