//! What billing hears of. It publishes nothing: what happens to an order's money, `orders` tells.

mod account_opener;

pub use account_opener::AccountOpener;
