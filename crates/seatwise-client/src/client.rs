//! Where all call chains end: requests with the ids and language of their context, and the types
//! of their answers.

use std::sync::Arc;

use seatwise_types::extensions::Axes;
use seatwise_types::{header, wire};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::paging::with_query;
use crate::transport::{Answer, Request, Transport};
use crate::{Checked, Error, RequestContext};

/// The connection that all calls share, with a context for these calls. Clones are cheap.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) transport: Arc<Transport>,
    pub(crate) context: RequestContext,
}

impl Client {
    /// The unchanged answer to a request.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        self.transport.get(request, &self.context).await
    }

    /// A single request for diagnosis.
    pub(crate) async fn check(&self, path: &str) -> Result<Checked, Error> {
        self.transport.check(path, &self.context).await
    }

    /// The answer to a request.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        read(self.send(request).await?)
    }

    /// The resource at a path.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.fetch(&Request::to(path)).await
    }

    /// The answer to a query, whose members are the parameters.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Error> {
        self.get(&with_query(path, query)?).await
    }

    /// The resource at a point on the axes of time.
    pub(crate) async fn get_at<T: DeserializeOwned>(
        &self,
        path: &str,
        axes: Axes,
    ) -> Result<T, Error> {
        let request = Request::to(with_query(path, &axes)?);
        let answer = self.send(&request).await?;
        if !axes.is_default() && !answer.is_at_a_point {
            let message = "the service keeps no history: it answered for today";
            return Err(Error::unusable(header::SEATWISE_AXES, message).of(answer.ids));
        }
        read(answer)
    }
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, Error> {
    let Answer { body, ids, .. } = answer;
    wire::decode(&body).map_err(|err| Error::decode(err).with_body(&body).of(ids))
}
