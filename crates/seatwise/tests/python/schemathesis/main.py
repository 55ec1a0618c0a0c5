"""A server with made-up figures, a token for it, and one run of Schemathesis with all its checks."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
# Enough to take half a minute, and the same in every run. For more, change this.
QUESTIONS_PER_CALL = "40"
LONGEST_RUN = 300


def main():
    with tempfile.TemporaryDirectory() as folder:
        data = str(pathlib.Path(folder) / "data")
        seatwise("demo", "--once", "--data-dir", data, "--customers", "12", "--days", "6")
        (partner,) = os.listdir(pathlib.Path(data) / "partners")
        token = seatwise("token", "--data-dir", data, "--partner", partner).strip()
        server, address = serve(data)
        try:
            sys.exit(ask(f"http://{address}", token, folder))
        finally:
            server.terminate()
            server.wait()


def seatwise(*arguments):
    command = [os.environ["SEATWISE"], *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def serve(data):
    options = ["--dev-identity", "--listen", "127.0.0.1:0", "--log", "json"]
    server = subprocess.Popen(
        [os.environ["SEATWISE"], "serve", "--data-dir", data, *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in server.stderr:
        fields = json.loads(line)["fields"]
        if fields["message"] == "listening":
            break
    else:
        sys.exit("the server ended")
    # The rest is read so that the server never waits for a reader.
    threading.Thread(target=server.stderr.read, daemon=True).start()
    return server, fields["address"]


def ask(url, token, folder):
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        # A proxy would not find this computer.
        "NO_PROXY": "127.0.0.1,localhost",
        "SEATWISE_URL": url,
        "SEATWISE_TOKEN": token,
    }
    command = [
        *[pathlib.Path(sys.executable).with_name("st"), "--no-color"],
        *["--config-file", HERE / "schemathesis.toml", "run", f"{url}/openapi.json"],
        *["--header", f"Authorization: Bearer {token}"],
        *["--generation-deterministic", "--max-examples", QUESTIONS_PER_CALL],
        *["--request-timeout", "40"],
    ]
    # It writes its notes where it is run.
    return subprocess.run(command, env=environment, cwd=folder, timeout=LONGEST_RUN).returncode


if __name__ == "__main__":
    main()
