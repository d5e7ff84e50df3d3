//! The calls of a client.

use std::sync::Arc;

use console_api::instrument::instrument_server::{Instrument, InstrumentServer};
use console_api::instrument::{
    InstrumentRequest, PauseRequest, PauseResponse, ResumeRequest, ResumeResponse, State,
    StateRequest, TaskDetailsRequest, Temporality, Update,
};
use console_api::tasks::TaskDetails;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status};

use super::details::Details;
use super::pause::Pause;
use super::ticks::Ticks;
use super::updates::Updates;
use crate::compute_thread::ComputeThread;
use crate::sampler::Sampler;

/// Concurrent streams of updates and details. Each whose client pauses, or does not read, keeps the snapshot of the live
/// tasks that it has sent last.
const MAX_STREAMS: usize = 8;

/// The path of all calls.
pub(crate) const PATH: &str = "/rs.tokio.console.instrument.Instrument/{method}";

/// Answers the calls of all clients.
pub(crate) fn service(
    sampler: Arc<Sampler>,
    compute: ComputeThread,
) -> InstrumentServer<impl Instrument> {
    let [streams, state_streams] = [(); 2].map(|()| Arc::new(Semaphore::new(MAX_STREAMS)));
    InstrumentServer::new(Service { sampler, compute, streams, state_streams })
}

struct Service {
    sampler: Arc<Sampler>,
    compute: ComputeThread,
    streams: Arc<Semaphore>,
    /// For streams of the state: a client has one of them.
    state_streams: Arc<Semaphore>,
}

impl Service {
    fn ticks(&self, pause: Pause, permit: OwnedSemaphorePermit) -> Ticks {
        Ticks::new(Arc::clone(&self.sampler), self.compute.clone(), pause, permit)
    }

    fn stream_permit(&self) -> Result<OwnedSemaphorePermit, Status> {
        if !self.sampler.keeps_live() {
            let error = "live tasks are not listed: see `ConsoleBuilder::live`";
            return Err(Status::failed_precondition(error));
        }
        permit(&self.streams)
    }
}

fn permit(streams: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Status> {
    let permit = Arc::clone(streams).try_acquire_owned();
    permit.map_err(|_| Status::resource_exhausted("too many concurrent streams"))
}

fn internal() -> Status {
    Status::internal("the answer could not be computed")
}

type Streaming<T> = Result<Response<BoxStream<'static, Result<T, Status>>>, Status>;

#[tonic::async_trait]
impl Instrument for Service {
    type WatchUpdatesStream = BoxStream<'static, Result<Update, Status>>;
    type WatchTaskDetailsStream = BoxStream<'static, Result<TaskDetails, Status>>;
    type WatchStateStream = BoxStream<'static, Result<State, Status>>;

    async fn watch_updates(&self, request: Request<InstrumentRequest>) -> Streaming<Update> {
        let permit = self.stream_permit()?;
        let ticks = self.ticks(Pause::of(&request), permit);
        let updates = self.compute.run(move || Updates::new(ticks)).await.ok_or_else(internal)?;
        Ok(Response::new(updates.stream().boxed()))
    }

    async fn watch_task_details(
        &self,
        request: Request<TaskDetailsRequest>,
    ) -> Streaming<TaskDetails> {
        let permit = self.stream_permit()?;
        let pause = Pause::of(&request);
        let id = request.into_inner().id.map_or(0, |id| id.id);
        let ticks = self.ticks(pause, permit);
        let details = self.compute.run(move || Details::new(ticks, id)).await;
        let details = details.ok_or_else(internal)?;
        let details = details.ok_or_else(|| Status::not_found(format!("no live task {id}")))?;
        Ok(Response::new(details.stream().boxed()))
    }

    async fn watch_state(&self, request: Request<StateRequest>) -> Streaming<State> {
        let permit = permit(&self.state_streams)?;
        let states = WatchStream::new(Pause::of(&request).subscribe()).map(move |is_paused| {
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
        Pause::of(&request).set(true);
        Ok(Response::new(PauseResponse {}))
    }

    async fn resume(
        &self,
        request: Request<ResumeRequest>,
    ) -> Result<Response<ResumeResponse>, Status> {
        Pause::of(&request).set(false);
        Ok(Response::new(ResumeResponse {}))
    }
}
