//! Where refresh tokens are kept.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use seatwise_client::{
    BoxFuture, Credential, ErrorKind, RefreshTokenStore, SecretFile, SecretString,
};
use tokio::sync::Notify;

use super::{USAGE, V2, application, client, forms, issues_tokens, printed, usage};
use crate::support::{PARTNER_USAGE, server_with};

/// A store that fails to save when the test wants it to.
#[derive(Clone, Default)]
struct Vault {
    full: Arc<AtomicBool>,
    saved: Arc<Mutex<Vec<String>>>,
}

impl RefreshTokenStore for Vault {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(async { Ok("refresh-0".into()) })
    }

    fn save<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            if self.full.load(Ordering::Relaxed) {
                return Err(io::Error::other("the vault is full"));
            }
            let token = secrecy::ExposeSecret::expose_secret(token).to_owned();
            self.saved.lock().unwrap().push(token);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_refresh_token_that_could_not_be_saved_is_not_lost() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let vault = Vault::default();
    let credential = Credential::refresh_token(application(&server.uri()), vault.clone());
    let partner = client(credential, &server.uri());

    vault.full.store(true, Ordering::Relaxed);
    let err = usage(&partner).await.unwrap_err();
    assert_eq!(err.kind(), &ErrorKind::Auth);
    assert_eq!(err.to_string(), "failed to save the new refresh token");
    assert_eq!(err.source().unwrap().to_string(), "the vault is full");
    assert!(!printed(&err).contains("refresh-1"));

    vault.full.store(false, Ordering::Relaxed);
    usage(&partner).await.unwrap();
    let forms = forms(&server).await;
    assert!(forms[1].contains("refresh_token=refresh-1"), "{}", forms[1]);
    assert_eq!(*vault.saved.lock().unwrap(), ["refresh-2"]);
}

/// A store that reports a save, and then waits for the test.
#[derive(Default)]
struct SlowVault {
    asked: Notify,
    done: Notify,
}

impl RefreshTokenStore for SlowVault {
    fn load(&self) -> BoxFuture<'_, io::Result<SecretString>> {
        Box::pin(async { Ok("refresh-0".into()) })
    }

    fn save<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async {
            self.asked.notify_one();
            self.done.notified().await;
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_break_off_the_renewal() {
    let server = server_with(USAGE, PARTNER_USAGE).await;
    issues_tokens(&server, V2).await;
    let vault = Arc::new(SlowVault::default());
    let credential = Credential::refresh_token(application(&server.uri()), Arc::clone(&vault));
    let partner = client(credential, &server.uri());
    tokio::select! {
        _ = usage(&partner) => panic!("the store has not saved yet"),
        () = vault.asked.notified() => {}
    }
    vault.done.notify_one();
    usage(&partner).await.unwrap();
    assert_eq!(forms(&server).await.len(), 1);
}

#[tokio::test]
async fn a_store_without_a_token_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("none"));
    let credential = Credential::refresh_token(application("http://127.0.0.1:1"), file);
    let err = usage(&client(credential, "http://127.0.0.1:1"))
        .await
        .unwrap_err();
    assert_eq!(err.to_string(), "failed to read the refresh token");
    let source = err.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
}
