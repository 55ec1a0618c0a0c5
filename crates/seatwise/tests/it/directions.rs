//! Allowed dependencies: between crates, on libraries, and between rooms of the store.

use std::path::Path;

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

/// The crates of this project that each crate can use. All others are forbidden.
const OURS: &[(&str, &[&str])] = &[
    ("seatwise-types", &[]),
    ("seatwise-portfolio", &[]),
    ("seatwise-client", &["seatwise-types"]),
    ("seatwise-store", &["seatwise-types"]),
    // Tests only.
    ("seatwise-store-tests", &[]),
    ("seatwise-server", &["seatwise-types", "seatwise-store"]),
    (
        "seatwise-emulator",
        &["seatwise-types", "seatwise-store", "seatwise-server"],
    ),
    (
        "seatwise-web",
        &["seatwise-types", "seatwise-store", "seatwise-server"],
    ),
    (
        "seatwise-collect",
        &["seatwise-types", "seatwise-client", "seatwise-store"],
    ),
    (
        "seatwise-service",
        &[
            "seatwise-types",
            "seatwise-client",
            "seatwise-store",
            "seatwise-collect",
            "seatwise-emulator",
            "seatwise-server",
        ],
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
            "seatwise-service",
            "seatwise-emulator",
            "seatwise-web",
        ],
    ),
];

/// The crates that can name a library, by the prefix of its name.
const OWNERS: &[(&str, &[&str])] = &[
    ("datafusion", &["seatwise-store"]),
    ("deltalake", &["seatwise-store"]),
    ("arrow", &["seatwise-store"]),
    ("parquet", &["seatwise-store"]),
    ("object_store", &["seatwise-store"]),
    ("ballista", &["seatwise-store"]),
    // Pages and the emulator are routes of the server.
    (
        "axum",
        &["seatwise-server", "seatwise-emulator", "seatwise-web"],
    ),
    ("askama", &["seatwise-web"]),
    // Schemas of types, for the server's document.
    ("schemars", &["seatwise-types", "seatwise-server"]),
    ("tower", &["seatwise-server"]),
    // The emulator signs tokens for tests.
    ("jsonwebtoken", &["seatwise-server", "seatwise-emulator"]),
    ("tokio-rustls", &["seatwise-server"]),
    // The server fetches issuers' keys and tokens with it.
    ("reqwest", &["seatwise-client", "seatwise-server"]),
    // Caches of snapshots, and of what pages make from them.
    ("moka", &["seatwise-server", "seatwise-web"]),
    // The memory of the machine.
    ("sysinfo", &["seatwise"]),
    // The kinds of its errors. TLS itself comes through reqwest or tokio-rustls.
    ("rustls", &["seatwise-client"]),
    ("clap", &["seatwise"]),
];

/// The rooms of the store, and the rooms that each can use. All others are forbidden.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("table", &["model"]),
    ("ingest", &["model", "table"]),
    ("ledger", &["model", "table"]),
    ("query", &["model", "table", "ledger"]),
    ("upkeep", &["model", "table", "ingest", "ledger", "query"]),
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
        // Tests can use any crate; shipped code cannot.
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

