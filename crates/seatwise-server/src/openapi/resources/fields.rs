//! Members that several bodies have.

use seatwise_types::extensions::Metric;

use crate::openapi::schema::Schema;

pub(super) fn total_count() -> Schema {
    Schema::count().means("How many items there are in this answer.")
}

pub(super) fn attributes(object_type: &'static str) -> Schema {
    Schema::object().with("objectType", Schema::constant(object_type))
}

pub(super) fn documented(schema: Schema) -> Schema {
    schema.means("Only with the documented optional fields, which the documented samples lack.")
}

pub(super) fn processed() -> Schema {
    Schema::text()
        .format("date-time")
        .pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?\+00:00$")
        .such_as(["2017-03-14T03:25:16.36+00:00"])
        .means("When the figures were aggregated; always with the offset `+00:00`.")
}

pub(super) fn zoneless() -> Schema {
    Schema::text()
        .format("date-time-local")
        .pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?$")
        .such_as(["2018-10-14T00:00:00"])
        .means("When the figures were aggregated, in UTC; without a zone on these endpoints.")
}

pub(super) fn upper_case_guid() -> Schema {
    Schema::guid()
        .pattern("^[0-9A-F-]{36}$")
        .means("The customer's tenant; in upper case on these endpoints.")
}

pub(super) fn service_code() -> Schema {
    Schema::text()
        .such_as(["o365", "crm"])
        .means("The service's code; an open set.")
}

pub(super) fn service_name() -> Schema {
    Schema::text()
        .such_as(["Microsoft Office 365", "Microsoft Dynamics"])
        .means("The service's display name.")
}

pub(super) fn channel() -> Schema {
    Schema::text()
        .such_as(["reseller", "direct"])
        .means("How the licences are sold; an open set.")
}

pub(super) fn workload_code() -> Schema {
    Schema::text()
        .such_as(["EXO", "SPO", "SFB"])
        .means("The workload's code; an open set.")
}

pub(super) fn workload_name() -> Schema {
    Schema::text()
        .such_as(["Exchange", "SharePoint", "Skype For Business", "Teams"])
        .means("The workload's display name; an open set.")
}

pub(super) fn customer_name() -> Schema {
    Schema::text().means("The customer's name at the processed date.")
}

pub(super) fn product_id() -> Schema {
    Schema::text()
        .such_as(["6FD2C87F-B296-42F0-B197-1E91E994B900"])
        .means("The product's id, the `skuId` of Microsoft Graph; not always a GUID.")
}

pub(super) fn product_name() -> Schema {
    Schema::text()
        .such_as(["EXCHANGE ONLINE (PLAN 1)"])
        .means("The product's name, often in capitals.")
}

pub(super) fn active() -> Schema {
    Schema::count().means("Seats used in the 28 days before the processed date.")
}

pub(super) fn qualified() -> Schema {
    Schema::count().means("Seats entitled to the workload.")
}

pub(super) fn deployed() -> Schema {
    Schema::count().means("Seats assigned to users.")
}

pub(super) fn sold() -> Schema {
    Schema::count().means("Seats bought, from all sellers and not only from this partner.")
}

/// A list with pages.
pub(super) fn page(item: &str) -> Schema {
    Schema::object()
        .with(
            "totalCount",
            Schema::count().means("How many items there are on all pages."),
        )
        .with("items", Schema::list(Schema::named(item)))
}

pub(super) fn next_link() -> Schema {
    Schema::text().means(
        "Path and query of the next page, as it was known for this one; not on the last one.",
    )
}

pub(super) fn recorded_at() -> Schema {
    Schema::text()
        .format("date-time")
        .means("When the delivery was recorded.")
}

pub(super) fn delivery() -> Schema {
    Schema::count().means("The number of the delivery in its table: `delivery_id`.")
}

pub(super) fn metric() -> Schema {
    Schema::one_of(Metric::ALL.iter().map(|metric| metric.as_str()))
}

pub(super) fn date(what: &'static str) -> Schema {
    Schema::text().format("date").means(what)
}

pub(super) fn date_time(what: &'static str) -> Schema {
    Schema::text().format("date-time").means(what)
}

pub(super) fn known_at() -> Schema {
    Schema::text().format("date-time").means(
        "The answer is what was known then. Asked with it as `knownAt`, the answer never changes; not \
         there if nothing was ever recorded.",
    )
}

pub(super) fn customer_id() -> Schema {
    Schema::guid().means("The customer's tenant, in lower case.")
}

pub(super) fn numerator() -> Schema {
    Schema::count().means("Seats active or deployed.")
}

pub(super) fn denominator() -> Schema {
    Schema::count().means("Seats qualified or sold.")
}

pub(super) fn percent() -> Schema {
    Schema::percent().means("The one in percent of the other; over 100 is legal.")
}

pub(super) fn points(what: &'static str) -> Schema {
    Schema::number().means(format!(
        "{what} In points of percent, at most two decimals."
    ))
}

pub(super) fn currency() -> Schema {
    Schema::text()
        .pattern("^[A-Z]{3}$")
        .such_as(["EUR"])
        .means("Three letters of ISO 4217.")
}

pub(super) fn amount(what: &'static str) -> Schema {
    Schema::text()
        .pattern(r"^[0-9]+\.[0-9]{2,4}$")
        .such_as(["12.50"])
        .means(format!("{what} An exact amount, as a text."))
}

pub(super) fn month(what: &'static str) -> Schema {
    Schema::text().such_as(["2026-09"]).means(what)
}
