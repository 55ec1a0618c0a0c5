//! Deliveries in the CSV format of the import.

use std::io::{self, Write};

use uuid::Uuid;

use crate::delivery::{Delivery, DeploymentRow, UsageRow};

/// The number of bytes to collect before a write.
const CHUNK: usize = 1 << 16;

/// A row as a line of CSV.
pub(crate) trait Line {
    /// The column names, as in Partner Center's commercial rows.
    const HEADER: &'static str;

    /// Appends the columns between processed date and service; empty without a row.
    fn put_workload(text: &mut Vec<u8>, row: Option<&Self>);

    fn product(&self) -> (Uuid, &'static str);

    fn counts(&self) -> (u64, u64);
}

impl Line for UsageRow {
    const HEADER: &'static str = "processedDateTime,workloadCode,workloadName,serviceCode,\
        serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,\
        licensesQualified\n";

    fn put_workload(text: &mut Vec<u8>, row: Option<&UsageRow>) {
        if let Some(row) = row {
            put_field(text, row.workload.code);
            text.push(b',');
            put_field(text, row.workload.name);
            text.push(b',');
        } else {
            text.extend_from_slice(b",,");
        }
    }

    fn product(&self) -> (Uuid, &'static str) {
        (self.product_id, self.product_name)
    }

    fn counts(&self) -> (u64, u64) {
        (self.licenses_active, self.licenses_qualified)
    }
}

impl Line for DeploymentRow {
    const HEADER: &'static str = "processedDateTime,serviceCode,serviceName,channel,\
        customerTenantId,customerName,productId,productName,licensesDeployed,licensesSold\n";

    fn put_workload(_: &mut Vec<u8>, _: Option<&DeploymentRow>) {}

    fn product(&self) -> (Uuid, &'static str) {
        (self.product_id, self.product_name)
    }

    fn counts(&self) -> (u64, u64) {
        (self.licenses_deployed, self.licenses_sold)
    }
}

/// Writes the header and the deliveries. Returns the number of lines after the header.
pub(crate) fn write<'a, Row: Line>(
    deliveries: impl Iterator<Item = Delivery<'a, Row>>,
    mut out: impl Write,
) -> io::Result<u64> {
    let mut text = Row::HEADER.as_bytes().to_vec();
    let mut lines = 0;
    // Format what all lines of a delivery share only once.
    let (mut processed, mut unit) = (Vec::new(), Vec::new());
    for delivery in deliveries {
        processed.clear();
        write!(processed, "{},", delivery.processed)?;
        unit.clear();
        put_unit(&mut unit, &delivery);
        for row in &delivery.rows {
            text.extend_from_slice(&processed);
            Row::put_workload(&mut text, Some(row));
            text.extend_from_slice(&unit);
            let (id, name) = row.product();
            put_guid(&mut text, id, delivery.capitals);
            text.push(b',');
            put_field(&mut text, name);
            let (part, whole) = row.counts();
            writeln!(text, ",{part},{whole}")?;
        }
        if delivery.rows.is_empty() {
            text.extend_from_slice(&processed);
            Row::put_workload(&mut text, None);
            text.extend_from_slice(&unit);
            text.extend_from_slice(b",,,\n");
        }
        lines += delivery.rows.len().max(1) as u64;
        if text.len() >= CHUNK {
            out.write_all(&text)?;
            text.clear();
        }
    }
    out.write_all(&text)?;
    out.flush()?;
    Ok(lines)
}

/// Appends the columns from service to customer.
fn put_unit<Row>(text: &mut Vec<u8>, delivery: &Delivery<'_, Row>) {
    for field in [
        delivery.service.code,
        delivery.service.name,
        delivery.channel,
    ] {
        put_field(text, field);
        text.push(b',');
    }
    put_guid(text, delivery.customer.id, delivery.capitals);
    text.push(b',');
    put_field(text, delivery.customer_name);
    text.push(b',');
}

fn put_guid(text: &mut Vec<u8>, id: Uuid, capitals: bool) {
    let mut digits = Uuid::encode_buffer();
    let id = id.hyphenated();
    let id = if capitals {
        id.encode_upper(&mut digits)
    } else {
        id.encode_lower(&mut digits)
    };
    text.extend_from_slice(id.as_bytes());
}

/// Appends a field, with quotes if needed.
fn put_field(text: &mut Vec<u8>, field: &str) {
    if field
        .bytes()
        .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
    {
        text.push(b'"');
        text.extend_from_slice(field.replace('"', "\"\"").as_bytes());
        text.push(b'"');
    } else {
        text.extend_from_slice(field.as_bytes());
    }
}
