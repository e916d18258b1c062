//! Filters of Describe calls, in batches that EC2 takes.

use aws_sdk_ec2::types::Filter;

/// The most values that the filters of one request may have together (`FilterLimitExceeded`).
const MAX_VALUES: usize = 200;

/// The filters of one request.
pub(super) type Filters = Vec<Filter>;

/// One filter, in as many requests as its values need; none where there is no value.
pub(super) fn by<V: ToString>(name: &str, values: impl IntoIterator<Item = V>) -> Vec<Filters> {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    let batches = values.chunks(MAX_VALUES);
    batches.map(|batch| vec![filter(name, batch)]).collect()
}

/// Two filters that must both hold, in as many requests as all their values need.
pub(super) fn by_both<V: ToString, W: ToString>(
    (name, values): (&str, impl IntoIterator<Item = V>),
    (other_name, other_values): (&str, impl IntoIterator<Item = W>),
) -> Vec<Filters> {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    let others: Vec<String> = other_values
        .into_iter()
        .map(|value| value.to_string())
        .collect();
    values
        .chunks(MAX_VALUES / 2)
        .flat_map(|batch| {
            let others = others.chunks(MAX_VALUES / 2);
            others.map(move |other| vec![filter(name, batch), filter(other_name, other)])
        })
        .collect()
}

fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.to_vec()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(filters: &[Filters]) -> Vec<usize> {
        let count = |request: &Filters| request.iter().map(|filter| filter.values().len()).sum();
        filters.iter().map(count).collect()
    }

    #[test]
    fn no_request_has_more_values_than_ec2_takes() {
        assert_eq!(values(&by("vpc-id", 0..0)), [0; 0]);
        assert_eq!(values(&by("vpc-id", 0..200)), [200]);
        assert_eq!(values(&by("vpc-id", 0..450)), [200, 200, 50]);
        assert_eq!(values(&by_both(("a", 0..2), ("b", 0..150))), [102, 52]);
        assert_eq!(values(&by_both(("a", 0..2), ("b", 0..0))), [0; 0]);
    }
}
