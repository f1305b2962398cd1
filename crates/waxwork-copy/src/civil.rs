//! The proleptic Gregorian calendar, for every day a `date` can be and beyond.
//!
//! Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": count from 1 March, so that the leap day is
//! a year's last, in eras of 400 years, which all have 146,097 days.

/// Days in 400 years.
const ERA_DAYS: i64 = 146_097;

/// Days from 0000-03-01 to 2000-01-01, PostgreSQL's day 0.
const EPOCH_SHIFT: i64 = 730_425;

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate {
    /// Astronomical year: 0 is 1 BC, −1 is 2 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl CivilDate {
    /// This date, unless the month has no such day.
    pub fn new(year: i64, month: u8, day: u8) -> Option<Self> {
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        valid.then_some(Self { year, month, day })
    }

    /// The date that is `days` days after 2000-01-01.
    pub fn from_days(days: i32) -> Self {
        Self::from_wide_days(i64::from(days))
    }

    /// As [`CivilDate::from_days`], for the days of any timestamp.
    pub fn from_wide_days(days: i64) -> Self {
        let since_march_0 = days + EPOCH_SHIFT;
        let era = since_march_0.div_euclid(ERA_DAYS);
        let day_of_era = since_march_0.rem_euclid(ERA_DAYS);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year, month: month as u8, day: day as u8 }
    }

    /// Days since 2000-01-01, `None` when the year is absurdly far (no timestamp reaches it).
    pub fn days(self) -> Option<i64> {
        let year = self.year.checked_sub(i64::from(self.month <= 2))?;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era.checked_mul(ERA_DAYS)?.checked_add(day_of_era - EPOCH_SHIFT)
    }
}

impl std::fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CivilDate(..)")
    }
}

/// Whether the year has a 29 February.
fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// Days of a month from 1 to 12.
fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts day by day: the obvious way.
    fn next_day(date: CivilDate) -> CivilDate {
        let CivilDate { year, month, day } = date;
        CivilDate::new(year, month, day + 1)
            .or_else(|| CivilDate::new(year, month + 1, 1))
            .unwrap_or(CivilDate { year: year + 1, month: 1, day: 1 })
    }

    fn agrees_day_by_day(mut date: CivilDate, first: i64, count: i64) {
        for days in first..first + count {
            assert!(CivilDate::from_wide_days(days) == date, "day {days}");
            assert_eq!(date.days(), Some(days));
            date = next_day(date);
        }
    }

    #[test]
    fn day_0_is_the_first_of_january_2000() {
        assert!(CivilDate::from_days(0) == CivilDate { year: 2000, month: 1, day: 1 });
    }

    #[test]
    fn counting_day_by_day_agrees_over_eight_centuries() {
        agrees_day_by_day(CivilDate { year: 2000, month: 1, day: 1 }, 0, 2 * ERA_DAYS);
    }

    #[test]
    fn counting_day_by_day_agrees_across_year_0() {
        // 2000 years are five eras, so day −5·146,097 is 0000-01-01.
        agrees_day_by_day(CivilDate { year: -400, month: 1, day: 1 }, -6 * ERA_DAYS, 2 * ERA_DAYS);
    }

    #[test]
    fn postgresql_range_ends_are_days_of_the_calendar() {
        // Julian day 0, 4714-11-24 BC, and the last day a `date` can be (PostgreSQL source, `datatype/timestamp.h`).
        assert!(CivilDate::from_days(-2_451_545) == CivilDate { year: -4713, month: 11, day: 24 });
        assert_eq!(CivilDate { year: 5_874_897, month: 12, day: 31 }.days(), Some(2_147_483_493 - 2_451_545));
    }

    #[test]
    fn days_no_month_has_are_refused() {
        for (year, month, day) in
            [(2023, 2, 29), (1900, 2, 29), (2024, 4, 31), (2024, 13, 1), (2024, 0, 1), (2024, 1, 0)]
        {
            assert!(CivilDate::new(year, month, day).is_none(), "{year}-{month}-{day}");
        }
        assert!(CivilDate::new(2000, 2, 29).is_some());
    }
}
