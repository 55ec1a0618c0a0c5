//! Runs the real binary, and servers that end with the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

pub(crate) const PARTNER: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

pub(crate) const USAGE_HEADER: &str = "processedDateTime,workloadCode,workloadName,serviceCode,\
    serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,\
    licensesQualified";

/// The binary, without the settings of the user who runs the tests.
pub(crate) fn seatwise() -> Command {
    let mut command = Command::new(cargo_bin("seatwise"));
    for name in [
        "SEATWISE_URL",
        "SEATWISE_TOKEN",
        "SEATWISE_DATA_DIR",
        "SEATWISE_WORK_DIR",
        "SEATWISE_PARTNER",
        "SEATWISE_PROFILE",
        "SEATWISE_CONFIG",
        "SEATWISE_SIGN_IN_FILE",
        "SEATWISE_CLIENT_ID",
        "SEATWISE_CLIENT_SECRET_FILE",
        "SEATWISE_CA_CERT",
        "SEATWISE_PUBLIC_URL",
        "SEATWISE_SIGN_IN_CLIENT_SECRET_FILE",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    // There is no sign-in, and no profile.
    command.env("XDG_CONFIG_HOME", "/nowhere/at/all");
    command
}

/// The result of a command.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary to its end.
pub(crate) fn run<I: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = I>) -> Ended {
    run_with(args, &[])
}

/// Runs the binary to its end, with environment variables.
pub(crate) fn run_with<I: AsRef<std::ffi::OsStr>>(
    args: impl IntoIterator<Item = I>,
    environment: &[(&str, &str)],
) -> Ended {
    let mut command = seatwise();
    let output = command
        .args(args)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// The whole result for a snapshot, with the folder's name replaced.
    pub(crate) fn shown(&self, folder: &Path) -> String {
        format!(
            "exit {:?}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
        .replace(folder.to_str().unwrap(), "DIR")
    }

    #[track_caller]
    pub(crate) fn expect_success(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// Imports files for the test's partner.
pub(crate) fn import(data: &Path, files: &[&Path]) -> Ended {
    let mut args = vec![
        "import".into(),
        "--data-dir".into(),
        data.as_os_str().to_owned(),
    ];
    args.extend(["--partner".into(), PARTNER.into()]);
    args.extend(files.iter().map(|file| file.as_os_str().to_owned()));
    run(args)
}

/// A running process, which is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    /// Holds temporary files that a killed process cannot remove.
    _temporary: TempDir,
}

impl Running {
    /// `seatwise serve` for a data folder, on a free port, with the development identity.
    pub(crate) fn serve(data: &Path) -> Self {
        Self::serve_with(data, &["--dev-identity"])
    }

    /// `seatwise serve` for a data folder, on a free port, with these options.
    pub(crate) fn serve_with(data: &Path, options: &[&str]) -> Self {
        Self::serve_in(data, options, &[])
    }

    /// Like [`Running::serve_with`], with environment variables.
    pub(crate) fn serve_in(data: &Path, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = seatwise();
        command.envs(environment.iter().copied());
        command.args(["serve", "--log", "json", "--listen", "127.0.0.1:0"]);
        command.args(options).arg("--data-dir").arg(data);
        let temporary = temporary(&mut command);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended");
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            if line["fields"]["message"] == "listening" {
                break line["fields"]["address"].as_str().unwrap().to_owned();
            }
        };
        // Keep reading the log, so that the server never blocks on it.
        std::thread::spawn(move || log.read_to_string(&mut String::new()));
        Self {
            child,
            address,
            _temporary: temporary,
        }
    }

    /// Starts a process that prints its server's address on standard output.
    pub(crate) fn demo(args: &[&str]) -> (Self, String) {
        let mut command = seatwise();
        command
            .arg("demo")
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let temporary = temporary(&mut command);
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.contains("Ctrl-C") {
            assert!(
                out.read_line(&mut text).unwrap() > 0,
                "the demo ended: {text}"
            );
        }
        let address = text
            .split("http://")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned();
        let demo = Self {
            child,
            address,
            _temporary: temporary,
        };
        (demo, text)
    }

    /// The token in the file that a demo names.
    pub(crate) fn token(printed: &str) -> String {
        let file = printed.split("TOKEN=$(cat ").nth(1).unwrap();
        std::fs::read_to_string(file.split(')').next().unwrap()).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a GET request. Returns head and body, byte for byte.
    pub(crate) fn get(&self, path: &str, token: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             MS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e\r\n\
             MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff\r\n\
             Connection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        (
            String::from_utf8(answer[..end].to_vec()).unwrap(),
            answer[end + 4..].to_vec(),
        )
    }

    /// Interrupts the process, and returns its exit code.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

/// A separate folder for the temporary files of a command.
fn temporary(command: &mut Command) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["TMPDIR", "TEMP", "TMP"] {
        command.env(name, folder.path());
    }
    folder
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A service that returns the given responses in order, whatever is requested.
pub(crate) struct Fake {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Each response is a status and a JSON body.
    pub(crate) fn start<const N: usize>(answers: [(u16, &str); N]) -> Self {
        let answers = answers.map(|(status, body)| {
            let length = body.len();
            format!(
                "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            )
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        std::thread::spawn({
            let requests = Arc::clone(&requests);
            move || {
                for answer in answers {
                    let (mut connection, _) = listener.accept().unwrap();
                    let request = read_request(&mut connection);
                    requests.lock().unwrap().push(request);
                    connection.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        Self { url, requests }
    }

    /// The requests so far: head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The request lines so far, without the version.
    pub(crate) fn asked(&self) -> Vec<String> {
        let first = |request: &String| request.split(" HTTP/").next().unwrap().to_owned();
        self.requests().iter().map(first).collect()
    }
}

fn read_request(connection: &mut TcpStream) -> String {
    let mut request = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(request.read_line(&mut head).unwrap() > 0, "no request");
    }
    // An unread body would break the connection on close.
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    request.read_exact(&mut body).unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

/// A token for the test's partner.
pub(crate) fn token(data: &Path) -> String {
    let data = data.to_str().unwrap();
    let token = run(["token", "--data-dir", data, "--partner", PARTNER]).expect_success();
    token.trim().to_owned()
}
