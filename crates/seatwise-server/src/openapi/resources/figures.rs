//! The bodies of Partner Center's figures.

use seatwise_types::{
    CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};

use super::fields::{
    active, attributes, channel, customer_name, deployed, documented, processed, product_id,
    product_name, qualified, service_code, service_name, sold, upper_case_guid, workload_code,
    workload_name, zoneless,
};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("PartnerLicensesUsageInsights", partner_usage()),
        ("PartnerLicensesDeploymentInsights", partner_deployment()),
        ("CustomerLicensesUsageInsights", customer_usage()),
        ("CustomerLicensesDeploymentInsights", customer_deployment()),
        ("LicensesUsageRow", usage_row()),
        ("LicensesDeploymentRow", deployment_row()),
    ])
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

#[cfg(test)]
mod tests {
    use seatwise_types::{
        Channel, Collection, CommercialPage, LicensesDeploymentRow, LicensesUsageRow, ServiceCode,
        wire,
    };

    use super::super::describes::{date, describes, id, text};
    use super::*;

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
        describes(&super::super::collection("Any"), &wire::encode(&collection));
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
        let usage = crate::partner_center::commercial::UsageRow {
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
        describes(&super::super::commercial_page("Any"), &wire::encode(&page));
    }
}
