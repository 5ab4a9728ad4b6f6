"""Attacks as data: what somebody would write to get at this machine through what tradefin reads.

What belongs here: hostile SQL, archives, messages, addresses and names. What does not: trying them (`security`).
"""

import io
import stat
import struct
import zipfile

# {secret}: a file with a secret; {new}: a file in a watched folder that must not come to be; {folder}: that folder;
# {port}: where somebody listens on this machine; {db}: the release's DuckDB file; {parquet}: a table of it.
SQL = (
    # reading files
    "select * from read_csv('{secret}')",
    "select * from read_csv_auto('{secret}', header = false)",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_json('{secret}')",
    "select * from read_json_objects('{secret}', format = 'unstructured')",
    "select * from read_parquet('{parquet}')",
    "select * from parquet_metadata('{parquet}')",
    "select * from parquet_schema('{parquet}')",
    "select * from sniff_csv('{secret}')",
    "select * from glob('{folder}/*')",
    "select * from '{secret}'",
    "select * from '{parquet}'",
    "select * from read_text('/proc/self/environ')",
    "select * from read_text('/etc/passwd')",
    "select * from read_csv('file://{secret}')",
    "select * from query('select * from read_text(''{secret}'')')",
    "select * from query_table('{secret}')",
    "copy (select 1 as a) to '/dev/stdout'",
    "create table t (a varchar); copy t from '{secret}'",
    "create temp table t (a varchar); copy t from '{secret}'",
    "create temp view v as select * from read_text('{secret}'); select * from v",
    "create temp macro m() as table select * from read_text('{secret}'); from m()",
    "prepare p as select * from read_text('{secret}'); execute p",
    "explain analyze select * from read_text('{secret}')",
    "describe select * from read_csv('{secret}')",
    "summarize select * from read_csv('{secret}')",
    "import database '{folder}'",
    "attach '{secret}' as other",
    "attach '{db}.copy' as other (read_only)",
    "attach 'http://127.0.0.1:{port}/x.duckdb' as other",
    # writing files
    "copy (select 1 as a) to '{new}'",
    "copy (select 1 as a) to '{new}' (format parquet)",
    "copy (select 1 as a) to '{folder}' (format csv, partition_by a)",
    "copy core.rates to '{new}' (format json)",
    "export database '{folder}/all'",
    "attach '{new}' as other",
    "attach '{new}' as other (type duckdb)",
    "create table {db_name}.main.t as select 1",
    "insert into core.rates select * from core.rates",
    "update core.rates set rate_pct = 0",
    "delete from core.rates",
    "drop table core.rates",
    "alter table core.rates add column x integer",
    "create or replace view core.rates as select 1",
    "comment on table core.rates is 'mine'",
    "pragma enable_profiling='json'; set profiling_output='{new}'; select 1",
    "set profile_output = '{new}'",
    "set log_query_path = '{new}'",
    "pragma log_query_path = '{new}'",
    "call enable_logging(storage = 'file', storage_path = '{folder}')",
    "call enable_logging('QueryLog', storage = 'file', storage_config = {{'path': '{folder}'}})",
    "set temp_directory = '{folder}'; set memory_limit = '20MB'; select * from range(10000000) order by random()",
    "create temp table t as select range as a, repeat('x', 100) as b from range(60000000) order by random()",
    # the network
    "select * from read_csv('http://127.0.0.1:{port}/x.csv')",
    "select * from read_parquet('https://127.0.0.1:{port}/x.parquet')",
    "select * from read_text('s3://127.0.0.1:{port}/x')",
    "select * from 'http://127.0.0.1:{port}/x.csv'",
    "copy (select 1) to 'http://127.0.0.1:{port}/x.csv'",
    "select * from read_text('hf://datasets/a/b.csv')",
    "create secret s (type s3, key_id 'a', secret 'b', endpoint '127.0.0.1:{port}')",
    "create persistent secret s (type http, bearer_token 'b')",
    # extensions
    "install httpfs",
    "force install httpfs from 'http://127.0.0.1:{port}'",
    "install spatial from community",
    "load httpfs",
    "load '{secret}'",
    "load '{folder}/x.duckdb_extension'",
    "set custom_extension_repository = 'http://127.0.0.1:{port}'",
    "set extension_directory = '{folder}'",
    "set allow_unsigned_extensions = true",
    "update extensions",
    "select * from sqlite_scan('{secret}', 't')",
    "select * from postgres_scan('host=127.0.0.1 port={port}', 'public', 't')",
    "select * from st_read('{secret}')",
    "select * from iceberg_scan('{folder}')",
    "from delta_scan('{folder}')",
    "from read_xlsx('{secret}')",
    # locks
    "set enable_external_access = true",
    "set enable_external_access = true; select * from read_text('{secret}')",
    "reset enable_external_access",
    "pragma enable_external_access",
    "set lock_configuration = false",
    "set global lock_configuration = false",
    "set allowed_directories = ['{folder}']; select * from read_text('{secret}')",
    "set allowed_paths = ['{secret}']; select * from read_text('{secret}')",
    "set python_enable_replacements = true",
    "set home_directory = '{folder}'",
    "set secret_directory = '{folder}'",
    "set temp_directory = '{folder}'",
    "set memory_limit = '99GB'",
    "set threads = 64",
    "set autoinstall_known_extensions = true; select * from read_csv('https://127.0.0.1:{port}/x')",
    "use {db_name}; attach '{secret}' as other",
    # Python and the environment
    "select getenv('TRADEFIN_WEBHOOK_TOKEN')",
    "select getvariable('TRADEFIN_WEBHOOK_TOKEN') || ''; select * from os",
    "select * from opened",
    "select * from answer",
    "select * from sys",
)

