//! The sign-in on another device.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatwise_client::{DeviceCode, Error, SecretString};

use super::{DEVICE, V2, answer, application};
use crate::scripted::Scripted;

const CODE: &str = r#"{"user_code":"ABCD-EFGH","device_code":"device-secret",
    "verification_uri":"https://microsoft.com/devicelogin","expires_in":"20","interval":5,
    "message":"Open the page"}"#;

/// Requests a code and waits for the user; records the waits.
async fn device_code(server: &Scripted) -> (Result<SecretString, Error>, Vec<u64>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let code = DeviceCode::request(&application(&server.url))
        .await
        .unwrap();
    assert_eq!(code.user_code(), "ABCD-EFGH");
    assert_eq!(code.verification_uri(), "https://microsoft.com/devicelogin");
    assert_eq!(code.message(), "Open the page");
    assert_eq!(code.expires_in(), Duration::from_secs(20));
    let debug = format!("{code:?}");
    assert!(
        !debug.contains("ABCD") && !debug.contains("secret"),
        "{debug}"
    );
    let result = code
        .sleep({
            let waits = Arc::clone(&waits);
            move |wait: Duration| {
                waits.lock().unwrap().push(wait.as_secs());
                std::future::ready(())
            }
        })
        .wait()
        .await;
    let waits = waits.lock().unwrap().clone();
    (result, waits)
}

fn pending(error: &str) -> String {
    answer(
        "400 Bad Request",
        &format!(r#"{{"error":"{error}","error_codes":[70016]}}"#),
    )
}

#[tokio::test]
async fn a_device_code_waits_for_the_user() {
    let server = Scripted::start(
        [
            &answer("200 OK", CODE),
            &pending("authorization_pending"),
            &pending("slow_down"),
            &answer(
                "200 OK",
                r#"{"access_token":"a","expires_in":3600,"refresh_token":"r"}"#,
            ),
        ]
        .map(String::as_str),
    )
    .await;
    let (token, waits) = device_code(&server).await;
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token.unwrap()), "r");
    assert_eq!(waits, [5, 5, 10]);
    assert_eq!(server.paths(), [DEVICE, V2, V2, V2]);
}

#[tokio::test]
async fn a_device_code_ends_when_the_user_declines_or_does_nothing() {
    let declined = [&answer("200 OK", CODE), &pending("authorization_declined")];
    let server = Scripted::start(declined.map(String::as_str)).await;
    let (result, _) = device_code(&server).await;
    let err = result.unwrap_err();
    assert_eq!(err.code(), Some("authorization_declined"));
    assert_eq!(err.sign_in_hint(), Some("the user declined to sign in"));

    let nothing = pending("authorization_pending");
    let code = answer("200 OK", CODE);
    let answers = [&code, &nothing, &nothing, &nothing, &nothing, &nothing];
    let server = Scripted::start(answers.map(String::as_str)).await;
    let (result, waits) = device_code(&server).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "the code expired before the user was done"
    );
    assert_eq!(waits, [5, 5, 5, 5]);
}

#[tokio::test]
async fn a_device_code_outlasts_a_service_in_trouble() {
    let server = Scripted::start(
        [
            &answer("200 OK", CODE),
            &answer("503 Service Unavailable", ""),
            &answer("200 OK", r#"{"access_token":"a","expires_in":3600}"#),
        ]
        .map(String::as_str),
    )
    .await;
    let (result, waits) = device_code(&server).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "no refresh token was given"
    );
    assert_eq!(waits, [5, 10]);
}
