//! The bodies of responses: all members in order.
//!
//! Tests compare these schemas with what the types of `seatwise-types` serialize.

use seatwise_types::{
    Collection, Customer, CustomerCompanyProfile, CustomerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights, ErrorBody, PartnerLicensesDeploymentInsights,
    PartnerLicensesUsageInsights,
};

use super::extension_resources;
use super::idle;
use super::imports;
use super::schema::{Ordered, Schema};

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("PartnerLicensesUsageInsights", partner_usage()),
        ("PartnerLicensesDeploymentInsights", partner_deployment()),
        ("CustomerLicensesUsageInsights", customer_usage()),
        ("CustomerLicensesDeploymentInsights", customer_deployment()),
        ("LicensesUsageRow", usage_row()),
        ("LicensesDeploymentRow", deployment_row()),
        ("Customer", customer()),
        ("CustomerCompanyProfile", company_profile()),
        ("Links", links()),
        ("Link", link()),
        ("Status", status()),
        ("Collection", collection_state()),
        ("CollectionProgress", collection_progress()),
        ("ImportReceipt", import_receipt()),
        ("Losses", losses()),
        ("Loss", loss()),
        ("Mended", mended()),
        ("ImportError", import_error()),
        ("BadRow", bad_row()),
        ("Error", error()),
        ("GatewayError", gateway_error()),
    ])
    .and(extension_resources::all())
    .and(idle::all())
    .and(imports::all())
}

fn status() -> Schema {
    let none = Schema::null().means("The server does not collect for the partner.");
    Schema::object()
        .means("What a server reports about itself to a partner.")
        .with("partner", Schema::guid())
        .with(
            "collection",
            Schema::any_of([Schema::named("Collection"), none]),
        )
}

fn collection_state() -> Schema {
    let time = || Schema::text().format("date-time").or_null();
    Schema::object()
        .means("How the collections of a partner are.")
        .with("running", Schema::truth().means("Whether one is at work."))
        .may_have("progress", Schema::named("CollectionProgress"))
        .with(
            "requested",
            Schema::truth().means("Whether an operator requested one that has not begun yet."),
        )
        .with(
            "nextAt",
            time().means("When the next one begins; `null` while one is at work."),
        )
        .with(
            "lastDoneAt",
            time().means("When the last one came to its end; `null` if none did since the start."),
        )
        .with(
            "lastError",
            Schema::text()
                .or_null()
                .means("Why the last one failed; `null` if it did not."),
        )
        .with(
            "done",
            Schema::count().means("How many came to their end since the start."),
        )
        .with(
            "failed",
            Schema::count().means("How many failed since the start."),
        )
}

fn collection_progress() -> Schema {
    Schema::object()
        .means("How far the collection that is at work is; not there while none is.")
        .with(
            "customers",
            Schema::count().means("How many customers the source has listed so far."),
        )
        .with("rows", Schema::count().means("How many rows came so far."))
        .may_have(
            "percent",
            Schema::count().means(
                "How much of the metric that is asked for is done, from 0 to 100; not there as long as \
                 it is not known how much there is.",
            ),
        )
}

