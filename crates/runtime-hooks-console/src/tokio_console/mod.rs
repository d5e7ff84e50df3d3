//! tokio-console's protocol, on the console's own port: the published `tokio-console` shows tasks of every runtime.
//!
//! What a live task does is in the list of live tasks, so a client is told what has changed there once a second. How its
//! polls and waits are distributed is known of its name.

mod diff;
mod histogram;
mod convert;
mod watcher;

use std::sync::Arc;

use console_api::instrument::instrument_server::{Instrument, InstrumentServer};
use console_api::instrument::{
    InstrumentRequest, PauseRequest, PauseResponse, ResumeRequest, ResumeResponse, State,
    StateRequest, TaskDetailsRequest, Temporality, Update,
};
use console_api::tasks::TaskDetails;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status};

use self::watcher::{DetailsWatcher, Ticks, Watcher};
use crate::compute_thread::ComputeThread;
use crate::sampler::Sampler;

/// Streams of updates and details that may be open at a time. Each whose client pauses, or does not read, keeps the look
/// at the live tasks that it was told of last.
const MAX_STREAMS: usize = 8;

/// Where it is asked for.
pub(crate) const PATH: &str = "/rs.tokio.console.instrument.Instrument/{method}";

/// Answers a client's calls.
pub(crate) fn service(
    sampler: Arc<Sampler>,
    worker: ComputeThread,
) -> InstrumentServer<impl Instrument> {
    let [streams, state_streams] = [(); 2].map(|()| Arc::new(Semaphore::new(MAX_STREAMS)));
    InstrumentServer::new(Service { sampler, worker, streams, state_streams })
}

/// Whether a client wants to be told nothing for a while. Each connection has one: nobody stops the others.
#[derive(Clone, Debug)]
pub(crate) struct Pause(Arc<watch::Sender<bool>>);

impl Default for Pause {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Pause {
    fn of<T>(request: &Request<T>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    fn is_on(&self) -> bool {
        *self.0.borrow()
    }
}

struct Service {
    sampler: Arc<Sampler>,
    /// Computes what is told: this thread only moves bytes.
    worker: ComputeThread,
    streams: Arc<Semaphore>,
    /// For streams of the state, of which a client has one.
    state_streams: Arc<Semaphore>,
}

impl Service {
    fn ticks(&self, pause: Pause, permit: OwnedSemaphorePermit) -> Ticks {
        Ticks::new(Arc::clone(&self.sampler), self.worker.clone(), pause, permit)
    }

    fn stream_permit(&self) -> Result<OwnedSemaphorePermit, Status> {
        if !self.sampler.keeps_live() {
            let why = "single tasks are not listed: see `ConsoleBuilder::live`";
            return Err(Status::failed_precondition(why));
        }
        free(&self.streams)
    }
}

fn free(streams: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Status> {
    let permit = Arc::clone(streams).try_acquire_owned();
    permit.map_err(|_| Status::resource_exhausted("too many concurrent streams"))
}

fn internal() -> Status {
    Status::internal("the answer could not be computed")
}

type Told<T> = Result<Response<BoxStream<'static, Result<T, Status>>>, Status>;

#[tonic::async_trait]
impl Instrument for Service {
    type WatchUpdatesStream = BoxStream<'static, Result<Update, Status>>;
    type WatchTaskDetailsStream = BoxStream<'static, Result<TaskDetails, Status>>;
    type WatchStateStream = BoxStream<'static, Result<State, Status>>;

    async fn watch_updates(&self, request: Request<InstrumentRequest>) -> Told<Update> {
        let permit = self.stream_permit()?;
        let ticks = self.ticks(Pause::of(&request), permit);
        let watcher = self.worker.run(move || Watcher::new(ticks)).await.ok_or_else(internal)?;
        Ok(Response::new(watcher.updates().boxed()))
    }

    async fn watch_task_details(&self, request: Request<TaskDetailsRequest>) -> Told<TaskDetails> {
        let permit = self.stream_permit()?;
        let pause = Pause::of(&request);
        let id = request.into_inner().id.map_or(0, |id| id.id);
        let ticks = self.ticks(pause, permit);
        let watcher = self.worker.run(move || DetailsWatcher::new(ticks, id)).await;
        let watcher = watcher.ok_or_else(internal)?;
        let watcher = watcher.ok_or_else(|| Status::not_found(format!("no task {id} lives")))?;
        Ok(Response::new(watcher.details().boxed()))
    }

    async fn watch_state(&self, request: Request<StateRequest>) -> Told<State> {
        let permit = free(&self.state_streams)?;
        let states = WatchStream::new(Pause::of(&request).0.subscribe()).map(move |is_paused| {
            let _permit = &permit;
            let temporality = if is_paused { Temporality::Paused } else { Temporality::Live };
            Ok(State { temporality: temporality.into() })
        });
        Ok(Response::new(states.boxed()))
    }

    async fn pause(
        &self,
        request: Request<PauseRequest>,
    ) -> Result<Response<PauseResponse>, Status> {
        Pause::of(&request).0.send_replace(true);
        Ok(Response::new(PauseResponse {}))
    }

    async fn resume(
        &self,
        request: Request<ResumeRequest>,
    ) -> Result<Response<ResumeResponse>, Status> {
        Pause::of(&request).0.send_replace(false);
        Ok(Response::new(ResumeResponse {}))
    }
}
