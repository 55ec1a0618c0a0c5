//! Splitting of a table's rows into portions that fit in memory for sorting.

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use jiff::civil::Date;

use crate::model::days::day;
use crate::table::session::plan;

/// SQL conditions, each for a portion of the table `facts`. Each row meets exactly one. Portions
/// are sorted by processed date and, within a date, by customer.
///
/// A portion has at most `at_once` rows, unless one customer has more on one day.
pub(crate) async fn portions(
    session: &SessionContext,
    at_once: u64,
) -> Result<Vec<String>, DataFusionError> {
    let mut portions = Vec::new();
    for (days, rows) in packed(rows_of_days(session).await?, at_once) {
        let [first, last] = days;
        if first == last && rows > at_once {
            let customers = packed(rows_of_customers(session, first).await?, at_once);
            portions.extend(customers.into_iter().map(|([from, to], _)| {
                format!(
                    "processed_date = date '{first}'
                     and customer_tenant_id between '{from}' and '{to}'"
                )
            }));
        } else {
            portions.push(format!(
                "processed_date between date '{first}' and date '{last}'"
            ));
        }
    }
    Ok(portions)
}

/// Combines neighbours while they have at most `at_once` rows: returns their first and last key,
/// and their number of rows.
fn packed<K: Clone>(keys: Vec<(K, u64)>, at_once: u64) -> Vec<([K; 2], u64)> {
    let mut packed: Vec<([K; 2], u64)> = Vec::new();
    for (key, rows) in keys {
        match packed.last_mut() {
            Some(([_, last], so_far)) if *so_far + rows <= at_once => {
                *last = key;
                *so_far += rows;
            }
            _ => packed.push(([key.clone(), key], rows)),
        }
    }
    packed
}

/// The number of rows of each processed date.
async fn rows_of_days(session: &SessionContext) -> Result<Vec<(Date, u64)>, DataFusionError> {
    let sql = "select processed_date, count(*) from facts group by 1 order by 1";
    let mut days = Vec::new();
    for batch in plan(session, sql).await?.collect().await? {
        let dates = batch.column(0).as_primitive::<Date32Type>().values();
        let counts = batch.column(1).as_primitive::<Int64Type>().values();
        let each = dates.iter().zip(counts);
        days.extend(each.map(|(date, rows)| (day(*date), rows.cast_unsigned())));
    }
    Ok(days)
}

/// The number of rows of each customer on a day.
async fn rows_of_customers(
    session: &SessionContext,
    of: Date,
) -> Result<Vec<(String, u64)>, DataFusionError> {
    let sql = format!(
        "select customer_tenant_id, count(*) from facts where processed_date = date '{of}'
         group by 1 order by 1"
    );
    let mut customers = Vec::new();
    for batch in plan(session, &sql).await?.collect().await? {
        let ids = cast(batch.column(0), &DataType::Utf8)?;
        let counts = batch.column(1).as_primitive::<Int64Type>().values();
        let each = ids.as_string::<i32>().iter().flatten().zip(counts);
        customers.extend(each.map(|(id, rows)| (id.to_owned(), rows.cast_unsigned())));
    }
    Ok(customers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_portion_while_it_has_room() {
        let keys = vec![('a', 2), ('b', 1), ('c', 1), ('d', 9), ('e', 3)];
        let expected = vec![
            (['a', 'b'], 3),
            (['c', 'c'], 1),
            (['d', 'd'], 9),
            (['e', 'e'], 3),
        ];
        assert_eq!(packed(keys, 3), expected);
        assert_eq!(packed(Vec::<(char, u64)>::new(), 3), vec![]);
    }
}
