"""DuckDB and Polars read the tables as docs/ecosystem.md shows, and come to the figures of Seatwise."""

import decimal
import os
import pathlib
import re
import subprocess
import tempfile

import duckdb
import duckdb_extensions

PAGE = pathlib.Path(__file__).parents[5] / "docs" / "ecosystem.md"


def main():
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        told = seatwise("demo", "--once", "--data-dir", data, "--customers", "60", "--days", "45")
        (partner,) = (data / "partners").iterdir()
        table = str(partner / "usage")
        expected = sorted(line.split()[-1] for line in told.splitlines()[1:])
        assert len(expected) > 5, told
        for tool, figures in (("DuckDB", by_duckdb(table)), ("Polars", by_polars(table))):
            found = sorted(percent(active, qualified) for active, qualified in figures)
            assert found == expected, f"{tool} gives {found}, Seatwise {expected}"
            print(f"{tool} comes to the {len(found)} figures of `seatwise usage`")


def by_duckdb(table):
    duckdb_extensions.import_extension("delta")
    connection = duckdb.connect()
    connection.sql("load delta")
    connection.sql(f"create view facts as from delta_scan('{table}')")
    return [(row[3], row[4]) for row in connection.sql(example("sql")).fetchall()]


def by_polars(table):
    names = {"path": table}
    exec(example("python"), names)  # What the page shows is what is run.
    return [(row["active"], row["qualified"]) for row in names["figures"].to_dicts()]


def example(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1)


def percent(active, qualified):
    """As docs/semantics.md says: a ratio of sums, half away from zero, 0.0 of nothing."""
    exact = decimal.Decimal(100 * int(active)) / int(qualified) if qualified else decimal.Decimal(0)
    return str(exact.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def seatwise(*arguments):
    command = [os.environ["SEATWISE"], *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