fn import_receipt() -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    Schema::object()
        .means("The result of an import, as in `seatwise import --output json`.")
        .with("files", count("1, if the body was read to its end."))
        .with(
            "rowsRead",
            count("Rows that were read, bad ones among them."),
        )
        .with("rowsStored", count("Rows that were stored."))
        .with(
            "deliveriesNew",
            count("Deliveries of units that were not known."),
        )
        .with(
            "deliveriesUnchanged",
            count("Deliveries that were known already."),
        )
        .with(
            "deliveriesRestated",
            count("Deliveries that say something else than before about a known unit."),
        )
        .with(
            "deliveriesRejected",
            count("Deliveries that were left out because a row of them is bad."),
        )
        .with(
            "deliveriesJoined",
            count("0: a body is one file, so no delivery stands in several."),
        )
        .with("joinedFiles", Schema::list(Schema::text()).means("Empty."))
        .with(
            "deliveriesEmptied",
            count(
                "Deliveries without rows, of known customers that a complete body does not have; \
                 counted above too.",
            ),
        )
        .with(
            "firstEmptied",
            Schema::list(Schema::guid()).means("The first ten of these customers."),
        )
        .with("losses", Schema::named("Losses"))
        .with("mended", Schema::named("Mended"))
        .with("badRows", count("Rows that are bad."))
        .with(
            "firstBadRows",
            Schema::list(Schema::named("BadRow")).means("The first ten of them."),
        )
        .with(
            "rejectedFiles",
            Schema::list(Schema::text()).means("Empty: the caller has the rows."),
        )
        .with(
            "ignoredColumns",
            Schema::list(Schema::text()).means("Columns that are not used."),
        )
        .with(
            "passedOver",
            Schema::list(Schema::object()).means("Empty: a body is one file."),
        )
        .with(
            "notStored",
            Schema::list(Schema::text()).means("Empty: all of the body was stored."),
        )
        .with(
            "dryRun",
            Schema::truth().means("Nothing was stored because nothing was to be stored."),
        )
        .with(
            "takenFor",
            Schema::object().means(
                "`1` by the name of what the body was taken for: `usage`, `deployment`, \
                 `OfficeUsage` or `DynamicsUsage`.",
            ),
        )
        .with(
            "duplicateRows",
            count("Rows of a download that were left out because they are marked as duplicates."),
        )
        .with(
            "repeatedRows",
            count(
                "Rows of a download that are not marked as duplicates and repeat another one, which \
                 was counted once.",
            ),
        )
        .with(
            "noValueWords",
            Schema::object().means(
                "How often each word, such as `NULL`, was taken for \"no value\" in columns of codes \
                 and ids and in names that may be missing.",
            ),
        )
        .with(
            "domainsStored",
            count("Domains of customers that were not known, or were others."),
        )
        .with("seconds", Schema::number().means("How long it took."))
        .with("rowsPerSecond", count("Rows read in a second, on average."))
}

fn mended() -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    Schema::object()
        .means("What an import did about damaged data files. One that meets them mends, and records nothing else.")
        .with(
            "files",
            count("Files that were damaged or gone, and that no table names any more."),
        )
        .with(
            "deliveries",
            count("Deliveries that they had, and that are again as they were."),
        )
        .with(
            "rowsLost",
            count(
                "Rows that they had and that are lost: less those that were recorded as of now in their \
                 place.",
            ),
        )
        .with(
            "leftOut",
            count(
                "Deliveries of the import that were left out because it mended, and that the tables have \
                 in no version. If they are news, import them again.",
            ),
        )
        .with(
            "stillDamaged",
            count(
                "Data files that are still damaged. They are looked for where damage is in the way \
                 of an import, so this is 0 if it met none.",
            ),
        )
}

fn losses() -> Schema {
    Schema::object()
        .means("What the restatements of an import take away from the versions before them.")
        .with(
            "rows",
            Schema::count().means(
                "Rows of the versions before whose product or workload the restatement has not.",
            ),
        )
        .with(
            "deliveries",
            Schema::count().means("Deliveries that lose such rows."),
        )
        .with(
            "first",
            Schema::list(Schema::named("Loss")).means("The first ten of these rows."),
        )
}

fn loss() -> Schema {
    Schema::object()
        .means("A row that a restatement takes away.")
        .with("customerTenantId", Schema::guid().means("The customer."))
        .with(
            "serviceCode",
            Schema::text().means("The code of the service."),
        )
        .with("channel", Schema::text().means("The channel."))
        .with(
            "processedDate",
            Schema::text()
                .format("date")
                .means("The day of the delivery."),
        )
        .with(
            "productName",
            Schema::text()
                .means("The name of the product; empty where rows have none, as in `OfficeUsage`."),
        )
        .may_have(
            "workloadName",
            Schema::text().means("The name of the workload; left out for deployment."),
        )
}

/// An error; for bad rows it has more members.
fn import_error() -> Schema {
    error()
        .may_have("badRows", Schema::count().means("How many rows are bad."))
        .may_have(
            "firstBadRows",
            Schema::list(Schema::named("BadRow")).means("The first ten of them."),
        )
}

