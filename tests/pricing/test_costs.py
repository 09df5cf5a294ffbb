"""Costs of runs: one chain, every part counted, nothing unknown taken for nothing."""

import http.server
import json
import random
import threading

import polars as pl
import pytest

import usagectl
from usagectl.dataset.usage import Usage
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.schema import CALLS
from usagectl.pricing.apply import priced
from usagectl.pricing.requests import Wanted

TABLE = """models:
  - provider: acme
    model: big
    prices: [{input_per_million_tokens: 10, output_per_million_tokens: 20}]
"""
EUROS = "currency: EUR\n" + TABLE


def usage(*rows):
    base = {"granularity": "call", "calls": 1, "status": "ok", "run": "r", "format": "planexe"}
    calls = pl.DataFrame([{**base, **row} for row in rows], schema=CALLS).lazy()
    return Usage(("r",), calls, pl.LazyFrame(), (), (), pl.DataFrame(), (), "UTC")


def call(provider=None, model=None, tokens=(1000, 100), recorded=None, **more):
    return {
        "provider": provider,
        "model": model,
        "input_tokens": tokens and tokens[0],
        "output_tokens": tokens and tokens[1],
        "recorded_cost_nanousd": recorded,
        **more,
    }


@pytest.fixture(name="table")
def _table(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text(TABLE)
    return str(path)


def costs(usage, *tables, mode="auto"):
    calls = usagectl.price(usage, *tables, mode=mode).calls
    frame = calls.select("cost_nanousd", pl.col("cost_source").cast(pl.String)).collect()
    return frame.rows()


MIXED = (
    call("acme", "big", recorded=5),
    call("acme", "big"),
    call("openai", "gpt-4.1"),
    call("ollama", "llama3.1:8b"),
    call("acme", "small"),
    call("acme", "big", tokens=None),
)


def test_one_chain(table):
    assert costs(usage(*MIXED), table) == [
        (5, "recorded"),
        (12_000_000, "table"),
        (2_800_000, "catalog"),
        (0, "local"),
        (None, None),
        (None, None),
    ]


def test_modes(table):
    assert [row[0] for row in costs(usage(*MIXED), table, mode="recorded")] == [5, *[None] * 5]
    assert costs(usage(*MIXED), table, mode="table")[0] == (12_000_000, "table")


def test_the_parts_add_up_in_any_order(table):
    dice = random.Random(4)
    rows = [
        call(
            *dice.choice(
                [("acme", "big"), ("openai", "gpt-4.1"), ("ollama", "x"), ("acme", "small")]
            ),
            tokens=dice.choice([None, (dice.randrange(10**6), dice.randrange(10**5))]),
            recorded=dice.choice([None, None, dice.randrange(10**9)]),
            status=dice.choice(["ok", "failed"]),
            task=dice.choice("abc"),
        )
        for _ in range(300)
    ]
    found = []
    for _ in range(3):
        dice.shuffle(rows)
        told = usagectl.price(usage(*rows), table)
        whole = usagectl.summarize(told).row(0, named=True)
        parts = usagectl.summarize(told, by=["task"])
        assert whole["calls"] == whole["cost_calls"] + whole["unpriced_calls"]
        assert parts["unpriced_calls"].sum() == whole["unpriced_calls"] > 0
        nano = told.calls.group_by("cost_source").agg(pl.sum("cost_nanousd")).collect()
        assert nano["cost_nanousd"].sum() == round(whole["cost_usd"] * 10**9)
        found.append(whole)
    assert found[0] == found[1] == found[2]


def test_summary_says_who_says_so(table):
    wanted = Wanted((table,))
    _, how = priced(usage(*MIXED), wanted)
    assert how.sources() == {"table", "catalog", "local", None}
    assert [model.name for model in how.unpriced()] == ["small"]


def test_nothing_is_asked_where_everything_is_recorded(monkeypatch):
    from usagectl.pricing.chain import Chain

    monkeypatch.setattr(Chain, "verdict", None)
    assert costs(usage(call("acme", "big", recorded=7))) == [(7, "recorded")]


def test_two_currencies_are_never_added(tmp_path):
    path = tmp_path / "euros.yaml"
    path.write_text(EUROS)
    told, how = priced(usage(*MIXED), Wanted((str(path),)))
    frame = told.calls.select("cost_nanousd", "other_cost_nano", "other_currency").collect()
    assert frame.row(1) == (None, 12_000_000, "EUR")
    assert frame["cost_nanousd"].sum() == 5 + 2_800_000
    assert how.currencies == ("EUR",)


def test_two_currencies_on_the_screen(usagectl, report_of, tmp_path):
    path = tmp_path / "euros.yaml"
    path.write_text(EUROS.replace("acme", "openai").replace("big", "llama3.1:8b"))
    run = ("fixtures/honcho/deriver/run", "--prices", path)
    report = report_of("summary", *run)
    assert report["totals"]["cost_eur"] > 0
    assert report["totals"]["cost_usd"] is not None
    text = usagectl("summary", *run).stdout.decode()
    assert "never added to others" in text
    assert "cost EUR" in usagectl("summary", *run, columns=160).stdout.decode()


def notices(usage, **wanted):
    return {notice.code: notice for notice in priced(usage, Wanted(**wanted))[0].notices}


def test_doubts(tmp_path):
    path = tmp_path / "default.json"
    cost = {"prompt_per_1k": 1, "completion_per_1k": 1}
    path.write_text(json.dumps({"models": {"x": cost}, "default": cost}))
    found = notices(usage(*MIXED), tables=(str(path),))
    assert found["default-price"].affected == 4
    assert "big" in found["default-price"].text
    overfull = call("openai", "gpt-4.1", cache_read_tokens=5000)
    assert notices(usage(overfull))["cache-over-input"].affected == 1
    assert "gpt-5.1" in notices(usage(call(None, "gpt-5.1-codex")))["inexact-price"].text
    assert notices(usage(call("openai", "o3")))["undated-price"].affected == 1
    window = call("openai", "gpt-5.4", calls=9, granularity="window")
    assert notices(usage(window))["tier-unknown"].affected == 9
    single = notices(usage(call("groq", "gemma2-9b-it")), batch=True)
    assert single["no-batch-price"].affected == 1


def test_what_if(table):
    told, _ = priced(usage(*MIXED), Wanted((table,), as_model="acme:big"))
    row = usagectl.summarize(told).row(0, named=True)
    assert (row["what_if_cost_usd"], row["what_if_cost_calls"]) == (0.06, 5)
    with pytest.raises(WrongUsageError, match="--as-model 'nobody:nothing': genai-prices"):
        priced(usage(*MIXED), Wanted(as_model="nobody:nothing"))


def test_failed_and_retried_calls_stand_beside(table):
    rows = (
        call("acme", "big", status="failed"),
        call("acme", "big", attempts=3),
        call("acme", "big"),
    )
    row = usagectl.summarize(usagectl.price(usage(*rows), table)).row(0, named=True)
    figures = (
        row["cost_usd"],
        row["failed_cost_usd"],
        row["retried_calls"],
        row["retried_cost_usd"],
    )
    assert figures == (0.036, 0.012, 1, 0.012)


def test_recorded_alone_asks_for_no_price(usagectl):
    done = usagectl("summary", "fixtures/runs/qwen9b", "--cost-mode", "recorded", "--batch")
    assert done.returncode == 2
    assert b"asks for no price" in done.stderr


def test_strict_check(usagectl):
    run = "fixtures/honcho/deriver/run"
    assert usagectl("prices", "check", run).returncode == 0
    assert usagectl("prices", "check", "fixtures/runs/qwen9b", "--strict").returncode == 0
    done = usagectl("prices", "check", run, "--strict", "--where", "model=llama*")
    assert done.returncode == 3
    assert b"UNPRICED" in done.stdout


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "csv", "markdown"])
@pytest.mark.parametrize(
    "command",
    [
        ("explain", "claude-sonnet-4-6", "--input", "10"),
        ("explain", "nobody-knows"),
        ("check", "fixtures/planexe/pairs/run"),
        ("list", "openai/gpt-4*"),
    ],
)
def test_every_command_in_every_format(usagectl, command, form):
    done = usagectl("prices", *command, "--format", form)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if form == "json":
        assert json.loads(done.stdout)["schema"].startswith(f"usagectl.prices.{command[0]}/")


