//! What every backend must do, as one suite of tests: [`contract_suite!`](crate::contract_suite).
//!
//! Each case is given a fresh, empty store. It says in its name what holds, and reads as request → expected. A backend's test
//! file is three lines:
//!
//! ```text
//! async fn make() -> (impl Store, impl Sized) { (MyStore::new(), ()) }
//! deskside_store::contract_suite!(make);
//! ```
//!
//! The second part of what `make` returns is kept until the case is over (a temporary folder, say).
#![expect(clippy::unwrap_used, reason = "the suite is test code: a panic is the report")]

pub mod archive;
pub mod attachments;
pub mod audit;
pub mod batches;
pub mod bots;
pub mod captures;
pub mod changes;
pub mod consent;
pub mod direct;
pub mod effects;
pub mod files;
pub mod identity;
pub mod looking;
pub mod offers;
pub mod people;
pub mod reads;
pub mod replies;
pub mod retention;
pub mod roles;
pub mod sessions;
pub mod text;
pub mod vault;
mod world;

/// One test for each case of the suite, each with a store of its own from `make`.
#[macro_export]
macro_rules! contract_suite {
    ($make:path) => {
        $crate::contract_suite! { @cases $make;
            identity::set_up_closes_for_good;
            identity::set_up_takes_only_the_newest_token;
            identity::set_up_is_closed_by_an_organisation_from_the_command_line;
            identity::set_up_with_a_taken_address_changes_nothing;
            identity::addresses_are_unique_in_any_case;
            identity::tokens_expire_and_can_be_deleted;
            identity::memberships_name_role_and_organisation;
            identity::settings_are_read_by_members_and_changed_by_admins;
            identity::organisations_are_listed_oldest_first;
            sessions::only_members_create_sessions;
            sessions::a_session_shows_all_of_it;
            sessions::lists_are_paged_newest_first;
            sessions::codes_and_links_lead_in_until_they_expire;
            sessions::new_codes_and_links_replace_the_old_ones;
            sessions::a_guest_is_known_by_the_token;
            sessions::a_removed_guest_is_told_but_sees_nothing;
            sessions::a_members_place_is_found;
            roles::sessions_are_seen_by_role;
            roles::lists_are_seen_by_role;
            roles::files_are_seen_by_role;
            roles::attachments_are_seen_by_role;
            roles::own_means_created_or_let_in;
            roles::join_secrets_are_replaced_by_role;
            roles::a_changed_role_holds_at_once;
            batches::seqs_have_no_gap;
            batches::a_refusal_leaves_the_others;
            batches::a_refusal_leaves_no_trace_of_its_effects;
            batches::two_sessions_in_one_batch;
            batches::the_same_transaction_has_effect_once;
            batches::a_transaction_is_the_senders_own;
            batches::a_repeat_is_known_after_the_end;
            batches::a_repeat_of_the_end_is_known;
            batches::the_log_is_read_in_pages;
            batches::heads_are_paged_newest_first;
            batches::events_come_back_as_written;
            batches::an_empty_batch_is_fine;
            batches::unknown_and_ended_sessions_refuse;
            batches::who_is_not_admitted_is_not_heard;
            batches::what_a_sender_does_takes_hold_within_the_batch;
            effects::a_code_is_used_up_and_a_link_stays;
            effects::join_secrets_must_be_known_current_and_of_the_session;
            effects::participants_are_added_once;
            effects::participants_move_only_from_where_they_are;
            effects::who_leaves_can_come_back_and_who_was_removed_cannot;
            effects::an_end_is_the_last_event;
            effects::an_end_kills_codes_and_links;
            offers::an_offer_fills_the_message;
            offers::only_own_complete_new_uploads_are_offered;
            offers::an_offer_belongs_to_a_message;
            offers::a_refused_offer_can_be_sent_again;
            offers::everybody_in_the_room_has_accepted;
            offers::who_comes_later_has_accepted;
            offers::customers_get_nothing_that_only_technicians_see;
            offers::a_deleted_message_withdraws_its_files;
            offers::withdrawn_files_wait_for_their_bytes_to_go;
            changes::a_change_leaves_nothing_of_the_earlier_text;
            changes::only_a_message_that_is_there_is_changed;
            changes::a_message_is_changed_by_its_writer_within_the_time;
            changes::changes_are_seen_by_who_sees_the_message;
            changes::of_an_edit_and_a_deletion_at_once_the_first_counts;
            changes::the_log_is_read_backwards_in_pages;
            reads::marks_go_forward_only;
            reads::a_batch_keeps_marks_and_events;
            reads::what_others_said_is_unread_until_it_is_read;
            replies::replies_are_kept_by_admins_and_read_by_members;
            replies::a_reply_that_is_gone_stays_gone;
            replies::shortcuts_are_unique_in_any_case_and_limited;
            attachments::uploads_need_an_admitted_participant_and_an_open_session;
            attachments::an_upload_is_its_senders_own;
            attachments::an_upload_remembers_its_offset;
            attachments::a_foreign_token_gets_no_bytes;
            attachments::who_is_not_in_the_room_gets_no_bytes;
            attachments::unsent_files_are_their_senders_own;
            bots::only_who_manages_an_organisation_has_its_bots;
            bots::names_are_unique_in_any_case_and_bots_are_limited;
            bots::a_draft_is_saved_over_the_revision_it_was_made_of;
            bots::what_is_published_stays_as_it_was;
            bots::secrets_are_their_bots;
            bots::what_is_done_with_bots_is_noted;
            captures::a_capture_is_known_wherever_it_is_described;
            captures::captures_are_begun_by_technicians;
            captures::a_capture_joins_after_the_end;
            captures::what_no_message_names_is_settled_at_the_end;
            captures::captures_stay_for_files_whoever_declined;
            captures::a_capture_is_taken_back_after_the_end;
            consent::who_is_asked_gets_nothing_before_accepting;
            consent::asked_once_is_enough;
            consent::who_comes_later_is_asked;
            consent::only_what_was_offered_is_answered;
            consent::senders_take_back_what_they_offer;
            consent::what_nobody_wants_goes;
            consent::uploads_keep_within_their_limits;
            consent::uploads_end_by_wish_and_by_time;
            direct::a_direct_file_is_a_name_and_no_bytes;
            direct::direct_files_begin_as_uploads_do;
            direct::a_direct_file_is_its_senders_own;
            direct::direct_files_are_asked_about_by_their_own_rule;
            direct::trust_in_one_kind_of_file_is_none_in_the_other;
            direct::a_direct_file_is_confirmed_with_its_digest;
            direct::a_direct_file_ends_as_others_do;
            text::bodies_hold_any_text;
            text::a_participants_name_holds_no_nul;
            text::names_with_a_nul_are_kept_or_refused;
            text::asking_for_an_address_with_a_nul_is_no_failure;
            audit::every_action_is_kept;
            audit::what_is_about_no_session_is_no_repeat;
            audit::notes_are_found_by_what_they_are_about;
            people::somebody_new_comes_by_invitation;
            people::somebody_known_comes_by_invitation;
            people::invitations_grant_no_more_than_their_maker_holds;
            people::invitations_are_taken_back_by_those_who_could_make_them;
            people::who_is_deactivated_sees_nothing;
            people::roles_and_states_are_changed_by_rule;
            people::links_for_passwords_reach_no_higher_than_their_maker;
            people::a_link_sets_a_password_once;
            people::a_forgotten_password_is_asked_for_so_often;
            people::devices_are_listed_and_signed_out;
            people::devices_remember_when_they_were_seen;
            retention::open_offers_are_known_and_end_with_the_session;
            retention::files_expire_with_time;
            retention::a_deleted_session_leaves_nothing_but_a_note;
            retention::who_reads_from_outside_is_remembered;
            retention::it_is_known_which_uploads_go_on;
            files::a_session_is_sealed_once;
            files::only_ended_sessions_wait_for_their_seal;
            files::files_count_what_was_said_and_sent;
            files::files_name_those_who_were_let_in;
            files::files_are_paged_newest_first;
            files::open_sessions_are_not_in_files;
            vault::manifests_are_chained;
            vault::a_manifest_names_what_it_claimed;
            vault::what_comes_later_joins_by_an_addendum;
            vault::a_deleted_session_keeps_its_place_in_the_chain;
            vault::a_vault_is_seen_by_role;
            vault::it_is_known_which_objects_belong;
            vault::what_nobody_comes_back_to_is_idle;
            vault::what_nobody_used_goes_without_a_trace;
            vault::a_held_session_stays;
            vault::activity_says_what_became_of_files;
            archive::sessions_are_found_by_title_and_names;
            archive::what_is_typed_is_text_and_no_pattern;
            archive::filters_narrow_the_list;
            archive::every_order_is_paged_without_gap_or_repeat;
            archive::filters_grant_nothing;
            archive::stored_bytes_follow_what_becomes_of_files;
            archive::people_are_shown_with_their_times;
            archive::reports_are_written_by_who_took_part_and_by_admins;
            archive::a_report_goes_with_its_session;
            looking::hits_are_compared_with_who_may_see_them;
            looking::documents_are_read_as_long_as_they_are_offered;
            looking::charts_say_what_there_is_and_what_goes;
        }
    };
    (@cases $make:path; $($module:ident :: $case:ident;)+) => {$(
        #[tokio::test]
        async fn $case() {
            let (store, _kept) = $make().await;
            $crate::contract::$module::$case(store).await;
        }
    )+};
}
