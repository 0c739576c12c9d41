//! What day it is where a wiki is kept. The only place below `web` that asks the clock for a day.

use jiff::civil;
use jiff::tz::TimeZone;
use polder_core::settings::Settings;

/// The zone that the settings name, else that of this machine.
pub fn zone(settings: &Settings) -> TimeZone {
    let named = settings.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    named.unwrap_or_else(TimeZone::system)
}

/// Today in the wiki's zone.
pub fn today(settings: &Settings) -> civil::Date {
    let zone = zone(settings);
    zone.to_datetime(jiff::Timestamp::now()).date()
}