fn bad_row() -> Schema {
    let value = "What stands there, shortened.";
    bad_row_of(
        "A row that cannot be stored, and what to do about it.",
        "`body`.",
        value,
    )
}

/// A bad row, with what is meant by it, its file and its value.
pub(super) fn bad_row_of(means: &'static str, file: &'static str, value: &'static str) -> Schema {
    Schema::object()
        .means(means)
        .with("file", Schema::text().means(file))
        .with(
            "line",
            Schema::count().means("The line on which the row begins, else the number of the row."),
        )
        .with(
            "column",
            Schema::text().means("The column; empty if the row is broken as a whole."),
        )
        .with("value", Schema::text().means(value))
        .with(
            "remedy",
            Schema::text().means("What is wrong, and what should be there."),
        )
}

fn partner_usage() -> Schema {
    Schema::object()
        .means(
            "How much of what all customers of a partner are entitled to is used, for one workload \
             of one service. The workload alone is no key: `SharePoint` exists under two services.",
        )
        .with(
            "proratedLicensesUsagePercent",
            Schema::percent().means(
                "Active out of qualified seats of all customers, in percent from 0; over 100 is \
                 legal. Always with a decimal point, at most two decimals.",
            ),
        )
        .with("workloadName", workload_name())
        .with("processedDateTime", processed())
        .with("serviceName", service_code())
        .with("channel", channel())
        .with(
            "attributes",
            attributes(PartnerLicensesUsageInsights::OBJECT_TYPE),
        )
}

fn partner_deployment() -> Schema {
    Schema::object()
        .means(
            "How much of what all customers of a partner have bought is assigned to users, for one \
             service. There is no count of deployed seats at this level.",
        )
        .with(
            "proratedDeploymentPercent",
            Schema::percent().means(
                "Deployed out of sold seats of all customers, in percent from 0: `1.0` is one \
                 percent. Always with a decimal point, at most two decimals.",
            ),
        )
        .with("licensesSold", sold())
        .with("processedDateTime", processed())
        .with("serviceName", service_code())
        .with("channel", channel())
        .with(
            "attributes",
            attributes(PartnerLicensesDeploymentInsights::OBJECT_TYPE),
        )
}

fn customer_usage() -> Schema {
    Schema::object()
        .means("How much one customer uses of one workload of one product.")
        .may_have("customerName", customer_name())
        .with("productName", product_name())
        .with("licensesActive", active())
        .with("licensesQualified", qualified())
        .with(
            "usagePercent",
            Schema::percent()
                .means("Active out of qualified seats, in percent from 0; over 100 is legal."),
        )
        .with("workloadName", workload_name())
        .with("processedDateTime", processed())
        .with("serviceName", service_code())
        .with("channel", channel())
        .with(
            "attributes",
            attributes(CustomerLicensesUsageInsights::OBJECT_TYPE),
        )
        .may_have("customerId", documented(Schema::guid()))
        .may_have("serviceCode", documented(service_code()))
        .may_have("workloadCode", documented(workload_code()))
}

fn customer_deployment() -> Schema {
    Schema::object()
        .means("How much one customer has assigned of one product that it has bought.")
        .may_have("customerName", customer_name())
        .with("productName", product_name())
        .with("licensesDeployed", deployed())
        .with(
            "deploymentPercent",
            Schema::percent().means("Deployed out of sold seats, in percent from 0."),
        )
        .with("licensesSold", sold())
        .with("processedDateTime", processed())
        .with("serviceName", service_code())
        .with("channel", channel())
        .with(
            "attributes",
            attributes(CustomerLicensesDeploymentInsights::OBJECT_TYPE),
        )
        .may_have("customerId", documented(Schema::guid()))
        .may_have("serviceCode", documented(service_code()))
}

