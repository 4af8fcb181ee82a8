//! Working with the rights of another role, as maintenance commands of Postgres do. An error needs no undoing: the end of
//! the transaction or subtransaction puts the role back.

use pgrx::pg_sys;

/// Runs `work` as `role`; it may not take another one.
pub fn with<T>(role: pg_sys::Oid, work: impl FnOnce() -> T) -> T {
    with_context(role, pg_sys::SECURITY_LOCAL_USERID_CHANGE, work)
}

/// The same for code that `role` wrote and the caller does not know, such as the functions of a view: it may leave nothing
/// behind in the session either, no setting, no temporary table, no deferred trigger.
pub fn confined<T>(role: pg_sys::Oid, work: impl FnOnce() -> T) -> T {
    let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION;
    // SAFETY: opens a level of settings, which the second call takes back.
    let level = unsafe { pg_sys::NewGUCNestLevel() };
    let result = with_context(role, flags, work);
    unsafe { pg_sys::AtEOXact_GUC(false, level) };
    result
}

fn with_context<T>(role: pg_sys::Oid, flags: u32, work: impl FnOnce() -> T) -> T {
    let (mut user, mut context) = (pg_sys::InvalidOid, 0);
    // SAFETY: saves and restores the session's user.
    unsafe {
        pg_sys::GetUserIdAndSecContext(&raw mut user, &raw mut context);
        pg_sys::SetUserIdAndSecContext(role, context | flags as i32);
        let result = work();
        pg_sys::SetUserIdAndSecContext(user, context);
        result
    }
}
