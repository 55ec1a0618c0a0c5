"""Other tools read the tables as docs/ecosystem.md shows, and must come to the figures of Seatwise."""

import decimal
import os
import pathlib
import re
import subprocess
import tempfile

PAGE = pathlib.Path(__file__).parents[4] / "docs" / "ecosystem.md"


def compare(tools):
    """Compares what the tools give for a table with `seatwise usage`, before and after compacting.

    `tools` has their names and functions that take the path of the table and return the two counts,
    active and qualified, of each figure.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        demo = ["demo", "--once", "--data-dir", data, "--customers", "60", "--days", "45"]
        seatwise(*demo)
        # The second time some deliveries are restated once more, so that there is what to compact.
        told = seatwise(*demo)
        (partner,) = (data / "partners").iterdir()
        table = partner / "usage"
        given = {tool: sorted(counts(str(table))) for tool, counts in tools.items()}
        files = set(table.glob("*.parquet"))
        seatwise("compact", "--data-dir", data)
        # Files that are in the table no longer lie beside those that are.
        assert files < set(table.glob("*.parquet"))
        expected = sorted(line.split()[-1] for line in told.splitlines()[1:])
        assert len(expected) > 5, told
        for tool, counts in tools.items():
            found = sorted(percent(active, qualified) for active, qualified in given[tool])
            assert found == expected, f"{tool} gives {found}, Seatwise {expected}"
            again = sorted(counts(str(table)))
            assert again == given[tool], f"{tool} gives {again} when compacted, not {given[tool]}"
            print(f"{tool} comes to the {len(found)} figures of `seatwise usage`")


def example(section, language):
    """The code of a section of the page."""
    pattern = rf"^## {section}$.*?^```{language}\n(.*?)^```$"
    return re.search(pattern, PAGE.read_text(), re.DOTALL | re.MULTILINE).group(1)


def percent(active, qualified):
    """As docs/semantics.md says: a ratio of sums, half away from zero, 0.0 of nothing."""
    exact = decimal.Decimal(100 * int(active)) / int(qualified) if qualified else decimal.Decimal(0)
    return str(exact.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def seatwise(*arguments):
    command = [os.environ["SEATWISE"], *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
