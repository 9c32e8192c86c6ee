"""A server on the loopback that answers the connector's requests with recorded answers, in the place of Snowflake.

It knows the requests of the connector's public life of a statement: log in, submit, ask the status, take the result,
abort, log out. What it proves: that the real connector is driven rightly, what is sent (parameters, statements, aborts),
and how answers of each type and each failure come out. It proves nothing of what Snowflake itself would answer.
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import sqlglot
from sqlglot import exp

Column = dict[str, Any]


def number(name: str, precision: int = 38, scale: int = 0) -> Column:
    return {**_column(name, "fixed"), "precision": precision, "scale": scale}


def text(name: str) -> Column:
    return {**_column(name, "text"), "length": 16777216, "byteLength": 16777216}


def plain(name: str, type_: str) -> Column:
    """`boolean`, `date`, `real`, `timestamp_ntz`, `timestamp_tz`."""
    return {**_column(name, type_), "scale": 9 if type_.startswith("timestamp") else None}


def _column(name: str, type_: str) -> Column:
    return {
        "name": name,
        "type": type_,
        "nullable": True,
        "database": "",
        "schema": "",
        "table": "",
        "length": None,
        "precision": None,
        "scale": None,
        "byteLength": None,
        "collation": None,
    }


@dataclass
class Answer:
    """What a statement whose text contains `words` gets: rows (as Arrow, or as JSON), an error, or never an end."""

    words: str
    columns: list[Column] = field(default_factory=list)
    table: pa.Table | None = None
    rows: list[list[str | None]] = field(default_factory=list)
    error: tuple[str, str] | None = None
    endless: bool = False


@dataclass
class Server:
    """What it is asked, what it answers."""

    answers: list[Answer]
    refuse_login: tuple[str, str] | None = None
    port: int = 0
    logins: list[dict[str, Any]] = field(default_factory=list)
    statements: dict[str, str] = field(default_factory=dict)
    aborted: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def url(self, who: str = "ANNA:geheim", more: str = "") -> str:
        at = f"host=127.0.0.1&port={self.port}&protocol=http"
        return f"snowflake://{who}@acme-test/SHOP/CRM?role=READER&warehouse=SMALL&{at}{more}"

    # --- the answers ---

    def reply(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        self.paths.append(path)
        if path == "/session/v1/login-request":
            return self._login(
                {**{key: values[0] for key, values in query.items()}, **body["data"]}
            )
        if path == "/queries/v1/query-request":
            return self._submit(body)
        if path.startswith("/monitoring/queries/"):
            return self._status(path.rsplit("/", 1)[1])
        if path.startswith("/queries/") and path.endswith("/result"):
            return self._result(path.split("/")[2])
        if "abort" in path:
            self.aborted.append(path.split("/")[2])
        return _success({})

    def _login(self, data: dict[str, Any]) -> dict[str, Any]:
        self.logins.append(data)
        if self.refuse_login is not None:
            return _failure(*self.refuse_login)
        return _success(
            {
                "token": "session-token",
                "masterToken": "master-token",
                "validityInSeconds": 3600,
                "masterValidityInSeconds": 14400,
                "sessionId": 7,
                "displayUserName": "ANNA",
                "serverVersion": "9.30.0",
                "firstLogin": False,
                "remMeToken": None,
                "remMeValidityInSeconds": 0,
                "healthCheckInterval": 45,
                "newClientForUpgrade": None,
                "parameters": [],
                "idToken": None,
                "sessionInfo": {
                    "databaseName": "SHOP",
                    "schemaName": "CRM",
                    "warehouseName": "SMALL",
                    "roleName": "READER",
                },
            }
        )

    def _submit(self, body: dict[str, Any]) -> dict[str, Any]:
        query = f"01c0ffee-0000-0000-0000-{len(self.statements):012d}"
        self.statements[query] = body["sqlText"]
        if not body.get("asyncExec"):
            return self._result(query)
        where = f"/queries/{query}/result"
        data = {"queryId": query, "getResultUrl": where, "queryAbortsAfterSecs": 300}
        told = {"code": "333334", "message": "Query execution in progress"}
        return {"data": {**data, "progressDesc": None}, **told, "success": True}

    def _answer(self, query: str) -> Answer:
        sql = self.statements[query]
        return next(item for item in self.answers if item.words in sql)

    def _status(self, query: str) -> dict[str, Any]:
        answer = self._answer(query)
        entry: dict[str, Any] = {"id": query, "status": "SUCCESS", "state": "SUCCEEDED"}
        if query in self.aborted:
            entry |= {"status": "FAILED_WITH_ERROR", "errorCode": "000604"}
            entry |= {"errorMessage": "SQL execution canceled"}
        elif answer.endless:
            entry["status"] = "RUNNING"
        elif answer.error is not None:
            entry |= {"status": "FAILED_WITH_ERROR", "errorCode": answer.error[0]}
            entry |= {"errorMessage": answer.error[1]}
        return _success({"queries": [entry]})

    def _result(self, query: str) -> dict[str, Any]:
        answer = self._answer(query)
        if answer.error is not None:
            return _failure(*answer.error, queryId=query)
        data = {
            "queryId": query,
            "rowtype": answer.columns,
            "parameters": [],
            "statementTypeId": 4096,
            "version": 1,
            "sqlState": "00000",
            "finalDatabaseName": "SHOP",
            "finalSchemaName": "CRM",
            "finalWarehouseName": "SMALL",
            "finalRoleName": "READER",
        }
        if answer.table is None:
            data |= {"queryResultFormat": "json", "rowset": answer.rows}
            data |= {"total": len(answer.rows), "returned": len(answer.rows)}
        else:
            count = answer.table.num_rows
            data |= {"queryResultFormat": "arrow", "rowsetBase64": _encoded(answer)}
            data |= {"total": count, "returned": count}
        return _success(data)


@dataclass
class Warehouse(Server):
    """A server that has empty tables: it answers what is asked of its catalogue, and any other `SELECT` as Snowflake
    does where there are no rows."""

    answers: list[Answer] = field(default_factory=list)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    """By `SCHEMA.TABLE` the columns, each with the type that `INFORMATION_SCHEMA` tells."""

    def _answer(self, query: str) -> Answer:
        sql = self.statements[query]
        if "information_schema.columns" in sql:
            names = ("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "TYPE")
            told = [*map(text, names), plain("NULLABLE", "boolean"), text("LABELS")]
            rows = [
                [*table.split("."), column, type_, "1", None, "1"]
                for table, columns in self.tables.items()
                for column, type_ in columns.items()
            ]
            return Answer(sql, [*told, plain("READABLE", "boolean")], rows=rows)
        if "CURRENT_SCHEMA" in sql:
            return Answer(sql, [text("S")], rows=[["CRM"]])
        known = next((item for item in self.answers if item.words in sql), None)
        return known or _of_nothing(sql)


def _of_nothing(sql: str) -> Answer:
    """One row of zeros and NULLs for aggregates, no row for anything else; of an EXPLAIN the example of a plan."""
    if sql.startswith("EXPLAIN"):
        told = '{"GlobalStats": {"bytesAssigned": 0}}' if "USING JSON" in sql else "GlobalStats:"
        return Answer(sql, [text("content")], rows=[[told]])
    asked = sqlglot.parse_one(sql, read="snowflake")
    while isinstance(asked, exp.SetOperation):
        asked = asked.left
    assert isinstance(asked, exp.Select)
    columns = [number(item.alias_or_name.upper() or "N") for item in asked.expressions]
    aggregates = any(item.find(exp.AggFunc) for item in asked.expressions)
    counts = (exp.Count, exp.CountIf, exp.Literal)
    row = ["0" if item.unalias().find(*counts) else None for item in asked.expressions]
    one = aggregates and asked.args.get("group") is None
    return Answer(sql, columns, rows=[row] if one else [])


def _encoded(answer: Answer) -> str:
    """The rows as Snowflake sends them: Arrow, with the logical type in each field's metadata."""
    fields = []
    for column, item in zip(answer.columns, answer.table.schema, strict=True):
        told = {"logicalType": column["type"].upper()}
        for key in ("precision", "scale"):
            if column[key] is not None:
                told[key] = str(column[key])
        fields.append(item.with_metadata(told))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema(fields)) as writer:
        for batch in answer.table.to_batches():
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=pa.schema(fields)))
    return base64.b64encode(sink.getvalue().to_pybytes()).decode()


def _success(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "code": None, "message": None, "success": True}


def _failure(code: str, message: str, **data: Any) -> dict[str, Any]:
    return {
        "data": {"errorCode": code, "sqlState": "42000", **data},
        "code": code,
        "message": message,
        "success": False,
    }


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                sent = gzip.decompress(sent)
            self._reply(json.loads(sent) if sent.strip() else {})

        def do_GET(self) -> None:
            self._reply({})

        def _reply(self, body: dict[str, Any]) -> None:
            where = urlsplit(self.path)
            reply = json.dumps(server.reply(where.path, parse_qs(where.query), body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
