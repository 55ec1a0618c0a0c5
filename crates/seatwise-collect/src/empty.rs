//! Deliveries without rows: of customers that the source lists and that have nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use seatwise_types::own::Metric;
use seatwise_types::{Channel, CustomerId, ProcessedDateTime, ServiceCode};
use serde::Deserialize;

use crate::CollectError;
use crate::line::{Figures, Line};

/// What a gathered row says about its delivery.
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
    /// A row of them: how they name the service, whichever way that came.
    like: Gathered,
    newest: ProcessedDateTime,
    customers: HashSet<CustomerId>,
}

/// Writes a delivery without rows for each customer and each service and channel of the gathered rows
/// in which it has none, with the newest processed date of that service and channel. Says how many.
///
/// The gathered file is read again, so that it does not matter in how many attempts it came together.
pub(crate) fn write_empty(
    metric: Metric,
    gathered: &Path,
    customers: &HashMap<CustomerId, String>,
    without_data: &HashSet<CustomerId>,
    to: &Path,
) -> Result<u64, CollectError> {
    let seen = read(gathered).map_err(CollectError::file("read", gathered))?;
    // In the order of their ids, so that the same collection makes the same file.
    let customers: BTreeMap<_, _> = customers.iter().collect();
    let mut count = 0;
    let mut write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(to)?);
        let mut line = Vec::new();
        for deliveries in seen.values() {
            for (customer, name) in &customers {
                if deliveries.customers.contains(*customer) || without_data.contains(*customer) {
                    continue;
                }
                line.clear();
                empty(metric, deliveries, **customer, name).write_to(&mut line)?;
                out.write_all(&line)?;
                count += 1;
            }
        }
        out.into_inner()?.sync_data()
    };
    write().map_err(CollectError::file("write", to))?;
    Ok(count)
}

fn read(gathered: &Path) -> std::io::Result<BTreeMap<(ServiceCode, Channel), Deliveries>> {
    let mut seen: BTreeMap<_, Deliveries> = BTreeMap::new();
    for line in BufReader::new(File::open(gathered)?).lines() {
        let row: Gathered = serde_json::from_str(&line?)?;
        let service = row.service_code.as_deref().or(row.service_name.as_deref());
        let (Some(processed), Some(customer), Some(service), Some(channel)) = (
            row.processed_date_time,
            row.customer_tenant_id,
            service,
            row.channel.as_deref(),
        ) else {
            // The import tells what is missing.
            continue;
        };
        let of = (ServiceCode::from_name(service), Channel::from(channel));
        let deliveries = seen.entry(of).or_insert_with(|| Deliveries {
            like: row,
            newest: processed,
            customers: HashSet::new(),
        });
        deliveries.newest = deliveries.newest.max(processed);
        deliveries.customers.insert(customer);
    }
    Ok(seen)
}

fn empty<'a>(
    metric: Metric,
    deliveries: &'a Deliveries,
    customer: CustomerId,
    name: &'a str,
) -> Line<'a> {
    Line {
        processed_date_time: Some(deliveries.newest),
        service_code: deliveries.like.service_code.as_deref(),
        service_name: deliveries.like.service_name.as_deref(),
        channel: deliveries.like.channel.as_deref(),
        customer_tenant_id: Some(customer),
        customer_name: Some(name),
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
