"""The conformance suite on the dialects that are no part of `make test`."""
