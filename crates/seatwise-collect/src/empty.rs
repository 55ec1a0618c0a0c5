//! Empty deliveries, for listed customers without rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use jiff::Timestamp;
use seatwise_store::access;
use seatwise_store::import::MOST_AHEAD;
use seatwise_types::extensions::Metric;
use seatwise_types::{Channel, CustomerId, ProcessedDateTime, ServiceCode};
use serde::Deserialize;

use crate::CollectError;
use crate::journal::Listed;
use crate::line::{Figures, Line};

/// The delivery of a gathered row.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Gathered {
    processed_date_time: Option<ProcessedDateTime>,
    service_code: Option<String>,
    service_name: Option<String>,
    channel: Option<String>,
    customer_tenant_id: Option<CustomerId>,
}

/// The deliveries of a service and channel.
struct Deliveries {
    /// One of their rows, for the naming of the service.
    like: Gathered,
    newest: ProcessedDateTime,
    customers: HashSet<CustomerId>,
}

/// A summary of the gathered rows.
#[derive(Default)]
struct Seen {
    deliveries: BTreeMap<(ServiceCode, Channel), Deliveries>,
    /// Customers with a row whose delivery is unclear.
    unclear: HashSet<CustomerId>,
    /// The number of rows without a customer.
    without_customer: u64,
}

/// The result of writing.
pub(crate) struct Written {
    /// The number of deliveries.
    pub(crate) deliveries: u64,
    /// The number of gathered rows without a customer. If there are any, nothing is written,
    /// because they can belong to any customer.
    pub(crate) without_customer: u64,
}

/// Writes an empty delivery for each customer and each service and channel of the gathered rows in
/// which the customer has none, with the newest processed date of that service and channel.
///
/// A customer with a row that cannot be assigned may have any delivery, and gets none here. The
/// gathered file is read again, so the number of attempts does not matter.
pub(crate) fn write_empty(
    metric: Metric,
    gathered: &Path,
    customers: &HashMap<CustomerId, Listed>,
    without_data: &HashSet<CustomerId>,
    now: Timestamp,
    to: &Path,
) -> Result<Written, CollectError> {
    let seen = read(gathered, now).map_err(CollectError::file("read", gathered))?;
    let mut written = Written {
        deliveries: 0,
        without_customer: seen.without_customer,
    };
    if seen.without_customer > 0 {
        return Ok(written);
    }
    // Sorted by id, so that the same collection makes the same file.
    let customers: BTreeMap<_, _> = customers
        .iter()
        .filter(|(customer, _)| {
            !without_data.contains(*customer) && !seen.unclear.contains(*customer)
        })
        .collect();
    let mut write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(access::create(to)?);
        let mut line = Vec::new();
        for deliveries in seen.deliveries.values() {
            for (customer, listed) in &customers {
                if deliveries.customers.contains(*customer) {
                    continue;
                }
                line.clear();
                empty(metric, deliveries, listed).write_to(&mut line)?;
                out.write_all(&line)?;
                written.deliveries += 1;
            }
        }
        out.into_inner()?.sync_data()
    };
    write().map_err(CollectError::file("write", to))?;
    Ok(written)
}

fn read(gathered: &Path, now: Timestamp) -> std::io::Result<Seen> {
    // The import accepts no later date.
    let latest = now.saturating_add(MOST_AHEAD).unwrap_or(Timestamp::MAX);
    let dates = 0..=latest.as_microsecond();
    let mut seen = Seen::default();
    for line in BufReader::new(File::open(gathered)?).lines() {
        let row: Gathered = serde_json::from_str(&line?)?;
        let Some(customer) = row.customer_tenant_id else {
            seen.without_customer += 1;
            continue;
        };
        let processed = row
            .processed_date_time
            .filter(|processed| dates.contains(&processed.as_microsecond()));
        let code = not_blank(row.service_code.as_deref());
        let service = code.or_else(|| not_blank(row.service_name.as_deref()));
        let channel = not_blank(row.channel.as_deref());
        let (Some(processed), Some(service), Some(channel)) = (processed, service, channel) else {
            // The import reports what is wrong.
            seen.unclear.insert(customer);
            continue;
        };
        let of = (ServiceCode::from_name(service), Channel::from(channel));
        let deliveries = seen.deliveries.entry(of).or_insert_with(|| Deliveries {
            like: row,
            newest: processed,
            customers: HashSet::new(),
        });
        deliveries.newest = deliveries.newest.max(processed);
        deliveries.customers.insert(customer);
    }
    Ok(seen)
}

fn not_blank(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

fn empty<'a>(metric: Metric, deliveries: &'a Deliveries, customer: &'a Listed) -> Line<'a> {
    Line {
        processed_date_time: Some(deliveries.newest),
        service_code: deliveries.like.service_code.as_deref(),
        service_name: deliveries.like.service_name.as_deref(),
        channel: deliveries.like.channel.as_deref(),
        customer_tenant_id: Some(customer.id),
        customer_name: Some(&customer.name),
        customer_domain: customer.domain.as_deref(),
        product_id: None,
        product_name: None,
        figures: match metric {
            Metric::Usage => Figures::Usage {
                workload_code: None,
                workload_name: None,
                licenses_active: None,
                licenses_qualified: None,
            },
            Metric::Deployment => Figures::Deployment {
                licenses_deployed: None,
                licenses_sold: None,
            },
        },
    }
}
