//! `seatwise doctor`: checks whether a collection can succeed, and says what to do if not.

use jiff::{SignedDuration, Timestamp};
use seatwise_client::{Checked, Error as ClientError, PartnerOperations};
use seatwise_collect::full_message;
use seatwise_service::{ExitCode, Failure, Result, client_code, client_hint, signed_in};
use seatwise_store::{DataFolder, Store, StoreError};
use seatwise_types::{Collection, Customer, wire};
use serde::Serialize;

use crate::cli::{Doctor, TextOrJson};
use crate::output::counted;
use crate::{output, system};

/// The largest difference between clocks that is not reported.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// The largest difference that is not an error. Entra's libraries allow the same.
const MOST_SKEW: SignedDuration = SignedDuration::from_secs(300);

/// The option with the URL of the service.
const FROM: &str = "--from";

/// One check and its result.
#[derive(Serialize)]
struct Finding {
    what: &'static str,
    result: Outcome,
    #[serde(rename = "told")]
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip)]
    code: ExitCode,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Good,
    Notice,
    Bad,
}

impl Finding {
    fn good(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            what,
            result: Outcome::Good,
            detail: detail.into(),
            remedy: None,
            code: ExitCode::Done,
        }
    }

    fn notice(what: &'static str, detail: impl Into<String>, remedy: &str) -> Self {
        Self {
            result: Outcome::Notice,
            remedy: Some(remedy.to_owned()),
            ..Self::good(what, detail)
        }
    }

    fn bad(
        what: &'static str,
        detail: impl Into<String>,
        remedy: Option<&str>,
        code: ExitCode,
    ) -> Self {
        Self {
            result: Outcome::Bad,
            remedy: remedy.map(ToOwned::to_owned),
            code,
            ..Self::good(what, detail)
        }
    }
}

pub(crate) async fn run(args: Doctor) -> Result<()> {
    let folder = args
        .data
        .data_dir
        .map(|it| it.with(&args.data.work))
        .transpose()?;
    let mut findings: Vec<Finding> = folder.iter().map(data_folder).collect();
    let signed_in = signed_in(args.connection.into())?;
    findings.push(match signed_in.partner {
        Some(partner) => Finding::good("partner", partner.to_string()),
        None => Finding::notice(
            "partner",
            "the token does not name a partner",
            "give --partner when you collect",
        ),
    });
    let partner = signed_in.client.build()?;
    findings.extend(endpoints(&partner).await);
    print(&findings, args.output)?;
    match findings
        .iter()
        .find(|finding| finding.result == Outcome::Bad)
    {
        None => Ok(()),
        Some(finding) => Err(Failure {
            code: finding.code,
            message: format!("a check failed: {}", finding.what),
            hint: finding.remedy.clone(),
        }
        .into()),
    }
}

/// Opens the data folder. Object storage is probed then.
fn data_folder(folder: &DataFolder) -> Finding {
    const WHAT: &str = "data folder";
    match Store::open(folder).and_then(|store| store.partners()) {
        Ok(partners) => {
            let partners = counted(partners.len() as u64, "partner", "partners");
            Finding::good(WHAT, format!("{folder} has {partners}"))
        }
        Err(err @ (StoreError::NoFolder { .. } | StoreError::EmptyFolder { .. })) => {
            let remedy = "nothing to do: `seatwise collect` fills it";
            Finding::notice(WHAT, err.to_string(), remedy)
        }
        Err(err) => Finding::bad(WHAT, full_message(&err), err.hint(), ExitCode::Store),
    }
}

/// Sends one request to each endpoint.
async fn endpoints(partner: &PartnerOperations) -> Vec<Finding> {
    let before = system::now();
    let list = partner.check("/v1/customers?size=1").await;
    let after = system::now();
    let mut findings = Vec::new();
    match &list {
        Ok(checked) => {
            findings.push(clocks(
                checked.date,
                before,
                after,
                partner.is_on_this_computer(),
            ));
            findings.push(endpoint("customers", &list));
        }
        Err(err) => {
            let hint = client_hint(err, FROM);
            let code = client_code(err);
            // All other checks need a connection and a token.
            findings.push(Finding::bad(
                "connection and sign-in",
                full_message(err),
                hint.as_deref(),
                code,
            ));
            return findings;
        }
    }
    let usage = partner.check("/v1/analytics/licenses/usage").await;
    findings.push(second_factor(&usage));
    findings.push(endpoint("partner usage", &usage));
    let deployment = partner.check("/v1/analytics/licenses/deployment").await;
    findings.push(endpoint("partner deployment", &deployment));
    findings.extend(of_a_customer(partner, &list).await);
    findings.extend(rows_of_all(partner).await);
    findings
}

