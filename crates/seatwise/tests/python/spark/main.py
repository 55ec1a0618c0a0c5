"""Spark comes to the figures of Seatwise."""

import os
import pathlib

from pyspark.sql import SparkSession

import figures

SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1g",
    # The 200 that are usual are for a cluster.
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def main():
    figures.compare({"Spark": by_spark})


def by_spark(table):
    # Spark listens here alone, whatever the name of this computer stands for.
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    # Where it finds log4j2.properties.
    os.environ["SPARK_CONF_DIR"] = str(pathlib.Path(__file__).parent)
    with SparkSession.builder.config(map=SETTINGS).getOrCreate() as spark:
        names = {"spark": spark, "path": table, "query": figures.example("DuckDB", "sql")}
        exec(figures.example("Spark", "python"), names)  # What the page shows is what is run.
        return [(row["active"], row["qualified"]) for row in names["figures"].collect()]


if __name__ == "__main__":
    main()
