//! Reading ASCII text forms from left to right, and writing their numbers.

/// What is left of a text form.
pub(crate) struct Scan<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// Whether all was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Passes `byte` if it comes next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        self.eat_text(&[byte])
    }

    /// Passes `text` if it comes next.
    pub(crate) fn eat_text(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes a run of digits; `None` if there is none.
    pub(crate) fn digits(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        (length > 0).then_some(digits)
    }

    /// Passes an unsigned number; `None` if there is none or it is above `i64::MAX`.
    pub(crate) fn number(&mut self) -> Option<i64> {
        self.digits()?
            .iter()
            .try_fold(0i64, |number, digit| number.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
    }

    /// Passes a number with an optional sign; `None` if there is none or it does not fit.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        if !self.eat(b'-') {
            self.eat(b'+');
            return self.number();
        }
        // Downwards, because i64::MIN has no positive twin.
        self.digits()?
            .iter()
            .try_fold(0i64, |number, digit| number.checked_mul(10)?.checked_sub(i64::from(digit - b'0')))
    }

    /// Passes a fraction, point and one to six digits, in millionths; 0 when there is no point.
    pub(crate) fn millionths(&mut self) -> Option<i64> {
        if !self.eat(b'.') {
            return Some(0);
        }
        let digits = self.digits()?;
        let number = digits.iter().take(6).fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        let missing = u32::try_from(6usize.checked_sub(digits.len())?).ok()?;
        Some(number * 10i64.pow(missing))
    }
}

/// Writes a number in at least `width` digits.
pub(crate) fn push_padded(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    let mut left = number;
    while left > 0 {
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out.extend_from_slice(&digits[first.min(digits.len() - width)..]);
}

/// Writes a number with its sign.
pub(crate) fn push_signed(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    push_padded(number.unsigned_abs(), 1, out);
}

/// Writes millionths as a point and up to six digits without trailing zeros; nothing for 0.
pub(crate) fn push_millionths(millionths: u64, out: &mut Vec<u8>) {
    if millionths == 0 {
        return;
    }
    out.push(b'.');
    push_padded(millionths, 6, out);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}
