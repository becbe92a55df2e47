//! `signet serve`: the port first, then the data, then the doors; the address is the last thing it says, or, for as long
//! as there is no administrator, the link for the first one.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use app::{Actor, Purpose};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::{Limits, Listener, OperatorSocket, Readiness, Web, WebSettings};

use crate::config::{self, Config, Loaded};
use crate::terminal::{Failure, say};
use crate::wiring::{self, World};
use crate::{files, logs, measure};

/// Resolves when the operating system asks the process to end. It listens from this call on, not from the first poll:
/// whoever has seen the address may ask at once.
pub(crate) fn ended_by_signal() -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::not_started)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::not_started)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

pub(crate) async fn serve(mut loaded: Loaded, world: World, ended: impl Future<Output = ()>) -> Result<(), Failure> {
    let (listener, address) = bind(loaded.config.server.listen).await?;
    loaded.bound_to(address);
    let config = &loaded.config;
    let last_words = logs::install(&config.node.name, &config.node.region, world.clock.clone(), config.log.level);
    let store = wiring::open_for_server(config).await?;
    wiring::migrate(config, &store, store::MIGRATIONS).await?;
    let app = wiring::start(config, store, &world, Purpose::Serve).await?;
    let recorder = measure::recorder(&config.node.name, &config.node.region).map_err(Failure::not_started)?;

    let readiness = Readiness::starting();
    let limits = Limits::from(&settings(config));
    let router = web::router(Web {
        app: app.clone(),
        settings: settings(config),
        readiness: readiness.clone(),
        render_metrics: measure::render(recorder.clone(), app.clone()),
    });
    let operator = open_operator_door(&config.server.data.join("operator.sock"))?;
    let (stop, stopped) = watch::channel(false);
    let mut doors = JoinSet::new();
    let folding = tokio::spawn(measure::fold(recorder));
    doors.spawn(web::serve(Listener::Public(listener), router.clone(), limits, told(stopped.clone())));
    doors.spawn(web::serve(Listener::Operator(operator), router, limits, told(stopped)));
    let setup_link = app.setup().offer(&app.ctx(Actor::System)).await.map_err(Failure::not_started)?;
    let worker = jobs::Worker::start(app);
    for warning in config::warnings(config) {
        tracing::warn!("{warning}");
    }
    readiness.set_ready();
    tracing::info!(%address, public_url = config.server.public_url.origin(), "serving");
    last_words.are_written(); // what follows is for people, and stands last
    say(format_args!("Signet is ready at {}", config.server.public_url.origin()));
    if let Some(link) = setup_link {
        say(format_args!("Become the first administrator (once, within an hour): {}", link.expose()));
    }

    let unfit = tokio::select! {
        () = ended => None,
        why = worker.found_unfit() => Some(why),
    };
    tracing::info!("stopping");
    readiness.set_stopping();
    let _all_doors_have_closed_already = stop.send(true);
    while doors.join_next().await.is_some() {}
    worker.stop().await;
    folding.abort();
    tracing::info!("stopped");
    unfit.map_or(Ok(()), |why| Err(Failure::not_started(why)))
}

fn open_operator_door(path: &Path) -> Result<OperatorSocket, Failure> {
    OperatorSocket::bind(path).map_err(|error| {
        let path = path.display();
        Failure::not_started(format!(
            "the operator's socket {path} cannot be opened ({error}); a path of at most 107 bytes can"
        ))
    })
}

async fn told(mut stopped: watch::Receiver<bool>) {
    let _the_sender_is_gone = stopped.wait_for(|stopped| *stopped).await;
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            Failure::not_started(format!("{address} is in use by another program; choose another with --listen"))
        }
        _ => Failure::not_started(format!("{address} cannot be listened on: {error}")),
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

fn settings(config: &Config) -> WebSettings {
    WebSettings {
        help: config.organisation.help.clone(),
        android_apps: config.passkeys.android_apps.clone(),
        apple_apps: config.passkeys.apple_apps.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        metrics_allow: config.metrics.allow.clone(),
        max_connections: config.server.max_connections.min(files::room_for_connections()),
        grace: Duration::from_secs(config.server.shutdown_grace_seconds),
    }
}
