//! What day it is where a wiki is kept. The only place below `web` that asks the clock for a day.

use jiff::civil;
use jiff::tz::TimeZone;
use polder_core::settings::Settings;

/// Today in the zone that the settings name, else in the zone of this machine.
pub fn today(settings: &Settings) -> civil::Date {
    let zone = settings.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    let zone = zone.unwrap_or_else(TimeZone::system);
    zone.to_datetime(jiff::Timestamp::now()).date()
}
