//! A signing key in the data folder, for tokens that work on this computer only.
//!
//! A program that can read the key can sign in as any partner. So the key is a file of mode 0600 in
//! a folder of mode 0700, it is rejected if others can read it, and a server that trusts it listens
//! on loopback addresses only. `dev_provider` gives its tokens to every caller.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use seatwise_server::{
    AUDIENCE, DevelopmentKey, IMPORT_PERMISSION, USER_SCOPE, create_key_file, exposed_mode,
    issuer_of,
};
use seatwise_types::{DEVELOPMENT_IDENTITY, PartnerId};
use serde_json::{Value, json};

const FOLDER: &str = "dev-identity";
const KEY_FILE: &str = "signing-key.pem";
const PEM_LABEL: &str = "PRIVATE KEY";

/// The made-up client id in tokens. No application is registered for this identity.
pub(crate) const APPLICATION: &str = "5ea7d150-0000-4000-8000-000000000001";

/// Signs tokens that servers of the same data folder trust.
#[derive(Clone)]
pub struct DevIdentity {
    signing: EncodingKey,
    public: DecodingKey,
    key_id: String,
    jwk: Value,
}

/// The subject and the permissions of an access token.
pub(crate) struct Access<'a> {
    /// The claim `tid`.
    pub(crate) partner: PartnerId,
    /// The user principal name; `None` in an app-only token.
    pub(crate) user: Option<&'a str>,
    /// The client id.
    pub(crate) application: &'a str,
    /// Whether the application sent a secret.
    pub(crate) confidential: bool,
    /// Whether the token allows imports.
    pub(crate) write: bool,
    pub(crate) audience: &'a str,
    pub(crate) expires_in: Duration,
}

impl Access<'_> {
    /// The claims of the token.
    pub(crate) fn claims(&self, now: Timestamp) -> Value {
        let lifetime = i64::try_from(self.expires_in.as_secs()).unwrap_or(i64::MAX);
        let holder = self.user.unwrap_or(self.application);
        let mut claims = json!({
            "aud": self.audience,
            "iss": issuer_of(self.partner),
            "iat": now.as_second(),
            "nbf": now.as_second(),
            "exp": now.as_second().saturating_add(lifetime),
            "tid": self.partner,
            "oid": object_id(self.partner, holder),
            "appid": self.application,
            "appidacr": if self.confidential { "1" } else { "0" },
            "acr": "1",
            // Marks the token, which names Entra as issuer, as one of the development identity.
            "idp": DEVELOPMENT_IDENTITY,
            "ver": "1.0",
        });
        if let Some(user) = self.user {
            claims["upn"] = json!(user);
            claims["unique_name"] = json!(user);
            claims["name"] = json!(user);
            claims["scp"] = match self.write {
                true => json!(format!("{} {IMPORT_PERMISSION}", USER_SCOPE)),
                false => json!(USER_SCOPE),
            };
            claims["amr"] = json!(["pwd", "mfa"]);
        } else if self.write {
            claims["roles"] = json!([IMPORT_PERMISSION]);
        }
        claims
    }
}

/// A request for a token of the development identity.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The partner whose data the token gives access to: its `tid`.
    pub partner: PartnerId,
    /// The user principal name. An app-only token has none.
    pub user: String,
    /// Makes a token without a user ("app-only" in Partner Center). The licence analytics reject it
    /// with 403 and code 900329.
    pub app_only: bool,
    /// Allows imports: adds the scope `Seatwise.Import`, or without a user the role of that name.
    pub write: bool,
    /// The lifetime of the token.
    pub expires_in: Duration,
}

impl TokenRequest {
    pub(crate) fn access(&self) -> Access<'_> {
        Access {
            partner: self.partner,
            user: (!self.app_only).then_some(&self.user),
            application: APPLICATION,
            confidential: true,
            write: self.write,
            audience: AUDIENCE,
            expires_in: self.expires_in,
        }
    }
}

