//! A service in the same process instead of a remote one.

use seatwise_client::{Credential, PartnerOperations, RetryPolicy};

#[tokio::test]
async fn it_is_asked_without_the_token_and_its_errors_are_those_of_a_service() {
    let partner = PartnerOperations::builder(Credential::token("secret"))
        .base_url("http://localhost/below")
        .retry(RetryPolicy::never())
        .in_process(|request: http::Request<()>| async move {
            let headers = request.headers();
            let target = request.uri().path_and_query().map(ToString::to_string);
            let mut answer = http::Response::new(target.unwrap_or_default().into_bytes());
            if headers.contains_key("authorization") || !headers.contains_key("ms-requestid") {
                *answer.status_mut() = http::StatusCode::BAD_REQUEST;
            } else if request.uri().path().ends_with("/gone") {
                *answer.status_mut() = http::StatusCode::NOT_FOUND;
            }
            answer
        })
        .build()
        .unwrap();
    let body = partner.get_raw("/v1/customers?size=1&name=a%20b").await;
    assert_eq!(body.unwrap(), b"/below/v1/customers?size=1&name=a%20b");
    assert!(partner.get_raw("/gone").await.unwrap_err().is_not_found());
}