fn usage_row() -> Schema {
    Schema::object()
        .means(
            "The use of one workload of one product by one customer. A grouped answer has the \
             fields that it is grouped by and the counts, and nothing else.",
        )
        .may_have("processedDateTime", zoneless())
        .may_have("workloadCode", workload_code())
        .may_have("workloadName", workload_name())
        .may_have("serviceCode", service_code())
        .may_have("serviceName", service_name())
        .may_have("channel", channel())
        .may_have("customerTenantId", upper_case_guid())
        .may_have("customerName", customer_name())
        .may_have("productId", product_id())
        .may_have("productName", product_name())
        .with("licensesActive", active())
        .with("licensesQualified", qualified())
        .may_have(
            "licenseActive",
            documented(Schema::count()).means(
                "The active seats once more, as Microsoft's sample spells them; only with the \
                 documented optional fields.",
            ),
        )
}

fn deployment_row() -> Schema {
    Schema::object()
        .means(
            "The deployment of one product at one customer. A grouped answer has the fields that \
             it is grouped by and the counts, and nothing else.",
        )
        .may_have("processedDateTime", zoneless())
        .may_have("serviceCode", service_code())
        .may_have("serviceName", service_name())
        .may_have("channel", channel())
        .may_have("customerTenantId", upper_case_guid())
        .may_have("customerName", customer_name())
        .may_have("productId", product_id())
        .may_have("productName", product_name())
        .with("licensesDeployed", deployed())
        .with("licensesSold", sold())
}

fn customer() -> Schema {
    Schema::object()
        .means("A customer of the partner, with what its deliveries contain.")
        .with(
            "id",
            Schema::guid().means("The customer's tenant, in lower case."),
        )
        .with("companyProfile", Schema::named("CustomerCompanyProfile"))
        .with(
            "relationshipToPartner",
            Schema::text()
                .such_as(["reseller"])
                .means("What the partner is to the customer; an open set."),
        )
        .with("links", Schema::named("Links"))
        .with("attributes", attributes(Customer::OBJECT_TYPE))
}

fn company_profile() -> Schema {
    Schema::object()
        .with(
            "tenantId",
            Schema::guid().means("The customer's tenant once more."),
        )
        .may_have(
            "domain",
            Schema::text()
                .such_as(["contoso.onmicrosoft.com"])
                .means("The newest domain that is known; left out if none is."),
        )
        .with(
            "companyName",
            Schema::text().means("The newest name that was delivered."),
        )
        .with("links", Schema::named("Links"))
        .with(
            "attributes",
            attributes(CustomerCompanyProfile::OBJECT_TYPE),
        )
}

fn links() -> Schema {
    let to = |what| Schema {
        description: Some(what),
        ..Schema::named("Link")
    };
    Schema::object()
        .means("Where this resource or page is, and the pages around it.")
        .with("self", to("What was asked for.".into()))
        .may_have("next", to("The next page; not on the last one.".into()))
        .may_have(
            "previous",
            to("The previous page; not on the first one.".into()),
        )
}

fn link() -> Schema {
    let header = Schema::object()
        .with("key", Schema::text().such_as(["MS-ContinuationToken"]))
        .with("value", Schema::text());
    Schema::object()
        .with(
            "uri",
            Schema::text()
                .such_as(["/customers?size=40&seekOperation=Next"])
                .means("A path with a query, relative to the root of the API, without `/v1`."),
        )
        .with("method", Schema::constant("GET"))
        .with(
            "headers",
            Schema::list(header).means("What to send with the request."),
        )
}

/// The collection of endpoints A to D.
pub(super) fn collection(item: &str) -> Schema {
    Schema::object()
        .with("totalCount", total_count())
        .with("items", Schema::list(Schema::named(item)))
        .with("attributes", attributes(Collection::<()>::OBJECT_TYPE))
}

/// The collection of endpoint G.
pub(super) fn paged_collection(item: &str) -> Schema {
    Schema::object()
        .with("totalCount", total_count())
        .with("items", Schema::list(Schema::named(item)))
        .may_have(
            "continuationToken",
            Schema::text().means(
                "What to send as `MS-ContinuationToken` for the next page; not on the last one.",
            ),
        )
        .with("links", Schema::named("Links"))
        .with("attributes", attributes(Collection::<()>::OBJECT_TYPE))
}

