"""Finds `segql.toml`, reads it and all `.seg` files below it: the only reader of sources.

sources.py  find the project; read its files as bytes, decode them (faults are diagnostics)
config.py   `segql.toml` -> `Config`; every fault is a diagnostic with its place
places.py   where the tables and keys of a TOML text stand
cache.py    `.segql/cache`: what was computed from the same content before
trees.py    sources -> syntax trees, parsed once for each content
"""
