//! What the shop knows: plain functions, some of which take their time.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;

/// An order's price, stock and signature, asked for in tasks; ends when its standard input does.
#[derive(Clone, Copy, Debug, Parser)]
pub struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Another instance, which knows the stock.
    #[arg(long)]
    pub peer: Option<SocketAddr>,
}

/// How long an order waits for recommendations, which are never there in time.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// The net price: from a slow table.
pub fn tariff(id: u32) -> impl FnOnce() -> u32 + Send + 'static {
    move || {
        sleep(Duration::from_millis(4));
        100 + id % 900
    }
}

/// A signature: takes a processor, not time.
pub fn sign(id: u32) -> impl FnOnce() -> u64 + Send + 'static {
    move || {
        (0..200_000).fold(u64::from(id), |hash, byte| (hash ^ byte).wrapping_mul(0x0100_0000_01b3))
    }
}

/// How many are on the shelf.
pub fn shelf(id: u32) -> impl FnOnce() -> u32 + Send + 'static {
    move || {
        sleep(Duration::from_millis(3));
        id % 7
    }
}

/// The whole order, as JSON.
pub fn order(id: u32, price: u32, signature: u64, stock: Option<u32>, recommended: bool) -> String {
    let stock = stock.map_or("null".to_owned(), |stock| stock.to_string());
    format!(
        r#"{{"id":{id},"price":{price},"signature":"{signature:016x}","stock":{stock},"recommended":{recommended}}}"#
    )
}
