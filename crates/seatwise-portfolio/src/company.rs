//! Made-up company names.

use crate::seeded_hash::SeededHash;

// The names are whimsical, so that they are clearly made up. Some have letters beyond ASCII, and
// some need quotes in CSV, like real names.
const MOODS: &[&str] = &[
    "Velvet",
    "Umbral",
    "Brisk",
    "Copper",
    "Drowsy",
    "Gilded",
    "Humble",
    "Indigo",
    "Jolly",
    "Lunar",
    "Mossy",
    "Nimble",
    "Opal",
    "Paper",
    "Quilted",
    "Rusty",
    "Silent",
    "Tangled",
    "Upside-Down",
    "Wandering",
    "Zigzag",
    "Thrice-Folded",
    "Seventh",
    "Left-Handed",
    "Grüne",
    "Żółta",
    "Brûlée",
    "Blå",
    "Tiefblaue",
    "Señorial",
];
const CREATURES: &[&str] = &[
    "Walrus",
    "Otter",
    "Heron",
    "Badger",
    "Lantern",
    "Teapot",
    "Comet",
    "Kettle",
    "Magpie",
    "Newt",
    "Octopus",
    "Pangolin",
    "Quokka",
    "Raven",
    "Snail",
    "Tortoise",
    "Unicorn",
    "Wombat",
    "Yak",
    "Zeppelin",
    "Umbrella",
    "Sextant",
    "Käuzchen",
    "Ñandú",
    "Ørret",
    "Žába",
    "Αλεπού",
    "Сова",
    "かもめ",
    "Écureuil",
];
const TRADES: &[&str] = &[
    "Submarine Repairs",
    "Cartography",
    "Lighthouse Works",
    "Cloud Polishing",
    "Bakery",
    "Clock Winding",
    "Puddle Surveying",
    "Kite Forwarding",
    "Marble Sorting",
    "Tuba Rental",
    "Moonlight Storage",
    "Ladder Logistics",
    "Whistle Foundry",
    "Button Exchange",
    "Fog Insurance",
    "Hammock Design",
    "Riddle Consulting",
    "Sandcastle Construction",
    "Echo Recording",
    "Snow Globe Dispatch",
    "Umbrella Leasing",
    "Weather Tailoring",
    "Zipper Institute",
    "Postcard Archive",
    "Pillow Engineering",
    "Rainbow Maintenance",
];
const FORMS: &[&str] = &[
    "Ltd.",
    "GmbH",
    "AB",
    "S.A.",
    "Inc.",
    "B.V.",
    "Oy",
    "K.K.",
    "LLC",
    "Sp. z o.o.",
    "ApS",
    "Pty",
];

pub(crate) fn name(hash: SeededHash) -> String {
    let mood = hash.of("mood").pick(MOODS);
    let creature = hash.of("creature").pick(CREATURES);
    let trade = hash.of("trade").pick(TRADES);
    let form = hash.of("form").pick(FORMS);
    match hash.of("pattern").below(20) {
        0..=10 => format!("{mood} {creature} {trade} {form}"),
        11..=13 => format!("{mood} {creature} {trade}, {form}"),
        14..=16 => {
            let partner = hash.of("partner").pick(CREATURES);
            format!("{creature} & {partner} {trade} {form}")
        }
        17 => format!("\"{mood} {creature}\" {trade} {form}"),
        _ => format!("{mood} {creature} {trade}"),
    }
}