# Stopped by a limit: of time, of memory or of rows.
BOMBS = (
    "select count(*) from range(1000000000000)",
    "select count(*) from range(10000000) a, range(10000000) b",
    "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t",
    "with recursive t as (select 'x' as n union all select n || n from t) select max(length(n)) from t",
    "select repeat('x', 4000000000)",
    "select length(repeat(repeat('x', 1000000), 1000000))",
    "select lpad('x', 2000000000, 'y')",
    "select list(range) from range(10000000000)",
    "select string_agg(range::varchar, ',') from range(10000000000)",
    "select * from range(2000000)",
    "select range(3000000000)",
    "select * from range(1000000000) order by hash(range)",
    "select length(regexp_replace(repeat('ab', 1000000000), '(a|aa)+$', 'b'))",
    "select array_agg(a.range || b.range) from range(100000) a, range(100000) b group by a.range",
)

NAMES = (
    "../../etc/passwd",
    "..",
    "../{name}",
    "{name}/../{name}",
    "/etc/passwd",
    "{name}\x00",
    "{name}\n",
    "file:///etc/passwd",
    "\\\\host\\share",
    "%2e%2e%2f{name}",
    "",
    " {name}",
    "{name}.json",
    "A" * 10_000,
    "'; drop table rates; --",
    '"; drop table rates; --',
)

LOCATIONS = (
    "file:///etc/passwd",
    "http://data.bank.example/rates.csv",
    "https://elsewhere.example/rates.csv",
    "https://data.bank.example.elsewhere.example/rates.csv",
    "https://data.bank.example@elsewhere.example/rates.csv",
    "https://me:secret@data.bank.example/rates.csv",
    "https://data.bank.example:8443/rates.csv",
    "https://127.0.0.1/rates.csv",
    "https://2130706433/rates.csv",
    "https://0x7f000001/rates.csv",
    "https://[::1]/rates.csv",
    "https://[::ffff:127.0.0.1]/rates.csv",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/rates.csv",
    "ftp://data.bank.example/rates.csv",
    "gopher://data.bank.example/1",
    "javascript:alert(1)",
    "data:text/csv,a,b",
    "//elsewhere.example/rates.csv",
    "https:///rates.csv",
    "https://data.bank.example:port/",
    "https://data.bank.example\\@elsewhere.example/",
    "\x00",
    "https://data.bank.example/" + "x" * 5000,
)

