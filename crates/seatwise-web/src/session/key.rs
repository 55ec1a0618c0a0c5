//! The key that seals sessions. It is kept in the data folder, so sessions survive a restart.
//!
//! With the key, anyone can forge a session and read all pages. Its file therefore has mode 0600, is refused
//! if other users can read it, and is left out of backups. If the file is removed, the server makes a new key
//! at its next start, which ends all sessions.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use seatwise_server::{create_key_file, exposed_mode};

/// The name of the file in the data folder.
const FILE: &str = "session-key";

/// The length of a key, in bytes.
const LENGTH: usize = 32;

/// The most that is read of the file, in bytes.
const LONGEST: u64 = 256;

/// A key that seals sessions.
#[derive(Clone)]
pub struct SessionKey([u8; LENGTH]);

impl SessionKey {
    /// A random key that is not stored, so a restart ends all sessions.
    pub fn random() -> Self {
        let mut key = [0; LENGTH];
        rand::fill(&mut key).expect("the system has random numbers");
        Self(key)
    }

    /// Reads the key of this data folder, or makes it if there is none. If two processes make it at the same
    /// time, both get the same key.
    ///
    /// # Errors
    /// If other users can read the file or it holds no key, with the kind `InvalidData`; or if the file
    /// system refuses. The message names the file and says what to do.
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
    // Checks the open file, so that it cannot be replaced between the check and the read.
    refuse_exposed(&file.metadata()?)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let key = STANDARD.decode(text.trim()).ok();
    let key = key.and_then(|key| key.try_into().ok());
    key.map(SessionKey).ok_or_else(|| {
        let problem =
            "it contains no key for sessions; remove it to get a new one, which ends all sessions";
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
    fn a_folder_keeps_its_key_until_the_file_is_removed() {
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
    fn a_key_that_others_can_read_is_refused() {
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
