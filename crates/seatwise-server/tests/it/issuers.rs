//! Configured issuers: where keys come from, how long they are trusted, and for which tenants.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use seatwise_server::{AppState, Config, Issuer, SignIn};
use serde_json::{Value, json};

use crate::fake_issuer::FakeIssuer;
use crate::harness::{TestServer, USAGE, partner};
use crate::recorder::Log;
use crate::tokens::{
    bearer, changed, jwk, key_id, new_key, signed, signed_with, trusted_jwk, user_claims,
};

struct Signed {
    server: TestServer,
    issuer: FakeIssuer,
}

impl Signed {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let issuer = FakeIssuer::start().await;
        let server = TestServer::with(|config| {
            issuer.configure(config);
            change(config);
        });
        Self {
            server: server.await,
            issuer,
        }
    }

    fn claims(&self) -> Value {
        // Valid for as long as tests advance the clock.
        let changes = json!({ "iss": self.issuer.name(), "exp": 9_999_999_999_i64 });
        changed(user_claims(), changes)
    }

    async fn status(&self, token: &str) -> u16 {
        let mut request = Request::get(USAGE).body(Body::empty()).unwrap();
        request.headers_mut().insert("Authorization", bearer(token));
        self.server.send(request).await.head.status.as_u16()
    }

    fn publish(&self, keys: &[Value]) {
        self.issuer
            .change(|it| it.keys = json!({ "keys": keys }).to_string());
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_when_they_are_needed() {
    let it = Signed::start().await;
    assert_eq!(it.issuer.fetches(), 0);
    for number in 0..3 {
        let claims = changed(it.claims(), json!({ "oid": number }));
        assert_eq!(it.status(&signed(&claims)).await, 200);
        assert_eq!(it.issuer.fetches(), 1);
    }
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_but_not_at_any_rate() {
    let it = Signed::start().await;
    assert_eq!(it.status(&signed(&it.claims())).await, 200);

    let new = new_key();
    let token = signed_with(&new, &it.claims(), |header| header.kid = Some("new".into()));
    it.publish(&[trusted_jwk(), jwk(&new, "new")]);
    it.server.advance(Duration::from_secs(29));
    assert_eq!(it.status(&token).await, 401);
    assert_eq!(it.issuer.fetches(), 1);
    it.server.advance(Duration::from_secs(1));
    assert_eq!(it.status(&token).await, 200);
    assert_eq!(it.issuer.fetches(), 2);

    for _ in 0..3 {
        let token = signed_with(&new, &it.claims(), |header| header.kid = Some("x".into()));
        assert_eq!(it.status(&token).await, 401);
    }
    assert_eq!(it.issuer.fetches(), 2);
}

#[tokio::test]
async fn those_who_come_at_once_share_a_fetch() {
    let it = Signed::start().await;
    let token = signed(&it.claims());
    let statuses = tokio::join!(it.status(&token), it.status(&token), it.status(&token));
    assert_eq!(statuses, (200, 200, 200));
    assert_eq!(it.issuer.fetches(), 1);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_trusted_no_longer() {
    let it = Signed::start().await;
    let token = signed(&it.claims());
    assert_eq!(it.status(&token).await, 200);
    it.publish(&[jwk(&new_key(), "new")]);
    it.server.advance(Duration::from_secs(3599));
    assert_eq!(it.status(&token).await, 200);
    assert_eq!(it.issuer.fetches(), 1);
    it.server.advance(Duration::from_secs(1));
    // Requests are answered with the old keys until the new ones are fetched.
    while it.status(&token).await == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(it.status(&token).await, 401);
    assert_eq!(it.issuer.fetches(), 2);
}

#[tokio::test]
async fn another_key_under_an_old_id_is_another_key() {
    let it = Signed::start().await;
    let token = signed(&it.claims());
    assert_eq!(it.status(&token).await, 200);
    it.publish(&[jwk(&new_key(), &key_id())]);
    it.server.advance(Duration::from_secs(3600));
    while it.status(&token).await == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(it.status(&token).await, 401);
}

#[tokio::test]
async fn known_keys_serve_while_the_issuer_is_unreachable() {
    let it = Signed::start().await;
    assert_eq!(it.status(&signed(&it.claims())).await, 200);
    it.issuer.change(|it| it.down = true);
    for _ in 0..3 {
        it.server.advance(Duration::from_secs(7 * 24 * 3600));
        assert_eq!(it.status(&signed(&it.claims())).await, 200);
    }
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_is_trouble_of_the_server() {
    let it = Signed::start().await;
    it.issuer.change(|it| it.down = true);
    let token = signed(&it.claims());
    let (log, guard) = Log::record();
    assert_eq!(it.status(&token).await, 503);
    drop(guard);
    let text = log.text().replace(&it.issuer.address.to_string(), "ISSUER");
    assert_snapshot!(text, @r#"
    ERROR seatwise_server::duties: a duty of the server failed and begins again later duty="keys" error="cannot fetch the keys of `http://ISSUER/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/`; those fetched before stay trusted: `http://ISSUER/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/.well-known/openid-configuration` answered with 502 Bad Gateway"
    ERROR request{method=GET route="/v1/analytics/licenses/usage" request_id=10000000-0000-4000-8000-000000000001 correlation_id=10000000-0000-4000-8000-000000000002}: seatwise_server::request_context: request failed status=503 duration_ms=_ cause="the keys of the token's issuer could not be fetched"
    "#);

    it.issuer.change(|it| it.down = false);
    assert_eq!(it.status(&token).await, 503);
    it.server.advance(Duration::from_secs(30));
    assert_eq!(it.status(&token).await, 200);
}

#[tokio::test]
async fn documents_that_are_not_believed() {
    let key = trusted_jwk;
    let keys = |keys: Value| json!({ "keys": keys }).to_string();
    let other_tenant =
        "https://login.microsoftonline.com/0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9/v2.0";
    for (name, document) in [
        ("no JSON", "{".to_owned()),
        ("no keys", "{}".to_owned()),
        ("an empty list", keys(json!([]))),
        (
            "longer than a key document",
            format!("{}{}", keys(json!([key()])), " ".repeat(256 * 1024)),
        ),
        (
            "more keys than anybody has",
            keys(json!(vec![json!({ "kty": "EC" }); 101])),
        ),
        ("two keys of one id", keys(json!([key(), key()]))),
        (
            "a key for encryption",
            keys(json!([changed(key(), json!({ "use": "enc" }))])),
        ),
        (
            "a key for another algorithm",
            keys(json!([changed(key(), json!({ "alg": "PS256" }))])),
        ),
        (
            "a secret",
            keys(json!([{ "kty": "oct", "kid": key_id(), "k": "AAAA" }])),
        ),
        (
            "a key without an id",
            keys(json!([changed(key(), json!({ "kid": null }))])),
        ),
        (
            "a short key",
            keys(json!([changed(key(), json!({ "n": "AQAB" }))])),
        ),
        (
            "a key of another tenant",
            keys(json!([changed(key(), json!({ "issuer": other_tenant }))])),
        ),
    ] {
        let it = Signed::start().await;
        it.issuer.change(|it| it.keys = document);
        assert_eq!(it.status(&signed(&it.claims())).await, 503, "{name}");
        assert_eq!(it.issuer.fetches(), 1, "{name}");
    }

    for (name, discovery) in [
        (
            "of another issuer",
            json!({ "issuer": "https://issuer.example/" }),
        ),
        ("without keys", json!({ "jwks_uri": null })),
        (
            "with keys that anybody can exchange",
            json!({ "jwks_uri": "http://issuer.example/keys" }),
        ),
        (
            "with keys of this computer",
            json!({ "jwks_uri": "file:///etc/passwd" }),
        ),
    ] {
        let it = Signed::start().await;
        it.issuer
            .change(|it| it.discovery = changed(it.discovery.clone(), discovery));
        assert_eq!(it.status(&signed(&it.claims())).await, 503, "{name}");
        assert_eq!(it.issuer.fetches(), 0, "{name}");
    }

    let (it, elsewhere) = (Signed::start().await, FakeIssuer::start().await);
    it.issuer
        .change(|it| it.moved_to = Some(format!("http://{}/keys", elsewhere.address)));
    assert_eq!(it.status(&signed(&it.claims())).await, 503);
    assert_eq!(elsewhere.fetches(), 0, "a redirect was followed");
}

#[tokio::test]
async fn keys_beside_those_that_are_not_ours() {
    let it = Signed::start().await;
    let entra = changed(
        trusted_jwk(),
        json!({ "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0", "x5t": "x" }),
    );
    it.publish(&[json!({ "kty": "EC", "kid": "x" }), json!({}), entra]);
    assert_eq!(it.status(&signed(&it.claims())).await, 200);
}

#[tokio::test]
async fn only_partners_that_are_named_may_sign_in() {
    let stranger = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    let it = Signed::start().await;
    let claims = json!({ "tid": stranger, "iss": it.issuer.name().replace(&partner().to_string(), stranger) });
    assert_eq!(
        it.status(&signed(&changed(it.claims(), claims.clone())))
            .await,
        401
    );
    assert_eq!(it.issuer.fetches(), 0, "a stranger made the server ask");

    let tenants = vec![partner(), stranger.parse().unwrap()];
    let it = Signed::with(|config| config.sign_in.tenants = tenants).await;
    let claims = json!({ "tid": stranger, "iss": it.issuer.name().replace(&partner().to_string(), stranger) });
    assert_eq!(it.status(&signed(&it.claims())).await, 200);
    assert_eq!(it.status(&signed(&changed(it.claims(), claims))).await, 200);
    assert_eq!(
        it.status(&signed(&changed(it.claims(), json!({ "tid": stranger }))))
            .await,
        401
    );
}

#[tokio::test]
async fn an_exact_issuer_speaks_for_the_tenant_that_it_names() {
    let stranger = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    let issuer = FakeIssuer::start().await;
    let start = |name: String| {
        let issuer = issuer.clone();
        TestServer::with(move |config| {
            issuer.configure(config);
            config.sign_in.issuers = vec![name.parse().unwrap()];
            config.sign_in.tenants = vec![partner(), stranger.parse().unwrap()];
        })
    };
    let it = Signed {
        server: start(issuer.name()).await,
        issuer: issuer.clone(),
    };
    assert_eq!(it.status(&signed(&it.claims())).await, 200);
    assert_eq!(
        it.status(&signed(&changed(it.claims(), json!({ "tid": stranger }))))
            .await,
        401
    );

    // An issuer without a tenant in its name is trusted for all configured tenants, and no others.
    let name = format!("http://{}/realm/", issuer.address);
    let it = Signed {
        server: start(name.clone()).await,
        issuer: issuer.clone(),
    };
    let third = "1b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    for (tenant, status) in [
        (partner().to_string(), 200),
        (stranger.into(), 200),
        (third.into(), 401),
    ] {
        let claims = changed(it.claims(), json!({ "tid": tenant, "iss": name }));
        assert_eq!(it.status(&signed(&claims)).await, status);
    }
}

#[tokio::test]
async fn other_audiences_scopes_and_roles_by_configuration() {
    let it = Signed::with(|config| {
        config.sign_in = SignIn {
            audiences: vec!["https://partner.partnercenterapi.microsoftonline.cn".into()],
            scopes: vec!["figures.read".into(), "figures.write".into()],
            roles: vec!["AdminAgents".into(), "SalesAgents".into()],
            ..config.sign_in.clone()
        };
    })
    .await;
    let good = json!({
        "aud": "https://partner.partnercenterapi.microsoftonline.cn",
        "scp": "openid figures.read",
        "roles": ["HelpdeskAgents", "SalesAgents"],
    });
    let good = changed(it.claims(), good);
    assert_eq!(it.status(&signed(&good)).await, 200);
    for (changes, status) in [
        (
            json!({ "aud": "https://api.partnercenter.microsoft.com" }),
            401,
        ),
        (json!({ "scp": "user_impersonation" }), 403),
        (json!({ "roles": ["HelpdeskAgents"] }), 403),
        (json!({ "roles": null }), 403),
    ] {
        assert_eq!(
            it.status(&signed(&changed(good.clone(), changes))).await,
            status
        );
    }
}

#[test]
fn names_that_are_no_issuer() {
    for (name, reason) in [
        (
            "",
            "not an address such as `https://sts.windows.net/{tid}/`",
        ),
        (
            "sts.windows.net",
            "not an address such as `https://sts.windows.net/{tid}/`",
        ),
        (
            "http://sts.windows.net/{tid}/",
            "not an `https` address; `http` is for loopback addresses alone",
        ),
        (
            "http://localhost.example/",
            "not an `https` address; `http` is for loopback addresses alone",
        ),
        (
            "ftp://127.0.0.1/",
            "not an `https` address; `http` is for loopback addresses alone",
        ),
        (
            "https://{tid}.issuer.example/",
            "`{tid}` is not one whole segment of the path",
        ),
        (
            "https://issuer.example/x{tid}/",
            "`{tid}` is not one whole segment of the path",
        ),
        (
            "https://issuer.example/{tid}/{tid}",
            "`{tid}` is not one whole segment of the path",
        ),
        (
            "https://issuer.example/?{tid}",
            "more than a host and a path",
        ),
        ("https://issuer.example/#x", "more than a host and a path"),
        (
            "https://user:secret@issuer.example/",
            "more than a host and a path",
        ),
        (
            "https://sts.windows.net/{tid}",
            "not an issuer of Entra's v1.0 tokens, which has one segment and a slash at the end: \
             `https://sts.windows.net/{tid}/`",
        ),
        (
            "https://login.microsoftonline.com/{tid}/v2.0/",
            "not an issuer of Entra's v2.0 tokens, which ends with `/v2.0` and no slash: \
             `https://login.microsoftonline.com/{tid}/v2.0`",
        ),
        (
            "https://login.microsoftonline.us/{tid}",
            "not an issuer of Entra's v2.0 tokens, which ends with `/v2.0` and no slash: \
             `https://login.microsoftonline.com/{tid}/v2.0`",
        ),
        (
            "https://login.microsoftonline.com/common/v2.0",
            "`common` is no tenant: a token names its own; write `{tid}` instead",
        ),
        (
            "https://login.microsoftonline.com/organizations/v2.0",
            "`organizations` is no tenant: a token names its own; write `{tid}` instead",
        ),
        (
            "https://sts.windows.net/consumers/",
            "`consumers` are personal accounts, which no partner has; write `{tid}` instead",
        ),
    ] {
        assert_eq!(
            name.parse::<Issuer>().unwrap_err().to_string(),
            reason,
            "{name}"
        );
    }
    for name in [
        "https://sts.windows.net/{tid}/",
        "https://login.microsoftonline.com/{tid}/v2.0",
        "https://login.microsoftonline.us/{tid}/v2.0",
        "https://sts.chinacloudapi.cn/{tid}/",
        "https://idp.example",
        "http://[::1]:8080/realm",
        "http://localhost:8080/realm",
    ] {
        assert_eq!(name.parse::<Issuer>().unwrap().to_string(), name);
    }
}

#[tokio::test]
async fn what_lets_every_caller_or_none_in_does_not_start() {
    let it = Signed::start().await;
    let refusal = |change: &dyn Fn(&mut Config)| {
        let mut config = it.server.config.clone();
        config.sign_in.issuers = vec!["https://sts.windows.net/{tid}/".parse().unwrap()];
        change(&mut config);
        match AppState::new(&config, it.server.store.clone()) {
            Ok(_) => "started".to_owned(),
            Err(err) => err.to_string(),
        }
    };
    assert_eq!(refusal(&|_| {}), "started");
    assert_snapshot!(refusal(&|config| config.sign_in.issuers.clear()), @"no token would be accepted: there is no trusted issuer");
    assert_snapshot!(refusal(&|config| config.sign_in.tenants.clear()), @"no tenant is allowed to sign in with `https://sts.windows.net/{tid}/`");
    assert_snapshot!(refusal(&|config| config.sign_in.audiences.clear()), @"there is no accepted audience");
    assert_snapshot!(refusal(&|config| config.sign_in.scopes.clear()), @"there is no accepted scope");
    let beyond = |config: &mut Config| config.listen = "0.0.0.0:8080".parse().unwrap();
    assert_snapshot!(refusal(&beyond), @"without TLS the server cannot listen on `0.0.0.0:8080`, where others can read tokens");
    assert_eq!(
        refusal(&|config| {
            beyond(config);
            config.behind_proxy = true;
        }),
        "started"
    );
}

#[tokio::test]
async fn without_the_development_identity_any_host_is_answered() {
    let it = Signed::start().await;
    let request = Request::get("/healthz")
        .header("Host", "seatwise.partner.example")
        .body(Body::empty());
    assert_eq!(it.server.send(request.unwrap()).await.head.status, 200);
}
