//! Files use each other one way: none uses a file that uses it, directly or through others.
//!
//! The test reads the names in the sources, and follows those that the root of a crate or a `mod.rs`
//! only hands on to the file that has them. Unit tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The crates whose files have no circles.
const CRATES: &[&str] = &[
    "seatwise-types",
    "seatwise-client",
    "seatwise-store",
    "seatwise-collect",
    "seatwise-server",
    "seatwise-emulator",
    "seatwise-service",
];

#[test]
fn files_use_each_other_one_way() {
    for name in CRATES {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{name}/src"));
        let sources = sources(&src);
        assert!(sources.len() > 1, "{name} has no files");
        let circles = circles(Modules::of(&sources).uses());
        assert!(circles.is_empty(), "{name}:\n{}", circles.join("\n"));
    }
}

#[test]
fn a_use_is_seen_in_every_form() {
    let sources = [
        (
            "lib.rs",
            "mod a; mod b; mod c; pub use b::Made as Given; pub use a::Kept;",
        ),
        (
            "a.rs",
            "use crate::Given; // crate::c::comment
             /// [`Given`](crate::c::doc)
             pub struct Kept(Given);
             #[cfg(test)]
             mod tests { use crate::c::Unseen; }",
        ),
        (
            "b/mod.rs",
            "mod one; mod two; pub use self::one::Made; use two::all;",
        ),
        (
            "b/one.rs",
            "use super::{two::{self, Other as It}}; fn f() { two::f() }",
        ),
        (
            "b/two.rs",
            "fn f() { println!(\"crate::a::Text {}\", super::super::c::F) }",
        ),
        (
            "c.rs",
            "use crate::{b::Made, Kept}; type A = Vec<crate::c::Own>;",
        ),
    ];
    let sources = sources.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let uses = Modules::of(&sources.into()).uses();
    let seen: Vec<String> = uses
        .iter()
        .flat_map(|(file, used)| used.iter().map(move |used| format!("{file} -> {used}")))
        .collect();
    let expected = [
        "a.rs -> b/one.rs",
        "b/mod.rs -> b/two.rs",
        "b/one.rs -> b/two.rs",
        "b/two.rs -> c.rs",
        "c.rs -> a.rs",
        "c.rs -> b/one.rs",
    ];
    assert_eq!(seen, expected);
    let in_circles = [
        "a.rs -> b/one.rs",
        "b/one.rs -> b/two.rs",
        "b/two.rs -> c.rs",
    ];
    assert_eq!(circles(uses)[..3], in_circles);
}

/// All files below a folder: path and text.
pub(crate) fn sources(src: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let (inside, files): (Vec<PathBuf>, Vec<_>) = paths.partition(|path| path.is_dir());
        folders.extend(inside);
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(|it| it == "rs"))
        {
            let name = file.strip_prefix(src).unwrap().to_str().unwrap();
            found.insert(name.replace('\\', "/"), fs::read_to_string(file).unwrap());
        }
    }
    found
}

/// The names of a path, such as `crate::table::Store`.
type Names = Vec<String>;

/// The modules of a crate, by their path from its root.
struct Modules(BTreeMap<Names, Module>);

#[derive(Default)]
struct Module {
    file: String,
    /// The names that it hands on with `pub use`, and where they are.
    hands_on: BTreeMap<String, Names>,
    /// All other paths in it, as they are written.
    paths: Vec<Names>,
    /// The names that its `use`s bring in.
    brought_in: BTreeMap<String, Names>,
}

impl Modules {
    fn of(sources: &BTreeMap<String, String>) -> Self {
        let modules = sources.iter().map(|(file, text)| {
            let mut path: Names = file
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            path.pop_if(|last| last == "mod" || last == "lib");
            let module = Module {
                file: file.clone(),
                ..Module::read(text)
            };
            (path, module)
        });
        Self(modules.collect())
    }

