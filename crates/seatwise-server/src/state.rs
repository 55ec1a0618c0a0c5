//! The state that requests share.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::MethodRouter;
use http::HeaderValue;
use seatwise_store::Store;

use crate::clock::{Clock, NewId};
use crate::collection_status::{AskLastCollection, AskPastCollections, CollectionStatus};
use crate::duties::Duties;
use crate::import_folder::ImportFolder;
use crate::importing::Imports;
use crate::metrics::Metrics;
use crate::openapi::Description;
use crate::plumbing::dates::Dates;
use crate::plumbing::limits::Limits;
use crate::plumbing::wire_profile::WireProfile;
use crate::published::Published;
use crate::questions::Questions;
use crate::sign_in::{Callers, CodeFlow, DevProvider, Verifier};
use crate::snapshot_cache::SnapshotCache;

/// The state of a server; [`Answers`](crate::Answers) answers from it.
pub struct AppState {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) code_flow: CodeFlow,
    pub(crate) dev_provider: Option<DevProvider>,
    pub(crate) additions: Option<Additions>,
    pub(crate) published: Arc<Published>,
    pub(crate) store: Store,
    pub(crate) questions: Arc<Questions>,
    pub(crate) snapshots: Arc<SnapshotCache>,
    pub(crate) imports: Imports,
    pub(crate) import_folder: Option<Arc<ImportFolder>>,
    pub(crate) description: &'static LazyLock<Description>,
    pub(crate) wire: WireProfile,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
    pub(crate) collection: Option<Arc<CollectionStatus>>,
    pub(crate) last_collection: Option<AskLastCollection>,
    pub(crate) past_collections: Option<AskPastCollections>,
    /// The clock for tokens and responses: the emulator's, if there is one.
    pub(crate) clock: Clock,
    /// The real clock, for stored data.
    pub(crate) real_clock: Clock,
    pub(crate) new_id: NewId,
    pub(crate) server_id: HeaderValue,
    pub(crate) dates: Dates,
    pub(crate) loopback_only: bool,
    /// Whether the server uses TLS, so that its URLs start with `https`.
    pub(crate) secure: bool,
}

/// What an emulator adds to a server: routes, layers and a clock. A server with it listens on
/// loopback addresses only.
#[derive(Clone)]
pub struct Additions {
    /// The clock for tokens and responses. Stored data has the real time.
    pub clock: Clock,
    /// Routes beside the API. They have all common layers, but check access themselves.
    pub routes: Router<Arc<AppState>>,
    /// Adds layers to an endpoint of the API, whose documented path it gets.
    pub endpoint: AddToEndpoint,
    /// Adds layers to all routes, inside of ids and log, and outside of the limits of requests.
    pub layer: AddToRoutes,
}

/// Adds layers to the endpoint with this path.
pub type AddToEndpoint = Arc<
    dyn Fn(&Arc<AppState>, &str, MethodRouter<Arc<AppState>>) -> MethodRouter<Arc<AppState>>
        + Send
        + Sync,
>;

/// Adds layers to all routes.
pub type AddToRoutes =
    Arc<dyn Fn(&Arc<AppState>, Router<Arc<AppState>>) -> Router<Arc<AppState>> + Send + Sync>;

impl FromRef<Arc<AppState>> for Callers {
    fn from_ref(app: &Arc<AppState>) -> Self {
        Self {
            verifier: Arc::clone(&app.verifier),
            clock: Arc::clone(&app.clock),
        }
    }
}

impl AppState {
    /// The supervisor of this server's duties.
    pub fn duties(&self) -> Duties {
        self.metrics.duties.clone()
    }

    /// Looks once at the import folder, if there is one: imports the files that were seen unchanged
    /// for the settle time before this instant.
    pub async fn import_from_folder(&self, at: Instant) {
        if let Some(folder) = &self.import_folder {
            folder.look(at).await;
        }
    }

    /// The stored data.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The form of bodies.
    pub fn wire(&self) -> WireProfile {
        self.wire
    }

    /// Whether the server uses TLS, so that its URLs start with `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Drops all rows that are kept in memory, for instance those of a partner that was removed.
    pub async fn forget_snapshots(&self) {
        self.snapshots.clear().await;
    }

    /// Publishes the stored data of all partners.
    ///
    /// A partner whose figures cannot be read keeps its last answer. This is logged and counted.
    pub async fn refresh_now(&self) {
        self.published.refresh(None).await;
    }
}
