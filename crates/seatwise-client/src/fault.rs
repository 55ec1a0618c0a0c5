//! Parsing of error bodies.

use seatwise_types::{ErrorBody, wire};
use serde_json::{Map, Value};

/// The service's description of an error.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: Option<String>,
    pub(crate) description: String,
    /// Whether the body has one of the known forms, or is empty.
    pub(crate) is_known: bool,
}

/// Reads a body in any of the forms that errors have: `code` and `description` of the API,
/// `statusCode` and `message` of the gateway, `error` and `error_description` of Entra, empty, or
/// not JSON. If the body has no description, uses the reason phrase of the status line.
pub(crate) fn read(body: &[u8], reason: &str) -> Fault {
    let reason = if reason.is_empty() {
        "no reason given"
    } else {
        reason
    };
    let ((code, description), is_known) = match wire::decode(body) {
        Ok(Value::Object(members)) => (read_members(&members), true),
        _ => ((None, read_text(body, reason)), body.is_empty()),
    };
    let description = description.filter(|description| !description.is_empty());
    Fault {
        code,
        description: one_line(description.as_deref().unwrap_or(reason)),
        is_known,
    }
}

fn read_members(members: &Map<String, Value>) -> (Option<String>, Option<String>) {
    // OData nests the same members one level deeper.
    if let Some(Value::Object(inner)) = members.get("error") {
        return read_members(inner);
    }
    let first = |names: &[&str]| {
        names.iter().find_map(|name| match members.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    (
        first(&["code", "Code", "error"]),
        first(&[
            "description",
            "Description",
            "message",
            "Message",
            "error_description",
        ]),
    )
}

fn read_text(body: &[u8], reason: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    // A page for browsers comes from a proxy or gateway, and its markup does not help.
    if text.starts_with('<') {
        return Some(format!(
            "{reason}, with a page for browsers instead of JSON"
        ));
    }
    Some(text.to_owned())
}

/// Makes a text safe for one line of a log or terminal.
fn one_line(text: &str) -> String {
    let blank_control = |char: char| if char.is_control() { ' ' } else { char };
    text.chars()
        .map(blank_control)
        .take(ErrorBody::MAX_DESCRIPTION)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[track_caller]
    fn check(body: &str, code: Option<&str>, description: &str) {
        let fault = read(body.as_bytes(), "Bad Gateway");
        assert_eq!(
            (fault.code.as_deref(), fault.description.as_str()),
            (code, description)
        );
    }

    #[test]
    fn of_the_api() {
        check(
            r#"{"code":"60003","description":"no such tenant","source":"x"}"#,
            Some("60003"),
            "no such tenant",
        );
        check(
            "\u{feff}{\"code\":60003,\"data\":[]}",
            Some("60003"),
            "Bad Gateway",
        );
        check(r#"{"Code":"2000","Description":"d"}"#, Some("2000"), "d");
        check(
            r#"{"code":"2000","description":""}"#,
            Some("2000"),
            "Bad Gateway",
        );
        check(r#"{"description":"d"}"#, None, "d");
    }

    #[test]
    fn of_the_gateway() {
        check(
            r#"{ "statusCode": 429, "message": "Rate limit is exceeded." }"#,
            None,
            "Rate limit is exceeded.",
        );
    }

    #[test]
    fn of_entra() {
        check(
            r#"{"error":"invalid_grant","error_description":"AADSTS70000: expired","error_codes":[70000]}"#,
            Some("invalid_grant"),
            "AADSTS70000: expired",
        );
    }

    #[test]
    fn of_odata() {
        check(
            r#"{"error":{"code":"Forbidden","message":"m"}}"#,
            Some("Forbidden"),
            "m",
        );
    }

    #[test]
    fn of_something_in_between() {
        check("", None, "Bad Gateway");
        check("  \r\n", None, "Bad Gateway");
        check(
            "upstream\ntimed out\u{1b}[31m",
            None,
            "upstream timed out [31m",
        );
        check(
            "<html><body>502</body></html>",
            None,
            "Bad Gateway, with a page for browsers instead of JSON",
        );
        check("[]", None, "[]");
        check("{}", None, "Bad Gateway");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(
            read("ü".repeat(5000).as_bytes(), "").description,
            "ü".repeat(1024)
        );
    }
}
