//! A server that listens, and what clients send to it.

use std::net::SocketAddr;

use seatwise_server::{Config, Server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::{TestServer, partner, user_token};

/// A server that listens on a port.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<()>,
    pub(crate) test: TestServer,
}

impl Running {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(TestServer::unpublished(change)).await
    }

    /// A server for the store of a test server.
    pub(crate) async fn over(server: TestServer) -> Self {
        let listening = Server::bind(server.config.clone(), server.store.clone())
            .await
            .unwrap();
        listening.refresh_now().await;
        let address = listening.local_addr();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(listening.serve(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            served,
            test: server,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads until the server closes the connection.
pub(crate) async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes)
        .unwrap()
        .replace('\r', "")
        .replace('\u{feff}', "<mark>")
}

pub(crate) fn request(path: &str) -> String {
    let token = user_token(partner());
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         MS-RequestId: 6b588e9b-1d02-471a-bce2-79374497c24e\r\n\
         MS-CorrelationId: ae3b8c36-348b-46bc-9a60-398f973153ff\r\nConnection: close\r\n\r\n"
    )
}
