//! Values read, added up and written.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn eur(text: &str) -> Value {
    Value::Money(Money::parse(&format!("EUR {text}")).unwrap())
}

#[test]
fn values_have_one_order_whatever_meets_in_a_column() {
    // INV-9: an order that goes in circles makes a sort panic.
    let money = |code: &str, cents: i64| {
        Value::Money(Money { amount: Decimal::new(cents, 2), currency: Currency::parse(code).unwrap() })
    };
    let sum = |parts: &[Value], n_unknown: u32| {
        let mut sum = Sum::default();
        parts.iter().for_each(|part| sum.add_value(part));
        sum.n_unknown = n_unknown;
        Value::Sum(Arc::new(sum))
    };
    let date = |text: &str| Value::Date(Date::parse(text).unwrap());
    let moment = |text: &str| Value::Moment(Moment::parse(text).unwrap());
    let values = [
        Value::Empty,
        Value::Unknown,
        Value::Fault(Fault::Cycle),
        Value::Fault(Fault::Overflow),
        Value::text(""),
        Value::text("a"),
        Value::number(0),
        Value::number(7),
        Value::Percent(Decimal::ONE),
        money("EUR", -500),
        money("EUR", 0),
        money("EUR", 500),
        money("USD", 100),
        sum(&[], 0),
        sum(&[], 2),
        sum(&[money("EUR", 500)], 0),
        sum(&[money("EUR", 100), money("USD", 900)], 0),
        sum(&[money("EUR", 0), money("USD", 900)], 1),
        date("2010"),
        date("2010-01-01"),
        date("2010-01-02"),
        moment("2010-01-02T00:30:00+02:00"),
        moment("2010-01-01T23:30:00Z"),
        Value::Page(3),
        Value::Lost("a".into()),
        Value::List([].into()),
        Value::List([Value::number(1), Value::Empty].into()),
        Value::List([money("EUR", 1), money("USD", 2)].into()),
    ];
    for is_down in [false, true] {
        let order = |a: &Value, b: &Value| a.order(b, is_down);
        for a in &values {
            for b in &values {
                assert_eq!(order(a, b), order(b, a).reverse(), "{a:?} {b:?}");
                for c in &values {
                    if order(a, b).is_le() && order(b, c).is_le() {
                        assert!(order(a, c).is_le(), "{a:?} {b:?} {c:?} {is_down}");
                    }
                }
            }
            assert!(a.rank() == 0 || order(&Value::number(7), a).is_lt(), "{a:?} goes last");
        }
        assert_eq!(order(&money("EUR", -500), &sum(&[], 0)).is_lt(), !is_down, "nothing is zero");
        assert_eq!(order(&sum(&[], 0), &money("EUR", 500)).is_lt(), !is_down);
    }
}

#[test]
fn money_has_one_spelling() {
    for good in ["EUR 500000.00", "EUR -1.50", "JPY 1200", "KWD 1.250", "EUR 0.00", "EUR 123456789012345678.91"] {
        assert_eq!(Money::parse(good).unwrap().to_string(), good);
    }
    let cases = [
        ("500000.00", Misspelt::MoneyBare),
        ("500000", Misspelt::MoneyBare),
        ("EUR 500000", Misspelt::MoneyCents),
        ("EUR 1.5", Misspelt::MoneyCents),
        ("JPY 1.00", Misspelt::MoneyCents),
        ("EUR 1_000.00", Misspelt::Money),
        ("EUR 1e3", Misspelt::Money),
        ("EUR +5.00", Misspelt::Money),
        ("EUR 05.00", Misspelt::Money),
        ("EUR 1.234,56", Misspelt::Money),
        ("€ 1.00", Misspelt::Money),
        ("eur 1.00", Misspelt::Money),
        ("EUR  1.00", Misspelt::Money),
        ("EUR", Misspelt::Money),
        ("", Misspelt::Money),
        ("EUR 1234567890123456789.00", Misspelt::TooLarge),
    ];
    for (text, fault) in cases {
        assert_eq!(Money::parse(text), Err(fault), "{text:?}");
    }
}

#[test]
fn dates_keep_their_precision() {
    for good in ["2010", "2010-05", "2010-05-01", "0001-01-01", "2012-02-29"] {
        assert_eq!(Date::parse(good).unwrap().to_string(), good);
    }
    for bad in ["", "10", "2010-13", "2011-02-29", "2010-5", "2010-05-01T10:00", "2010-05-01-01", "+2010", "2010-00"] {
        assert_eq!(Date::parse(bad), Err(Misspelt::Date), "{bad:?}");
    }
    let may = Date::parse("2010-05").unwrap();
    assert_eq!((may.first().to_string(), may.last().to_string()), ("2010-05-01".into(), "2010-05-31".into()));
    assert_eq!(Date::parse("2010-01-31").unwrap().plus_months(1).unwrap().to_string(), "2010-02-28");
    assert_eq!(Date::parse("2010-11").unwrap().plus_months(3).unwrap().to_string(), "2011-02");
}

