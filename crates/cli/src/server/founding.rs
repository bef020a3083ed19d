//! A fresh installation with its first administrator.

use base::{AccountId, Clock, Entropy, EntropyExt, Fault, Region};
use engine::seal::RootKey;
use engine::{Founding, InstallationFault};
use identity::iam::administrator::{self, ChosenKey, NewKey, Place};
use store::Store;

/// What a fresh installation is to be.
pub(crate) struct Founder {
    /// The management account; drawn when nobody names one.
    pub(crate) account: Option<AccountId>,
    /// The home region.
    pub(crate) region: Region,
    /// The administrator's key; drawn when nobody chose one.
    pub(crate) key: Option<ChosenKey>,
}

/// The account and its administrator, just made.
pub(crate) struct Founded {
    /// The management account.
    pub(crate) account: AccountId,
    /// The home region.
    pub(crate) region: Region,
    /// The administrator's key.
    pub(crate) key: NewKey,
}

/// Makes the installation and the administrator in one transaction, or nothing (THREATS R46).
pub(crate) async fn found(
    store: &dyn Store,
    root: &RootKey,
    founder: Founder,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Founded, InstallationFault> {
    let account = match founder.account {
        Some(account) => account,
        None => draw_account(entropy)?,
    };
    let (region, now) = (founder.region, clock.now());
    let mut founding = Founding::begin(store, root, account, region.clone(), now, entropy).await?;
    let place = Place {
        account,
        partition: region.partition(),
        seal: &founding.seal,
        now,
        entropy,
    };
    let key = administrator::create(&mut founding.unit, place, founder.key)?;
    founding.commit(store).await?;
    Ok(Founded {
        account,
        region,
        key,
    })
}

/// Twelve digits, the first of which is not 0, so that spreadsheets keep them.
pub(crate) fn draw_account(entropy: &dyn Entropy) -> Result<AccountId, Fault> {
    const FIRST: u64 = 100_000_000_000;
    const COUNT: u64 = 900_000_000_000;
    // 64 random bits over 9e11 accounts: the bias is below 1 in 10 million.
    let drawn = u64::from_be_bytes(entropy.bytes());
    AccountId::from_number(FIRST + drawn % COUNT)
        .ok_or_else(|| Fault::internal("a drawn account id has not twelve digits"))
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn drawn_accounts_have_twelve_digits() {
        for seed in 0..100 {
            let account = draw_account(&SeededEntropy::new(seed)).unwrap();
            assert!(account.number() >= 100_000_000_000, "{account}");
        }
    }
}
