//! The two commands of the README share one build.

use std::collections::BTreeSet;
use std::process::Command;

/// All packages that cargo builds for a selection, with versions and features.
fn built_for(selection: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--format", "{p} {f}"])
        .args(selection)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let packages = String::from_utf8(output.stdout).unwrap();
    // Cargo marks packages that it has shown before.
    let packages = packages.lines().map(|line| line.trim_end_matches(" (*)"));
    packages.map(str::to_owned).collect()
}

#[test]
fn what_cargo_run_builds_cargo_test_uses() {
    let run = built_for(&["--edges", "normal,build"]);
    let test = built_for(&["--workspace", "--edges", "normal,build,dev"]);
    let again: Vec<_> = run.difference(&test).collect();
    assert!(again.is_empty(), "built twice: {again:#?}");
    assert!(run.iter().any(|it| it.starts_with("datafusion v")));
}

/// Each of these costs build time, and belongs to a default feature of DataFusion or deltalake.
#[test]
fn what_the_engine_does_not_need_is_not_built() {
    let built = built_for(&["--workspace", "--edges", "normal,build,dev"]);
    for name in ["bzip2", "datafusion-proto", "liblzma", "prost"] {
        let found = built.iter().find(|it| it.starts_with(&format!("{name} v")));
        assert_eq!(found, None);
    }
}
