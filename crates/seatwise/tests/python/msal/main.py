"""MSAL signs in with nothing changed but the authority, and its tokens open the figures."""

import datetime
import html.parser
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import webbrowser

import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PARTNER = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7"
CLIENT = "b7bf1c29-5b3e-4c1f-9a53-3a1b6cb1d0d4"
RESOURCE = "https://api.partnercenter.microsoft.com"
FOR_USERS = [f"{RESOURCE}/user_impersonation"]
FOR_APPLICATIONS = [f"{RESOURCE}/.default"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # What `requests` trusts, and MSAL with it. A proxy would not find this computer.
        os.environ["REQUESTS_CA_BUNDLE"] = make_certificate(folder)
        os.environ["NO_PROXY"] = "127.0.0.1,localhost"
        server, address = serve(folder)
        try:
            test = Test(f"https://{address}")
            for check in [
                test.application,
                test.device,
                test.code,
                test.browser,
                test.secure_application_model,
                test.errors,
            ]:
                check()
                print(f"ok: {check.__name__}")
        finally:
            server.terminate()
            server.wait()


def make_certificate(folder):
    """A certificate of its own for 127.0.0.1, as `--tls-cert` and `--tls-key` take it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "seatwise test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "cert.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(path)


def serve(folder):
    binary, data = os.environ["SEATWISE"], str(folder / "data")
    subprocess.run(
        [binary, "import", "--data-dir", data, "--partner", PARTNER, "examples/usage.csv"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    options = ["--dev-identity", "--listen", "127.0.0.1:0", "--log", "json"]
    tls = ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    server = subprocess.Popen(
        [binary, "serve", "--data-dir", data, *options, *tls], stderr=subprocess.PIPE, text=True
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


class Button(html.parser.HTMLParser):
    """The form of a page, and what pressing its one button sends."""

    def __init__(self, page):
        super().__init__()
        self.fields, self.buttons = {}, 0
        self.feed(page)
        assert self.buttons == 1, page

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.method, self.action = attributes["method"], attributes["action"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes["value"]
        elif tag == "button":
            self.buttons += 1

    def send(self):
        fields = {"params" if self.method == "get" else "data": self.fields}
        return requests.request(self.method, self.action, **fields)


class Test:
    def __init__(self, server):
        self.server = server
        self.authority = f"{server}/dev/identity/{PARTNER}"

    def client(self, kind, **options):
        return kind(
            CLIENT,
            authority=self.authority,
            # MSAL asks Microsoft about hosts that it does not know, unless a setting forbids it.
            instance_discovery=False,
            **options,
        )

    def get(self, token):
        return requests.get(
            f"{self.server}/v1/analytics/licenses/usage",
            headers={"Authorization": f"Bearer {token}", "ValidateMfa": "true"},
        )

    def expect_figures(self, result):
        assert "access_token" in result, result
        answer = self.get(result["access_token"])
        assert answer.status_code == 200, answer.text
        assert answer.headers["isMfaCompliant"] == "true"
        assert json.loads(answer.content.decode("utf-8-sig"))["totalCount"] > 0

    def press(self, address):
        page = requests.get(address)
        assert page.status_code == 200, page.text
        return Button(page.text)

    def application(self):
        kind = msal.ConfidentialClientApplication
        by_oidc = kind(
            CLIENT,
            client_credential="anything",
            oidc_authority=f"{self.authority}/v2.0",
        )
        # An authority of one segment, as ADAL, MSAL.NET and Microsoft's .NET SDK have it.
        short = kind(
            CLIENT,
            client_credential="anything",
            authority=f"{self.server}/{PARTNER}",
            instance_discovery=False,
        )
        for client in [self.client(kind, client_credential="anything"), by_oidc, short]:
            result = client.acquire_token_for_client(FOR_APPLICATIONS)
            assert "access_token" in result, result
            answer = self.get(result["access_token"])
            assert (answer.status_code, answer.json()["code"]) == (403, 900329)

    def device(self):
        client = self.client(msal.PublicClientApplication)
        flow = client.initiate_device_flow(FOR_USERS)
        assert flow["user_code"] in flow["message"], flow
        waiting = client.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
        assert waiting["error"] == "authorization_pending", waiting
        button = self.press(f"{flow['verification_uri']}?user_code={flow['user_code']}")
        assert button.fields == {"user_code": flow["user_code"]}
        pressed = button.send()
        assert "You are signed in" in pressed.text, pressed.text
        flow["latest_attempt_at"] = 0
        self.expect_figures(client.acquire_token_by_device_flow(flow))

    def code(self):
        client = self.client(msal.PublicClientApplication)
        flow = client.initiate_auth_code_flow(
            FOR_USERS, redirect_uri="http://localhost:8400/", response_mode="form_post"
        )
        button = self.press(flow["auth_uri"])
        assert (button.method, button.action) == ("post", "http://localhost:8400/")
        result = client.acquire_token_by_auth_code_flow(flow, button.fields)
        self.expect_figures(result)
        # The code has been used.
        again = client.acquire_token_by_auth_code_flow(flow, button.fields)
        assert again["error"] == "invalid_grant", again

        account = client.get_accounts()[0]
        assert account["username"] == "developer@localhost", account
        known = client.acquire_token_silent(FOR_USERS, account)
        assert known["access_token"] == result["access_token"]
        for _ in range(2):
            renewed = client.acquire_token_silent(FOR_USERS, account, force_refresh=True)
            assert renewed["token_source"] == "identity_provider", renewed
            self.expect_figures(renewed)

    def browser(self):
        """MSAL opens a browser, which here is a thread that presses the button."""
        test = self

        class Browser(webbrowser.BaseBrowser):
            def open(self, address, new=0, autoraise=True):
                threading.Thread(target=self.press, args=[address]).start()
                return True

            def press(self, address):
                test.press(address).send()

        webbrowser.register("seatwise", None, Browser(), preferred=True)
        client = self.client(msal.PublicClientApplication)
        result = client.acquire_token_interactive(
            FOR_USERS, timeout=30, login_hint="admin@partner.example"
        )
        self.expect_figures(result)
        assert result["id_token_claims"]["preferred_username"] == "admin@partner.example"

    def secure_application_model(self):
        """The steps of Partner Center's documentation, without a library."""
        reply_to = "http://localhost:8400/partner?step=1"
        query = {
            "client_id": CLIENT,
            "response_mode": "form_post",
            "response_type": "code",
            "scope": "openid profile",
            "redirect_uri": reply_to,
            "nonce": "123",
        }
        common = f"{self.server}/dev/identity/common/oauth2/authorize"
        button = self.press(f"{common}?{urllib.parse.urlencode(query)}")
        assert (button.method, button.fields["step"]) == ("post", "1")
        form = {
            "resource": RESOURCE,
            "client_id": CLIENT,
            "client_secret": "anything",
            "grant_type": "authorization_code",
            "code": button.fields["code"],
            "redirect_uri": reply_to,
        }
        first = self.token(form).json()
        self.expect_figures(first)
        renew = {**form, "grant_type": "refresh_token", "scope": "openid"}
        second = self.token({**renew, "refresh_token": first["refresh_token"]}).json()
        assert second["scope"] == "user_impersonation", second
        self.expect_figures(second)
        reused = self.token({**renew, "refresh_token": first["refresh_token"]})
        assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
        third = self.token({**renew, "refresh_token": second["refresh_token"]}).json()
        self.expect_figures(third)

    def token(self, form):
        address = f"{self.authority}/oauth2/token"
        return requests.post(address, data=form)

    def errors(self):
        client = self.client(msal.ConfidentialClientApplication, client_credential="anything")
        result = client.acquire_token_for_client(["https://unknown.example/.default"])
        assert result["error"] == "invalid_resource", result
        assert result["error_codes"] == [500011], result
        retired = client.acquire_token_for_client(["https://graph.windows.net/.default"])
        answer = self.get(retired["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, 900420)


if __name__ == "__main__":
    main()