#[test]
fn rooms_of_the_store_use_only_those_that_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seatwise-store/src");
    let files = sources(&src);
    let mut wrong = Vec::new();
    for file in &files {
        let uses = |room: &str| room == file.room || file.allowed.contains(&room);
        for name in root_names(&file.code, file.depth) {
            let is_room = ROOMS.iter().any(|(room, _)| *room == name);
            if !is_room {
                wrong.push(format!(
                    "{} names `{name}` through the root of the crate: name it where it is",
                    file.name
                ));
            } else if !uses(name) {
                wrong.push(format!("{} must not use the room `{name}`", file.name));
            }
        }
        // Calling a method of the store uses the room that defines it, without naming it.
        let others = files.iter().filter(|other| !uses(other.room));
        for other in others {
            let called = |name: &&str| file.code.contains(&format!(".{name}("));
            wrong.extend(methods_of_store(&other.code).filter(called).map(|name| {
                format!(
                    "{} must not call `Store::{name}` of {}",
                    file.name, other.name
                )
            }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_room_is_seen_in_every_form_of_a_path() {
    let code = code(
        "use crate::table::{\n    disk::share,\n    store::Store,\n};
use crate::{\n    Kind,\n    model::{days::day, kind::Kind as K},\n    self as root,\n};
pub(crate) fn of(it: &crate::query::snapshot::Snapshot) {} // crate::comment::no
/// [`Store`](crate::doc::no)
type A = Vec<super::super::upkeep::erase::Erase>;
use super::store::Store;
pub use crate::*;
#[cfg(test)]
mod tests {
    use crate::test::no;
}
",
    );
    let mut names = root_names(&code, 2);
    names.sort_unstable();
    let expected = ["*", "Kind", "model", "query", "self", "table", "upkeep"];
    assert_eq!(names, expected);
}

#[test]
fn a_method_of_the_store_is_seen_if_others_can_call_it() {
    let code = "impl Table {
    pub(crate) fn no(&self) {}
}

impl Store {
    pub async fn erase(
        &self,
    ) {
        self.help();
    }

    pub(crate) fn note<T>(&self) {}

    fn help(&self) {}
}
";
    let methods: Vec<&str> = methods_of_store(code).collect();
    assert_eq!(methods, ["erase", "note"]);
}

/// A file of the store.
struct Source {
    /// The path below `src`.
    name: String,
    room: &'static str,
    allowed: &'static [&'static str],
    /// The number of modules between it and the root of the crate.
    depth: usize,
    code: String,
}

/// All files of the store, except `lib.rs`, which is outside the rooms.
fn sources(src: &Path) -> Vec<Source> {
    let files = crate::circles::sources(src).into_iter();
    let files = files.filter(|(name, _)| name != "lib.rs");
    let found: Vec<Source> = files
        .map(|(name, text)| {
            let parts: Vec<&str> = name.split('/').collect();
            let room = ROOMS.iter().find(|(room, _)| *room == parts[0]);
            let (room, allowed) = room.unwrap_or_else(|| panic!("{name} is in no room"));
            let is_mod = parts.last() == Some(&"mod.rs");
            Source {
                room,
                allowed,
                depth: parts.len() - usize::from(is_mod),
                code: code(&text),
                name,
            }
        })
        .collect();
    for (room, _) in ROOMS {
        let is_there = found.iter().any(|file| file.room == *room);
        assert!(is_there, "the room `{room}` has no files");
    }
    found
}

/// A file without comments and unit tests.
fn code(text: &str) -> String {
    let end = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..end].lines();
    let code = lines.map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    code.collect::<Vec<_>>().join("\n")
}

/// The first names of all paths from the root of the crate.
fn root_names(code: &str, depth: usize) -> Vec<&str> {
    let mut names = Vec::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&root) {
            let is_start = !code[..at].ends_with(|sign: char| is_of_name(sign) || sign == ':');
            if is_start {
                names.extend(first_names(&code[at + root.len()..]));
            }
        }
    }
    names
}

/// The first name of each path after `crate::`: one, or several in braces.
fn first_names(tree: &str) -> Vec<&str> {
    let name = |text: &str| match text.find(|sign| !is_of_name(sign)) {
        Some(0) => 1,
        end => end.unwrap_or(text.len()),
    };
    if !tree.starts_with('{') {
        return vec![&tree[..name(tree)]];
    }
    let (mut open, mut begins, mut names) = (0, true, Vec::new());
    for (at, sign) in tree.char_indices() {
        match sign {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => begins = true,
            _ if begins && !sign.is_whitespace() => {
                names.push(&tree[at..at + name(&tree[at..])]);
                begins = false;
            }
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    names
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The methods of `Store` that a file defines for other files.
fn methods_of_store(code: &str) -> impl Iterator<Item = &str> {
    let blocks = code.split("\nimpl Store {\n").skip(1);
    let blocks = blocks.map(|block| block.split("\n}").next().unwrap_or(block));
    let for_others = |line: &&str| line.trim_start().starts_with("pub");
    let functions = blocks.flat_map(str::lines).filter(for_others);
    functions.filter_map(|line| line.split_once("fn ")?.1.split(['(', '<']).next())
}
