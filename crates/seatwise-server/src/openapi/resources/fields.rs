//! Members that several bodies have.

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
