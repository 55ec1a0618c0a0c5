//! The query language of the commercial endpoints: its meaning, and what it rejects.

use proptest::prelude::*;
use seatwise_types::query::{
    CommercialField, CommercialKind, CommercialRow, Comparison, Filter, GroupBy, Skip, Top,
};
use seatwise_types::{LicensesDeploymentRow, LicensesUsageRow};

use CommercialField::{Channel, CustomerName, CustomerTenantId, ServiceCode, WorkloadCode};

fn parse(text: &str) -> Result<Filter, String> {
    Filter::parse(text, CommercialKind::Usage).map_err(|err| err.to_string())
}

#[test]
fn and_binds_stronger_than_or() {
    let (a, b, c) = (Channel.eq("a"), Channel.eq("b"), Channel.eq("c"));
    for (text, tree) in [
        ("channel eq 'a' or channel eq 'b' and channel eq 'c'", {
            a.clone().or(b.clone().and(c.clone()))
        }),
        ("(channel eq 'a' or channel eq 'b') and channel eq 'c'", {
            a.clone().or(b.clone()).and(c.clone())
        }),
        ("channel eq 'a' and channel eq 'b' or channel eq 'c'", {
            a.clone().and(b.clone()).or(c.clone())
        }),
    ] {
        assert_eq!(parse(text), Ok(tree.clone()), "{text}");
        assert_eq!(tree.to_string(), text);
    }
}

#[test]
fn of_all_ways_to_put_parentheses_there_is_one_tree() {
    let tree = Channel.eq("a").and(Channel.eq("b")).and(Channel.eq("c"));
    for text in [
        "channel eq 'a' and channel eq 'b' and channel eq 'c'",
        "channel eq 'a' and (channel eq 'b' and channel eq 'c')",
        "((channel eq 'a' and ((channel eq 'b'))) and channel eq 'c')",
    ] {
        assert_eq!(parse(text), Ok(tree.clone()), "{text}");
    }
    let Filter::And { parts, .. } = tree else {
        panic!("not an `and`");
    };
    assert_eq!(parts.len(), 3);
}

#[test]
fn words_and_fields_in_any_case_and_any_blanks() {
    let tree = ServiceCode.eq("O365").and(Channel.ne("Reseller"));
    for text in [
        "serviceCode eq 'O365' and channel ne 'Reseller'",
        "SERVICECODE EQ 'O365' AND CHANNEL NE 'Reseller'",
        "\t servicecode\neq'O365'and(channel ne'Reseller') ",
    ] {
        assert_eq!(parse(text), Ok(tree.clone()), "{text}");
    }
}

#[test]
fn texts_keep_everything_between_the_quotes() {
    for (text, value) in [
        ("''", ""),
        ("''''", "'"),
        ("'O''Neill''s'", "O'Neill's"),
        ("' (and) or \"eq\" %20 '", " (and) or \"eq\" %20 "),
        ("'日本 😀'", "日本 😀"),
        ("'; drop table facts --'", "; drop table facts --"),
    ] {
        let parsed = parse(&format!("customerName eq {text}"));
        assert_eq!(parsed, Ok(CustomerName.eq(value)), "{text}");
    }
}

