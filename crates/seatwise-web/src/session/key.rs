//! The key that seals sessions, in the data folder, so that they outlive a restart.
//!
//! Who can read the key can look at all pages. So its file has mode 0600, is refused when others can read
//! it, and stays out of backups. A server whose file was removed makes another key when it starts: all
//! sessions are over then.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use seatwise_server::{create_key_file, exposed_mode};

/// The name of the file in the data folder.
const FILE: &str = "session-key";

/// Bytes of a key.
const LENGTH: usize = 32;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 256;

/// A key that seals sessions.
#[derive(Clone)]
pub struct SessionKey([u8; LENGTH]);

impl SessionKey {
    /// A key that is kept nowhere: with it, a restart ends all sessions.
    pub fn random() -> Self {
        let mut key = [0; LENGTH];
        rand::fill(&mut key).expect("the system has random numbers");
        Self(key)
    }

    /// Reads the key of this data folder; the first call makes it. Of two processes that make it at the same
    /// time, one wins and both end with its key.
    ///
    /// # Errors
    /// If others can read the file or it holds no key, with the kind `InvalidData`, or if the file system
    /// refuses. The message names the file and what to do.
    pub fn open_or_create(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        let named =
            |err: io::Error| io::Error::new(err.kind(), format!("`{}`: {err}", path.display()));
        if !path.try_exists().map_err(named)? {
            let key = STANDARD.encode(Self::random().0) + "\n";
            create_key_file(&path, key.as_bytes()).map_err(named)?;
        }
        read(&path).map_err(named)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn read(path: &Path) -> io::Result<SessionKey> {
    let file = File::open(path)?;
    // Asked of the open file, so that it cannot be exchanged in between.
    refuse_exposed(&file.metadata()?)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let key = STANDARD.decode(text.trim()).ok();
    let key = key.and_then(|key| key.try_into().ok());
    key.map(SessionKey).ok_or_else(|| {
        let problem =
            "it holds no key for sessions; remove it to get a new one, which ends all sessions";
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

fn refuse_exposed(metadata: &Metadata) -> io::Result<()> {
    let Some(mode) = exposed_mode(metadata) else {
        return Ok(());
    };
    let problem = format!(
        "it is open to other users (mode {mode:04o}); remove it to get a new key, which ends all \
         sessions, or close it with `chmod 600` if no other user read it"
    );
    Err(io::Error::new(io::ErrorKind::InvalidData, problem))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_keeps_its_key_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let key = || SessionKey::open_or_create(folder.path());
        let first = key().unwrap();
        assert_eq!(key().unwrap().0, first.0);
        fs::remove_file(folder.path().join(FILE)).unwrap();
        assert_ne!(key().unwrap().0, first.0);
        fs::write(folder.path().join(FILE), "AAAA").unwrap();
        assert!(
            key()
                .err()
                .unwrap()
                .to_string()
                .contains("remove it to get a new one")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_for_its_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        SessionKey::open_or_create(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let err = SessionKey::open_or_create(folder.path()).err().unwrap();
        assert!(err.to_string().contains("(mode 0640)"), "{err}");
    }
}
