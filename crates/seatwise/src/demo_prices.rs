//! Made-up prices, so that the demo shows the value of idle seats.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;

/// Product ids with a made-up price of a seat per month. Other products have no price, so that the
/// demo also shows seats without one.
const PRICES: [(&str, &str); 9] = [
    ("3b555118-da6a-4418-894f-7df1e2096870", "5.20"),
    ("f245ecc8-75af-4f8e-b61f-27d8114de5f3", "11.70"),
    ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "19.30"),
    ("18181a46-0d4e-45cd-891e-60aabd171b4e", "8.60"),
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "21.40"),
    ("05e9a617-0261-4cee-bb44-138d3ef5d965", "33.50"),
    ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "53.80"),
    ("4b9405b0-7788-4568-add1-99614e613b69", "3.70"),
    ("1e1a282c-9c54-43a2-9310-98ef728faace", "88.00"),
];

/// The price file of a demo whose history ends on this day. Prices are always valid. The terms end
/// half a year later.
pub(crate) fn price_file(last_day: Date) -> String {
    let term_end = last_day.saturating_add(6.months());
    let mut file = String::from("product,currency,pricePerSeatMonth,validFrom,termEnd\n");
    for (product, price) in PRICES {
        let _ = writeln!(file, "{product},EUR,{price},2000-01-01,{term_end}");
    }
    file
}
