//! The stylesheet, the script and the icon. They are part of the binary.
//!
//! The address of each file contains a hash of its content, so browsers cache it for ever and load it again
//! only when it changes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

/// The route of these files.
pub(crate) const PATH: &str = "/static/{name}";

/// A file and its address.
pub(crate) struct Asset {
    pub(crate) address: String,
    media_type: &'static str,
    content: &'static str,
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../static/style.css");
    Asset::new("css", "text/css; charset=utf-8", content)
});
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../static/script.js");
    Asset::new("js", "text/javascript; charset=utf-8", content)
});
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../static/icon.svg");
    Asset::new("svg", "image/svg+xml", content)
});

impl Asset {
    fn new(ending: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = digest(&SHA256, content.as_bytes());
        let mut name = String::new();
        for byte in &hash.as_ref()[..8] {
            let _ = write!(name, "{byte:02x}");
        }
        Self {
            address: format!("/static/{name}.{ending}"),
            media_type,
            content,
        }
    }
}

/// `GET /static/…`
pub(crate) async fn get(Path(name): Path<String>) -> Response {
    let address = PATH.replace("{name}", &name);
    let assets = [&*STYLE, &*SCRIPT, &*ICON];
    let Some(asset) = assets.into_iter().find(|it| it.address == address) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, asset.content).into_response()
}
