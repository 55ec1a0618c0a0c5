"""DuckDB and Polars come to the figures of Seatwise."""

import duckdb
import duckdb_extensions

import figures


def main():
    figures.compare({"DuckDB": by_duckdb, "Polars": by_polars})


def by_duckdb(table):
    duckdb_extensions.import_extension("delta")
    connection = duckdb.connect()
    connection.sql("load delta")
    connection.sql(f"create view facts as from delta_scan('{table}')")
    query = figures.example("DuckDB", "sql")
    return [(row[3], row[4]) for row in connection.sql(query).fetchall()]


def by_polars(table):
    names = {"path": table}
    exec(figures.example("Polars", "python"), names)  # What the page shows is what is run.
    return [(row["active"], row["qualified"]) for row in names["figures"].to_dicts()]


if __name__ == "__main__":
    main()
