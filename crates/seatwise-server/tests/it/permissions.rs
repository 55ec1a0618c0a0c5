//! Tests of missing permissions, which also work if root runs them.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Whether file permissions apply to this process. If not, runs the test with this name in a
/// process without that privilege, and the caller has nothing left to do.
///
/// # Panics
/// If that process fails.
#[must_use]
pub(crate) fn bind(test: &str) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(file.path(), Permissions::from_mode(0o000)).unwrap();
    if File::open(file.path()).is_err() {
        return true;
    }
    let mut again = Command::new("setpriv");
    again.args(["--bounding-set", "-dac_override,-dac_read_search"]);
    again.arg(std::env::current_exe().unwrap());
    let ended = again.args(["--exact", test]).output();
    let ended = ended.expect("setpriv of util-linux takes the privilege of root away");
    let output = String::from_utf8_lossy(&ended.stdout);
    assert!(output.contains("test result: ok. 1 passed"), "{output}");
    false
}

/// Removes or restores write permission for a folder and everything in it.
pub(crate) fn set_writable(path: &Path, is_writable: bool) {
    let is_folder = path.is_dir();
    let mode = match (is_folder, is_writable) {
        (true, true) => 0o700,
        (true, false) => 0o500,
        (false, true) => 0o600,
        (false, false) => 0o400,
    };
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    if is_folder {
        for entry in fs::read_dir(path).unwrap() {
            set_writable(&entry.unwrap().path(), is_writable);
        }
    }
}
