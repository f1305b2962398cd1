//! A decimal above 0 that numbers are made multiples of.

/// `size` over 10^`decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// At most 10^18, for 17 digits tell every double.
    pub(super) size: u128,
    pub(super) decimals: u16,
}

impl Step {
    /// The decimal that a TOML number was; `None` where it is not above 0, or too far from 1 to be meant.
    pub(super) fn new(number: f64) -> Option<Self> {
        // The shortest decimal that is this double, never with an exponent.
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let size: u128 = format!("{whole}{fraction}").parse().ok()?;
        let decimals = u16::try_from(fraction.len()).ok()?;
        (size > 0 && size <= 10u128.pow(18)).then_some(Self { size, decimals })
    }

    /// The least multiple of the unit of a scale, 10^-`scale`, that is not below it; a scale below 0 counts zeros.
    pub(super) fn at_scale(self, scale: i16) -> Self {
        if i32::from(self.decimals) <= i32::from(scale) {
            return self;
        }
        let unit = 10u128.pow(u32::from(self.decimals.saturating_add_signed(-scale)).min(30));
        let units = self.size.div_ceil(unit);
        match u16::try_from(scale) {
            Ok(decimals) => Self { size: units, decimals },
            Err(_) => Self { size: units * 10u128.pow(u32::from(scale.unsigned_abs()).min(18)), decimals: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_written() {
        assert_eq!(Step::new(0.05), Some(Step { size: 5, decimals: 2 }));
        assert_eq!(Step::new(100.0), Some(Step { size: 100, decimals: 0 }));
        assert_eq!(Step::new(0.000_000_001), Some(Step { size: 1, decimals: 9 }));
        assert_eq!(Step::new(0.0), None);
    }

    #[test]
    fn a_scale_makes_the_step_coarser_and_never_nothing() {
        let step = Step { size: 125, decimals: 3 };
        assert_eq!(step.at_scale(3), step);
        assert_eq!(step.at_scale(2), Step { size: 13, decimals: 2 });
        assert_eq!(step.at_scale(0), Step { size: 1, decimals: 0 });
        assert_eq!(step.at_scale(-2), Step { size: 100, decimals: 0 });
        assert_eq!(Step { size: 250, decimals: 0 }.at_scale(-2), Step { size: 300, decimals: 0 });
    }
}