# Archives that are refused before a member is read.
SEEN_AT_ONCE = frozenset(
    ("bomb", "many members", "parent folder", "parent folder inside", "absolute", "drive", "backslashes", "link",
     "device", "pipe", "twice", "control character", "lzma", "bzip2", "encrypted", "cut", "no zip")
)  # fmt: skip


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    """A member of an archive, with the kind of file that its mode says."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def archive(*entries: tuple[zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as packed:
        for info, data in entries:
            packed.writestr(info, data, method)
    return sink.getvalue()


def archives(name: str, good: bytes) -> dict[str, bytes]:
    """Hostile archives, by what is wrong with them.

    Args:
        name: Of the member that is due.
        good: What it should hold.
    """
    plain = archive((entry(name), good))
    central = plain.rindex(b"PK\x01\x02")
    encrypted, smaller, larger = bytearray(plain), bytearray(plain), bytearray(plain)
    encrypted[central + 8] |= 1
    smaller[central + 24 : central + 28] = struct.pack("<I", 20)
    larger[central + 24 : central + 28] = struct.pack("<I", 1 << 31)
    bomb = archive((entry(name), bytes(300 << 20)))
    return {
        "bomb": bomb,
        "bomb within an archive": archive((entry("inner.zip"), bomb)),
        "many members": archive(*((entry(f"{n}.csv"), b"") for n in range(2000)), (entry(name), good)),
        "parent folder": archive((entry(f"../{name}"), good), (entry(name), good)),
        "parent folder inside": archive((entry(f"a/../../{name}"), good), (entry(name), good)),
        "absolute": archive((entry(f"/etc/{name}"), good), (entry(name), good)),
        "drive": archive((entry(f"C:/{name}"), good), (entry(name), good)),
        "backslashes": archive((entry(f"..\\{name}"), good), (entry(name), good)),
        "link": archive((entry(name, stat.S_IFLNK | 0o777), b"/etc/passwd")),
        "device": archive((entry(name, stat.S_IFCHR | 0o666), b"")),
        "pipe": archive((entry(name, stat.S_IFIFO | 0o666), b"")),
        "twice": archive((entry(name), good), (entry(name.upper()), b"other")),
        "control character": archive((entry("a\n.csv"), good), (entry(name), good)),
        "lzma": archive((entry(name), good), method=zipfile.ZIP_LZMA),
        "bzip2": archive((entry(name), good), method=zipfile.ZIP_BZIP2),
        "encrypted": bytes(encrypted),
        "says less": bytes(smaller),
        "says more": bytes(larger),
        "cut": plain[:-30],
        "no zip": b"PK\x03\x04" + bytes(100),
        "another name": archive((entry("other.csv"), good)),
    }


def messages(good: bytes) -> dict[str, bytes]:
    """Hostile XML, made from a good message."""
    declared, rest = good.split(b"?>", 1) if b"?>" in good[:100] else (b'<?xml version="1.0"', good)

    def with_type(inside: str, text: bytes = b"&x;") -> bytes:
        return declared + b"?><!DOCTYPE x [" + inside.encode() + b"]>" + rest.replace(b">", b">" + text, 1)

    laughs = "".join(
        f'<!ENTITY x{n} "{"&x" + str(n - 1) + ";" if n else "ha"}{"&x" + str(n - 1) + ";" if n else "ha"}">'
        for n in range(40)
    )
    return {
        "billion laughs": with_type(laughs, b"&x39;"),
        "quadratic": with_type(f'<!ENTITY x "{"a" * 50_000}">', b"&x;" * 20_000),
        "external entity": with_type('<!ENTITY x SYSTEM "file:///etc/passwd">'),
        "external entity of the network": with_type('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">'),
        "parameter entity": with_type('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;', b""),
        "external document type": declared + b'?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + rest,
        "small letters": with_type('<!ENTITY x "y">').replace(b"<!DOCTYPE", b"<!doctype"),
        "UTF-16": with_type('<!ENTITY x SYSTEM "file:///etc/passwd">').decode().encode("utf-16"),
        "deep": b"<a>" * 200_000,
        "deep and closed": b"<a>" * 100_000 + b"</a>" * 100_000,
        "attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>",
        "a long name": b"<" + b"a" * 5_000_000 + b"/>",
        "stylesheet": b'<?xml version="1.0"?><?xml-stylesheet href="file:///etc/passwd"?>' + b"<x/>",
        "include": b'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></x>',
        "HTML": b"<!DOCTYPE html><html><title>Sorry</title></html>",
    }