#[test]
fn periods_are_inclusive_and_a_shared_boundary_month_is_no_overlap() {
    // The four periods of the founding plan.
    let start = Period::parse("../2009-12-31").unwrap();
    let build = Period::parse("2010-01/2010-05").unwrap();
    let second = Period::parse("2010-05/2011-12").unwrap();
    let reserved = Period::parse("../2010-12-31").unwrap();
    assert!(!start.overlaps(build) && !build.overlaps(second) && !second.overlaps(build));
    assert!(reserved.overlaps(build) && reserved.overlaps(second));
    assert!(Period::parse("2010-01-01/2010-05-01").unwrap().overlaps(Period::parse("2010-05-01/..").unwrap()));
    assert!(start.holds(civil::date(2009, 12, 31)) && !start.holds(civil::date(2010, 1, 1)));
    assert_eq!(Period::parse("2010/2009"), Err(Misspelt::PeriodOrder));
    assert!(Period::parse("2010/2010").is_ok());
    for bad in ["2010", "../..", "2010-01/", "/2010", "2010-01/2010-05/2011", "2010-01 / 2010-02"] {
        assert_eq!(Period::parse(bad), Err(Misspelt::Period), "{bad:?}");
    }
}

#[test]
fn moments_keep_their_offset() {
    let moment = Moment::parse("2010-03-04T10:00:00+01:00").unwrap();
    assert_eq!(moment.to_string(), "2010-03-04T10:00:00+01:00");
    assert_eq!(moment.unix_s(), 1_267_693_200);
    assert_eq!(Moment::parse("2010-03-04T10:00Z").unwrap().to_string(), "2010-03-04T10:00:00Z");
    for bad in ["2010-03-04", "2010-03-04T10:00:00", "2010-03-04 10:00Z", "2010-02-30T10:00Z", "", "x"] {
        assert_eq!(Moment::parse(bad), Err(Misspelt::Moment), "{bad:?}");
    }
}

#[test]
fn unknown_is_not_zero_and_currencies_stay_apart() {
    let mut sum = Sum::default();
    sum.add_value(&eur("120000.00"));
    sum.add_value(&Value::Unknown);
    sum.add_value(&Value::Unknown);
    let value = sum.into_value();
    assert_eq!(value.to_string(), "EUR 120000.00 + 2 unknown");
    assert_eq!(value.compare(&eur("1.00")), None, "whether it is more can't be said");
    let both = add_amounts(&eur("1.00"), &Value::Money(Money::parse("USD 2.00").unwrap()), false);
    assert_eq!(both.to_string(), "EUR 1.00 + USD 2.00");
    assert_eq!(add_amounts(&eur("1.00"), &eur("1.00"), true).to_string(), "EUR 0.00");
    assert_eq!(add_amounts(&Value::Sum(Arc::default()), &eur("2.50"), true).to_string(), "EUR -2.50");
}

#[test]
fn what_does_not_fit_is_a_fault() {
    let huge = Value::Money(Money { amount: Decimal::MAX, currency: Currency::EUR });
    assert_eq!(add_amounts(&huge, &huge, false), Value::Fault(Fault::Overflow));
    assert_eq!(strict_decimal("1234567890123456789"), Err(Misspelt::TooLarge));
    assert_eq!(strict_percent("12.5%").unwrap().to_string(), "0.125");
    for bad in ["80", "80 %", "%", "8e1%", "0,8%"] {
        assert!(strict_percent(bad).is_err(), "{bad:?}");
    }
    assert_eq!(strict_whole("5.0"), Err(Misspelt::Whole));
    assert!(strict_bool("yes").is_err() && strict_bool("NO").is_err() && strict_bool("on").is_err());
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_the_order(mut cents in proptest::collection::vec(-1_000_000_000i64..1_000_000_000, 0..60), n_unknown in 0u32..4) {
        let total = |cents: &[i64]| {
            let mut sum = Sum::default();
            for cent in cents {
                sum.add(Money { amount: Decimal::new(*cent, 2), currency: Currency::EUR });
            }
            for _ in 0..n_unknown {
                sum.add_value(&Value::Unknown);
            }
            sum
        };
        let one = total(&cents);
        cents.reverse();
        let other = total(&cents);
        prop_assert_eq!(&one, &other);
        let exact: i64 = cents.iter().sum();
        prop_assert_eq!(one.parts().map(|part| part.amount).sum::<Decimal>(), Decimal::new(exact, 2));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = Money::parse(&text);
        let _ = Date::parse(&text);
        let _ = Period::parse(&text);
        let _ = Moment::parse(&text);
        let _ = strict_decimal(&text);
        let _ = strict_percent(&text);
    }
}
