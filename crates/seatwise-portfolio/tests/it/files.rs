//! The CSV files, parsed by another library.

use seatwise_portfolio::{Delivery, EdgeCase, UsageRow};

use crate::{deployment_csv, portfolio, restatement_csv, usage_csv};

#[test]
fn columns_are_those_of_the_commercial_rows() {
    let portfolio = portfolio(1, 0, 0);
    insta::assert_snapshot!(usage_csv(&portfolio), @"processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified");
    insta::assert_snapshot!(deployment_csv(&portfolio), @"processedDateTime,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesDeployed,licensesSold");
    assert_eq!(restatement_csv(&portfolio), usage_csv(&portfolio));
}

#[test]
fn usage_reads_back_as_it_was() {
    let portfolio = portfolio(2, 60, 35);
    let written: Vec<_> = portfolio
        .usage_deliveries()
        .flat_map(|it| usage_lines(&it))
        .collect();
    assert_eq!(read(&usage_csv(&portfolio)), written);
    let mut csv = Vec::new();
    assert_eq!(portfolio.usage_csv(&mut csv).unwrap(), written.len() as u64);
}

#[test]
fn deployment_reads_back_as_it_was() {
    let portfolio = portfolio(2, 60, 35);
    let mut lines = read(&deployment_csv(&portfolio)).into_iter();
    for delivery in portfolio.deployment_deliveries() {
        for row in &delivery.rows {
            let line = lines.next().unwrap();
            assert_eq!(line[0], delivery.processed.to_string());
            assert_eq!(line[5], delivery.customer_name);
            assert_eq!(line[6].parse::<uuid::Uuid>().unwrap(), row.product_id);
            assert_eq!(line[8], row.licenses_deployed.to_string());
            assert_eq!(line[9], row.licenses_sold.to_string());
        }
        if delivery.rows.is_empty() {
            let line = lines.next().unwrap();
            assert!(line[..6].iter().all(|field| !field.is_empty()));
            assert!(line[6..].iter().all(String::is_empty));
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn names_are_quoted_where_they_must_be() {
    let csv = usage_csv(&portfolio(1, 31, 1));
    assert!(csv.contains(",\"Fjord & Söhne, Ltd.\","));
    assert!(csv.contains(",\"The \"\"Quiet\"\" Teapot, & Daughters\","));
    assert!(csv.contains(",=2+3 Bakery,"));
    assert!(csv.contains(",EXCHANGE ONLINE (PLAN 1),"));
}

#[test]
fn ids_are_in_capitals_where_the_case_says_so() {
    let portfolio = portfolio(1, 31, 4);
    let in_capitals = |case: EdgeCase| -> Vec<bool> {
        let id = portfolio.customers()[case.customer() as usize].id;
        let of_case = |line: &Vec<String>| line[6].parse() == Ok(id);
        let lines = read(&usage_csv(&portfolio)).into_iter().filter(of_case);
        lines
            .map(|line| line[6] == line[6].to_uppercase() && line[8] == line[8].to_uppercase())
            .collect()
    };
    assert!(
        in_capitals(EdgeCase::CapitalIds)
            .iter()
            .all(|capitals| *capitals)
    );
    assert!(in_capitals(EdgeCase::Late).iter().all(|capitals| !capitals));
    let sometimes = in_capitals(EdgeCase::SometimesCapitalIds);
    assert!(sometimes.contains(&true) && sometimes.contains(&false));
}

fn read(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// The fields of the lines of a delivery, before CSV.
fn usage_lines(delivery: &Delivery<'_, UsageRow>) -> Vec<Vec<String>> {
    let id = |id: uuid::Uuid| {
        let id = id.to_string();
        if delivery.capitals {
            id.to_uppercase()
        } else {
            id
        }
    };
    let line = |workload: [&str; 2], rest: [String; 4]| {
        let mut fields = vec![delivery.processed.to_string()];
        fields.extend(workload.map(str::to_owned));
        let service = [
            delivery.service.code,
            delivery.service.name,
            delivery.channel,
        ];
        fields.extend(service.map(str::to_owned));
        fields.extend([id(delivery.customer.id), delivery.customer_name.to_owned()]);
        fields.extend(rest);
        fields
    };
    if delivery.rows.is_empty() {
        return vec![line(["", ""], [const { String::new() }; 4])];
    }
    let rows = delivery.rows.iter().map(|row| {
        let counts = [
            row.licenses_active.to_string(),
            row.licenses_qualified.to_string(),
        ];
        let [active, qualified] = counts;
        let product = row.product_name.to_owned();
        line(
            [row.workload.code, row.workload.name],
            [id(row.product_id), product, active, qualified],
        )
    });
    rows.collect()
}
