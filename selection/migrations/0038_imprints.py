"""Every row that acts change leaves an imprint in the record; free text and the time of a log-in do not count."""

from django.db import migrations

from audit.imprint import IMPRINTING, Imprints

# fmt: off
COLUMNS = {
    "register_appraisal": ["id", "person_id", "year", "result", "votes_excellent", "votes_competent", "votes_basic", "votes_incompetent", "veto"],
    "register_kinship": ["id", "person_id", "called", "kind", "relative_id", "relative_name", "relative_unit", "until_on"],
    "register_organisation": ["id", "name", "short_name", "kind", "parent_id", "code", "closed_on"],
    "register_person": ["id", "name", "sex", "ethnicity", "native_place", "born_on", "party", "joined_party_on", "education", "degree", "joined_work_on", "organisation_id", "grade", "grade_since", "gone_on", "stroke_key"],
    "register_post": ["id", "organisation_id", "title", "grade", "post_class", "is_probationary", "seats", "abolished_on"],
    "register_quota": ["id", "organisation_id", "grade", "approved"],
    "register_tenure": ["id", "person_id", "post_id", "from_on", "until_on", "on_probation", "basis"],
    "selection_account": ["id", "password", "is_superuser", "username", "name", "department", "person_id", "is_active"],
    "selection_acknowledgement": ["id", "selection_id", "item_id", "seat_id", "acknowledged_at"],
    "selection_agendaitem": ["id", "meeting_id", "selection_id", "position", "chair_id"],
    "selection_appointment": ["id", "selection_id", "candidacy_id", "person_id", "state", "notice_slug", "notice_at", "notice_ends_at", "notice_is_provisional", "notice_channels", "notice_phone", "notice_address", "cleared_at", "talked_on", "talked_by", "document_number", "appointed_on", "published_on", "probation_ends_at", "tenure_id", "former", "former_grade", "former_grade_since", "assessed_on", "assessed_fit", "ended_at", "early_end"],
    "selection_assessment": ["id", "selection_id", "candidacy_id", "held_on", "issued", "returned", "excellent", "competent", "basically_competent", "incompetent", "recorded_at"],
    "selection_attendance": ["id", "meeting_id", "organisation_id", "person_id", "seat_id", "kind", "present"],
    "selection_ballotkey": ["id", "selection_id", "round_id", "public", "wrapped", "destroyed_at"],
    "selection_bar": ["id", "selection_id", "person_id", "post_id", "from_on", "until_on"],
    "selection_batch": ["id", "mandate_id", "organisation_id", "number", "title", "opened_at", "opened_by_id"],
    "selection_body": ["id", "organisation_id", "kind", "title"],
    "selection_candidacy": ["id", "selection_id", "person_id", "state", "source", "nominated_at", "ended_at", "ended_stage"],
    "selection_checkresult": ["id", "selection_id", "candidacy_id", "check_kind", "held_on", "finding", "document_id", "recorded_at"],
    "selection_consultation": ["id", "selection_id", "level", "held_on", "duties", "dissent", "recorded_at"],
    "selection_correction": ["id", "selection_id", "candidacy_id", "kind", "row", "fact", "weighty", "late", "previous_id", "state", "proposed_by_id", "proposed_at", "decided_by_id", "decided_at"],
    "selection_deadline": ["id", "selection_id", "kind", "appointment_id", "inquiry_id", "nomination_id", "due_at", "provisional", "expected_at", "met_at", "ended_at"],
    "selection_document": ["id", "selection_id", "meeting_id", "kind", "title", "appointment_id", "candidacy_id", "round_id", "state", "name", "sha256", "size", "media_type", "requested_by_id", "requested_at", "kept_at", "checkpoint", "unsealed"],
    "selection_freeze": ["id", "mandate_id", "organisation_id", "from_on", "lifted_on"],
    "selection_holding": ["id", "account_id", "mandate_id", "role", "from_on", "until_on"],
    "selection_importantmatter": ["id", "selection_id", "candidacy_id", "kind", "noted_at", "by_itself", "rule", "act", "noted_by_id"],
    "selection_inquiry": ["id", "selection_id", "candidacy_id", "body", "department", "asked_at", "due_at", "reminders", "reminded_at"],
    "selection_introduction": ["id", "selection_id", "item_id", "candidacy_id", "introducer", "introduced_at"],
    "selection_investigationnote": ["id", "selection_id", "objection_id", "noted_by_id", "noted_at"],
    "selection_mandate": ["id", "code", "title", "body_id", "department_id", "rulebook", "grades"],
    "selection_material": ["id", "selection_id", "item_id", "document_id", "sent_by_id", "sent_at"],
    "selection_meeting": ["id", "body_id", "organisation_id", "number", "held_on", "place", "chair_id", "called_at", "closed_at"],
    "selection_movement": ["id", "meeting_id", "organisation_id", "attendance_id", "arrived", "moved_at"],
    "selection_nomination": ["id", "selection_id", "person_id", "candidacy_id", "source", "nominator_id", "signed", "route", "ground", "evidence_id", "proposed_on", "discipline_read", "nominated_at", "outcome", "reviewed_at", "fed_back_at"],
    "selection_objection": ["id", "selection_id", "appointment_id", "candidacy_id", "channel", "breach", "receipt_hash", "reporter", "contact", "filed_at", "late", "settled_at", "settled_by_id", "effect"],
    "selection_paperentry": ["id", "selection_id", "round_id", "teller_id", "entered_at", "rejected_at"],
    "selection_participation": ["id", "selection_id", "account_id", "person_id", "part", "leads", "origin", "from_on", "until_on"],
    "selection_poll": ["id", "selection_id", "kind", "form", "item_id", "held_on", "scope", "due_count", "present_count", "held_at", "confirmed_at"],
    "selection_prenotice": ["id", "selection_id", "published_on", "phone", "published_at"],
    "selection_reconsideration": ["id", "selection_id", "round_id", "requested_by", "member_id", "consented", "members", "document_id", "decided_at"],
    "selection_recount": ["id", "selection_id", "round_id", "asked_by_id", "asked_at", "agreed_by_id", "agreed_at", "refused_by_id", "refused_at"],
    "selection_removal": ["id", "selection_id", "item_id", "candidacy_id", "person_id", "tenure_id", "proposed_at", "ended_on", "document_number"],
    "selection_reply": ["id", "selection_id", "inquiry_id", "number", "replied_on", "finding", "filed_from_paper", "late", "document_id", "replied_by_id", "replied_at"],
    "selection_report": ["id", "selection_id", "candidacy_id", "written_by_id", "written_at"],
    "selection_recovery": ["id", "number", "size", "root", "signed_at", "present", "present_at", "by_auditor", "proposed_by_id", "proposed_at", "confirmed_by_id", "confirmed_at"],
    "selection_rollmember": ["id", "selection_id", "round_id", "seat_id", "present", "channel", "blinded_sha256", "left_at"],
    "selection_round": ["id", "selection_id", "poll_id", "seq", "box", "state", "check_code", "root", "recused_count", "due_count", "present_count", "slips", "issued", "returned", "valid", "chair_id", "prepared_at", "opened_at", "closed_at", "announced_at", "destroyed_at", "another_round"],
    "selection_rounditem": ["id", "selection_id", "round_id", "candidacy_id", "agree", "disagree", "abstain", "passed"],
    "selection_seat": ["id", "body_id", "organisation_id", "person_id", "duty", "rank", "from_on", "until_on"],
    "selection_selection": ["id", "kind", "tenure_id", "number", "mandate_id", "batch_id", "post_id", "organisation_id", "rule_set_id", "stage", "seats", "triggers", "departure", "route", "opened_at", "opened_by_id", "approved_at", "approved_by_id", "entered_at", "suspended_at", "closed_at", "texts_destroyed_at"],
    "selection_stagevisit": ["id", "selection_id", "stage", "entered_at", "left_at", "returned", "reopened"],
    "selection_statedopinion": ["id", "selection_id", "item_id", "candidacy_id", "seat_id", "opinion", "stated_at", "position"],
    "selection_talk": ["id", "selection_id", "candidacy_id", "group", "held_on", "people", "recorded_by_id", "recorded_at"],
    "selection_tallysheet": ["id", "selection_id", "poll_id", "teller_id", "issued", "returned", "valid", "votes", "entered_at", "rejected_at"],
    "selection_witness": ["id", "selection_id", "round_id", "account_id", "act", "at"],
}
# fmt: on


class Migration(migrations.Migration):
    dependencies = [IMPRINTING, ("register", "0003_people_in_order"), ("selection", "0037_recovery")]

    operations = [Imprints(COLUMNS)]
