//! Every encoded value decodes to itself.

use std::fmt::Debug;

use proptest::option;
use proptest::prelude::*;
use seatwise_types::{
    Channel, Collection, CommercialPage, CustomerId, CustomerLicensesDeploymentInsights,
    CustomerLicensesUsageInsights, LicensesDeploymentRow, LicensesUsageRow,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights, ProcessedDateTime,
    ServiceCode, wire,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

fn date() -> impl Strategy<Value = ProcessedDateTime> {
    // The years 0 to 9999.
    (-62_167_219_200_000_000_i64..253_402_207_200_000_000)
        .prop_map(|microsecond| ProcessedDateTime::from_microsecond(microsecond).unwrap())
}

/// Percents with at most two decimals.
fn percent() -> impl Strategy<Value = Option<f64>> {
    option::of((0..10_000_000_u32).prop_map(|hundredths| f64::from(hundredths) / 100.0))
}

fn service() -> impl Strategy<Value = ServiceCode> {
    prop_oneof![
        Just(ServiceCode::O365),
        Just(ServiceCode::Crm),
        any::<String>().prop_map(|text| ServiceCode::from_name(&text)),
    ]
}

fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![
        Just(Channel::Reseller),
        Just(Channel::Direct),
        any::<String>().prop_map(Channel::from),
    ]
}

fn customer() -> impl Strategy<Value = CustomerId> {
    any::<u128>().prop_map(|id| CustomerId::new(Uuid::from_u128(id)))
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of(any::<String>())
}

fn count() -> impl Strategy<Value = Option<u64>> {
    option::of(any::<u64>())
}

prop_compose! {
    fn partner_usage()(
        prorated_licenses_usage_percent in percent(),
        workload_name in any::<String>(),
        processed_date_time in date(),
        service_name in service(),
        channel in channel(),
    ) -> PartnerLicensesUsageInsights {
        PartnerLicensesUsageInsights {
            prorated_licenses_usage_percent,
            workload_name,
            processed_date_time,
            service_name,
            channel,
            attributes: PartnerLicensesUsageInsights::attributes(),
        }
    }
}

prop_compose! {
    fn partner_deployment()(
        prorated_deployment_percent in percent(),
        licenses_sold in count(),
        processed_date_time in date(),
        service_name in service(),
        channel in channel(),
    ) -> PartnerLicensesDeploymentInsights {
        PartnerLicensesDeploymentInsights {
            prorated_deployment_percent,
            licenses_sold,
            processed_date_time,
            service_name,
            channel,
            attributes: PartnerLicensesDeploymentInsights::attributes(),
        }
    }
}

prop_compose! {
    fn customer_usage()(
        customer_name in text(),
        product_name in any::<String>(),
        (licenses_active, licenses_qualified, usage_percent) in (count(), count(), percent()),
        workload_name in any::<String>(),
        processed_date_time in date(),
        service_name in service(),
        channel in channel(),
        customer_id in option::of(customer()),
        service_code in option::of(service()),
        workload_code in text(),
    ) -> CustomerLicensesUsageInsights {
        CustomerLicensesUsageInsights {
            customer_name,
            product_name,
            licenses_active,
            licenses_qualified,
            usage_percent,
            workload_name,
            processed_date_time,
            service_name,
            channel,
            attributes: CustomerLicensesUsageInsights::attributes(),
            customer_id,
            service_code,
            workload_code,
        }
    }
}

prop_compose! {
    fn customer_deployment()(
        customer_name in text(),
        product_name in any::<String>(),
        (licenses_deployed, deployment_percent, licenses_sold) in (count(), percent(), count()),
        processed_date_time in date(),
        service_name in service(),
        channel in channel(),
        customer_id in option::of(customer()),
        service_code in option::of(service()),
    ) -> CustomerLicensesDeploymentInsights {
        CustomerLicensesDeploymentInsights {
            customer_name,
            product_name,
            licenses_deployed,
            deployment_percent,
            licenses_sold,
            processed_date_time,
            service_name,
            channel,
            attributes: CustomerLicensesDeploymentInsights::attributes(),
            customer_id,
            service_code,
        }
    }
}

prop_compose! {
    fn usage_row()(
        processed_date_time in option::of(date()),
        (workload_code, workload_name) in (text(), text()),
        service_code in option::of(service()),
        service_name in text(),
        channel in option::of(channel()),
        customer_tenant_id in option::of(customer()),
        (customer_name, product_id, product_name) in (text(), text(), text()),
        (licenses_active, licenses_qualified) in (count(), count()),
    ) -> LicensesUsageRow {
        LicensesUsageRow {
            processed_date_time,
            workload_code,
            workload_name,
            service_code,
            service_name,
            channel,
            customer_tenant_id,
            customer_name,
            product_id,
            product_name,
            licenses_active,
            licenses_qualified,
        }
    }
}

prop_compose! {
    fn deployment_row()(
        processed_date_time in option::of(date()),
        service_code in option::of(service()),
        service_name in text(),
        channel in option::of(channel()),
        customer_tenant_id in option::of(customer()),
        (customer_name, product_id, product_name) in (text(), text(), text()),
        (licenses_deployed, licenses_sold) in (count(), count()),
    ) -> LicensesDeploymentRow {
        LicensesDeploymentRow {
            processed_date_time,
            service_code,
            service_name,
            channel,
            customer_tenant_id,
            customer_name,
            product_id,
            product_name,
            licenses_deployed,
            licenses_sold,
        }
    }
}

fn check<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Debug + PartialEq + Serialize + DeserializeOwned,
{
    for body in [wire::encode(value), wire::encode_with_mark(value)] {
        prop_assert_eq!(&wire::decode::<T>(&body).unwrap(), value);
    }
    Ok(())
}

proptest! {
    #[test]
    fn collection_of_partner_usage(rows in prop::collection::vec(partner_usage(), 0..4)) {
        check(&Collection::new(rows))?;
    }

    #[test]
    fn collection_of_partner_deployment(rows in prop::collection::vec(partner_deployment(), 0..4)) {
        check(&Collection::new(rows))?;
    }

    #[test]
    fn collection_of_customer_usage(rows in prop::collection::vec(customer_usage(), 0..4)) {
        check(&Collection::new(rows))?;
    }

    #[test]
    fn collection_of_customer_deployment(
        rows in prop::collection::vec(customer_deployment(), 0..4),
    ) {
        check(&Collection::new(rows))?;
    }

    #[test]
    fn page_of_usage(
        value in prop::collection::vec(usage_row(), 0..4),
        next_link in text(),
        total_count in count(),
    ) {
        check(&CommercialPage { value, next_link, total_count })?;
    }

    #[test]
    fn page_of_deployment(
        value in prop::collection::vec(deployment_row(), 0..4),
        next_link in text(),
        total_count in count(),
    ) {
        check(&CommercialPage { value, next_link, total_count })?;
    }
}
