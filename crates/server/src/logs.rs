//! Log lines: one JSON object each, with the node, the region and the correlation id of the request.

use std::fmt::Debug;
use std::io::Write as _;

use serde::Serialize;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use vocab::Label;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Where lines go, each with its end: standard error in a server, a buffer in a test.
pub type Sink = Arc<dyn Fn(String) + Send + Sync>;

/// Writes each event as one line.
pub struct JsonLines {
    node: Label,
    region: Label,
    clock: Arc<dyn app::Clock>,
    sink: Sink,
}

impl JsonLines {
    pub fn new(node: Label, region: Label, clock: Arc<dyn app::Clock>, sink: Sink) -> Self {
        Self { node, region, clock, sink }
    }
}

/// Lines that wait for a reader who does not read; what comes on top is dropped and counted. A stalled reader must
/// not stop the threads that answer requests.
const WAITING_AT_MOST: usize = 8_192;
/// How long lines are gathered before they are written, and how much is written at once.
const GATHERED_FOR: Duration = Duration::from_millis(5);
const WRITTEN_AT_ONCE: usize = 64 * 1024;
/// How long the end of the process waits for its last lines to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the log's own thread is told.
enum Message {
    Line(String),
    /// Everything before this has been written.
    Written(SyncSender<()>),
}

/// Keeps the last lines from getting lost: dropped at the end of the process.
pub struct LastWords(SyncSender<Message>);

impl LastWords {
    /// Waits until everything that was logged before has been written, or until nobody seems to read it.
    pub fn are_written(&self) {
        let (written, wait) = sync_channel(1);
        if self.0.try_send(Message::Written(written)).is_ok() {
            let _nobody_reads = wait.recv_timeout(LAST_WORDS);
        }
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.are_written();
    }
}

/// From now on this process logs to standard error. A second call changes nothing.
pub fn install(node: &Label, region: &Label, clock: Arc<dyn app::Clock>, level: Level) -> LastWords {
    let (sender, messages) = sync_channel(WAITING_AT_MOST);
    std::thread::spawn(move || write_all(&messages));
    let to_thread = sender.clone();
    let sink: Sink = Arc::new(move |line| {
        if to_thread.try_send(Message::Line(line)).is_err() {
            metrics::counter!("signet_log_lines_dropped_total").increment(1);
        }
    });
    let lines = JsonLines::new(node.clone(), region.clone(), clock, sink);
    let _installed_before = tracing_subscriber::registry().with(LevelFilter::from_level(level)).with(lines).try_init();
    LastWords(sender)
}

/// Lines come in crowds. Each crowd is gathered for a moment and written at once, so that a line costs neither a wake-up
/// of this thread nor a system call of its own.
fn write_all(messages: &Receiver<Message>) {
    let mut crowd = String::new();
    while let Ok(first) = messages.recv() {
        gather();
        for message in std::iter::once(first).chain(messages.try_iter()) {
            match message {
                Message::Line(line) => crowd.push_str(&line),
                Message::Written(written) => {
                    write_out(&mut crowd);
                    let _nobody_waits = written.send(());
                }
            }
            if crowd.len() >= WRITTEN_AT_ONCE {
                write_out(&mut crowd);
            }
        }
        write_out(&mut crowd);
    }
}

#[expect(clippy::disallowed_methods, reason = "each line would wake this thread, and it waits for a crowd of them")]
fn gather() {
    std::thread::sleep(GATHERED_FOR);
}

fn write_out(crowd: &mut String) {
    let _nobody_listens = std::io::stderr().lock().write_all(crowd.as_bytes());
    crowd.clear();
}

impl<S> Layer<S> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Line::new();
        // What comes first wins: ours over a field of the same name, the event's over its spans'.
        line.put("at", &self.clock.now().to_string());
        line.put("level", level(*metadata.level()));
        line.put("target", metadata.target());
        line.put("node", self.node.as_str());
        line.put("region", self.region.as_str());
        event.record(&mut line);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                fields.0.iter().for_each(|(name, value)| line.put(name, value));
            }
        }
        (self.sink)(line.ended());
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

/// A line while it is being written. serde_json escapes whatever would break out of it.
struct Line {
    names: Vec<&'static str>,
    text: Vec<u8>,
}

impl Line {
    /// With room for what most lines say.
    fn new() -> Self {
        Self { names: Vec::with_capacity(16), text: Vec::with_capacity(512) }
    }

    fn put(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        if self.names.contains(&name) {
            return;
        }
        self.text.push(if self.names.is_empty() { b'{' } else { b',' });
        self.names.push(name);
        let _writing_to_memory_succeeds = serde_json::to_writer(&mut self.text, name);
        self.text.push(b':');
        let _plain_values_are_json = serde_json::to_writer(&mut self.text, value);
    }

    fn ended(mut self) -> String {
        self.text.extend_from_slice(b"}\n");
        String::from_utf8(self.text).unwrap_or_default()
    }
}

/// Fields of a span.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

/// Where fields are put.
trait Kept {
    fn keep(&mut self, field: &Field, value: impl Serialize + Into<Value>);
}

impl Kept for Line {
    fn keep(&mut self, field: &Field, value: impl Serialize + Into<Value>) {
        self.put(field.name(), &value);
    }
}

impl Kept for Fields {
    fn keep(&mut self, field: &Field, value: impl Serialize + Into<Value>) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), value.into()));
    }
}

/// Both read fields alike.
macro_rules! visit {
    ($($reader:ident)+) => {$(
        impl Visit for $reader {
            fn record_i64(&mut self, field: &Field, value: i64) {
                self.keep(field, value);
            }

            fn record_u64(&mut self, field: &Field, value: u64) {
                self.keep(field, value);
            }

            fn record_f64(&mut self, field: &Field, value: f64) {
                self.keep(field, value);
            }

            fn record_bool(&mut self, field: &Field, value: bool) {
                self.keep(field, value);
            }

            fn record_str(&mut self, field: &Field, value: &str) {
                self.keep(field, value);
            }

            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.keep(field, format!("{value:?}"));
            }
        }
    )+};
}
visit!(Line Fields);
