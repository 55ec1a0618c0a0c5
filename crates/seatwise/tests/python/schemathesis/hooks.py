"""What Schemathesis cannot know from the document: how texts with a grammar are made."""

import json
import os
import urllib.request
from datetime import date, datetime

import schemathesis
from hypothesis import strategies as st

FIELDS = [
    "serviceCode",
    "serviceName",
    "channel",
    "customerTenantId",
    "customerName",
    "productId",
    "productName",
]
# No surrogates and no controls: a text that a person could have in a name.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)


def conditions(fields):
    quoted = TEXTS.map(lambda text: "'" + text.replace("'", "''") + "'")
    words = st.tuples(st.sampled_from(fields), st.sampled_from(["eq", "ne", "EQ"]), quoted)
    return words.map(" ".join)


def filters(fields):
    def joined(inner):
        pair = st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join)
        return pair | inner.map(lambda text: f"({text})")

    return st.recursive(conditions(fields), joined, max_leaves=6)


def get(path):
    request = urllib.request.Request(
        os.environ["SEATWISE_URL"] + path,
        headers={"Authorization": "Bearer " + os.environ["SEATWISE_TOKEN"]},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read().decode("utf-8-sig"))


schemathesis.openapi.format("usage-filter", filters(["workloadCode", "workloadName", *FIELDS]))
schemathesis.openapi.format("deployment-filter", filters(FIELDS))
days = st.datetimes().map(lambda time: time.isoformat(timespec="seconds"))
schemathesis.openapi.format("date-time-local", days)
# Spans whose days are in order, and instants that are over.
schemathesis.openapi.format("first-day", st.dates(max_value=date(2026, 10, 1), min_value=date(2024, 1, 1)).map(str))
schemathesis.openapi.format("last-day", st.dates(min_value=date(2026, 10, 1), max_value=date(2026, 12, 31)).map(str))
months = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
schemathesis.openapi.format("one-month", months.map(lambda day: day.strftime("%Y-%m")))
first_months = st.dates(min_value=date(2020, 1, 1), max_value=date(2026, 10, 1))
schemathesis.openapi.format("first-month", first_months.map(lambda day: day.strftime("%Y-%m")))
last_months = st.dates(min_value=date(2026, 10, 1), max_value=date(2026, 12, 31))
schemathesis.openapi.format("last-month", last_months.map(lambda day: day.strftime("%Y-%m")))
schemathesis.openapi.format("month-with-deliveries", st.just("2026-10"))
past = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2024, 1, 1))
schemathesis.openapi.format("past", past.map(lambda time: time.isoformat() + "Z"))
schemathesis.openapi.format("workload", st.sampled_from(["EXO", "Exchange", "Teams", "x"]))
# Tokens and versions are the server's own: they cannot be made up.
first = get("/v1/customers?size=5")
schemathesis.openapi.format("continuation-token", st.just(first["continuationToken"]))
rows = get("/v1/analytics/commercial/usage/license?top=1")
version = rows["@nextLink"].rsplit("tableVersion=", 1)[1]
schemathesis.openapi.format("table-version", st.just(version))


@schemathesis.hook
def after_call(context, case, response):
    """JSON is read after the byte-order mark, which clients of Partner Center's know."""
    response.content = response.content.removeprefix(b"\xef\xbb\xbf")


@schemathesis.hook
def filter_case(context, case):
    """`Next` and `Previous` need a token, which no document can say of two parameters.

    Without one they are refused, which the server's own tests show.
    """
    query = case.query or {}
    # Deployment has no workloads, which no document can say of two parameters either.
    if query.get("metric") == "deployment" and ("workload" in query or query.get("by") == "workload"):
        return False
    # One month, or the first and the last of several.
    if case.path.endswith("/monthly"):
        month, first, last = (query.get(name) for name in ("month", "from", "to"))
        if bool(first) != bool(last) or (first and month):
            return False
    # A month of which nothing was delivered is refused, and much can be chosen that was never delivered.
    if case.path.endswith("/changes"):
        is_month = any(str(query.get(name)) == "2026-10" for name in ("from", "to"))
        chosen = ("service", "channel", "workload", "customer", "fromKnownAt", "toKnownAt")
        if is_month and any(query.get(name) for name in chosen):
            return False
    seek = query.get("seekOperation")
    return str(seek) not in ("Next", "Previous", "0", "1") or "MS-ContinuationToken" in (case.headers or {})
