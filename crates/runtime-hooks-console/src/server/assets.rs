//! The page's files, served as they are: no build step, nothing from other hosts.

use axum::http::header;
use axum::response::{IntoResponse, Response};

#[derive(Clone, Copy)]
pub(super) struct Asset {
    pub(super) path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

macro_rules! asset {
    ($path:expr, $file:literal, $type:literal) => {
        Asset {
            path: $path,
            content_type: $type,
            text: include_str!(concat!("../../page/", $file)),
        }
    };
}

macro_rules! script {
    ($file:literal) => {
        asset!(concat!("/", $file), $file, "text/javascript; charset=utf-8")
    };
}

pub(super) const ALL: [Asset; 24] = [
    asset!("/", "index.html", "text/html; charset=utf-8"),
    asset!("/style.css", "style.css", "text/css; charset=utf-8"),
    asset!("/favicon.svg", "favicon.svg", "image/svg+xml"),
    script!("main.js"),
    script!("dom.js"),
    script!("format.js"),
    script!("overview.js"),
    script!("names.js"),
    script!("name.js"),
    script!("tasks.js"),
    script!("lints.js"),
    script!("plot.js"),
    script!("dump.js"),
    script!("dump_flame.js"),
    script!("dump_groups.js"),
    script!("dump_tree.js"),
    script!("timeline.js"),
    script!("timeline_bars.js"),
    script!("timeline_canvas.js"),
    script!("timeline_draw.js"),
    script!("timeline_input.js"),
    script!("timeline_panel.js"),
    script!("timeline_record.js"),
    script!("ticks.js"),
];

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, self.content_type)], self.text).into_response()
    }
}
