//! Who may depend on whom, and who may name which library.

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

/// Which crates of this project each crate may use. What is not listed is not allowed.
const OURS: &[(&str, &[&str])] = &[
    ("seatwise-types", &[]),
    ("seatwise-portfolio", &[]),
    ("seatwise-client", &["seatwise-types"]),
    ("seatwise-store", &["seatwise-types"]),
    ("seatwise-server", &["seatwise-types", "seatwise-store"]),
    (
        "seatwise-collect",
        &["seatwise-types", "seatwise-client", "seatwise-store"],
    ),
    (
        "seatwise",
        &[
            "seatwise-types",
            "seatwise-portfolio",
            "seatwise-client",
            "seatwise-store",
            "seatwise-collect",
            "seatwise-server",
        ],
    ),
];

/// The crates that may name a library, by the beginning of the library's name.
const OWNERS: &[(&str, &[&str])] = &[
    ("datafusion", &["seatwise-store"]),
    ("deltalake", &["seatwise-store"]),
    ("arrow", &["seatwise-store"]),
    ("parquet", &["seatwise-store"]),
    ("object_store", &["seatwise-store"]),
    ("ballista", &["seatwise-store"]),
    ("axum", &["seatwise-server"]),
    ("tower", &["seatwise-server"]),
    ("jsonwebtoken", &["seatwise-server"]),
    ("tokio-rustls", &["seatwise-server"]),
    // The server asks issuers for their keys, and no server for anything else.
    ("reqwest", &["seatwise-client", "seatwise-server"]),
    // Rows that are kept for the next question.
    ("moka", &["seatwise-server"]),
    // How much memory the machine has.
    ("sysinfo", &["seatwise"]),
    // The kinds of its errors; who speaks TLS names reqwest or tokio-rustls.
    ("rustls", &["seatwise-client"]),
    ("clap", &["seatwise"]),
];

#[test]
fn dependencies_point_one_way() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .features(CargoOpt::AllFeatures)
        .no_deps()
        .exec()
        .unwrap();
    let packages = metadata.workspace_packages();
    assert_eq!(
        packages.len(),
        OURS.len(),
        "a crate is missing in this test"
    );
    let mut wrong = Vec::new();
    for package in packages {
        let allowed = OURS.iter().find(|(name, _)| *name == package.name.as_str());
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{} is not listed", package.name));
        // Tests may use what they like; what is built and shipped may not.
        let shipped = package
            .dependencies
            .iter()
            .filter(|it| it.kind != DependencyKind::Development);
        for dependency in shipped {
            let name = dependency.name.as_str();
            let owner = OWNERS.iter().find(|(prefix, _)| name.starts_with(prefix));
            let foreign = name.starts_with("seatwise") && !allowed.contains(&name);
            if foreign || owner.is_some_and(|(_, owners)| !owners.contains(&package.name.as_str()))
            {
                wrong.push(format!("{} must not use {name}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
