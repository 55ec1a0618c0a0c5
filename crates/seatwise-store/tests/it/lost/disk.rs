//! A disk in memory that forgets what was not synced.
//!
//! It promises less than any file system does: data of a file is kept when the file is synced, and
//! names in a folder when the folder is synced. All else may be lost in a power cut, or not, in any
//! order.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A file or folder, whatever its names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    File(usize),
    Folder(usize),
}

/// The folder of all others.
pub(super) const ROOT: Node = Node::Folder(0);

/// A change that a power cut can undo until it is synced.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// A file keeps its first bytes, and others follow.
    Content {
        file: Node,
        keeps: usize,
        added: Arc<[u8]>,
    },
    /// Names of a folder that have another node now, or none. Either all of them change or none.
    Names {
        folder: Node,
        names: Vec<(String, Option<Node>)>,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Change(Change),
    /// The content of a file, or the names in a folder, are on the disk.
    Sync(Node),
}

/// Files and folders.
#[derive(Clone, Default)]
pub(super) struct Tree {
    contents: HashMap<Node, Arc<[u8]>>,
    names: HashMap<Node, BTreeMap<String, Node>>,
}

/// What a power cut leaves of a change that is not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    All,
    /// The first half of the added bytes.
    Half,
    /// As many bytes as were added, which are all zero.
    Zeros,
}

/// All files (`Some`) and folders (`None`) below the root by their paths.
pub(super) type Image = BTreeMap<String, Option<Arc<[u8]>>>;

impl Tree {
    /// The files and folders that are on a real disk.
    pub(super) fn read(folder: &Path, new: &mut impl FnMut(bool) -> Node) -> Self {
        let mut tree = Self::default();
        tree.read_into(ROOT, folder, new);
        tree
    }

    fn read_into(&mut self, to: Node, folder: &Path, new: &mut impl FnMut(bool) -> Node) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let node = new(path.is_dir());
            self.names.entry(to).or_default().insert(name, node);
            match node {
                Node::File(_) => drop(self.contents.insert(node, fs::read(&path).unwrap().into())),
                Node::Folder(_) => self.read_into(node, &path, new),
            }
        }
    }

    pub(super) fn content(&self, file: Node) -> &[u8] {
        self.contents.get(&file).map_or(&[], |content| content)
    }

    pub(super) fn names(&self, folder: Node) -> impl Iterator<Item = (&String, Node)> {
        let names = self.names.get(&folder).into_iter().flatten();
        names.map(|(name, node)| (name, *node))
    }

    pub(super) fn node(&self, folder: Node, name: &str) -> Option<Node> {
        self.names.get(&folder)?.get(name).copied()
    }

    pub(super) fn apply(&mut self, change: &Change, left: Left) {
        match change {
            _ if left == Left::Nothing => {}
            Change::Content { file, keeps, added } => {
                let mut content = self.content(*file).to_vec();
                // A part before it may be lost, and reads as zeros then.
                content.resize(*keeps, 0);
                match left {
                    Left::Zeros => content.resize(keeps + added.len(), 0),
                    Left::Half => content.extend_from_slice(&added[..added.len() / 2]),
                    _ => content.extend_from_slice(added),
                }
                self.contents.insert(*file, content.into());
            }
            Change::Names { folder, names } => {
                let known = self.names.entry(*folder).or_default();
                for (name, node) in names {
                    match node {
                        Some(node) => known.insert(name.clone(), *node),
                        None => known.remove(name),
                    };
                }
            }
        }
    }

    pub(super) fn image(&self) -> Image {
        let mut image = Image::new();
        self.add_to(&mut image, ROOT, "");
        image
    }

    fn add_to(&self, image: &mut Image, folder: Node, path: &str) {
        for (name, node) in self.names(folder) {
            let path = format!("{path}{name}");
            match node {
                Node::File(_) => {
                    let content = self.contents.get(&node).cloned();
                    image.insert(path, Some(content.unwrap_or_default()))
                }
                Node::Folder(_) => {
                    self.add_to(image, node, &format!("{path}/"));
                    image.insert(path, None)
                }
            };
        }
    }
}

/// What is on the disk for sure, and what may be.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) durable: Tree,
    pub(super) unsynced: Vec<Change>,
}

impl Disk {
    pub(super) fn run(&mut self, operation: &Operation) {
        match operation {
            Operation::Change(change) => self.unsynced.push(change.clone()),
            Operation::Sync(synced) => {
                let is_synced = |change: &mut Change| match change {
                    Change::Content { file: of, .. } | Change::Names { folder: of, .. } => {
                        of == synced
                    }
                };
                for change in self.unsynced.extract_if(.., is_synced) {
                    self.durable.apply(&change, Left::All);
                }
            }
        }
    }

    /// The disk after a power cut that leaves this of each change that is not synced.
    pub(super) fn after(&self, left: impl Fn(usize, &Change) -> Left) -> Tree {
        let mut tree = self.durable.clone();
        for (place, change) in self.unsynced.iter().enumerate() {
            tree.apply(change, left(place, change));
        }
        tree
    }
}

/// Writes an image into a folder.
pub(super) fn write(image: &Image, to: &Path) {
    // A folder sorts before what is in it.
    for (path, content) in image {
        let path = to.join(path);
        match content {
            None => fs::create_dir(path).unwrap(),
            Some(content) => fs::write(path, content).unwrap(),
        }
    }
}