#[test]
fn errors_say_where_and_what() {
    let one_of = "one of `workloadCode`, `workloadName`, `serviceCode`, `serviceName`, `channel`, \
        `customerTenantId`, `customerName`, `productId`, `productName`";
    for (text, error) in [
        ("", "at character 1: expected a field or `(`, found the end"),
        (
            "  ",
            "at character 3: expected a field or `(`, found the end",
        ),
        ("()", "at character 2: expected a field or `(`, found `)`"),
        (
            "'a' eq channel",
            "at character 1: expected a field or `(`, found `'a'`",
        ),
        (
            "größe eq 'a'",
            &format!("at character 1: expected {one_of}, found `gr`"),
        ),
        (
            "licensesActive eq '1'",
            &format!("at character 1: expected {one_of}, found `licensesActive`"),
        ),
        (
            "channel",
            "at character 8: expected `eq` or `ne`, found the end",
        ),
        (
            "channel = 'a'",
            "at character 9: expected `eq` or `ne`, found `=`",
        ),
        (
            "channel eq a",
            "at character 12: expected a text in single quotes, found `a`",
        ),
        (
            "channel eq \"a\"",
            "at character 12: expected a text in single quotes, found `\"`",
        ),
        (
            "channel eq 'a''",
            "at character 16: expected a closing `'`, found the end",
        ),
        (
            "channel eq 'ü' and",
            "at character 19: expected a field or `(`, found the end",
        ),
        (
            "channel eq 'ü' channel",
            "at character 16: expected `and`, `or` or the end, found `channel`",
        ),
        (
            "(channel eq 'a'",
            "at character 16: expected `and`, `or` or `)`, found the end",
        ),
        (
            "channel eq 'a')",
            "at character 15: expected `and`, `or` or the end, found `)`",
        ),
        (
            "not channel eq 'a'",
            &format!("at character 1: expected {one_of}, found `not`"),
        ),
        (
            "channel eq 'a'; drop",
            "at character 15: expected `and`, `or` or the end, found `;`",
        ),
        (
            "channel eq 'a' 😀",
            "at character 16: expected `and`, `or` or the end, found `😀`",
        ),
    ] {
        assert_eq!(parse(text), Err(error.to_owned()), "{text}");
    }
}

#[test]
fn deployment_has_no_workloads() {
    let parse = |text| Filter::parse(text, CommercialKind::Deployment);
    assert_eq!(parse("channel eq 'a'"), Ok(Channel.eq("a")));
    let err = parse("channel eq 'a' and workloadCode eq 'EXO'").unwrap_err();
    assert_eq!(err.position(), 20);
    assert_eq!(
        err.to_string(),
        "at character 20: expected one of `serviceCode`, `serviceName`, `channel`, \
         `customerTenantId`, `customerName`, `productId`, `productName`, found `workloadCode`"
    );
}

