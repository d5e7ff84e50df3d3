//! The business logic: plain functions, some of them slow.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;

/// Serves orders with price, stock and signature, computed in tasks. Ends at the end of standard input.
#[derive(Clone, Copy, Debug, Parser)]
pub struct Args {
    /// The address to listen on; port 0 selects a free port.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Another instance, which serves the stock.
    #[arg(long)]
    pub peer: Option<SocketAddr>,
}

/// How long an order waits for recommendations, which never arrive in time.
pub const RECOMMENDATION_TIMEOUT: Duration = Duration::from_millis(50);

/// The net price, read from a slow table.
pub fn tariff(id: u32) -> impl FnOnce() -> u32 + Send + 'static {
    move || {
        sleep(Duration::from_millis(4));
        100 + id % 900
    }
}

/// A signature: needs CPU time.
pub fn sign(id: u32) -> impl FnOnce() -> u64 + Send + 'static {
    move || {
        (0..200_000).fold(u64::from(id), |hash, byte| (hash ^ byte).wrapping_mul(0x0100_0000_01b3))
    }
}

/// The number of items on the shelf.
pub fn shelf(id: u32) -> impl FnOnce() -> u32 + Send + 'static {
    move || {
        sleep(Duration::from_millis(3));
        id % 7
    }
}

/// The order as JSON.
pub fn order(id: u32, price: u32, signature: u64, stock: Option<u32>, recommended: bool) -> String {
    let stock = stock.map_or("null".to_owned(), |stock| stock.to_string());
    format!(
        r#"{{"id":{id},"price":{price},"signature":"{signature:016x}","stock":{stock},"recommended":{recommended}}}"#
    )
}