    /// The files that each file uses.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, module) in &self.0 {
            let absolute = module
                .paths
                .iter()
                .filter_map(|path| self.absolute(at, module, path));
            let used = absolute.filter_map(|path| self.file_of(path));
            let used = used.filter(|file| *file != module.file).map(str::to_owned);
            uses.entry(module.file.clone()).or_default().extend(used);
        }
        uses
    }

    /// A path from the root of the crate; `None` if it is not of this crate.
    fn absolute(&self, at: &Names, module: &Module, path: &Names) -> Option<Names> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let child = || self.0.contains_key(&[&at[..], &path[..1]].concat());
        Some(match path[0].as_str() {
            "crate" => path[1..].to_vec(),
            "self" => [&at[..], &path[1..]].concat(),
            "super" => [at.get(..at.len().checked_sub(supers)?)?, &path[supers..]].concat(),
            name => match module.brought_in.get(name) {
                Some(from) if from[0] != name => {
                    self.absolute(at, module, &[&from[..], &path[1..]].concat())?
                }
                _ if child() => [&at[..], path].concat(),
                _ => return None,
            },
        })
    }

    /// The file that has what a path names; `None` if the path names a module itself, because only
    /// what is used through it counts.
    fn file_of(&self, path: Names) -> Option<&str> {
        let lengths = (0..=path.len()).rev();
        let (length, module) = lengths
            .filter_map(|length| Some((length, self.0.get(&path[..length])?)))
            .next()?;
        let name = path.get(length)?;
        match module.hands_on.get(name) {
            Some(from) => {
                let at = path[..length].to_vec();
                let path = [&from[..], &path[length + 1..]].concat();
                self.file_of(self.absolute(&at, module, &path)?)
            }
            None => Some(&module.file),
        }
    }
}

impl Module {
    fn read(text: &str) -> Self {
        let end = text.match_indices("#[cfg(test)]").find(|(at, _)| {
            let after = text[*at..].lines().nth(1).unwrap_or_default();
            after.contains("mod tests")
        });
        let text = end.map_or(text, |(end, _)| &text[..end]);
        let mut words = Vec::new();
        flatten(text.parse().unwrap(), &mut words);
        let mut module = Self::default();
        let mut at = 0;
        while at < words.len() {
            if words[at] == "use" {
                let is_public = at > 0 && (words[at - 1] == "pub" || words[at - 1] == ")");
                at += 1;
                module.read_use(&words, &mut at, Vec::new(), is_public);
            } else if is_name(&words[at]) && words.get(at + 1).is_some_and(|next| next == "::") {
                let mut path = vec![words[at].clone()];
                while words.get(at + 1).is_some_and(|next| next == "::")
                    && words.get(at + 2).is_some_and(|next| is_name(next))
                {
                    path.push(words[at + 2].clone());
                    at += 2;
                }
                module.paths.push(path);
                at += 1;
            } else {
                at += 1;
            }
        }
        module
    }

    /// Reads what follows `use`, up to the end of this branch of its tree.
    fn read_use(&mut self, words: &[String], at: &mut usize, mut path: Names, is_public: bool) {
        loop {
            let word = &words[*at];
            *at += 1;
            match word.as_str() {
                "{" => {
                    while words[*at] != "}" {
                        self.read_use(words, at, path.clone(), is_public);
                        *at += usize::from(words[*at] == ",");
                    }
                    *at += 1;
                    return;
                }
                "::" => {}
                name => path.push(name.to_owned()),
            }
            if words[*at] != "::" && word != "::" {
                break;
            }
        }
        path.pop_if(|last| last == "self");
        let mut alias = path.last().cloned().unwrap_or_default();
        if words[*at] == "as" {
            alias.clone_from(&words[*at + 1]);
            *at += 2;
        }
        if is_public {
            self.hands_on.insert(alias, path);
        } else {
            self.brought_in.insert(alias, path.clone());
            self.paths.push(path);
        }
    }
}

/// The words of a source, without comments and texts.
fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    let mut colon = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    _ => ("(", ")"),
                };
                // Texts in documentation are attributes.
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' => {
                if colon {
                    words.push("::".to_owned());
                }
                colon = !colon;
                continue;
            }
            TokenTree::Literal(_) => words.push("\"\"".to_owned()),
            other => words.push(other.to_string()),
        }
        colon = false;
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}

/// The uses between files that are in a circle, or lie between two.
fn circles(mut uses: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let files: BTreeSet<String> = uses.keys().cloned().collect();
        let used: BTreeSet<String> = uses.values().flatten().cloned().collect();
        uses.retain(|file, _| used.contains(file));
        uses.values_mut()
            .for_each(|used| used.retain(|file| files.contains(file)));
        uses.retain(|_, used| !used.is_empty());
        if uses.len() == files.len() {
            break;
        }
    }
    uses.iter()
        .flat_map(|(file, used)| used.iter().map(move |used| format!("{file} -> {used}")))
        .collect()
}
