//! The hints of `seatwise verify` for each kind of damage: after you follow them, the folder is
//! whole.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::process::{PARTNER, USAGE_HEADER, import, run};

/// A data folder with two imports of usage, whose files were merged, one of deployment, and a
/// domain; and its backup.
struct DamagedFolder {
    folder: TempDir,
    data: PathBuf,
}

/// The files that are imported, and can be imported again.
const FILES: [&str; 2] = ["usage.csv", "deployment.csv"];

impl DamagedFolder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let folder = Self { folder, data };
        folder.import(&FILES.map(example));
        folder.import(&[folder.domains()]);
        run(["compact", "--data-dir", text(&folder.data)]).expect_success();
        let backup = folder.path("backup");
        run(["backup", "--data-dir", text(&folder.data), text(&backup)]).expect_success();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the file of the second import.
    fn domains(&self) -> PathBuf {
        let row = "2026-10-22,EXO,Exchange,o365,Office 365,reseller,\
            5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2,lumenmoor.example";
        let file = self.path("domains.csv");
        fs::write(&file, format!("{USAGE_HEADER},customerDomain\n{row}\n")).unwrap();
        file
    }

    fn import(&self, files: &[PathBuf]) {
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        import(&self.data, &files).expect_success();
    }

    /// The answers of the folder, as of the newest day.
    fn answers(&self) -> String {
        run(["status", "--data-dir", text(&self.data)]).expect_success()
    }

    fn partner(&self, name: &str) -> PathBuf {
        self.data.join("partners").join(PARTNER).join(name)
    }

    /// The path of a list of checksums.
    fn list(&self, of: &str) -> PathBuf {
        self.data.join(format!("checksums/{PARTNER}/{of}.sha256"))
    }

    /// Follows the hint.
    fn follow(&mut self, hint: &str) {
        if hint.contains("delete the damaged list") {
            fs::remove_file(self.list("usage")).unwrap();
            self.import(&[example(FILES[0])]);
        } else if hint.contains("import the files of these days again") {
            self.import(&FILES.map(example));
        } else if hint.contains("import anything") {
            self.import(&[example(FILES[1])]);
        } else if hint.contains("compact --keep 0") {
            run(["compact", "--keep", "0", "--data-dir", text(&self.data)]).expect_success();
        } else if hint.contains("import the domains again") {
            fs::remove_file(self.partner("domains.ndjson")).ok();
            fs::remove_file(self.list("domains")).unwrap();
            self.import(&[self.domains()]);
        } else if hint.contains("restore the folder from a backup") {
            let (backup, again) = (self.path("backup"), self.path("again"));
            run(["restore", text(&backup), "--data-dir", text(&again)]).expect_success();
            self.data = again;
        } else {
            panic!("what is to be done: {hint}");
        }
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples")).join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The newest entry of a table's log.
fn newest_entry(folder: &DamagedFolder) -> PathBuf {
    let log = fs::read_dir(folder.partner("usage/_delta_log")).unwrap();
    let entries = log.map(|entry| entry.unwrap().path());
    let entries = entries.filter(|path| path.extension().is_some_and(|end| end == "json"));
    entries.max().unwrap()
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| format!("{line}\n")).collect()
}

