//! Guest links: each shows one customer of a partner to its holder, until it expires or is revoked.
//!
//! Each link is a file in the partner's folder, named by the beginning of its secret's hash, so
//! creating and revoking links needs no lock. The secret is not stored: only the guest's address
//! has it.

use std::fmt;
use std::io;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::error::StoreError;
use crate::table::checksum::{Checksum, damage};
use crate::table::folder::{names_in, remove_file};
use crate::table::names::GUESTS;
use crate::table::storage::Location;
use crate::table::store::Store;

/// The largest number of open links of a partner.
const MOST_OPEN: usize = 1000;

/// How long expired and revoked links are still listed.
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The largest length of texts that are stored with a link, in characters.
const LONGEST_TEXT: usize = 100;

/// The content of a guest's address: the partner, and the secret. Its text is 64 hexadecimal
/// digits. Do not store it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct GuestToken {
    /// The partner.
    pub partner: PartnerId,
    secret: Uuid,
}

/// The id of a link, which is not secret: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestLinkId(u64);

/// A guest link as stored and listed.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestLink {
    /// Its id.
    pub id: GuestLinkId,
    /// The customer that the guest sees.
    pub customer: CustomerId,
    /// Who it is for, as entered by its creator; may be empty.
    pub note: String,
    /// Who created it.
    pub made_by: String,
    /// When it was created.
    pub made_at: Timestamp,
    /// The first instant at which it has expired.
    pub ends_at: Timestamp,
    /// When it was revoked; `None` if it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Timestamp>,
}

/// A link to create.
#[derive(Clone, Debug)]
pub struct NewGuestLink {
    /// The customer that the guest sees.
    pub customer: CustomerId,
    /// Who it is for; up to 100 characters.
    pub note: String,
    /// Who creates it; truncated to 100 characters.
    pub made_by: String,
    /// How long it is valid: up to [`GuestLink::LONGEST`].
    pub life: SignedDuration,
}

/// The content of a link's file.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(flatten)]
    link: GuestLink,
    /// The SHA-256 of the secret.
    secret_sha256: String,
}

impl GuestLink {
    /// The longest validity of a link: 366 days.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

    /// Whether the link is valid at an instant.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.ends_at
    }
}

impl GuestToken {
    /// A token with 16 random bytes as its secret.
    pub fn new(partner: PartnerId, secret: [u8; 16]) -> Self {
        let secret = Uuid::from_bytes(secret);
        Self { partner, secret }
    }

    /// The id of its link.
    pub fn id(&self) -> GuestLinkId {
        let hash = self.hash().to_string();
        GuestLinkId(u64::from_str_radix(&hash[..16], 16).expect("a hash has hexadecimal digits"))
    }

    fn hash(&self) -> Checksum {
        Checksum::of(self.secret.as_bytes())
    }
}

impl fmt::Display for GuestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.partner.as_uuid().simple(),
            self.secret.simple()
        )
    }
}

/// Leaves out the secret, so that it is not logged.
impl fmt::Debug for GuestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GuestToken").field(&self.id()).finish()
    }
}

/// A text that is not a guest token or not the id of a guest link.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGuestLink(&'static str);

impl FromStr for GuestToken {
    type Err = InvalidGuestLink;

    fn from_str(text: &str) -> Result<Self, InvalidGuestLink> {
        let err = InvalidGuestLink("a token of 64 hexadecimal digits is expected");
        let (partner, secret) = text.split_at_checked(32).ok_or(err)?;
        if secret.len() != 32 {
            return Err(err);
        }
        let id = |text: &str| Uuid::try_parse(text).map_err(|_| err);
        Ok(Self {
            partner: PartnerId::new(id(partner)?),
            secret: id(secret)?,
        })
    }
}

impl fmt::Display for GuestLinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for GuestLinkId {
    type Err = InvalidGuestLink;

    fn from_str(text: &str) -> Result<Self, InvalidGuestLink> {
        let err = InvalidGuestLink("the name of a link is expected, 16 hexadecimal digits");
        if text.len() != 16 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(err);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| err)
    }
}

impl TryFrom<String> for GuestLinkId {
    type Error = InvalidGuestLink;

    fn try_from(text: String) -> Result<Self, InvalidGuestLink> {
        text.parse()
    }
}

impl From<GuestLinkId> for String {
    fn from(id: GuestLinkId) -> Self {
        id.to_string()
    }
}

impl Store {
    /// Creates a guest link. It is on the disk when this returns. The caller must check that the
    /// customer is known.
    ///
    /// # Errors
    /// If its note or its validity is too long, if too many links are open, or if the file system
    /// refuses.
    pub async fn make_guest_link(
        &self,
        token: GuestToken,
        new: NewGuestLink,
        now: Timestamp,
    ) -> Result<GuestLink, StoreError> {
        self.blocking("write to", move |store| store.make_link(token, new, now))
            .await
    }

