//! Executors with their tasks recorded.

use runtime_hooks_core::Method;
use runtime_hooks_core::support::{TypeOf, box_if_large, delegate};
use smol::Task;

use super::DROP_IN;

/// Defines both executors, which differ in the bounds on a future.
macro_rules! executor {
    ($name:ident: $($send:ident)?, $method:expr, $doc:literal) => {
        #[doc = $doc]
        ///
        /// It derefs to smol's executor and converts from and into it.
        #[derive(Default)]
        pub struct $name<'a>(smol::$name<'a>);

        impl<'a> $name<'a> {
            /// Creates an executor without tasks.
            pub const fn new() -> Self {
                Self(smol::$name::new())
            }

            /// Whether there are no unfinished tasks.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// Spawns a task onto the executor.
            #[track_caller]
            pub fn spawn<T: $($send +)? 'a>(
                &self,
                future: impl Future<Output = T> $(+ $send)? + 'a,
            ) -> Task<T> {
                box_if_large!(future as of => self.0.spawn(DROP_IN.task(of, $method, future)))
            }

            /// Spawns many tasks onto the executor.
            #[track_caller]
            pub fn spawn_many<T: $($send +)? 'a, F: Future<Output = T> $(+ $send)? + 'a>(
                &self,
                futures: impl IntoIterator<Item = F>,
                handles: &mut impl Extend<Task<F::Output>>,
            ) {
                let here = DROP_IN.here();
                let of = || TypeOf::<F>::new();
                let recorded =
                    futures.into_iter().map(|future| here.task(of(), $method, future));
                self.0.spawn_many(recorded, handles);
            }

            /// Runs a task if one is scheduled; returns whether one was.
            pub fn try_tick(&self) -> bool {
                self.0.try_tick()
            }

            /// Runs a single task, once one is scheduled.
            pub async fn tick(&self) {
                self.0.tick().await;
            }

            /// Runs the executor until the given future completes.
            pub fn run<T>(&self, future: impl Future<Output = T>) -> impl Future<Output = T> {
                // Boxed in debug builds, which would copy the future once more than without this function.
                #[cfg(debug_assertions)]
                let future = Box::pin(future);
                self.0.run(future)
            }
        }

        delegate!(impl['a] $name<'a> | smol::$name<'a>);
    };
}

executor!(Executor: Send, Method::Spawn, "As [`smol::Executor`], with its tasks recorded.");
executor!(LocalExecutor:, Method::SpawnLocal, "As [`smol::LocalExecutor`], with its tasks recorded.");
