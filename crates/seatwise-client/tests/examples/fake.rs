// What the examples in the documentation run against: included by them, unseen by the reader.

/// A customer, as it stands in a list.
pub const CUSTOMER: &str = r#"{"id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","companyProfile":{
    "tenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","domain":"contoso.onmicrosoft.com",
    "companyName":"Contoso"},"relationshipToPartner":"reseller"}"#;

/// Runs an example with a partner whose service, on this machine, gives these answers one after
/// the other, whatever it is asked.
pub fn fake(
    answers: &[&str],
    example: impl AsyncFnOnce(
        seatwise_client::PartnerOperations,
    ) -> Result<(), Box<dyn std::error::Error>>,
) {
    let url = serve(answers);
    let partner =
        seatwise_client::PartnerOperations::builder(seatwise_client::Credential::token("eyJ0eXAi"))
            .base_url(url)
            .build()
            .unwrap();
    block_on(async { example(partner).await.unwrap() });
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A server that gives these answers and closes each connection after one.
pub fn serve(answers: &[&str]) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(|it| (*it).to_owned()).collect();
    std::thread::spawn(move || {
        for body in answers {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() > 0 {
                request.push(byte[0]);
            }
            // A body that is not read would break the connection when it is closed.
            let head = String::from_utf8(request).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            connection.read_exact(&mut vec![0; length]).unwrap();
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            connection.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    url
}
