//! Error bodies and codes.

use std::collections::HashSet;

use seatwise_types::{ErrorBody, ErrorCode, ErrorForm, GatewayError, wire};

#[test]
fn body_with_data() {
    // The error sample of Microsoft's .NET SDK 3.4, with another description.
    let body = ErrorBody {
        data: vec!["Field1".to_owned(), "Field2".to_owned()],
        ..ErrorBody::new(ErrorCode::UnsupportedSearch, "operator not supported")
    };
    let json = concat!(
        r#"{"code":"2000","description":"operator not supported","data":["Field1","Field2"],"#,
        r#""source":"PartnerApiServiceControllers"}"#,
    );
    assert_eq!(
        wire::encode(&body.in_form(ErrorForm::TextCode)),
        json.as_bytes()
    );
    assert_eq!(wire::decode::<ErrorBody>(json.as_bytes()).unwrap(), body);
}

/// The documented samples of errors whose `Content-Length` fits their compact JSON: the first four
/// of the signing status of a reseller's agreement (16 October 2019, status 400), the last of a
/// partner's MPN profile (13 April 2017, status 404).
#[test]
fn documented_samples_are_written_to_the_byte() {
    const CONTROLLERS: &str = "PartnerApiServiceControllers";
    for (code, description, source, content_length) in [
        ("2000", "Tenant Id must be a GUID.", CONTROLLERS, 105),
        ("2000", "MPN Id must be numeric.", CONTROLLERS, 103),
        (
            "2001",
            "Both MPN Id and Tenant Id cannot be empty.",
            "ComplianceController",
            114,
        ),
        (
            "2000",
            "Both MPN Id and Tenant Id should not be passed.",
            "ComplianceController",
            119,
        ),
        (
            "3000",
            "Partner Organization with partner_id 9999999 could not be found",
            "PartnerFD",
            124,
        ),
    ] {
        let sample = format!(
            r#"{{"code":{code},"description":"{description}","data":[],"source":"{source}"}}"#
        );
        assert_eq!(sample.len(), content_length);
        let body: ErrorBody = wire::decode(sample.as_bytes()).unwrap();
        assert_eq!(body.code, code);
        assert_eq!(wire::encode(&body), sample.as_bytes());
    }
}

#[test]
fn a_code_that_is_no_plain_number_stays_a_text() {
    for code in ["007", "+1", "-1", "", "Forbidden", "99999999999999999999"] {
        let body = ErrorBody {
            code: code.to_owned(),
            ..ErrorBody::new(ErrorCode::NotFound, "d")
        };
        let start = format!(r#"{{"code":"{code}","#);
        let written = wire::encode(&body);
        assert!(written.starts_with(start.as_bytes()), "{code}");
        assert_eq!(wire::decode::<ErrorBody>(&written).unwrap(), body);
    }
}

#[test]
fn body_in_other_spellings() {
    let body: ErrorBody = wire::decode(br#"{"Code":900420,"Data":[{"a":1},2,"x"],"x":1}"#).unwrap();
    assert_eq!(body.code, "900420");
    assert_eq!(body.data, [r#"{"a":1}"#, "2", "x"]);
    assert_eq!((body.description.as_str(), body.source.as_str()), ("", ""));

    let body: ErrorBody = wire::decode(br#"{"code":"1","data":"not an array"}"#).unwrap();
    assert!(body.data.is_empty());
}

#[test]
fn long_description_is_cut() {
    let body = ErrorBody::new(ErrorCode::InvalidInput, "ü".repeat(2000));
    assert_eq!(body.description, "ü".repeat(1024));
}

#[test]
fn gateway_error() {
    let body = GatewayError::rate_limited(57).to_bytes();
    assert_eq!(body.len(), 84);
    assert_eq!(
        wire::decode::<GatewayError>(&body).unwrap(),
        GatewayError {
            status_code: 429,
            message: "Rate limit is exceeded. Try again in 57 seconds.".to_owned(),
        },
    );

    let odd = GatewayError {
        status_code: 401,
        message: "a \"quoted\" word".to_owned(),
    };
    assert_eq!(wire::decode::<GatewayError>(&odd.to_bytes()).unwrap(), odd);
}

#[test]
fn codes_are_unique_and_found() {
    let codes: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    for code in ErrorCode::ALL {
        assert_eq!(ErrorCode::lookup(code.code()), Some(*code));
        assert!((400..=599).contains(&code.status()));
        assert!(!code.meaning().is_empty());
    }
}

#[test]
fn codes_have_the_documented_status() {
    for (code, status) in [
        ("400", 401),
        ("800001", 401),
        ("900420", 401),
        ("900421", 401),
        ("2032", 403),
        ("900150", 403),
        ("900308", 403),
        ("900309", 403),
        ("900329", 403),
        ("90000", 403),
        ("900149", 403),
        ("800039", 403),
        ("900124", 403),
        ("900123", 403),
        ("20002", 403),
        ("60003", 404),
        ("60002", 404),
        ("1000", 404),
        ("900118", 400),
        ("3000", 400),
        ("800002", 400),
        ("2000", 400),
        ("900126", 400),
        ("900316", 400),
        ("900127", 400),
        ("900141", 400),
        ("800003", 500),
        ("0", 501),
    ] {
        assert_eq!(ErrorCode::lookup(code).unwrap().status(), status, "{code}");
    }
    assert_eq!(ErrorCode::ALL.len(), 28);
}