/// The page of endpoints E and F.
pub(super) fn commercial_page(row: &str) -> Schema {
    Schema::object()
        .with("Value", Schema::list(Schema::named(row)))
        .with(
            "@nextLink",
            Schema::text().or_null().means(
                "Path and query of the next page, with the parameters that were asked and a \
                 `tableVersion` that keeps the pages those of one time; `null` on the last page.",
            ),
        )
        .with(
            "TotalCount",
            Schema::count().means("How many rows there are on all pages."),
        )
}

fn error() -> Schema {
    Schema::object()
        .means("An error that the API itself found. It has no byte-order mark before it.")
        .with(
            "code",
            Schema::any_of([Schema::count(), Schema::text().pattern("^[0-9]+$")]).means(
                "A number; an open set. It says more than the status does. With \
                 `seatwise serve --text-error-codes` it is the same digits as a text.",
            ),
        )
        .with(
            "description",
            Schema::text()
                .at_most(ErrorBody::MAX_DESCRIPTION)
                .means("What went wrong, for people."),
        )
        .may_have(
            "data",
            Schema::list(Schema::text()).means(
                "What it went wrong with, mostly nothing. With `seatwise serve --text-error-codes` it \
                 is left out if it is empty.",
            ),
        )
        .with("source", Schema::constant(ErrorBody::SOURCE))
}

fn gateway_error() -> Schema {
    Schema::object()
        .means("What the gateway before the API says. It has blanks inside, and no mark before it.")
        .with("statusCode", Schema::count().means("The status once more."))
        .with(
            "message",
            Schema::text().such_as(["Rate limit is exceeded. Try again in 57 seconds."]),
        )
}

fn total_count() -> Schema {
    Schema::count().means("How many items there are in this answer.")
}

fn attributes(object_type: &'static str) -> Schema {
    Schema::object().with("objectType", Schema::constant(object_type))
}

fn documented(schema: Schema) -> Schema {
    schema.means("Only with the documented optional fields, which the documented samples lack.")
}

pub(super) fn processed() -> Schema {
    Schema::text()
        .format("date-time")
        .pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?\+00:00$")
        .such_as(["2017-03-14T03:25:16.36+00:00"])
        .means("When the figures were aggregated; always with the offset `+00:00`.")
}

fn zoneless() -> Schema {
    Schema::text()
        .format("date-time-local")
        .pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?$")
        .such_as(["2018-10-14T00:00:00"])
        .means("When the figures were aggregated, in UTC; without a zone on these endpoints.")
}

fn upper_case_guid() -> Schema {
    Schema::guid()
        .pattern("^[0-9A-F-]{36}$")
        .means("The customer's tenant; in upper case on these endpoints.")
}

pub(super) fn service_code() -> Schema {
    Schema::text()
        .such_as(["o365", "crm"])
        .means("The service's code; an open set.")
}

