//! Users as answers show them.

use shapes::iam::User;

use crate::iam::entity::boundary_shown;
use crate::iam::rows::UserRow;
use crate::iam::tags;

/// All of it, as GetUser answers.
pub(crate) fn whole(user: &UserRow) -> User {
    User {
        permissions_boundary: boundary_shown(&user.policies),
        tags: tags::shown_if_any::<UserRow>(&user.tags),
        ..listed(user)
    }
}

/// What CreateUser answers: the tags as given.
pub(crate) fn created(user: &UserRow) -> User {
    User {
        permissions_boundary: boundary_shown(&user.policies),
        tags: tags::given_if_any(&user.tags),
        ..listed(user)
    }
}

/// What ListUsers answers: neither tags nor boundary, as on AWS.
pub(crate) fn listed(user: &UserRow) -> User {
    User {
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: Some(user.id.to_string()),
        arn: Some(user.arn.clone()),
        create_date: Some(user.created_at),
        ..User::default()
    }
}
