//! `seatwise ready`: a health check for containers and scripts.

use seatwise_client::{Error as ClientError, ErrorKind, readiness};
use seatwise_service::{Error, Failure, Result, client_code, client_hint, trusted};

use crate::cli::Ready;
use crate::output;

pub(crate) async fn run(args: Ready) -> Result<()> {
    let trusted = trusted(args.trust.ca_cert.as_deref())?;
    let said = readiness(&args.url, &trusted).await.map_err(failed)?;
    output::line(said)
}

fn failed(err: ClientError) -> Error {
    let hint = match err.kind() {
        // The usual hint names the variable of the commands that read figures.
        ErrorKind::Connection | ErrorKind::Timeout => Some(
            "check --url (or SEATWISE_READY_URL), its scheme (http or https), and that the \
             server is running"
                .to_owned(),
        ),
        _ => client_hint(&err, "--url"),
    };
    let failure = Failure {
        code: client_code(&err),
        message: "the health check failed".to_owned(),
        hint,
    };
    Error::Caused {
        failure,
        source: Box::new(err),
    }
}