/// Errors of the development identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevIdentityError {
    /// The data folder does not exist. No server would trust a key in it.
    #[error("data folder `{}` does not exist", folder.display())]
    NoFolder {
        /// The data folder.
        folder: PathBuf,
    },
    /// Other users can read the key.
    #[error(
        "`{}` is open to other users (mode {mode:04o}); remove `{}` to get a new key, or close it with `chmod go= {}` if no other user read it",
        path.display(), identity.display(), path.display()
    )]
    Exposed {
        /// The key file or its folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The folder of the identity.
        identity: PathBuf,
    },
    /// The file is not an RSA private key in PKCS#8.
    #[error("`{}` holds no usable RSA key ({reason}); remove it to get a new one", path.display())]
    Unusable {
        /// The key file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A new key could not be generated.
    #[error("cannot make an RSA key")]
    Make,
    /// The token could not be signed.
    #[error("cannot sign a token")]
    Sign {
        /// The error of the signature library.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// A file operation failed.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// The operation.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
}

impl DevIdentity {
    /// Reads the key of this data folder. The first call creates it.
    ///
    /// If two processes create it at the same time, both return the same key.
    ///
    /// # Errors
    ///
    /// If the folder does not exist, if others can read the key, if the file is not a key, or if a
    /// file operation fails.
    pub fn open_or_create(data_dir: &Path) -> Result<Self, DevIdentityError> {
        if !data_dir.is_dir() {
            return Err(DevIdentityError::NoFolder {
                folder: data_dir.to_owned(),
            });
        }
        let folder = data_dir.join(FOLDER);
        let file = folder.join(KEY_FILE);
        make_folder(&folder)?;
        if !file.exists() {
            create_key(&file)?;
        }
        Self::open(&folder, &file)
    }

    /// Issues a token with the claims of Entra's v1.0 tokens, as documented for Partner Center.
    ///
    /// # Errors
    ///
    /// If the key cannot sign.
    pub fn issue(
        &self,
        request: &TokenRequest,
        now: Timestamp,
    ) -> Result<String, DevIdentityError> {
        self.access_token(&request.access(), now)
    }

    pub(crate) fn access_token(
        &self,
        access: &Access<'_>,
        now: Timestamp,
    ) -> Result<String, DevIdentityError> {
        self.sign(&access.claims(now))
    }

    /// Signs exactly these claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, DevIdentityError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, claims, &self.signing)
            .map_err(|source| DevIdentityError::Sign { source })
    }

    /// The public key as a JWK.
    pub(crate) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// The key that verifies tokens of this identity.
    pub(crate) fn verifying_key(&self) -> DevelopmentKey {
        DevelopmentKey {
            id: self.key_id.clone(),
            key: self.public.clone(),
        }
    }

    fn open(folder: &Path, path: &Path) -> Result<Self, DevIdentityError> {
        let unusable = |reason: String| DevIdentityError::Unusable {
            path: path.to_owned(),
            reason,
        };

        let mut file = File::open(path).map_err(io("open", path))?;
        // Read from the open file, so that the file cannot be swapped in between.
        refuse_exposed(path, &file.metadata().map_err(io("read", path))?, folder)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io("read", path))?;

        let der = pem::parse(&text).map_err(|err| unusable(err.to_string()))?;
        let key = KeyPair::from_pkcs8(der.contents()).map_err(|err| unusable(err.to_string()))?;
        let signing =
            EncodingKey::from_rsa_pem(text.as_bytes()).map_err(|err| unusable(err.to_string()))?;
        let public = key.public_key();
        let key_id = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, public.as_ref()));
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            signing,
            public: DecodingKey::from_rsa_der(public.as_ref()),
            jwk: json!({
                "kty": "RSA",
                "use": "sig",
                "alg": "RS256",
                "kid": key_id,
                "n": number(public.modulus().big_endian_without_leading_zero()),
                "e": number(public.exponent().big_endian_without_leading_zero()),
            }),
            key_id,
        })
    }
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DevIdentityError {
    move |source| DevIdentityError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Creates the folder of the identity with mode 0700.
fn make_folder(folder: &Path) -> Result<(), DevIdentityError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(err) if err.kind() != io::ErrorKind::AlreadyExists => Err(io("create", folder)(err)),
        _ => refuse_exposed(
            folder,
            &fs::metadata(folder).map_err(io("read", folder))?,
            folder,
        ),
    }
}

/// Creates a new key file atomically.
fn create_key(path: &Path) -> Result<(), DevIdentityError> {
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| DevIdentityError::Make)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| DevIdentityError::Make)?;
    let text = pem::encode(&pem::Pem::new(PEM_LABEL, der.as_ref()));

    create_key_file(path, text.as_bytes()).map_err(io("create", path))
}

fn refuse_exposed(
    path: &Path,
    metadata: &fs::Metadata,
    identity: &Path,
) -> Result<(), DevIdentityError> {
    match exposed_mode(metadata) {
        None => Ok(()),
        Some(mode) => Err(DevIdentityError::Exposed {
            path: path.to_owned(),
            mode,
            identity: identity.to_owned(),
        }),
    }
}

/// A user of a partner has the same object id in every token, as in Entra.
pub(crate) fn object_id(partner: PartnerId, holder: &str) -> uuid::Uuid {
    let digest = digest::digest(&digest::SHA256, format!("{partner} {holder}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