def test_config_names_tables(usagectl, tmp_path):
    (tmp_path / "usagectl.yaml").write_text("prices: tables/mine.yaml\n")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "mine.yaml").write_text(TABLE)
    below = tmp_path / "below"
    below.mkdir()
    found = json.loads(
        usagectl(
            "prices", "explain", "big", "--provider", "acme", "--format", "json", cwd=below
        ).stdout
    )
    assert found["price_source"] == "table"
    assert found["origin"].endswith("tables/mine.yaml:2")


@pytest.fixture(name="server")
def _server():
    """A web server that sends what it is told to."""
    sent = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sent["body"])

        def log_message(self, *_):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/data.json", sent
    running.shutdown()
    running.server_close()


def test_update_fetches_and_forgets(usagectl, tmp_path, server):
    url, sent = server
    model = {"id": "big", "match": {"equals": "big"}, "prices": {"input_mtok": 1, "output_mtok": 2}}
    acme = {"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [model]}
    sent["body"] = json.dumps([acme]).encode()
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    explain = ("prices", "explain", "acme:big", "--format", "json")
    assert usagectl("prices", "update", "--url", url, **home).returncode == 0
    assert json.loads(usagectl(*explain, **home).stdout)["origin"].startswith("genai-prices of 20")
    # What is no price data leaves what is kept as it is.
    sent["body"] = b"<html>"
    assert usagectl("prices", "update", "--url", url, **home).returncode == 3
    sent["body"] = b'[{"id": 1}]'
    assert usagectl("prices", "update", "--url", url, **home).returncode == 2
    assert json.loads(usagectl(*explain, **home).stdout)["price_source"] == "catalog"
    assert usagectl("prices", "update", "--forget", **home).returncode == 0
    assert json.loads(usagectl(*explain, **home).stdout)["price_source"] is None
    (tmp_path / "usagectl" / "prices.json").write_text("{")
    done = usagectl(*explain, **home)
    assert done.returncode == 2
    assert b"prices.json: damaged: `usagectl prices update` fetches it anew" in done.stderr


def test_update_without_a_network(usagectl, tmp_path):
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    done = usagectl("prices", "update", "--url", "http://127.0.0.1:1/", **home)
    assert done.returncode == 3
    assert b"cannot be fetched" in done.stderr
    assert b"prices stay as they are" in done.stderr
    assert usagectl("prices", "update", "--url", "file:///etc/passwd", **home).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "x", "--at", "yesterday"), b"--at 'yesterday': expected a date"),
        (("explain", "x", "--input", "1", "--cache-read", "2"), b"cannot be larger"),
        (("explain", "x", "--input", "-1"), b"--input"),
        (("list", "x", "--prices", "none.yaml"), b"none.yaml: cannot be read"),
        (("check", "nowhere"), b"there is no 'nowhere'"),
    ],
)
def test_wrong_arguments(usagectl, arguments, message):
    done = usagectl("prices", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_no_price_listed(usagectl):
    assert usagectl("prices", "list", "nothing-like-this").returncode == 3


def test_the_list_explains_its_mark_and_has_no_empty_column(usagectl):
    tiered, plain = (
        usagectl("prices", "list", name, "--at", "2026-11-01", columns=100).stdout.decode()
        for name in ("claude-sonnet-4-5", "gpt-5-nano")
    )
    assert "  from\n" in tiered
    assert tiered.endswith("\n\n+ longer inputs have another price\n")
    assert "from" not in plain
    assert "+" not in plain


def test_a_call_without_a_time_gets_today_s_price(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text(
        TABLE.replace(
            "prices: [{input_per_million_tokens: 10, output_per_million_tokens: 20}]",
            "prices:\n      - {input_per_million_tokens: 10, output_per_million_tokens: 20}\n"
            "      - {from: 2999-01-01, input_per_million_tokens: 999, output_per_million_tokens: 999}",
        )
    )
    told = usagectl.price(usage(call("acme", "big")), path)
    assert told.calls.select("cost_nanousd").collect().item() == 12_000_000
    assert "undated-price" in {notice.code for notice in told.notices}


def test_check_counts_calls_before_the_first_price(usagectl, tmp_path):
    path = tmp_path / "late.yaml"
    path.write_text(
        "models:\n  - provider: openai\n    model: llama3.1:8b\n    prices:\n"
        "      - {from: 2999-01-01, input_per_million_tokens: 1, output_per_million_tokens: 1}\n"
    )
    run = ("fixtures/honcho/deriver/run", "--prices", path, "--where", "model=llama*")
    done = usagectl("prices", "check", *run, "--strict")
    assert done.returncode == 3
    assert b"UNPRICED before its first price" in done.stdout
    assert b"before the first price" in usagectl("summary", *run).stdout


def test_the_library_tells_sources_too():
    told = usagectl.price(usagectl.price(usage(*MIXED)))
    row = usagectl.summarize(told).row(0, named=True)
    assert (row["catalog_cost_usd"], row["catalog_cost_calls"]) == (0.0028, 1)
    assert row["local_cost_calls"] == 1
    with pytest.raises(WrongUsageError, match="mode='tables'; did you mean 'table'"):
        usagectl.price(usage(*MIXED), mode="tables")


def test_a_what_if_has_its_doubts():
    asked = usage(call("acme", "big"))
    assert "inexact name" in notices(asked, as_model="openai:gpt-5.1-codex")["inexact-price"].text


def test_update_keeps_what_there_is_when_nothing_comes(usagectl, tmp_path, server):
    url, sent = server
    sent["body"] = b"[]"
    done = usagectl("prices", "update", "--url", url, XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 3
    assert b"sent no prices; prices stay as they are" in done.stderr
    assert not (tmp_path / "usagectl").exists()


def test_every_call_gets_the_price_of_its_own_names(tmp_path):
    """Whatever is told of the names, alone or together, and whichever names others have."""
    models = [None, "big", "gpt-4.1", "gpt-5-nano", "llama3.1:8b"]
    rows = [
        call(provider, model, request_model=asked_for, recorded=recorded)
        for provider in (None, "acme", "openai", "ollama")
        for model in models
        for asked_for in models
        for recorded in (None, 7)
    ]
    path = tmp_path / "prices.yaml"
    path.write_text(TABLE)
    random.Random(1).shuffle(rows)
    assert costs(usage(*rows), path) == [costs(usage(row), path)[0] for row in rows]


def test_calls_without_tokens_do_not_load_the_catalog():
    unknown = usage(call("openai", "gpt-4.1", tokens=None), call("ollama", "llama3.1", tokens=None))
    told, costs_told = priced(unknown, Wanted())
    assert told.calls.collect().get_column("cost_nanousd").to_list() == [None, 0]
    assert costs_told.catalog is None
    assert "the catalog was not asked" in costs_told.models[1].verdict.reason


def test_a_free_model_costs_nothing_whatever_it_consumed():
    free = usage(call("openrouter", "vendor/model:free", tokens=None))
    assert costs(free) == [(0, "catalog")]
