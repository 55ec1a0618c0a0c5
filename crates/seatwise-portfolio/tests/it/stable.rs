//! Stability: the same bytes from the same seed, and what stays when the recipe grows.

use std::collections::HashSet;

use jiff::ToSpan;
use seatwise_portfolio::{Portfolio, Recipe};
use xxhash_rust::xxh3::xxh3_64;

use crate::{deployment_csv, portfolio, recipe, restatement_csv, usage_csv};

/// If this fails, all demos, benchmarks and emulators have other figures, and tests that depend on
/// them must change.
#[test]
fn the_bytes_are_pinned() {
    let portfolio = portfolio(1, 40, 90);
    let hash = |csv: String| format!("{} bytes, {:016x}", csv.len(), xxh3_64(csv.as_bytes()));
    insta::assert_snapshot!(hash(usage_csv(&portfolio)), @"20016034 bytes, 7598ff87835423b5");
    insta::assert_snapshot!(hash(deployment_csv(&portfolio)), @"8019679 bytes, 81ee03500b22d11c");
    insta::assert_snapshot!(hash(restatement_csv(&portfolio)), @"109375 bytes, 3a8199b12a0c4bd1");
    insta::assert_snapshot!(portfolio.partner_id(), @"3551480e-dd16-44af-9f36-5a86e3c418ad");
}

#[test]
fn the_first_customer_is_pinned() {
    let portfolio = portfolio(1, 1, 1);
    insta::assert_snapshot!(usage_csv(&portfolio), @r#"
    processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesActive,licensesQualified
    2026-03-26T00:00:00,EXO,Exchange,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,72,102
    2026-03-26T00:00:00,SPO,SharePoint,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,45,102
    2026-03-26T00:00:00,SFB,Skype For Business,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,9,102
    2026-03-26T00:00:00,TEAMS,Teams,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,55,102
    2026-03-26T00:00:00,YAM,Yammer,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,7,102
    2026-03-26T00:00:00,EXO,Exchange,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,14,18
    2026-03-26T00:00:00,SPO,SharePoint,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,9,18
    2026-03-26T00:00:00,SFB,Skype For Business,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,1,18
    2026-03-26T00:00:00,TEAMS,Teams,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,7,18
    2026-03-26T00:00:00,YAM,Yammer,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,2,18
    2026-03-26T00:00:00,EXO,Exchange,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,13,17
    2026-03-26T00:00:00,SPO,SharePoint,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,4,17
    2026-03-26T00:00:00,SFB,Skype For Business,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,1,17
    2026-03-26T00:00:00,TEAMS,Teams,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,10,17
    2026-03-26T00:00:00,YAM,Yammer,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,2,17
    "#);
    insta::assert_snapshot!(deployment_csv(&portfolio), @r#"
    processedDateTime,serviceCode,serviceName,channel,customerTenantId,customerName,productId,productName,licensesDeployed,licensesSold
    2026-03-31T04:04:09.72,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",3b555118-da6a-4418-894f-7df1e2096870,OFFICE 365 BUSINESS ESSENTIALS,79,102
    2026-03-31T04:04:09.72,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46,MICROSOFT 365 BUSINESS,15,18
    2026-03-31T04:04:09.72,o365,Microsoft Office 365,reseller,e5eff938-585c-4423-9c6d-afcfd63b9ff8,"Seventh Comet Zipper Institute, Ltd.",6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3,14,17
    "#);
}

#[test]
fn another_seed_makes_another_partner() {
    let (one, other) = (portfolio(1, 40, 3), portfolio(2, 40, 3));
    assert_ne!(one.partner_id(), other.partner_id());
    let ids: HashSet<_> = one.customers().iter().map(|it| it.id).collect();
    assert!(other.customers().iter().all(|it| !ids.contains(&it.id)));
}

#[test]
fn more_customers_add_customers() {
    let few = 33;
    let large = portfolio(5, 80, 40);
    let small = portfolio(5, few, 40);
    let of_the_few: Vec<_> = large
        .usage_deliveries()
        .filter(|it| it.customer.index < few)
        .map(|it| line(&it))
        .collect();
    let all: Vec<_> = small.usage_deliveries().map(|it| line(&it)).collect();
    assert_eq!(of_the_few, all);
}

#[test]
fn more_days_add_older_days() {
    for csv in [usage_csv, deployment_csv] {
        let (long, short) = (csv(&portfolio(5, 40, 50)), csv(&portfolio(5, 40, 20)));
        let (_, newest) = short.split_once('\n').unwrap();
        assert!(long.ends_with(newest));
        assert!(long.len() > 2 * short.len());
    }
}

#[test]
fn a_later_last_day_adds_newer_days_to_ordinary_customers() {
    let today = recipe(5, 60, 10);
    let tomorrow = Recipe {
        last_day: today.last_day + 1.day(),
        days: 11,
        ..today
    };
    let (today, tomorrow) = (Portfolio::new(today), Portfolio::new(tomorrow));
    let later: HashSet<_> = tomorrow.usage_deliveries().map(|it| line(&it)).collect();
    let ordinary = today
        .usage_deliveries()
        .filter(|it| it.customer.case().is_none());
    let (kept, moved): (Vec<_>, Vec<_>) = ordinary.partition(|it| later.contains(&line(it)));
    assert!(
        kept.len() > 9 * moved.len(),
        "{} kept, {} moved",
        kept.len(),
        moved.len()
    );
}

fn line<Row: std::fmt::Debug>(it: &seatwise_portfolio::Delivery<'_, Row>) -> String {
    format!(
        "{} {} {} {} {:?}",
        it.customer.id, it.processed, it.service.code, it.channel, it.rows
    )
}
