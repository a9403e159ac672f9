use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;

#[tokio::test]
async fn page_is_never_kept_and_may_load_nothing_from_elsewhere() {
    let playground = Playground::new();
    let page = playground.get("/").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html");
    assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
}

#[tokio::test]
async fn assets_have_their_type_and_are_kept_for_ever() {
    let playground = Playground::new();
    for (asset, content_type) in [
        ("/assets/playground-A1.js", "text/javascript"),
        ("/assets/style-A1.css", "text/css"),
        ("/assets/icon-A1.svg", "image/svg+xml"),
    ] {
        let response = playground.get(asset).await;
        assert_eq!(response.status(), StatusCode::OK, "{asset}");
        assert_eq!(response.headers()[CONTENT_TYPE], content_type);
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(
            response.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
    }
}

#[tokio::test]
async fn absence_of_an_asset_is_not_kept() {
    let response = Playground::new().get("/assets/playground-B2.js").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn files_beside_the_folder_are_out_of_reach() {
    let playground = Playground::new();
    fs::write(playground.folder.with_extension("secret"), "secret").unwrap();
    let name = playground.folder.file_name().unwrap().to_str().unwrap();
    for path in [
        format!("/../{name}.secret"),
        format!("/assets/..%2f..%2f{name}.secret"),
    ] {
        assert_eq!(
            playground.get(&path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

/// A folder as the build makes it, gone with the test.
struct Playground {
    folder: PathBuf,
}

impl Playground {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("playground-{}", Uuid::now_v7()));
        fs::create_dir_all(folder.join("assets")).unwrap();
        for file in [
            "index.html",
            "assets/playground-A1.js",
            "assets/style-A1.css",
            "assets/icon-A1.svg",
        ] {
            fs::write(folder.join(file), "content").unwrap();
        }
        Self { folder }
    }

    async fn get(&self, path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        routes(&self.folder).oneshot(request).await.unwrap()
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.with_extension("secret"));
        let _ = fs::remove_dir_all(&self.folder);
    }
}
