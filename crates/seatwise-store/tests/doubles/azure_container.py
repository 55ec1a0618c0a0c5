"""Creates a container in Azurite on this computer: `azure_container.py PORT NAME`."""

import base64
import email.utils
import hashlib
import hmac
import sys
import urllib.request

# The account and key that Azurite documents.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

port, name = sys.argv[1:]
headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
signed = "\n".join(f"{key}:{headers[key]}" for key in sorted(headers))
# The account stands twice: as the owner, and in the path.
text = "PUT" + "\n" * 12 + f"{signed}\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest())
headers["Authorization"] = f"SharedKey {ACCOUNT}:{signature.decode()}"
url = f"http://127.0.0.1:{port}/{ACCOUNT}/{name}?restype=container"
request = urllib.request.Request(url, method="PUT", headers=headers)
with urllib.request.urlopen(request) as answer:
    print(answer.status)
