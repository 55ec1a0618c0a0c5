//! A server that returns exactly the given bytes, including what no HTTP library would send.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) struct Scripted {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Answers one connection after the other with one of the answers, and closes it. After the
    /// last answer, connections stay without one.
    pub(crate) async fn start<const N: usize>(answers: [&str; N]) -> Self {
        let mut answers = VecDeque::from(answers.map(str::to_owned));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn({
            let requests = Arc::clone(&requests);
            async move {
                let mut silent = Vec::new();
                loop {
                    let (mut connection, _) = listener.accept().await.unwrap();
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        request.push(connection.read_u8().await.unwrap());
                    }
                    let request = String::from_utf8(request).unwrap();
                    // An unread body would break the connection on close.
                    let mut body = vec![0; content_length(&request)];
                    connection.read_exact(&mut body).await.unwrap();
                    requests.lock().unwrap().push(request);
                    match answers.pop_front() {
                        Some(answer) => connection.write_all(answer.as_bytes()).await.unwrap(),
                        None => silent.push(connection),
                    }
                }
            }
        });
        Self { url, requests }
    }

    /// Returns these JSON bodies, one after the other.
    pub(crate) async fn json<const N: usize>(bodies: [&str; N]) -> Self {
        let answers = bodies.map(|body| {
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        });
        Self::start(answers.each_ref().map(String::as_str)).await
    }

    /// The requested paths and queries.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|request| request.split(' ').nth(1).unwrap().to_owned())
            .collect()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn content_length(request: &str) -> usize {
    request
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap())
}
