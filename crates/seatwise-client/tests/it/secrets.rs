//! The token is never printed.

use std::error::Error as _;

use seatwise_client::{Credential, ErrorKind, PartnerOperations, SecretString};

use crate::scripted::Scripted;
use crate::support::{TOKEN, builder, client};

/// An error with its whole chain, as programs print it.
fn printed(err: &seatwise_client::Error) -> String {
    let chain: Vec<_> = std::iter::successors(err.source(), |&err| err.source())
        .map(ToString::to_string)
        .collect();
    format!("{err} {err:?} {err:#?} {chain:?}")
}

#[test]
fn debug_shows_no_token() {
    let credential = Credential::Token(SecretString::from(TOKEN));
    let (builder, _) = builder("https://user-facing.example");
    let debug = format!("{credential:?} {builder:#?}");
    assert!(!debug.contains("secret"), "{debug}");

    let partner = builder.build().unwrap();
    let debug = format!("{partner:?} {:?}", partner.analytics().licenses().usage());
    assert!(!debug.contains("secret"), "{debug}");
    assert!(debug.contains("user-facing.example"));
}

#[tokio::test]
async fn errors_show_no_token() {
    for answer in [
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
        "no HTTP at all",
    ] {
        let server = Scripted::start([answer; 4]).await;
        let err = client(&server.url)
            .analytics()
            .licenses()
            .usage()
            .get()
            .await
            .unwrap_err();
        assert!(server.requests()[0].contains(TOKEN));
        let printed = printed(&err);
        assert!(!printed.contains("secret"), "{printed}");
    }
}

#[test]
fn token_that_is_none_is_refused_without_showing_it() {
    for token in [
        "",
        " ",
        "secret\n",
        "secret\r\nX-Evil: 1",
        "sécret",
        "a secret",
    ] {
        let err = PartnerOperations::builder(Credential::token(token))
            .build()
            .unwrap_err();
        assert_eq!(err.kind(), &ErrorKind::Auth);
        assert_eq!(
            err.to_string(),
            "the token is empty or has blanks, line ends or non-ASCII: give it alone, without `Bearer`",
        );
        let printed = printed(&err);
        assert!(!printed.contains("cret"), "{printed}");
    }
}

#[test]
fn password_in_a_base_url_is_not_repeated() {
    for base_url in [
        "https://me:secret@h.example",
        "https://me:secret@",
        "me:secret@h",
    ] {
        let (builder, _) = builder(base_url);
        let debug = format!("{builder:?}");
        let printed = printed(&builder.build().unwrap_err());
        assert!(
            !printed.contains("secret") && !debug.contains("secret"),
            "{printed} {debug}"
        );
    }
}
