//! Files of secrets: complete, and accessible to their owner only.

use std::io::ErrorKind;

use seatwise_client::SecretFile;
use secrecy::ExposeSecret as _;

#[test]
fn a_secret_is_replaced_as_a_whole_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("deep/down/secret"));
    for secret in ["the first, which is longer", "the second"] {
        file.write(&secret.into()).unwrap();
        assert_eq!(file.read().unwrap().expose_secret(), secret);
    }
    let names = std::fs::read_dir(folder.path().join("deep/down")).unwrap();
    assert_eq!(names.count(), 1);
    assert!(file.remove().unwrap());
    assert!(!file.remove().unwrap());
    assert_eq!(file.read().unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn bounds_and_forms() {
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    file.write(&" a secret\n".into()).unwrap();
    assert_eq!(file.read().unwrap().expose_secret(), "a secret");

    let large = "x".repeat(SecretFile::MAX_LENGTH);
    file.write(&large.clone().into()).unwrap();
    assert_eq!(file.read().unwrap().expose_secret().len(), large.len());
    let err = file.write(&format!("{large}x").into()).unwrap_err();
    assert_eq!(err.kind(), ErrorKind::InvalidData);
    assert!(!err.to_string().contains("xx"), "{err}");
    assert_eq!(file.read().unwrap().expose_secret().len(), large.len());

    // An existing file is overwritten in place, so its mode stays.
    std::fs::write(file.path(), [0xFF; 4]).unwrap();
    assert_eq!(file.read().unwrap_err().kind(), ErrorKind::InvalidData);
    std::fs::write(file.path(), vec![b'x'; SecretFile::MAX_LENGTH + 1]).unwrap();
    assert_eq!(file.read().unwrap_err().kind(), ErrorKind::InvalidData);
    assert!(SecretFile::new(folder.path()).read().is_err());
    assert!(
        SecretFile::new(file.path().join("below"))
            .write(&"x".into())
            .is_err()
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused_and_mended_by_writing() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    for mode in [0o644, 0o640, 0o604, 0o620] {
        std::fs::write(file.path(), "a secret").unwrap();
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).unwrap();
        let err = file.read().unwrap_err();
        assert_eq!(err.kind(), ErrorKind::PermissionDenied);
        assert!(err.to_string().contains("chmod 600"), "{err}");
        file.write(&"another".into()).unwrap();
        let mode = std::fs::metadata(file.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