/// A kind of damage: its name, how to cause it, and parts of the error and of the hint.
type Damage = (&'static str, fn(&DamagedFolder), &'static str, &'static str);

const DAMAGES: [Damage; 14] = [
    (
        "a data file is missing",
        |folder| {
            let files = fs::read_dir(folder.partner("deployment")).unwrap();
            let mut files = files.map(|entry| entry.unwrap().path());
            fs::remove_file(files.find(|path| path.is_file()).unwrap()).unwrap();
        },
        "is missing",
        "import the files of these days again, which mends data files, or restore the folder from \
         a backup with `seatwise restore`",
    ),
    (
        "a data file of an earlier version",
        |folder| {
            let entry = fs::read_to_string(newest_entry(folder)).unwrap();
            let (_, removed) = entry.split_once(r#"{"remove":{"path":""#).unwrap();
            let (name, _) = removed.split_once('"').unwrap();
            fs::write(folder.partner("usage").join(name), "no rows").unwrap();
        },
        "it belongs to earlier versions",
        "only earlier versions need the damaged files, which `seatwise compact --keep 0` removes",
    ),
    (
        "the list of checksums is missing",
        |folder| fs::remove_file(folder.list("usage")).unwrap(),
        "usage.sha256: it is missing",
        NEXT_IMPORT,
    ),
    (
        "its last line is unfinished",
        |folder| {
            let list = fs::read_to_string(folder.list("usage")).unwrap();
            fs::write(folder.list("usage"), &list[..list.len() - 40]).unwrap();
        },
        "usage.sha256: its last line is unfinished",
        NEXT_IMPORT,
    ),
    (
        "it is empty",
        |folder| fs::write(folder.list("usage"), "").unwrap(),
        "usage.sha256: it is empty",
        DELETE_LIST,
    ),
    (
        "a line of it is no checksum",
        |folder| {
            let lines = lines(&folder.list("usage"));
            fs::write(
                folder.list("usage"),
                lines.concat().replacen("  0", " 0", 1),
            )
            .unwrap();
        },
        "usage.sha256: line 1 is not understood",
        DELETE_LIST,
    ),
    (
        "a line of it stands there twice",
        |folder| {
            let mut lines = lines(&folder.list("usage"));
            lines.insert(1, lines[0].clone());
            fs::write(folder.list("usage"), lines.concat()).unwrap();
        },
        "usage.sha256: line 2 is about a file that line 1 is about already",
        DELETE_LIST,
    ),
    (
        "its lines are in another order",
        |folder| {
            let mut lines = lines(&folder.list("usage"));
            lines.swap(0, 1);
            fs::write(folder.list("usage"), lines.concat()).unwrap();
        },
        "usage.sha256: line 2 is out of order",
        DELETE_LIST,
    ),
    (
        "the hint at a checkpoint",
        |folder| {
            let hint = folder.partner("usage/_delta_log/_last_checkpoint");
            fs::write(hint, r#"{"version":7,"size":1}"#).unwrap();
        },
        "_delta_log/_last_checkpoint: it names no checkpoint that is there",
        NEXT_IMPORT,
    ),
    (
        "the note of what is settled",
        |folder| fs::write(folder.partner("settled-at"), "").unwrap(),
        ": damaged\n  settled-at: ",
        NEXT_IMPORT,
    ),
    (
        "the domains of customers",
        |folder| {
            let file = folder.partner("domains.ndjson");
            let text = fs::read_to_string(&file).unwrap();
            fs::write(file, text.replace("lumenmoor", "lumenmoar")).unwrap();
        },
        "domains.ndjson: it does not have the SHA-256 that it was written with",
        DOMAINS,
    ),
    (
        "the domains of customers are gone",
        |folder| fs::remove_file(folder.partner("domains.ndjson")).unwrap(),
        "domains.ndjson: it is missing",
        DOMAINS,
    ),
    (
        "an entry of the log",
        |folder| fs::write(newest_entry(folder), "").unwrap(),
        "it does not have the SHA-256 that it was written with",
        RESTORE,
    ),
    (
        "a table is gone",
        |folder| fs::remove_dir_all(folder.partner("usage")).unwrap(),
        "is gone",
        RESTORE,
    ),
];

const DOMAINS: &str = "restore `domains.ndjson` and `domains.sha256` from a backup, or delete both and \
    import the domains again";

const NEXT_IMPORT: &str = "import anything: that writes lists of checksums, `_last_checkpoint` and \
    `settled-at` again";
const DELETE_LIST: &str = "delete the damaged list in `checksums`: the next import writes it again";
const RESTORE: &str = "move the data folder away, and restore the folder from a backup with \
    `seatwise restore`";

#[test]
fn the_hint_about_each_damage_makes_the_folder_whole() {
    for (what, damage, problem, remedy) in DAMAGES {
        let mut folder = DamagedFolder::new();
        let before = folder.answers();
        damage(&folder);
        let verified = run(["verify", "--data-dir", text(&folder.data)]);
        let shown = verified.shown(folder.folder.path());
        assert_eq!(verified.code, Some(8), "{what}: {shown}");
        assert!(shown.contains(problem), "{what}: {shown}");
        let (_, hint) = shown.split_once("hint: nothing was changed; ").unwrap();
        assert_eq!(hint.trim_end(), remedy, "{what}: {shown}");
        folder.follow(hint);
        let verified = run(["verify", "--data-dir", text(&folder.data)]).expect_success();
        assert!(
            verified.ends_with(": 1 in one file: whole\n"),
            "{what}: {verified}"
        );
        assert_eq!(folder.answers(), before, "{what}");
    }
}

#[test]
fn an_import_that_mends_says_what_is_still_damaged() {
    let folder = DamagedFolder::new();
    // One file for each service.
    for file in fs::read_dir(folder.partner("deployment")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    let all = lines(&example(FILES[1]));
    let of_one = all.iter().filter(|line| !line.contains(",crm,"));
    let part = folder.path("part.csv");
    fs::write(&part, of_one.cloned().collect::<String>()).unwrap();
    let ended = import(&folder.data, &[&part]);
    let shown = ended.shown(folder.folder.path());
    assert_eq!(ended.code, Some(0), "{shown}");
    assert!(shown.contains("mended 1 damaged data file: "), "{shown}");
    let note =
        "note: 1 data file is still damaged: `seatwise verify` names them and says what helps";
    assert!(shown.contains(note), "{shown}");
    folder.import(&[example(FILES[1])]);
    run(["verify", "--data-dir", text(&folder.data)]).expect_success();
}

#[test]
fn an_import_that_meets_damage_says_that_nothing_else_was_recorded() {
    let folder = DamagedFolder::new();
    for file in fs::read_dir(folder.partner("deployment")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    let news = folder.path("news.csv");
    let row = "2026-10-23,EXO,Exchange,o365,Office 365,reseller,\
        5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22,Lumenmoor,p1,E3,1,2,new.example";
    fs::write(&news, format!("{USAGE_HEADER},customerDomain\n{row}\n")).unwrap();
    let files = [&*example(FILES[1]), &*news];
    let shown = import(&folder.data, &files).shown(folder.folder.path());
    assert!(shown.contains("deliveries: 0 new, "), "{shown}");
    let mended = " as before, 0 rows lost; nothing else was recorded\n";
    assert!(shown.contains(mended), "{shown}");
    let note = "note: 1 delivery was left out: if it is news, import it again now\n";
    assert!(shown.contains(note), "{shown}");
    let output = import(&folder.data, &files).expect_success();
    assert!(output.contains("deliveries: 1 new, "), "{output}");
    assert!(output.contains("domains of customers: 1 new"), "{output}");
}

#[test]
fn a_customer_whom_a_mend_gave_up_is_forgotten_in_files_of_earlier_versions() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    import(&data, &[&example(FILES[0])]).expect_success();
    let lumenmoor = "5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22";
    let usage = data.join("partners").join(PARTNER).join("usage");
    let mut damaged = 0;
    for file in fs::read_dir(&usage).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::write(path, "no rows").unwrap();
            damaged += 1;
        }
    }
    let all = lines(&example(FILES[0]));
    let others = all.iter().filter(|line| !line.contains(lumenmoor));
    let part = folder.path().join("part.csv");
    fs::write(&part, others.cloned().collect::<String>()).unwrap();
    let args = ["import", "--data-dir", text(&data), "--partner", PARTNER];
    let mended = run([&args[..], &["--mend", text(&part)]].concat()).expect_success();
    assert!(
        mended.contains(" as of now; nothing else was recorded"),
        "{mended}"
    );
    let forget = |yes: &[&str]| {
        let args = ["forget", "--data-dir", text(&data), "--partner", PARTNER];
        run([&args[..], &["--customer", lumenmoor], yes].concat())
    };
    let dry = forget(&[]).shown(folder.path());
    let of_earlier =
        format!("; {damaged} files of earlier versions have some, or cannot be read\n");
    assert!(dry.contains(&of_earlier), "{dry}");
    assert!(dry.contains("nothing was erased: give --yes"), "{dry}");
    let shown = forget(&["--yes"]).shown(folder.path());
    let removed = format!(
        "{damaged} other files had rows of customer {lumenmoor}, or could not be read: removed"
    );
    assert!(shown.contains(&removed), "{shown}");
    let shown = forget(&["--yes"]).shown(folder.path());
    assert!(shown.contains("nothing is stored for customer"), "{shown}");
}
