//! A secret in a file that only its owner can read.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// A file with one secret that only its owner can read: mode 0600.
///
/// Writes replace it atomically: after a crash, it has the old secret or the new one.
///
/// # Example
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("new/refresh-token");
/// use seatwise_client::SecretFile;
///
/// let file = SecretFile::new(path);
/// file.write(&"a secret".into())?;
/// let secret = file.read()?;
/// assert!(!format!("{file:?} {secret:?}").contains("a secret"));
/// assert!(file.remove()?);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Example: a file that others can read
///
/// ```
/// # #[cfg(unix)] {
/// # use std::os::unix::fs::PermissionsExt as _;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("refresh-token");
/// use seatwise_client::SecretFile;
///
/// std::fs::write(&path, "a secret")?;
/// # std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
/// let err = SecretFile::new(path).read().unwrap_err();
/// assert_eq!(err.kind(), std::io::ErrorKind::PermissionDenied);
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// The largest secret, in bytes.
    pub const MAX_LENGTH: usize = 64 * 1024;

    /// The file with this path, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the secret, without leading and trailing whitespace.
    ///
    /// # Errors
    ///
    /// If the file does not exist, is readable by others, is too large, or is not UTF-8.
    pub fn read(&self) -> io::Result<SecretString> {
        let file = File::open(&self.path)?;
        self.check(&file)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MAX_LENGTH + 1));
        file.take(Self::MAX_LENGTH as u64 + 1)
            .read_to_end(&mut bytes)?;
        self.fits(bytes.len())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| self.invalid("is no text"))?;
        Ok(SecretString::from(text.trim()))
    }

    /// Replaces the content of the file by a secret. Creates missing folders, for the owner only.
    ///
    /// # Errors
    ///
    /// If the secret is too large, or the folder is not writable. The file is then unchanged.
    pub fn write(&self, secret: &SecretString) -> io::Result<()> {
        let secret = secret.expose_secret();
        self.fits(secret.len())?;
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        private_folder(folder)?;
        // Temporary files have mode 0600 from the start.
        let mut file = tempfile::Builder::new()
            .prefix(".seatwise-")
            .tempfile_in(folder)?;
        file.write_all(secret.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|err| err.error)?;
        // The rename is durable only after the folder is synced.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    /// Removes the file. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// If it exists and cannot be removed.
    pub fn remove(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(err) => Err(err),
        }
    }

    /// Rejects anything but a file that only its owner can access.
    fn check(&self, file: &File) -> io::Result<()> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(self.invalid("is no file"));
        }
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "others may read `{0}`: `chmod 600 {0}` prevents it",
                    self.path.display()
                ),
            ));
        }
        Ok(())
    }

    fn fits(&self, length: usize) -> io::Result<()> {
        if length > Self::MAX_LENGTH {
            return Err(self.invalid(&format!("is larger than {} bytes", Self::MAX_LENGTH)));
        }
        Ok(())
    }

    fn invalid(&self, what: &str) -> io::Error {
        let message = format!("`{}` {what}", self.path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
