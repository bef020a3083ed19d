//! Looks events of the last 90 days up, newest first.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use audit::{Attribute, Cursor, Entry, LookUp, Trail};
use base::Fault;
use engine::{Access, Call, Check, Operation, Permitted, Unit, View};
use shapes::cloudtrail::{Event, LookupAttribute, LookupEventsInput, LookupEventsOutput, Resource};

use super::reading::{read, unreadable, written};

/// Events of a page when the caller does not say; also the most there are.
const DEFAULT_RESULTS: usize = 50;

pub(crate) struct LookupEvents;

/// What the attribute of a look-up can be met by.
enum Wanted {
    /// By entries with this attribute, or by all.
    Entries(Option<Attribute>),
    /// By none: the value is none that the attribute can have.
    Nothing,
}

impl Operation for LookupEvents {
    type Input = LookupEventsInput;
    type Output = LookupEventsOutput;
    type Facts = ();

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::cloudtrail::LOOKUP_EVENTS
    }

    async fn facts(&self, _: &Self::Input, _: &Call, _: &mut View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn access(&self, _: &Self::Input, (): &(), call: &Call) -> Access {
        Access::one(Check::new("cloudtrail:LookupEvents", "*", call.account))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        (): &(),
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let wanted = wanted(input)?;
        check_times(input)?;
        let filters = filters(input);
        let cursor = input
            .next_token
            .as_deref()
            .map(|token| position(call, token, &filters))
            .transpose()?;
        let attribute = match wanted {
            Wanted::Entries(attribute) if input.event_category.is_none() => attribute,
            // There are no insights events.
            Wanted::Entries(_) | Wanted::Nothing => return Ok(no_events()),
        };
        let look_up = LookUp {
            attributes: attribute.into_iter().collect(),
            subject: None,
            start: input.start_time,
            end: input.end_time,
            cursor,
        };
        let server = &call.server;
        let trails = Trail::seen_from(call.account, &call.region, &server.settings.home_region);
        let limit = input
            .max_results
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(DEFAULT_RESULTS);
        let page = server
            .index
            .find(&*server.store, call.now, &trails, &look_up, limit)
            .await
            .map_err(unreadable)?;
        let next = page
            .cursor
            .map(|cursor| call.page_token(&written(cursor), &filters));
        Ok(LookupEventsOutput {
            events: Some(page.entries.iter().map(event).collect()),
            next_token: next.transpose()?,
        })
    }
}

fn no_events() -> LookupEventsOutput {
    LookupEventsOutput {
        events: Some(Vec::new()),
        next_token: None,
    }
}

fn wanted(input: &LookupEventsInput) -> Result<Wanted, Fault> {
    let attributes = input.lookup_attributes.as_deref().unwrap_or_default();
    match attributes {
        [] => Ok(Wanted::Entries(None)),
        [one] => attribute(one),
        [_, _, ..] => Err(invalid_attributes(
            "Only one lookup attribute can be specified.",
        )),
    }
}

fn attribute(asked: &LookupAttribute) -> Result<Wanted, Fault> {
    let value = asked.attribute_value.clone();
    let attribute = match asked.attribute_key.as_str() {
        "EventId" => match value.parse() {
            Ok(id) => Attribute::EventId(id),
            Err(_) => return Ok(Wanted::Nothing),
        },
        "EventName" => Attribute::EventName(value),
        "ReadOnly" => Attribute::ReadOnly(match value.as_str() {
            "true" => true,
            "false" => false,
            _ => {
                return Err(invalid_attributes(
                    "The value of ReadOnly must be true or false.",
                ));
            }
        }),
        "Username" => Attribute::Username(value),
        "ResourceType" => Attribute::ResourceType(value),
        "ResourceName" => Attribute::ResourceName(value),
        "EventSource" => Attribute::EventSource(value),
        "AccessKeyId" => Attribute::AccessKeyId(value),
        _ => {
            return Err(invalid_attributes(
                "The lookup attribute is not one that there is.",
            ));
        }
    };
    Ok(Wanted::Entries(Some(attribute)))
}

fn check_times(input: &LookupEventsInput) -> Result<(), Fault> {
    match (input.start_time, input.end_time) {
        (Some(start), Some(end)) if start > end => Err(Fault::bad_request(
            "InvalidTimeRangeException",
            "The start time must not be after the end time.",
        )),
        _ => Ok(()),
    }
}

fn position(call: &Call, token: &str, filters: &str) -> Result<Cursor, Fault> {
    call.page_position(token, filters)
        .and_then(read)
        .ok_or_else(|| {
            Fault::bad_request(
                "InvalidNextTokenException",
                "The NextToken is not valid, or the look-up is not the one that it came from.",
            )
        })
}

/// Everything that the next page must share with this one.
fn filters(input: &LookupEventsInput) -> String {
    let attributes: Vec<_> = input
        .lookup_attributes
        .iter()
        .flatten()
        .map(|one| (&one.attribute_key, &one.attribute_value))
        .collect();
    serde_json::json!([
        attributes,
        input.start_time,
        input.end_time,
        input.event_category
    ])
    .to_string()
}

fn invalid_attributes(why: &'static str) -> Fault {
    Fault::bad_request("InvalidLookupAttributesException", why)
}

fn event(entry: &Entry) -> Event {
    let record = entry.record();
    let resources = entry.resources().into_iter().map(|resource| Resource {
        resource_type: Some(resource.kind),
        resource_name: Some(resource.name),
    });
    Event {
        event_id: Some(record.event_id.to_string()),
        event_name: Some(record.event_name.clone()),
        read_only: Some(record.read_only.to_string()),
        access_key_id: record.user_identity.access_key_id().map(str::to_owned),
        event_time: Some(record.event_time),
        event_source: Some(record.event_source.clone()),
        username: record.user_identity.user_name().map(str::to_owned),
        resources: Some(resources.collect()),
        cloud_trail_event: Some(record.to_json()),
    }
}
