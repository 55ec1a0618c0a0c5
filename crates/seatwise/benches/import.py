"""Times the import of a CSV file in turns with other engines that only write it as Parquet.

Usage: import.py SEATWISE CSV FOLDER, as import.sh beside this file calls it. The peers check nothing and sync nothing.
Their time is that of reading and writing alone; the time of Seatwise is that of its whole process.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = 5
LARGEST = 300  # MiB
PARTNER = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7"

PEERS = {
    "Polars": "import polars; {start}; polars.read_csv({csv!r}).write_parquet({to!r})",
    "DuckDB": "import duckdb; {start}; duckdb.sql(\"copy (from '{csv}') to '{to}' (format parquet)\")",
}


def run(command):
    """Runs a process. Returns its time in seconds, its memory at the peak in MiB, and its output."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        sys.exit(f"{command[0]} failed: {status}")
    return time.monotonic() - started, usage.ru_maxrss / 1024, output.decode()


def seatwise(binary, csv, folder):
    data = os.path.join(folder, "import")
    shutil.rmtree(data, ignore_errors=True)
    seconds, memory, _ = run([binary, "import", "--data-dir", data, "--partner", PARTNER, csv])
    shutil.rmtree(data)
    return seconds, memory


def peer(name, csv, folder):
    to = os.path.join(folder, "peer.parquet")
    work = PEERS[name].format(start="import time; started = time.monotonic()", csv=csv, to=to)
    program = f"{work}; print(time.monotonic() - started)"
    _, memory, output = run([sys.executable, "-c", program])
    os.remove(to)
    return float(output.split()[-1]), memory


def main():
    binary, csv, folder = sys.argv[1:]
    with open(csv, "rb") as file:
        rows = sum(1 for _ in file) - 1
    found = {name: [] for name in ["Seatwise", *PEERS]}
    for _ in range(ROUNDS):
        found["Seatwise"].append(seatwise(binary, csv, folder))
        for name in PEERS:
            found[name].append(peer(name, csv, folder))
    print(f"| import of {rows:,} rows | seconds | rows a second, median | memory at the peak |")
    print("|---|---|---|---|")
    speed = {}
    for name, turns in found.items():
        seconds = sorted(seconds for seconds, _ in turns)
        memory = max(memory for _, memory in turns)
        speed[name] = rows / statistics.median(seconds)
        print(f"| {name} | {seconds[0]:.2f} to {seconds[-1]:.2f} | {speed[name]:,.0f} | {memory:.0f} MiB |")
    ratio = speed["Seatwise"] / speed["Polars"]
    memory = max(memory for _, memory in found["Seatwise"])
    print(f"\nOf the speed of Polars: {ratio:.2f}; at least 1, {'met' if ratio >= 1 else 'missed'}.")
    print(f"Memory: {memory:.0f} MiB; at most {LARGEST}, {'met' if memory <= LARGEST else 'missed'}.")


main()
