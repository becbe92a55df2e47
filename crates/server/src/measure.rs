//! The metrics page: one recorder for the process, with the region and the node on every figure.

use std::sync::Arc;
use std::time::Duration;

use app::App;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use vocab::Label;

const FOLD_EVERY: Duration = Duration::from_secs(5);
/// Seconds; the targets for a sign-in lie between the third and the sixth.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

pub(crate) fn recorder(node: &Label, region: &Label) -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .add_global_label("node", node.as_str())
        .add_global_label("region", region.as_str())
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!("signet_http_requests_total", "Requests answered, by route, method and status");
    describe_histogram!(
        "signet_http_request_seconds",
        Unit::Seconds,
        "Time from the last header to the answer, by route"
    );
    describe_counter!("signet_ceremonies_begun_total", "Ceremonies begun, by kind and by how the browser asks");
    describe_counter!("signet_ceremonies_ended_total", "Ceremonies that came back, by kind and outcome");
    describe_counter!(
        "signet_ceremony_errors_total",
        "Ceremonies that went wrong, here or as browsers report it, by code, phase, browser, system and model"
    );
    describe_gauge!("signet_http_connections", "Connections open now");
    describe_counter!("signet_job_failures_total", "Rounds of a background job that failed");
    describe_gauge!(
        "signet_authenticator_list_overdue_days",
        "Days since there should have been another list of models of authenticators"
    );
    describe_counter!("signet_authenticator_list_fetches_total", "Lists of models that were asked for, by outcome");
    describe_gauge!("signet_store_waiting", "Writes, or requests for a connection, that wait for the database");
    describe_counter!("signet_store_writes_total", "Write transactions answered");
    describe_counter!("signet_store_commits_total", "Commits made durable; fewer than writes where writes share one");
    describe_counter!("signet_store_overloads_total", "Requests turned away because too many were waiting");
    describe_counter!("signet_log_lines_dropped_total", "Log lines nobody read in time");
    describe_gauge!("signet_build_info", "1; the labels say what runs");
}

/// What was measured is folded together even when nobody asks for it: raw samples would pile up.
pub(crate) async fn fold(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(FOLD_EVERY);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// Renders the page, the store's figures read at that moment.
pub(crate) fn render(handle: PrometheusHandle, app: App) -> Arc<dyn Fn() -> String + Send + Sync> {
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("engine", app.store_engine())];
    gauge!("signet_build_info", &labels).set(1.0);
    Arc::new(move || {
        let figures = app.store_figures();
        gauge!("signet_store_waiting").set(figures.waiting as f64);
        counter!("signet_store_writes_total").absolute(figures.writes);
        counter!("signet_store_commits_total").absolute(figures.commits);
        counter!("signet_store_overloads_total").absolute(figures.overloads);
        handle.run_upkeep();
        handle.render()
    })
}
