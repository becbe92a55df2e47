//! A sign-in's two requests on bare axum, with keep-alive: bodies are read whole and answered with bodies of the same
//! sizes as the real ones, and nothing is done in between.

use std::future::ready;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use clap::Args;
use tokio::net::TcpListener;

use crate::wire::{BEGIN, FINISH};

#[derive(Debug, Clone, Args)]
pub(crate) struct Desk {
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// With what a beginning is answered
    #[arg(long)]
    pub(crate) begun: PathBuf,
    /// With what an end is answered
    #[arg(long)]
    pub(crate) finished: PathBuf,
}

/// Serves until it is ended.
pub(crate) fn serve(desk: &Desk) {
    let answer = |file: &PathBuf| {
        let body = Bytes::from(std::fs::read(file).expect("an answer"));
        post(move |_whole: Bytes| ready(([(CONTENT_TYPE, "application/json")], body)))
    };
    let router = Router::new()
        .route("/readyz", get(|| ready(())))
        .route(BEGIN, answer(&desk.begun))
        .route(FINISH, answer(&desk.finished));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(desk.listen).await.expect("a free address");
        axum::serve(listener, router).await.expect("served");
    });
}
