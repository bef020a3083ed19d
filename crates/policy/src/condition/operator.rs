//! The 27 condition operators with their prefixes and suffix.

/// An operator as a policy writes it, e.g. `ForAnyValue:StringLikeIfExists`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// As spelled.
    pub text: String,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether unequal values are wanted.
    pub sense: Sense,
    /// What an absent key means.
    pub absence: Absence,
}

/// Quantifies over the values of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Every value must hold; no value at all holds too.
    ForAllValues,
    /// One value must hold.
    ForAnyValue,
}

/// Whether the operator wants a match or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// `StringEquals`: one of the policy's values.
    Positive,
    /// `StringNotEquals`: none of the policy's values.
    Negated,
}

/// What becomes of a condition whose key is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// As the operator has it.
    Plain,
    /// `…IfExists`: it holds.
    IfExists,
}

/// The comparison, sense aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Exact text.
    StringEquals,
    /// Text in lower case.
    StringEqualsIgnoreCase,
    /// Text with wildcards.
    StringLike,
    /// Decimal numbers.
    Numeric(Order),
    /// Instants.
    Date(Order),
    /// `true` or not.
    Bool,
    /// Bytes in base64.
    Binary,
    /// Addresses and networks.
    IpAddress,
    /// ARNs, segment by segment, with wildcards.
    Arn,
    /// Whether the key is absent.
    Null,
}

/// Which order relation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// =
    Equal,
    /// <
    Less,
    /// ≤
    LessOrEqual,
    /// >
    Greater,
    /// ≥
    GreaterOrEqual,
}

impl Order {
    /// Whether the relation holds between a request's and a policy's value.
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Operator {
    /// Reads an operator; names compare without case. `None` when there is no such operator.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            None => (None, lower.as_str()),
            Some(("forallvalues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("foranyvalue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
        };
        let (absence, rest) = match rest.strip_suffix("ifexists") {
            Some(rest) => (Absence::IfExists, rest),
            None => (Absence::Plain, rest),
        };
        let (comparison, sense) = comparison(rest)?;
        if comparison == Comparison::Null && absence == Absence::IfExists {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            quantifier,
            comparison,
            sense,
            absence,
        })
    }
}

fn comparison(lower: &str) -> Option<(Comparison, Sense)> {
    use Comparison::{
        Arn, Binary, Bool, IpAddress, Null, StringEquals, StringEqualsIgnoreCase, StringLike,
    };
    use Sense::{Negated, Positive};
    Some(match lower {
        "stringequals" => (StringEquals, Positive),
        "stringnotequals" => (StringEquals, Negated),
        "stringequalsignorecase" => (StringEqualsIgnoreCase, Positive),
        "stringnotequalsignorecase" => (StringEqualsIgnoreCase, Negated),
        "stringlike" => (StringLike, Positive),
        "stringnotlike" => (StringLike, Negated),
        "bool" => (Bool, Positive),
        "binaryequals" => (Binary, Positive),
        "ipaddress" => (IpAddress, Positive),
        "notipaddress" => (IpAddress, Negated),
        "arnequals" | "arnlike" => (Arn, Positive),
        "arnnotequals" | "arnnotlike" => (Arn, Negated),
        "null" => (Null, Positive),
        other => {
            if let Some(relation) = other.strip_prefix("numeric") {
                let (order, sense) = order(relation)?;
                (Comparison::Numeric(order), sense)
            } else {
                let (order, sense) = order(other.strip_prefix("date")?)?;
                (Comparison::Date(order), sense)
            }
        }
    })
}

fn order(relation: &str) -> Option<(Order, Sense)> {
    Some(match relation {
        "equals" => (Order::Equal, Sense::Positive),
        "notequals" => (Order::Equal, Sense::Negated),
        "lessthan" => (Order::Less, Sense::Positive),
        "lessthanequals" => (Order::LessOrEqual, Sense::Positive),
        "greaterthan" => (Order::Greater, Sense::Positive),
        "greaterthanequals" => (Order::GreaterOrEqual, Sense::Positive),
        _ => return None,
    })
}