fn service_name() -> Schema {
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

fn active() -> Schema {
    Schema::count().means("Seats used in the 28 days before the processed date.")
}

fn qualified() -> Schema {
    Schema::count().means("Seats entitled to the workload.")
}

fn deployed() -> Schema {
    Schema::count().means("Seats assigned to users.")
}

fn sold() -> Schema {
    Schema::count().means("Seats bought, from all sellers and not only from this partner.")
}

#[cfg(test)]
pub(super) mod tests {
    use seatwise_store::import::{BadRow, Loss, Losses, Mended};
    use seatwise_types::{
        Channel, CommercialPage, CustomerCompanyProfile, CustomerId, ErrorCode, GatewayError,
        LicensesDeploymentRow, LicensesUsageRow, Link, LinkHeader, Links, ProcessedDateTime,
        RelationshipToPartner, ServiceCode, wire,
    };
    use serde_json::value::RawValue;
    use std::collections::HashMap;

    use super::*;
    use crate::imports::BadRowsBody;

    /// The members of an object, in the order in which they are written.
    fn members(json: &[u8]) -> Vec<String> {
        let text = str::from_utf8(json).unwrap();
        let members: HashMap<String, &RawValue> = serde_json::from_str(text).unwrap();
        let mut members: Vec<_> = members.into_iter().collect();
        // All values borrow from one text, so their addresses show their order.
        members.sort_by_key(|(_, value)| value.get().as_ptr());
        members.into_iter().map(|(name, _)| name).collect()
    }

    /// Asserts that all members are described, in the written order.
    #[track_caller]
    pub(in super::super) fn describes(schema: &Schema, full: &[u8]) {
        let described: Vec<_> = schema.properties.iter().map(|(name, _)| name).collect();
        assert_eq!(members(full), described);
    }

    pub(in super::super) fn id() -> CustomerId {
        "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().unwrap()
    }

    pub(in super::super) fn date() -> ProcessedDateTime {
        "2017-03-09".parse().unwrap()
    }

    pub(in super::super) fn text() -> String {
        "text".to_owned()
    }

    #[test]
    fn status_of_the_server() {
        let progress = crate::CollectionProgress {
            percent: Some(1),
            ..crate::CollectionProgress::default()
        };
        describes(&collection_progress(), &wire::encode(&progress));
        let state = crate::CollectionState {
            progress: Some(progress),
            ..crate::CollectionState::default()
        };
        describes(&collection_state(), &wire::encode(&state));
        let full = crate::collection::Status {
            partner: seatwise_types::PartnerId::new(*id().as_uuid()),
            collection: Some(state),
        };
        describes(&status(), &wire::encode(&full));
    }

    #[test]
    fn bad_rows_of_an_import() {
        let row = BadRow {
            file: text(),
            line: 1,
            column: "column",
            value: text(),
            remedy: text(),
        };
        describes(&bad_row(), &wire::encode(&row));
        let mut error = ErrorBody::new(ErrorCode::InvalidInput, text());
        error.data = vec![text()];
        let body = BadRowsBody {
            error,
            bad_rows: 1,
            first_bad_rows: &[row],
        };
        describes(&import_error(), &wire::encode(&body));
    }

    #[test]
    fn figures_of_the_partner() {
        let usage = PartnerLicensesUsageInsights {
            prorated_licenses_usage_percent: Some(1.0),
            workload_name: text(),
            processed_date_time: date(),
            service_name: ServiceCode::Crm,
            channel: Channel::Direct,
            attributes: PartnerLicensesUsageInsights::attributes(),
        };
        describes(&partner_usage(), &wire::encode(&usage));
        let deployment = PartnerLicensesDeploymentInsights {
            prorated_deployment_percent: Some(1.0),
            licenses_sold: Some(1),
            processed_date_time: date(),
            service_name: ServiceCode::Crm,
            channel: Channel::Direct,
            attributes: PartnerLicensesDeploymentInsights::attributes(),
        };
        describes(&partner_deployment(), &wire::encode(&deployment));
        let collection = Collection::new(vec![usage]);
        describes(&super::collection("Any"), &wire::encode(&collection));
    }

    #[test]
    fn figures_of_a_customer() {
        let usage = CustomerLicensesUsageInsights {
            customer_name: Some(text()),
            product_name: text(),
            licenses_active: Some(1),
            licenses_qualified: Some(1),
            usage_percent: Some(1.0),
            workload_name: text(),
            processed_date_time: date(),
            service_name: ServiceCode::Crm,
            channel: Channel::Direct,
            attributes: CustomerLicensesUsageInsights::attributes(),
            customer_id: Some(id()),
            service_code: Some(ServiceCode::Crm),
            workload_code: Some(text()),
        };
        describes(&customer_usage(), &wire::encode(&usage));
        let deployment = CustomerLicensesDeploymentInsights {
            customer_name: Some(text()),
            product_name: text(),
            licenses_deployed: Some(1),
            deployment_percent: Some(1.0),
            licenses_sold: Some(1),
            processed_date_time: date(),
            service_name: ServiceCode::Crm,
            channel: Channel::Direct,
            attributes: CustomerLicensesDeploymentInsights::attributes(),
            customer_id: Some(id()),
            service_code: Some(ServiceCode::Crm),
        };
        describes(&customer_deployment(), &wire::encode(&deployment));
    }

    #[test]
    fn rows_of_all_customers() {
        let usage = crate::commercial::UsageRow {
            row: LicensesUsageRow {
                processed_date_time: Some(date()),
                workload_code: Some(text()),
                workload_name: Some(text()),
                service_code: Some(ServiceCode::Crm),
                service_name: Some(text()),
                channel: Some(Channel::Direct),
                customer_tenant_id: Some(id()),
                customer_name: Some(text()),
                product_id: Some(text()),
                product_name: Some(text()),
                licenses_active: Some(1),
                licenses_qualified: Some(1),
            },
            license_active: Some(1),
        };
        describes(&usage_row(), &wire::encode(&usage));
        let deployment = LicensesDeploymentRow {
            processed_date_time: Some(date()),
            service_code: Some(ServiceCode::Crm),
            service_name: Some(text()),
            channel: Some(Channel::Direct),
            customer_tenant_id: Some(id()),
            customer_name: Some(text()),
            product_id: Some(text()),
            product_name: Some(text()),
            licenses_deployed: Some(1),
            licenses_sold: Some(1),
        };
        describes(&deployment_row(), &wire::encode(&deployment));
        let page = CommercialPage {
            value: vec![deployment],
            next_link: None,
            total_count: Some(1),
        };
        describes(&commercial_page("Any"), &wire::encode(&page));
    }

    #[test]
    fn customers() {
        let link_to = Link {
            uri: text(),
            method: "GET".to_owned(),
            headers: vec![LinkHeader {
                key: text(),
                value: text(),
            }],
        };
        describes(&link(), &wire::encode(&link_to));
        let all_links = Links {
            this: Some(link_to.clone()),
            next: Some(link_to.clone()),
            previous: Some(link_to),
        };
        describes(&links(), &wire::encode(&all_links));
        // Seatwise does not know other fields of Partner Center.
        let one = Customer {
            id: id(),
            commerce_id: None,
            company_profile: CustomerCompanyProfile {
                tenant_id: Some(id()),
                domain: Some(text()),
                company_name: Some(text()),
                links: Some(all_links.clone()),
                attributes: CustomerCompanyProfile::attributes(),
            },
            relationship_to_partner: Some(RelationshipToPartner::Reseller),
            allow_delegated_access: None,
            links: Some(all_links.clone()),
            attributes: Customer::attributes(),
        };
        describes(&customer(), &wire::encode(&one));
        describes(&company_profile(), &wire::encode(&one.company_profile));
        let mut list = Collection::new(vec![one]);
        list.continuation_token = Some(text());
        list.links = Some(all_links);
        describes(&paged_collection("Any"), &wire::encode(&list));
    }

    #[test]
    fn imports() {
        let row = seatwise_store::import::BadRow {
            file: text(),
            line: 1,
            column: "channel",
            value: text(),
            remedy: text(),
        };
        describes(&bad_row(), &wire::encode(&row));
        let receipt = seatwise_store::import::Receipt::default();
        let timed = receipt.timed(std::time::Duration::ZERO);
        describes(&import_receipt(), &wire::encode(&timed));
        let loss = Loss {
            customer_tenant_id: id(),
            service_code: text(),
            channel: text(),
            processed_date: "2017-03-09".parse().unwrap(),
            product_name: text(),
            workload_name: Some(text()),
        };
        describes(&super::loss(), &wire::encode(&loss));
        describes(&losses(), &wire::encode(&Losses::default()));
        describes(&mended(), &wire::encode(&Mended::default()));
    }

    #[test]
    fn errors() {
        let body = ErrorBody {
            code: "1".to_owned(),
            description: text(),
            data: vec![text()],
            source: ErrorBody::SOURCE.to_owned(),
        };
        describes(&error(), &wire::encode(&body));
        describes(&gateway_error(), &GatewayError::rate_limited(1).to_bytes());
    }
}
