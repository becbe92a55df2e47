//! As many connections as the pool has, each with one transaction after another, and each transaction in one flight:
//! BEGIN, its statements and COMMIT leave together and their answers are read together.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio_postgres::{Client, Error, NoTls, Statement};

use crate::rows::{Unit, statement};

/// A connection with its statements prepared.
pub(crate) struct Line {
    client: Client,
    statements: Vec<Statement>,
}

impl Line {
    pub(crate) async fn open<U: Unit>(url: &str) -> Self {
        let client = connect(url).await;
        let mut statements = Vec::new();
        for name in U::STATEMENTS {
            statements.push(client.prepare(statement(name).for_postgres()).await.expect("a statement"));
        }
        Self { client, statements }
    }

    pub(crate) async fn commit(&self, unit: &impl Unit) {
        let mut flight = Flight(Vec::with_capacity(self.statements.len() + 2));
        flight.send(self.client.batch_execute("BEGIN"));
        unit.each(&mut |at, cells| flight.send(self.client.execute_raw(&self.statements[at], cells.to_vec())));
        flight.send(self.client.batch_execute("COMMIT"));
        for answer in flight.0 {
            answer.await.expect("committed");
        }
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Statements on their way, in the order they were sent.
struct Flight<'a>(Vec<Answer<'a>>);

impl<'a> Flight<'a> {
    /// A statement is encoded and sent when it is first looked at.
    fn send<T>(&mut self, statement: impl Future<Output = Result<T, Error>> + Send + 'a) {
        let mut statement = Box::pin(async move { statement.await.map(|_| ()) });
        match statement.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer.expect("sent"),
            Poll::Pending => self.0.push(statement),
        }
    }
}