    /// The guest links of a partner, newest first: open ones, and those that expired or were
    /// revoked within 90 days.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub async fn guest_links(
        &self,
        partner: PartnerId,
        now: Timestamp,
    ) -> Result<Vec<GuestLink>, StoreError> {
        let read = move |store: &Self| store.links(partner);
        let mut links = self.blocking("read", read).await?;
        links.retain(|link| !is_past(link, now));
        Ok(links)
    }

    /// A guest link, open or not; `None` if the id is unknown.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn guest_link(
        &self,
        partner: PartnerId,
        id: GuestLinkId,
    ) -> Result<Option<GuestLink>, StoreError> {
        let read = move |store: &Self| store.kept_link(&store.guest_file(partner, id));
        let kept = self.blocking("read", read).await?;
        Ok(kept.map(|kept| kept.link))
    }

    /// The guest link of a token; `None` if there is none, or if it is not open.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn open_guest_link(
        &self,
        token: GuestToken,
        now: Timestamp,
    ) -> Result<Option<GuestLink>, StoreError> {
        let read =
            move |store: &Self| store.kept_link(&store.guest_file(token.partner, token.id()));
        let kept = self.blocking("read", read).await?;
        let hash = token.hash().to_string();
        let kept = kept.filter(|kept| kept.secret_sha256 == hash && kept.link.is_open(now));
        Ok(kept.map(|kept| kept.link))
    }

    /// Revokes a guest link. One that is already revoked stays as it is. `None` if the id is
    /// unknown.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub async fn revoke_guest_link(
        &self,
        partner: PartnerId,
        id: GuestLinkId,
        now: Timestamp,
    ) -> Result<Option<GuestLink>, StoreError> {
        self.blocking("write to", move |store| {
            let path = store.guest_file(partner, id);
            let Some(mut kept) = store.kept_link(&path)? else {
                return Ok(None);
            };
            match kept.link.revoked_at {
                None => {
                    kept.link.revoked_at = Some(now);
                    store.keep_link(&path, &kept, false)?;
                }
                // A process that was killed may have revoked it.
                Some(_) => {
                    let synced = path.sync_name();
                    synced.map_err(|err| StoreError::io("write to", &path, err))?;
                }
            }
            Ok(Some(kept.link))
        })
        .await
    }

    /// Removes the guest links to an erased customer.
    pub(crate) fn remove_guest_links(
        &self,
        partner: PartnerId,
        customer: CustomerId,
    ) -> Result<(), StoreError> {
        for link in self.links(partner)? {
            if link.customer == customer {
                let file = self.guest_file(partner, link.id);
                remove_file(&file)?;
                let synced = file.sync_name();
                synced.map_err(|err| StoreError::io("remove", &file, err))?;
            }
        }
        Ok(())
    }

    fn make_link(
        &self,
        token: GuestToken,
        new: NewGuestLink,
        now: Timestamp,
    ) -> Result<GuestLink, StoreError> {
        let refused = |problem| Err(StoreError::NoGuestLink { problem });
        if new.note.chars().count() > LONGEST_TEXT {
            return refused("its note has more than 100 letters");
        }
        if new.life > GuestLink::LONGEST || new.life <= SignedDuration::ZERO {
            return refused("it can be used for 366 days at the most");
        }
        let (past, others): (Vec<_>, Vec<_>) = {
            let links = self.links(token.partner)?.into_iter();
            links.partition(|link| is_past(link, now))
        };
        if others.iter().filter(|link| link.is_open(now)).count() >= MOST_OPEN {
            return refused("1000 links of this partner are open");
        }
        for link in past {
            // A link that stays is removed next time.
            self.guest_file(token.partner, link.id).remove().ok();
        }
        let link = GuestLink {
            id: token.id(),
            customer: new.customer,
            note: new.note,
            made_by: new.made_by.chars().take(LONGEST_TEXT).collect(),
            made_at: now,
            ends_at: now.saturating_add(new.life).unwrap_or(Timestamp::MAX),
            revoked_at: None,
        };
        let kept = Kept {
            link,
            secret_sha256: token.hash().to_string(),
        };
        self.keep_link(&self.guest_file(token.partner, kept.link.id), &kept, true)?;
        Ok(kept.link)
    }

    fn links(&self, partner: PartnerId) -> Result<Vec<GuestLink>, StoreError> {
        let folder = self.guests_folder(partner);
        let mut links = Vec::new();
        for name in names_in(&folder)? {
            let file = folder.join(name);
            // A file without the name of a link is still being written.
            if id_of(&file).is_some() {
                links.extend(self.kept_link(&file)?.map(|kept| kept.link));
            }
        }
        links.sort_by_key(|link| (std::cmp::Reverse(link.made_at), link.id));
        Ok(links)
    }

    fn kept_link(&self, file: &Location) -> Result<Option<Kept>, StoreError> {
        let text = match file.read() {
            Ok(text) => text,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(StoreError::io("read", file, err)),
        };
        let kept: Kept = serde_json::from_slice(&text)
            .map_err(|err| StoreError::io("understand", file, err.into()))?;
        if id_of(file) != Some(kept.link.id) {
            let problem = damage(format!("it has the link `{}`", kept.link.id));
            return Err(StoreError::io("understand", file, problem));
        }
        Ok(Some(kept))
    }

    fn keep_link(&self, file: &Location, kept: &Kept, is_new: bool) -> Result<(), StoreError> {
        let write = || {
            let text = serde_json::to_vec_pretty(kept)?;
            match is_new {
                true => file.write_new(text),
                false => file.write(text),
            }
        };
        write().map_err(|err| StoreError::io("write to", file, err))
    }

    fn guest_file(&self, partner: PartnerId, id: GuestLinkId) -> Location {
        self.guests_folder(partner).join(format!("{id}.json"))
    }

    fn guests_folder(&self, partner: PartnerId) -> Location {
        self.partner_folder(partner).join(GUESTS)
    }
}

/// The id of the link whose file this is.
fn id_of(file: &Location) -> Option<GuestLinkId> {
    file.name()?.strip_suffix(".json")?.parse().ok()
}

/// Whether a link was closed so long ago that it is no longer listed.
fn is_past(link: &GuestLink, now: Timestamp) -> bool {
    let closed = link
        .revoked_at
        .map_or(link.ends_at, |at| at.min(link.ends_at));
    now.duration_since(closed) > LISTED_FOR
}
