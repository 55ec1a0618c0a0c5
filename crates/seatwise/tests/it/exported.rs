//! `seatwise export`, and `seatwise import` of its folder.

use std::fs;
use std::path::Path;

use crate::process::{PARTNER, USAGE_HEADER, import, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_folder_of_an_export_can_be_imported_and_has_the_domains() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let data = path("data");
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"));
    let files = ["usage.csv", "deployment.csv"].map(|name| examples.join(name));
    import(&data, &[&files[0], &files[1]]).expect_success();
    let row = "2026-10-22,EXO,Exchange,o365,Office 365,reseller,\
        5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2,lumenmoor.example";
    fs::write(
        path("domains.csv"),
        format!("{USAGE_HEADER},customerDomain\n{row}\n"),
    )
    .unwrap();
    import(&data, &[&path("domains.csv")]).expect_success();

    // The newest figures and the customers' data, in one table.
    let customers =
        |exported: &Path| fs::read_to_string(exported.join(PARTNER).join("customers.csv")).unwrap();
    let export = |data: &Path, to: &Path, format: &str| {
        let args = ["export", "--data-dir", text(data), "--to", text(to)];
        run([&args[..], &["--format", format]].concat()).expect_success();
    };
    let first = path("first");
    export(&data, &first, "csv");
    assert!(customers(&first).contains(",lumenmoor.example\n"));
    for format in ["csv", "parquet"] {
        let [tables, again, second] = ["tables", "again", "second"]
            .map(|name| folder.path().join(format!("{name}-{format}")));
        export(&data, &tables, format);
        let imported = import(&again, &[&tables.join(PARTNER)]);
        let shown = imported.shown(folder.path());
        assert_eq!(imported.code, Some(0), "{shown}");
        let note = format!(
            "note: passed over DIR/tables-{format}/{PARTNER}/customers.{format}: it has the names \
             and domains of an export's customers, as the other files have too\n"
        );
        assert!(shown.contains(&note), "{shown}");
        export(&again, &second, "csv");
        for name in ["usage.csv", "deployment.csv", "customers.csv"] {
            let read =
                |exported: &Path| fs::read_to_string(exported.join(PARTNER).join(name)).unwrap();
            assert_eq!(read(&second), read(&first), "{name} by {format}");
        }
    }
    // This file alone cannot be imported.
    let alone = import(&data, &[&first.join(PARTNER).join("customers.csv")]);
    assert_eq!(alone.code, Some(7));
    assert!(
        alone.stderr.contains("it has the names and domains"),
        "{}",
        alone.stderr
    );
}
