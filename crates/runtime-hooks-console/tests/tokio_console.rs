//! tokio-console's protocol, over real connections.

mod fixture;

use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use console_api::field::{Name, Value};
use console_api::instrument::instrument_client::InstrumentClient;
use console_api::instrument::{
    InstrumentRequest, PauseRequest, ResumeRequest, StateRequest, TaskDetailsRequest, Temporality,
    Update,
};
use console_api::tasks::task_details::PollTimesHistogram;
use console_api::tasks::{DurationHistogram, Stats, Task};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use runtime_hooks_core::RuntimeHooksExt;
use tonic::transport::Channel;
use tonic::{Code, Streaming};

use crate::fixture::Fixture;

type Client = InstrumentClient<Channel>;

async fn client(fixture: &Fixture) -> Client {
    InstrumentClient::connect(format!("http://{}", fixture.console.address())).await.unwrap()
}

async fn updates(client: &mut Client) -> Streaming<Update> {
    client.watch_updates(InstrumentRequest {}).await.unwrap().into_inner()
}

/// What the client has received so far.
#[derive(Default)]
struct Known {
    targets: HashMap<u64, String>,
    tasks: HashMap<u64, Task>,
    stats: HashMap<u64, Stats>,
    messages: usize,
}

impl Known {
    /// Receives updates until the condition holds.
    async fn until(&mut self, updates: &mut Streaming<Update>, is_so: impl Fn(&Self) -> bool) {
        let come = async {
            while !is_so(self) {
                self.take(updates.message().await.unwrap().unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(30), come).await.unwrap();
    }

    fn take(&mut self, update: Update) {
        self.messages += 1;
        let metadata = update.new_metadata.into_iter().flat_map(|new| new.metadata);
        self.targets.extend(metadata.map(|new| (new.id.unwrap().id, new.metadata.unwrap().target)));
        let tasks = update.task_update.unwrap();
        self.tasks.extend(tasks.new_tasks.into_iter().map(|task| (task.id.unwrap().id, task)));
        self.stats.extend(tasks.stats_update);
    }

    fn named(&self, name: &str) -> (&Task, &Stats) {
        let is_it = |task: &&Task| field(task, "task.name") == Some(Value::from(name));
        let task = self.tasks.values().find(is_it).unwrap();
        (task, &self.stats[&task.id.unwrap().id])
    }

    fn alive(&self) -> usize {
        self.stats.values().filter(|stats| stats.dropped_at.is_none()).count()
    }
}

fn field(task: &Task, name: &str) -> Option<Value> {
    let is_it = |field: &&console_api::Field| field.name == Some(Name::from(name));
    task.fields.iter().find(is_it)?.value.clone()
}

fn polls(stats: &Stats) -> u64 {
    stats.poll_stats.as_ref().unwrap().polls
}

fn poll(future: Pin<&mut impl Future>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn tasks_are_new_changed_or_dropped() {
    let fixture = Fixture::new();
    let mut waits = Box::pin(fixture.runtime.named("waits").instrument(pending::<()>()));
    let mut spins = pin!(fixture.runtime.named("spins").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    for _ in 0..10 {
        poll(spins.as_mut());
    }
    let mut client = client(&fixture).await;
    let mut updates = updates(&mut client).await;
    let mut known = Known::default();
    known.until(&mut updates, |known| known.tasks.len() == 2).await;

    let (task, stats) = known.named("spins");
    assert_eq!(known.targets[&task.metadata.unwrap().id], "reference");
    assert_eq!(field(task, "kind"), Some("task".into()));
    let location = task.location.as_ref().unwrap();
    assert!(location.file.as_ref().unwrap().ends_with("tests/tokio_console.rs"));
    assert_eq!((polls(stats), stats.wakes, stats.self_wakes), (10, 10, 10));
    let (_, stats) = known.named("waits");
    assert_eq!((polls(stats), stats.wakes, stats.last_wake), (0, 0, stats.created_at));

    poll(waits.as_mut());
    known.until(&mut updates, |known| polls(known.named("waits").1) == 1).await;
    // No waker of it remains: the client warns.
    assert_eq!(known.named("waits").1.waker_clones, 0);
    drop(waits);
    known.until(&mut updates, |known| known.alive() == 1).await;
    assert!(known.named("waits").1.dropped_at.is_some());
    assert_eq!(known.tasks.len(), 2);
}

#[tokio::test]
async fn many_tasks_are_sent_in_several_messages() {
    let fixture = Fixture::new();
    let task = || fixture.runtime.named("waits").instrument(pending::<()>());
    let waiting: Vec<_> = (0..20_000).map(|_| task()).collect();
    let mut client = client(&fixture).await;
    let mut updates = updates(&mut client).await;
    let mut known = Known::default();
    known.until(&mut updates, |known| known.alive() == 20_000).await;
    assert!(known.messages > 1, "one message for 20 000 tasks");
    drop(waiting);
    known.until(&mut updates, |known| known.alive() == 0).await;
    assert_eq!(known.tasks.len(), 20_000);
}

fn read(histogram: &DurationHistogram) -> Histogram<u64> {
    Deserializer::new().deserialize(&mut &histogram.raw_histogram[..]).unwrap()
}

#[tokio::test]
async fn details_have_the_histograms_of_the_series_until_the_task_ends() {
    let fixture = Fixture::new();
    let mut task = Box::pin(fixture.runtime.named("waits").instrument(pending::<()>()));
    (0..5).for_each(|_| poll(task.as_mut()));
    let id = fixture.instrumentor.recorder().live()[0].id.as_u64();
    let mut client = client(&fixture).await;
    let mut updates = updates(&mut client).await;
    Known::default().until(&mut updates, |known| known.tasks.contains_key(&id)).await;
    let ask = |id| TaskDetailsRequest { id: Some(console_api::Id { id }) };
    let unknown = client.watch_task_details(ask(id + 1)).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);

    let mut details = client.watch_task_details(ask(id)).await.unwrap().into_inner();
    loop {
        let detail = details.message().await.unwrap().unwrap();
        assert_eq!(detail.task_id.unwrap().id, id);
        // The console reads the recorder once a second.
        let Some(PollTimesHistogram::Histogram(polls)) = detail.poll_times_histogram else {
            continue;
        };
        assert_eq!(read(&polls).len(), 5);
        assert_eq!(read(&detail.scheduled_times_histogram.unwrap()).len(), 1);
        break;
    }
    drop(task);
    while details.message().await.unwrap().is_some() {}
}

#[tokio::test]
async fn a_paused_client_gets_nothing_and_others_are_not_paused() {
    let fixture = Fixture::new();
    let (mut pausing, mut other) = (client(&fixture).await, client(&fixture).await);
    let mut states = pausing.watch_state(StateRequest {}).await.unwrap().into_inner();
    let state = async |states: &mut Streaming<console_api::instrument::State>| {
        states.message().await.unwrap().unwrap().temporality()
    };
    assert_eq!(state(&mut states).await, Temporality::Live);
    let (mut paused, mut live) = (updates(&mut pausing).await, updates(&mut other).await);
    pausing.pause(PauseRequest {}).await.unwrap();
    assert_eq!(state(&mut states).await, Temporality::Paused);

    let task = fixture.runtime.named("waits").instrument(pending::<()>());
    let mut known = Known::default();
    known.until(&mut live, |known| known.alive() == 1).await;
    drop(task);
    known.until(&mut live, |known| known.alive() == 0).await;

    // It never gets tasks that came and ended meanwhile.
    pausing.resume(ResumeRequest {}).await.unwrap();
    assert_eq!(state(&mut states).await, Temporality::Live);
    let _task = fixture.runtime.named("later").instrument(pending::<()>());
    let mut known = Known::default();
    known.until(&mut paused, |known| known.alive() == 1).await;
    assert_eq!(known.tasks.len(), 1);
    known.named("later");
}

#[tokio::test]
async fn a_client_without_access_gets_the_reason() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let code = |answer: Result<_, tonic::Status>| answer.map(|_| ()).unwrap_err().code();
    let answer = client(&fixture).await.watch_updates(InstrumentRequest {}).await;
    assert_eq!(code(answer), Code::Unauthenticated);
    let uri = format!("http://{}", fixture.console.address()).parse().unwrap();
    let elsewhere = Channel::builder(uri).origin("http://evil.example".parse().unwrap());
    let mut elsewhere = InstrumentClient::new(elsewhere.connect().await.unwrap());
    let answer = elsewhere.watch_updates(InstrumentRequest {}).await;
    assert_eq!(code(answer), Code::PermissionDenied);
    let mut request = tonic::Request::new(InstrumentRequest {});
    request.metadata_mut().insert("authorization", "Bearer secret".parse().unwrap());
    assert!(client(&fixture).await.watch_updates(request).await.is_ok());

    let fixture = Fixture::with(|builder| builder.live(false));
    let answer = client(&fixture).await.watch_updates(InstrumentRequest {}).await;
    assert_eq!(code(answer), Code::FailedPrecondition);

    // A client that announces HTTP/2 and sends something else is cut off.
    let fixture = Fixture::new();
    let mut garbage = TcpStream::connect(fixture.console.address()).unwrap();
    garbage.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n").unwrap();
    tokio::task::spawn_blocking(move || garbage.read_to_end(&mut Vec::new())).await.unwrap().ok();
    let mut streams = Vec::new();
    for _ in 0..8 {
        let mut client = client(&fixture).await;
        streams.push((updates(&mut client).await, client));
    }
    let answer = client(&fixture).await.watch_updates(InstrumentRequest {}).await;
    assert_eq!(code(answer), Code::ResourceExhausted);
}
