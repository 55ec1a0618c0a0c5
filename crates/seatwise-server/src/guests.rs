//! Guest links, as used by the pages. They always have the real time, also with an emulator,
//! because other processes read them.

use jiff::Timestamp;
use seatwise_store::{GuestLink, GuestLinkId, GuestToken, NewGuestLink, StoreError};
use seatwise_types::{ErrorCode, PartnerId};

use crate::plumbing::error::ApiError;
use crate::reading::Reading;
use crate::state::AppState;
use crate::unanswered::Unanswered;

impl AppState {
    /// The valid link of a token; `None` if there is none, or if it ended or was revoked.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn open_guest_link(
        &self,
        token: GuestToken,
    ) -> Result<Option<GuestLink>, Unanswered> {
        let link = self.store.open_guest_link(token, self.real_now()).await;
        link.map_err(|err| self.no_link(err))
    }

    /// Whether a link is valid; false if it does not exist.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn is_guest_link_open(
        &self,
        partner: PartnerId,
        id: GuestLinkId,
    ) -> Result<bool, Unanswered> {
        let link = self.store.guest_link(partner, id).await;
        let link = link.map_err(|err| self.no_link(err))?;
        Ok(link.is_some_and(|link| link.is_open(self.real_now())))
    }

    fn real_now(&self) -> Timestamp {
        (self.real_clock)()
    }

    fn no_link(&self, err: StoreError) -> Unanswered {
        match err {
            StoreError::NoGuestLink { problem } => {
                let description = format!("cannot make the link: {problem}");
                ApiError::new(ErrorCode::InvalidInput, description).into()
            }
            err => self
                .snapshots
                .failed(err, "cannot use links for guests")
                .into(),
        }
    }
}

impl Reading {
    /// The guest links that are valid, or were within 90 days, newest first. Each has a flag for
    /// "valid now".
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn guest_links(&self) -> Result<Vec<(GuestLink, bool)>, Unanswered> {
        let (app, partner) = self.parts();
        let now = app.real_now();
        let links = app.store.guest_links(partner, now).await;
        let links = links.map_err(|err| app.no_link(err))?.into_iter();
        Ok(links
            .map(|link| {
                let is_open = link.is_open(now);
                (link, is_open)
            })
            .collect())
    }

    /// Makes a guest link with 16 random bytes as its secret, and returns it with its token. The
    /// caller must check that the customer exists.
    ///
    /// # Errors
    /// If it cannot be made. The description says why.
    pub async fn make_guest_link(
        &self,
        secret: [u8; 16],
        new: NewGuestLink,
    ) -> Result<(GuestToken, GuestLink), Unanswered> {
        let (app, partner) = self.parts();
        let token = GuestToken::new(partner, secret);
        let made = app.store.make_guest_link(token, new, app.real_now()).await;
        Ok((token, made.map_err(|err| app.no_link(err))?))
    }

    /// Revokes a guest link.
    ///
    /// # Errors
    /// If it does not exist, or cannot be written.
    pub async fn revoke_guest_link(&self, id: GuestLinkId) -> Result<(), Unanswered> {
        let (app, partner) = self.parts();
        let revoked = app.store.revoke_guest_link(partner, id, app.real_now());
        match revoked.await.map_err(|err| app.no_link(err))? {
            Some(_) => Ok(()),
            None => Err(Unanswered::not_found(format!("there is no link `{id}`"))),
        }
    }
}
