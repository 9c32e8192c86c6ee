"""Whether each target of `segql.toml` says where its data are, in one way, and no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from segql.diagnostics import Diagnostics, declare
from segql.dialects import DIALECTS, LOGIN, NEEDED, SECRETS, WAYS
from segql.project.places import Path, Places
from segql.source import Span

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
HIDDEN = ("connection", *SECRETS)
"""Keys whose value is the name of an environment variable."""
_PLACES = tuple(dict.fromkeys(way for ways in WAYS.values() for way in ways))
_PROOFS = ("password", "token", "private_key_file")
_SPOKEN = {"private_key_file_pwd": "passphrase"}
_SHARED = "a file is shared and kept in version control; a password must not be in it"

MISSING_KEY = declare("SEG012", "missing-key", "`segql.toml` says what a project must say")
WRONG_PLACE = declare("SEG015", "wrong-target-key", "a target says where its data are, in one way")
SECRET = declare("SEG016", "secret-in-file", "a connection comes from the environment")


def check_targets(values: Mapping[str, Any], places: Places, found: Diagnostics) -> None:
    """Report what is wrong with the tables `[targets.NAME]` beside the shape of each key."""
    targets = values.get("targets")
    if not isinstance(targets, Mapping):
        return
    for name, target in targets.items():
        engine = target.get("engine") if isinstance(target, Mapping) else None
        if isinstance(engine, str) and engine in DIALECTS:
            _Target(name, engine, target, places, found).check()


class _Target:
    def __init__(
        self, name: str, engine: str, keys: Mapping[str, Any], places: Places, found: Diagnostics
    ) -> None:
        self._name = name
        self._engine = engine
        self._keys = keys
        self._places = places
        self._found = found
        self._path: Path = ("targets", name)
        self._ways = WAYS.get(engine, ("connection",))

    def check(self) -> None:
        given = [key for key in self._ways if key in self._keys]
        beside = [key for key in LOGIN.get(self._engine, ()) if key in self._keys]
        for key in self._strange():
            self._wrong(key, f"a target of the engine `{self._engine}` has no `{key}`", "expected")
        if len(given) > 1:
            told = f"the target `{self._name}` says twice where its data are"
            self._wrong(given[1], told, "expected one of")
        elif not given and (beside or self._engine in NEEDED):
            self._missing("does not say where its data are", self._ways)
        elif beside and given == ["connection"]:
            told = f"the target `{self._name}` says its `{beside[0]}` beside its connection"
            self._found.report(
                WRONG_PLACE, told, self._at(beside[0]), "expected it in the connection"
            )
        elif given == ["account"]:
            self._proof()
        self._secrets()

    def _strange(self) -> Iterator[str]:
        known = {*self._ways, *LOGIN.get(self._engine, ())}
        others = (*_PLACES, *(key for keys in LOGIN.values() for key in keys))
        yield from (key for key in dict.fromkeys(others) if key in self._keys and key not in known)

    def _proof(self) -> None:
        """An account says with what one proves who one is, in one way."""
        proofs = [key for key in _PROOFS if key in self._keys]
        if len(proofs) > 1:
            told = f"the target `{self._name}` says twice who connects"
            expected = f"expected one of {listed_names(_PROOFS, 'or')}"
            self._found.report(WRONG_PLACE, told, self._at(proofs[1]), expected)
        if not proofs and "authenticator" not in self._keys:
            self._missing("does not say how to prove who connects", _PROOFS)
        if "user" not in self._keys and "authenticator" not in self._keys:
            self._missing("has no `user`", ("user",))

    def _secrets(self) -> None:
        for key in HIDDEN:
            value = self._keys.get(key)
            if isinstance(value, str) and value and not VARIABLE.fullmatch(value):
                self._found.report(
                    SECRET,
                    f"the {_SPOKEN.get(key, key)} of the target `{self._name}` stands in the file",
                    self._places.value((*self._path, key)),
                    'expected an environment variable, like "${SEGQL_PROD}"',
                    notes=[_SHARED],
                )

    def _wrong(self, key: str, told: str, expected: str) -> None:
        ways = listed_names(self._ways, "or")
        self._found.report(WRONG_PLACE, told, self._at(key), f"{expected} {ways}")

    def _missing(self, told: str, keys: tuple[str, ...]) -> None:
        lines = listed_names(tuple(f"{key} = …" for key in keys), "or")
        message = f"`[targets.{self._name}]` {told}"
        place = self._places.key(self._path)
        self._found.report(MISSING_KEY, message, place, f"expected a line {lines}")

    def _at(self, key: str) -> Span:
        return self._places.key((*self._path, key))


def listed_names(names: tuple[str, ...], last: str = "and") -> str:
    """Names in back-quotes for a sentence: `a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
