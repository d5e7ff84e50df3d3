//! After some seconds no order is answered any more. Nothing runs and nothing panics. The task dump shows where each task
//! waits, and so which two wait for each other.

use std::sync::Arc;
use std::time::Duration;

use async_lock::Mutex;
use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooks, RuntimeHooksExt};

/// The number of tasks that take orders.
const CLIENTS: usize = 20;
/// How long a query of the database takes.
const QUERY: Duration = Duration::from_millis(2);

/// What a shop has. Each table has a lock of its own.
#[derive(Default)]
struct Shop {
    stock: Mutex<u64>,
    orders: Mutex<u64>,
}

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let shop = Arc::<Shop>::default();
    for _ in 0..CLIENTS {
        drop(runtime.spawn(client(runtime.clone(), Arc::clone(&shop))));
    }
    let taking = runtime.spawn(take_stock(runtime.clone(), shop, fixed));
    taking.await.expect("it never ends");
}

/// Orders all the time.
async fn client(runtime: AnyRuntime, shop: Arc<Shop>) {
    let mut turns = runtime.interval(Duration::from_millis(20));
    loop {
        turns.tick().await;
        place_order(&runtime, &shop).await;
    }
}

async fn place_order(runtime: &AnyRuntime, shop: &Shop) {
    let mut orders = shop.orders.lock().await;
    runtime.sleep(QUERY).await;
    reserve(shop).await;
    *orders += 1;
}

async fn reserve(shop: &Shop) {
    let mut stock = shop.stock.lock().await;
    *stock = stock.saturating_sub(1);
}

/// Counts all goods once a second. It locks the tables in the other order, unless it is fixed.
async fn take_stock(runtime: AnyRuntime, shop: Arc<Shop>, fixed: bool) {
    loop {
        runtime.sleep(Duration::from_secs(1)).await;
        if fixed {
            let orders = shop.orders.lock().await;
            let mut stock = shop.stock.lock().await;
            *stock = 1_000 + *orders;
        } else {
            let mut stock = shop.stock.lock().await;
            runtime.sleep(QUERY).await;
            let orders = shop.orders.lock().await;
            *stock = 1_000 + *orders;
        }
    }
}