/// Compares the clocks. On one computer they differ only if the clock of an emulator was set.
fn clocks(
    theirs: Option<Timestamp>,
    before: Timestamp,
    after: Timestamp,
    on_this_computer: bool,
) -> Finding {
    const WHAT: &str = "clock";
    let remedy = if on_this_computer {
        "the emulator's clock was set with --now or PUT /emulator/clock: get tokens from \
         POST /emulator/token, which uses that clock"
    } else {
        "set this computer's clock: tokens seem expired, or not valid yet"
    };
    let Some(theirs) = theirs else {
        let remedy = "check the proxy in between: every response has a header `Date`";
        return Finding::notice(WHAT, "the service sends no time", remedy);
    };
    // The service's time has whole seconds.
    let early = before.duration_since(theirs) - SignedDuration::from_secs(1);
    let late = theirs.duration_since(after);
    let apart = early.max(late).max(SignedDuration::ZERO);
    let detail = format!("{} s apart from the service", apart.as_secs());
    if apart > MOST_SKEW {
        Finding::bad(WHAT, detail, Some(remedy), ExitCode::Unexpected)
    } else if apart > SKEW {
        Finding::notice(WHAT, detail, remedy)
    } else {
        Finding::good(WHAT, detail)
    }
}

fn second_factor(usage: &Result<Checked, ClientError>) -> Finding {
    const WHAT: &str = "second factor";
    const REMEDY: &str = "sign in again with multi-factor authentication";
    match usage.as_ref().map(|checked| checked.is_mfa_compliant) {
        Ok(Some(true)) => Finding::good(WHAT, "the sign-in had one"),
        Ok(Some(false)) => Finding::notice(WHAT, "the sign-in had none", REMEDY),
        _ => Finding::notice(
            WHAT,
            "the service does not report it",
            "nothing to do if the other checks are good",
        ),
    }
}

fn endpoint(what: &'static str, checked: &Result<Checked, ClientError>) -> Finding {
    match checked {
        Ok(Checked { error: None, .. }) => Finding::good(what, "answered"),
        Ok(Checked {
            error: Some(err), ..
        })
        | Err(err) => {
            let remedy = remedy(err);
            Finding::bad(what, full_message(err), remedy.as_deref(), client_code(err))
        }
    }
}

/// What to do if an endpoint fails.
fn remedy(err: &ClientError) -> Option<String> {
    client_hint(err, FROM).or_else(|| {
        let remedy = match err.status()? {
            403 => {
                "give the user a role that can see licence analytics in Partner Center, such as \
                 Admin agent"
            }
            404 => "check --from: the service has no such endpoint",
            429 => "wait a minute; other programs send requests for the same partner",
            _ => return None,
        };
        Some(remedy.to_owned())
    })
}

/// Checks the endpoints of the first customer in the list.
async fn of_a_customer(
    partner: &PartnerOperations,
    list: &Result<Checked, ClientError>,
) -> Vec<Finding> {
    let body = list.as_ref().map(|checked| checked.body.as_slice());
    let first = body.ok().and_then(|body| {
        let page: Collection<Customer> = wire::decode(body).ok()?;
        Some(page.items.first()?.id)
    });
    let Some(customer) = first else {
        let remedy = "nothing, if the partner has no customers";
        return vec![Finding::notice(
            "one customer",
            "no customer is listed",
            remedy,
        )];
    };
    let mut findings = Vec::new();
    for (what, kind) in [
        ("customer usage", "usage"),
        ("customer deployment", "deployment"),
    ] {
        let path = format!("/v1/customers/{customer}/analytics/licenses/{kind}");
        let checked = partner.check(&path).await;
        let no_data = checked.as_ref().ok().and_then(|it| it.error.as_ref());
        let no_data = no_data
            .filter(|err| (err.is_not_found() || err.is_forbidden()) && !err.needs_user_token());
        findings.push(match no_data {
            Some(err) => {
                let remedy = "nothing, if it is this customer alone: others are collected";
                Finding::notice(what, full_message(err), remedy)
            }
            None => endpoint(what, &checked),
        });
    }
    findings
}

/// Checks the rows of all customers. A collection works without them.
async fn rows_of_all(partner: &PartnerOperations) -> [Finding; 2] {
    const REMEDY: &str =
        "nothing to do: a collection then requests customer by customer, which takes longer";
    let finding = |what, answer: Result<(), ClientError>| match answer {
        Ok(()) => Finding::good(
            what,
            format!("answered under {}", partner.commercial_route()),
        ),
        Err(err) => Finding::notice(what, full_message(&err), REMEDY),
    };
    let all = partner.analytics().commercial();
    let usage = all.usage().licenses().top(1).send().await.map(drop);
    let deployment = all.deployment().licenses().top(1).send().await.map(drop);
    [
        finding("usage of all customers", usage),
        finding("deployment of all customers", deployment),
    ]
}

fn print(findings: &[Finding], form: TextOrJson) -> Result<()> {
    if form == TextOrJson::Json {
        return output::line(serde_json::to_string_pretty(findings)?);
    }
    for finding in findings {
        let result = match finding.result {
            Outcome::Good => "good",
            Outcome::Notice => "note",
            Outcome::Bad => "bad",
        };
        let found = output::visible(&finding.detail);
        output::line(format_args!("{result:<5} {}: {found}", finding.what))?;
        if let Some(remedy) = &finding.remedy {
            output::line(format_args!("      {}", output::visible(remedy)))?;
        }
    }
    Ok(())
}