#[test]
fn bounds_of_length_depth_and_number() {
    let condition = "channel eq 'a'";
    let nested = |depth| format!("{}{condition}{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(parse(&nested(Filter::MAX_DEPTH)), parse(condition));
    assert_eq!(
        parse(&nested(Filter::MAX_DEPTH + 1)),
        Err("at character 33: expected at most 32 open `(`, found `(`".to_owned())
    );
    assert!(parse(&"(".repeat(Filter::MAX_LENGTH)).is_err());

    let many = |count| vec![condition; count].join(" or ");
    assert!(parse(&many(Filter::MAX_CONDITIONS)).is_ok());
    let error = parse(&many(Filter::MAX_CONDITIONS + 1)).unwrap_err();
    assert!(
        error.ends_with("expected at most 256 conditions, found `channel`"),
        "{error}"
    );

    let long = |length: usize| format!("channel eq '{}'", "é".repeat((length - 13) / 2));
    assert!(parse(&long(Filter::MAX_LENGTH)).is_ok());
    let error = parse(&long(Filter::MAX_LENGTH + 2)).unwrap_err();
    assert!(
        error.ends_with("expected at most 8192 bytes, found more"),
        "{error}"
    );
}

#[test]
fn values_compare_in_any_case_and_missing_ones_as_empty() {
    let row = LicensesUsageRow {
        service_code: Some("o365".into()),
        customer_tenant_id: Some("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().unwrap()),
        customer_name: Some("Größe".to_owned()),
        ..LicensesUsageRow::default()
    };
    for (filter, wanted) in [
        (ServiceCode.eq("O365"), true),
        (ServiceCode.ne("O365"), false),
        (
            CustomerTenantId.eq("4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04"),
            true,
        ),
        (
            CustomerTenantId.eq("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04"),
            true,
        ),
        (CustomerName.eq("GRÖßE"), true),
        (CustomerName.eq("Größe "), false),
        (WorkloadCode.eq("EXO"), false),
        (WorkloadCode.ne("EXO"), true),
        (WorkloadCode.eq(""), true),
        (WorkloadCode.ne(""), false),
        (ServiceCode.eq("crm").or(WorkloadCode.eq("")), true),
        (ServiceCode.eq("o365").and(WorkloadCode.ne("")), false),
    ] {
        assert_eq!(filter.matches(&row), wanted, "{filter}");
    }
    let row = LicensesDeploymentRow::default();
    assert!(
        CommercialField::ALL
            .iter()
            .all(|it| row.field(*it).is_none())
    );
}

#[test]
fn groups() {
    let parse = |text| GroupBy::parse(text, CommercialKind::Deployment);
    for text in [
        "channelcustomerTenantId",
        "CHANNELCUSTOMERTENANTID",
        "channel , customertenantid",
    ] {
        assert_eq!(
            parse(text),
            Ok(GroupBy::from_iter([Channel, CustomerTenantId])),
            "{text}"
        );
    }
    for (text, position) in [
        ("", 1),
        ("channel,", 9),
        ("channel,,serviceCode", 9),
        ("channel, größe", 10),
        ("workloadCode", 1),
        ("channel,customerTenantId,Channel", 26),
        ("channel,channelcustomerTenantId", 9),
        ("channel;serviceCode", 1),
    ] {
        assert_eq!(parse(text).unwrap_err().position(), position, "{text}");
    }
    assert!(GroupBy::default().is_empty());
    let twice = GroupBy::from_iter([Channel, ServiceCode, Channel]);
    assert_eq!(twice.fields(), [Channel, ServiceCode]);
}

#[test]
fn tops_and_skips() {
    for text in ["1", "10000", "00001"] {
        assert!(text.parse::<Top>().is_ok(), "{text}");
    }
    for text in [
        "",
        "0",
        "10001",
        "-1",
        "+1",
        "1.0",
        "1e3",
        " 1",
        "99999999999999999999",
        "١",
    ] {
        assert!(text.parse::<Top>().is_err(), "{text}");
    }
    assert_eq!("0".parse(), Ok(Skip::default()));
    assert_eq!("2147483647".parse::<Skip>().unwrap().get(), Skip::MAX);
    assert!("2147483648".parse::<Skip>().is_err());
}

fn filter() -> impl Strategy<Value = Filter> {
    let condition = (0..9_usize, any::<bool>(), ".{0,8}").prop_map(|(field, equal, value)| {
        let field = CommercialField::ALL[field];
        if equal {
            field.eq(value)
        } else {
            field.ne(value)
        }
    });
    condition.prop_recursive(8, 64, 4, |part| {
        prop_oneof![
            (part.clone(), part.clone()).prop_map(|(one, other)| one.and(other)),
            (part.clone(), part).prop_map(|(one, other)| one.or(other)),
        ]
    })
}

/// Texts that are almost filters.
fn nearly() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("("),
        Just(")"),
        Just(" and "),
        Just(" or "),
        Just("channel"),
        Just("serviceCode "),
        Just(" eq "),
        Just(" ne "),
        Just("'a'"),
        Just("'"),
        Just("''"),
        Just(" "),
        Just("é"),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_printed_filter_is_read_as_the_same(filter in filter()) {
        prop_assert_eq!(Filter::parse(&filter.to_string(), CommercialKind::Usage), Ok(filter));
    }

    #[test]
    fn not_eq_is_ne(field in 0..9_usize, value in ".{0,4}", name in ".{0,4}") {
        let row = LicensesUsageRow { customer_name: Some(name), ..LicensesUsageRow::default() };
        let field = CommercialField::ALL[field];
        prop_assert_ne!(field.eq(value.clone()).matches(&row), field.ne(value).matches(&row));
    }

    #[test]
    fn no_text_is_too_strange(text in prop_oneof![any::<String>(), nearly()]) {
        for kind in [CommercialKind::Usage, CommercialKind::Deployment] {
            match Filter::parse(&text, kind) {
                Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string(), kind), Ok(filter)),
                Err(err) => prop_assert!((1..=text.chars().count() + 1).contains(&err.position())),
            }
            if let Err(err) = GroupBy::parse(&text, kind) {
                prop_assert!((1..=text.chars().count() + 1).contains(&err.position()));
            }
        }
        let _ = (text.parse::<Top>(), text.parse::<Skip>());
    }
}

#[test]
fn comparisons_have_their_words() {
    assert_eq!(
        [Comparison::Eq, Comparison::Ne].map(Comparison::as_str),
        ["eq", "ne"]
    );
}
