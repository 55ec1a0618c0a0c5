//! The button on the data page: a real server collects from a real source.

use std::net::TcpListener;

use crate::collect::Source;
use crate::page_sign_in::{get, send_form, sign_in};
use crate::process::{PARTNER, Running, USAGE_HEADER, import, run};

#[test]
fn a_collection_that_is_requested_begins_at_once_and_leaves_the_schedule_as_it_is() {
    let source = Source::with(&["--customers", "5"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    source.collect(&data, &[]).expect_success();
    let server = source.collected_by_a_server(&data);
    let planned = source.status_when_waiting(&server, &data, 0);
    let cookie = sign_in(&server);
    let page = get(&server, "/data", &cookie);
    assert!(page.body.contains("Collect now"), "{}", page.body);

    let sent = send_form(&server, "/data/collect", &cookie);
    assert_eq!(sent.location(), "/data#collections");
    let status = source.status_when_waiting(&server, &data, 1);
    assert_eq!(
        status["collection"]["nextAt"],
        planned["collection"]["nextAt"]
    );
    assert_eq!(status["collection"]["requested"], false);
    let data_dir = data.to_str().unwrap();
    let runs = run(["runs", "--data-dir", data_dir, "--output", "json"]).expect_success();
    let runs: serde_json::Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2, "{runs}");
    assert_eq!(runs[1]["outcome"], "done");

    // The page lists both, with what they imported.
    let csv = get(&server, "/data?csv=collections", &cookie).body;
    assert_eq!(csv.matches(",done,5,").count(), 2, "{csv}");
    let csv = get(&server, "/data?csv=imports", &cookie).body;
    assert_eq!(csv.matches(",a collection,").count(), 4, "{csv}");
    let args = ["imports", "--data-dir", data_dir, "--output", "json"];
    let listed = run(args).expect_success();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["imports"]["totalCount"], 4);
    assert_eq!(listed["imports"]["items"][0]["way"], "collection");
}

#[test]
fn while_a_collection_is_at_work_the_page_says_so_and_requests_no_other() {
    // A source that accepts connections, but never responds.
    let source = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", source.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("usage.csv"));
    let row =
        "2026-10-21,EXO,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,N,,E3,1,2";
    std::fs::write(&file, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
    import(&data, &[&file]).expect_success();
    let options = [
        "--dev-identity",
        "--collect-every",
        "24h",
        "--collect-from",
        &url,
        "--collect-partner",
        PARTNER,
        "--collect-token",
        "opaque",
    ];
    let server = Running::serve_with(&data, &options);
    let cookie = sign_in(&server);
    let page = loop {
        let page = get(&server, "/data", &cookie).body;
        if page.contains("A collection is at work.") {
            break page;
        }
        std::thread::yield_now();
    };
    assert!(!page.contains("Collect now"), "{page}");
    let sent = send_form(&server, "/data/collect", &cookie);
    assert_eq!(sent.location(), "/data#collections");
    let page = get(&server, "/data", &cookie).body;
    assert!(page.contains("A collection is at work."), "{page}");
    assert!(page.contains("at work</td>"), "{page}");
    // It is still running, and no other one was requested.
    let metrics = String::from_utf8(server.get("/metrics", "").1).unwrap();
    assert!(
        metrics.contains("seatwise_collection_running 1"),
        "{metrics}"
    );
}
