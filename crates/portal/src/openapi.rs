//! The OpenAPI description: made from the routes themselves, served, and written to a file that clients are built from.

use utoipa::openapi::{
    Components, InfoBuilder, OpenApi, OpenApiBuilder,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

/// Everything but the paths.
#[must_use]
pub fn frame() -> OpenApi {
    let bearer = |text: &str| {
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build(),
        )
    };
    let cookie = |name: &str| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)));
    let mut components = Components::new();
    for (name, scheme) in [
        ("user", bearer("Of a signed-in person, given by sign_in to a desktop app")),
        ("user_cookie", cookie(crate::auth::cookies::USER)),
        ("guest", bearer("Of a customer; good for one session")),
        ("guest_cookie", cookie("__Host-deskside-guest-<session id>")),
    ] {
        components.add_security_scheme(name, scheme);
    }
    let any = ["user", "user_cookie", "guest", "guest_cookie"];
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Deskside portal").version(env!("CARGO_PKG_VERSION")).build())
        .components(Some(components))
        .security(Some(any.map(|name| SecurityRequirement::new(name, Vec::<String>::new()))))
        .build()
}

/// As it is served and printed.
#[must_use]
pub fn to_json(description: &OpenApi) -> String {
    // Plain data with text keys: serialising cannot fail.
    serde_json::to_string_pretty(description).unwrap_or_default() + "\n"
}

/// The whole description, without a running portal.
#[must_use]
pub fn print() -> String {
    to_json(&crate::router::api().into_openapi())
}
