//! What a store does to the disk, in order.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use seatwise_store::{DiskStep, DurableFiles};

use super::disk::{Change, Disk, Left, Node, Operation, ROOT, Tree};

/// Records what happens in a folder.
pub(super) struct Recorder {
    folder: PathBuf,
    /// All files as they are now, synced or not.
    now: Tree,
    nodes: usize,
    pub(super) operations: Vec<Operation>,
    /// The last name of each file and folder.
    pub(super) paths: HashMap<Node, String>,
}

impl Recorder {
    /// Records what happens in a folder, and returns what is in it, as if all of it were synced.
    pub(super) fn new(folder: &Path) -> (Arc<Mutex<Self>>, Disk) {
        let mut nodes = 0;
        let now = Tree::read(folder, &mut |is_folder| {
            nodes += 1;
            node(nodes, is_folder)
        });
        let disk = Disk {
            durable: now.clone(),
            unsynced: Vec::new(),
        };
        let recorder = Self {
            folder: folder.to_owned(),
            now,
            nodes,
            operations: Vec::new(),
            paths: HashMap::new(),
        };
        (Arc::new(Mutex::new(recorder)), disk)
    }

    /// Continues in another folder, which has what a killed process left.
    pub(super) fn after(folder: &Path, disk: &Disk) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            folder: folder.to_owned(),
            now: disk.after(|_, _| Left::All),
            // Above all of the killed process.
            nodes: 1 << 32,
            operations: Vec::new(),
            paths: HashMap::new(),
        }))
    }

    /// Files that report to a recorder.
    pub(super) fn files(recorder: &Arc<Mutex<Self>>) -> DurableFiles {
        let recorder = Arc::clone(recorder);
        DurableFiles::observed(move |step| recorder.lock().unwrap().record(&step))
    }

    fn record(&mut self, step: &DiskStep) {
        match step {
            DiskStep::Reading(_) => {}
            DiskStep::Created(path) => self.create(path, true),
            DiskStep::Written(path) => {
                self.create(path, false);
                self.write(path);
            }
            // What is around the folder is there for sure.
            DiskStep::FolderSynced(path) if !path.starts_with(&self.folder) => {}
            DiskStep::Synced(path) | DiskStep::FolderSynced(path) => {
                let synced = self.find(path);
                let synced = synced.unwrap_or_else(|| panic!("{} is new", path.display()));
                self.name(synced, path);
                self.operations.push(Operation::Sync(synced));
            }
            DiskStep::Named { from, to } => self.rename(from, to),
            DiskStep::Removed(path) => {
                let (folder, name) = self.place(path);
                self.remove(folder, &name);
            }
        }
    }

    fn create(&mut self, path: &Path, is_folder: bool) {
        // Two threads may create the same folder.
        if self.find(path).is_some() {
            return;
        }
        self.nodes += 1;
        let node = node(self.nodes, is_folder);
        self.name(node, path);
        let (folder, name) = self.place(path);
        let names = vec![(name, Some(node))];
        self.change(Change::Names { folder, names });
    }

    fn write(&mut self, path: &Path) {
        let file = self.find(path).unwrap();
        self.name(file, path);
        let before = self.now.content(file);
        let content = fs::read(path).unwrap();
        let same = before.iter().zip(&content);
        let keeps = same.take_while(|(before, now)| before == now).count();
        let added = content[keeps..].into();
        self.change(Change::Content { file, keeps, added });
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let node = self.find(from);
        if let Some(node) = node {
            self.name(node, to);
        }
        let ((of, name), (folder, new)) = (self.place(from), self.place(to));
        if of == folder {
            let names = vec![(name, None), (new, node)];
            return self.change(Change::Names { folder, names });
        }
        let names = vec![(new, node)];
        self.change(Change::Names { folder, names });
        let names = vec![(name, None)];
        self.change(Change::Names { folder: of, names });
    }

    fn remove(&mut self, folder: Node, name: &str) {
        let node = self.now.node(folder, name).unwrap();
        let below: Vec<String> = self.now.names(node).map(|(name, _)| name.clone()).collect();
        for name in below {
            self.remove(node, &name);
        }
        let names = vec![(name.to_owned(), None)];
        self.change(Change::Names { folder, names });
    }

    fn change(&mut self, change: Change) {
        self.now.apply(&change, Left::All);
        self.operations.push(Operation::Change(change));
    }

    fn name(&mut self, node: Node, path: &Path) {
        let path = path.strip_prefix(&self.folder).unwrap();
        self.paths.insert(node, path.display().to_string());
    }

    fn find(&self, path: &Path) -> Option<Node> {
        let names = path.strip_prefix(&self.folder).unwrap().iter();
        let mut names = names.map(|name| name.to_str().unwrap());
        names.try_fold(ROOT, |folder, name| self.now.node(folder, name))
    }

    /// The folder of a file, and its name there.
    fn place(&self, path: &Path) -> (Node, String) {
        let folder = self.find(path.parent().unwrap());
        let folder = folder.unwrap_or_else(|| panic!("{} is in no folder", path.display()));
        (
            folder,
            path.file_name().unwrap().to_str().unwrap().to_owned(),
        )
    }
}

pub(super) fn node(number: usize, is_folder: bool) -> Node {
    match is_folder {
        true => Node::Folder(number),
        false => Node::File(number),
    }
}
