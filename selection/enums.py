"""Every fixed list of the project with its labels (枚举).

A leaf: it imports nothing of ours, and no second list of the same phrases exists.  English labels stand here, their
Chinese in the catalogue of translations.  An ``Act`` is at once the name of the function, of the permission, of the
entry in the record and of the word in the address.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """Who a person is for a mandate (干部管理权限)."""

    STAFF = "staff", _("Case officer")
    DEPARTMENT_HEAD = "department_head", _("Head of the organisation department")
    SECRETARY = "secretary", _("Party secretary")
    INSPECTOR = "inspector", _("Inspector")
    TELLER = "teller", _("Teller")
    SCRUTINEER = "scrutineer", _("Scrutineer")
    MEMBER = "member", _("Committee member")
    LEADER = "leader", _("Leading cadre")
    REVIEWER = "reviewer", _("Consulted department")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    CLOCK = "clock", _("Clock")
    PUBLIC = "public", _("The public")


class Stage(TextChoices):
    """Where a selection stands (选任环节)."""

    MOTION = "motion", _("Motion")
    NOMINATION = "nomination", _("Initial nomination")
    RECOMMENDATION = "recommendation", _("Democratic recommendation")
    INSPECTION = "inspection", _("Inspection")
    DELIBERATION = "deliberation", _("Consultation and decision")
    DECIDED = "decided", _("Decided")
    CLOSED = "closed", _("Closed")


class SelectionKind(TextChoices):
    """What a selection is about (事项类别)."""

    APPOINTMENT = "appointment", _("Appointment")
    REMOVAL = "removal", _("Removal")


class Competition(TextChoices):
    """What candidates compete for (竞争方式): a post, or a grade whose posts are assigned afterwards."""

    POST = "post", _("For a post")
    GRADE = "grade", _("For a grade")


class Departure(TextChoices):
    """How the holder of a post that is to be filled leaves it (现任者去向)."""

    RETIREMENT = "retirement", _("Retires")
    TRANSFER = "transfer", _("Is transferred")
    REMOVAL = "removal", _("Is removed by the committee")
    RESIGNATION = "resignation", _("Resigns")


class Rail(TextChoices):
    """The stations that a reader sees (进度): seven of an appointment, three of a removal."""

    MOTION = "motion", _("Motion")
    NOMINATION = "nomination", _("Initial nomination")
    RECOMMENDATION = "recommendation", _("Democratic recommendation")
    INSPECTION = "inspection", _("Inspection")
    DELIBERATION = "deliberation", _("Consultation and decision")
    NOTICE = "notice", _("Public notice")
    PROBATION = "probation", _("Appointment and probation")
    REMOVAL = "removal", _("Removal")


class CandidacyState(TextChoices):
    """Where one candidate of a selection stands (人选状态)."""

    NOMINATED = "nominated", _("Nominated")
    INSPECTED = "inspected", _("Under inspection")
    PROPOSED = "proposed", _("Proposed")
    PASSED = "passed", _("Passed the vote")
    NOT_PASSED = "not_passed", _("Did not pass the vote")
    WITHDRAWN = "withdrawn", _("Withdrew")
    ENDED = "ended", _("Not taken further")


class AppointmentState(TextChoices):
    """Where an appointment stands (任职状态)."""

    ON_NOTICE = "on_notice", _("On public notice")
    CLEARED = "cleared", _("Notice passed")
    APPOINTED = "appointed", _("Appointed on probation")
    CONFIRMED = "confirmed", _("Confirmed")
    RELIEVED = "relieved", _("Relieved")
    CANCELLED = "cancelled", _("Cancelled")


class Act(TextChoices):
    """Everything that anybody can do here, apart from casting a ballot (办理事项)."""

    # register
    ADD_ORGANISATION = "add_organisation", _("Add a unit")
    CORRECT_ORGANISATION = "correct_organisation", _("Correct a unit")
    SET_QUOTA = "set_quota", _("Set the approved number of posts")
    SET_ESTABLISHMENT = "set_establishment", _("Set the approved establishment")
    ADD_POST = "add_post", _("Add a post")
    CORRECT_POST = "correct_post", _("Correct a post")
    ADD_PERSON = "add_person", _("Add a person")
    CORRECT_PERSON = "correct_person", _("Correct a person")
    ADD_TENURE = "add_tenure", _("Add a tenure")
    CORRECT_TENURE = "correct_tenure", _("Correct a tenure")
    ADD_APPRAISAL = "add_appraisal", _("Add an annual appraisal")
    CORRECT_APPRAISAL = "correct_appraisal", _("Correct an annual appraisal")
    ADD_KINSHIP = "add_kinship", _("Add a relative")
    CORRECT_KINSHIP = "correct_kinship", _("Correct a relative")
    ADD_FILE_ENTRY = "add_file_entry", _("Add to the personnel file")
    CORRECT_FILE_ENTRY = "correct_file_entry", _("Correct the personnel file")
    # accounts
    CREATE_ACCOUNT = "create_account", _("Create an account")
    CORRECT_ACCOUNT = "correct_account", _("Correct an account")
    RESET_PASSWORD = "reset_password", _("Set a new password")
    CHANGE_PASSWORD = "change_password", _("Change your own password")
    CLOSE_ACCOUNT = "close_account", _("Close an account")
    REOPEN_ACCOUNT = "reopen_account", _("Reopen an account")
    GRANT_ROLE = "grant_role", _("Give a role")
    END_ROLE = "end_role", _("End a role")
    SEAT_MEMBER = "seat_member", _("Give a seat in a body")
    END_SEAT = "end_seat", _("End a seat in a body")
    ADD_PLENUM = "add_plenum", _("Keep the seats of the plenary committee")
    # the record itself
    PROPOSE_RECOVERY = "propose_recovery", _("Report that an older backup was restored")
    CONFIRM_RECOVERY = "confirm_recovery", _("Confirm that an older backup was restored")
    # motion
    FREEZE_MOTIONS = "freeze_motions", _("Freeze motions")
    LIFT_FREEZE = "lift_freeze", _("Lift a freeze of motions")
    OPEN_BATCH = "open_batch", _("Open a batch of motions")
    OPEN_SELECTION = "open_selection", _("Open a selection")
    OPEN_REMOVAL = "open_removal", _("Move to remove somebody from a post")
    APPROVE_MOTION = "approve_motion", _("Agree to the motion")
    # plans of a year
    FILE_YEARLY_PLAN = "file_yearly_plan", _("Take down a plan of the year")
    # what stands before nomination
    SUBMIT_PLAN = "submit_plan", _("Hand in the plan")
    ANSWER_PLAN = "answer_plan", _("Take down the answer to the plan")
    ANNOUNCE_POST = "announce_post", _("Make the post public")
    # people in charge
    ASSIGN_OFFICER = "assign_officer", _("Put a person in charge")
    RECUSE_PERSON = "recuse_person", _("Record a recusal")
    DECLARE_RECUSAL = "declare_recusal", _("Declare oneself recused")
    END_RECUSAL = "end_recusal", _("End a recusal")
    # nomination
    CHOOSE_ROUTE = "choose_route", _("Choose the route of nomination")
    NOMINATE_CANDIDATE = "nominate_candidate", _("Nominate a candidate")
    RECOMMEND_PERSONALLY = "recommend_personally", _("Recommend a person under one's own name")
    REVIEW_RECOMMENDATION = "review_recommendation", _("Review a personal recommendation")
    FEED_BACK_RECOMMENDATION = "feed_back_recommendation", _("Tell the recommender the outcome")
    TAKE_UP_NOMINATION = "take_up_nomination", _("Take up an earlier nomination")
    OPEN_SITTING = "open_sitting", _("Hold a sitting that nominates by ballot")
    ENTER_NAMES = "enter_names", _("Enter the names on the ballots")
    CONFIRM_NAMES = "confirm_names", _("Confirm the names on the ballots")
    REJECT_NAMES = "reject_names", _("Have the names counted again")
    RESOLVE_NAMES = "resolve_names", _("Find whose the written names are")
    DECIDE_TIE = "decide_tie", _("Take down the decision on equal votes")
    SETTLE_NAMES = "settle_names", _("Fix who goes on")
    PUBLISH_NAMES = "publish_names", _("Publish who goes on")
    SIGN_OFF_NAMES = "sign_off_names", _("Sign as supervisor of the nomination")
    ANNUL_NAMES = "annul_names", _("Annul a nomination by ballot")
    REVIEW_QUALIFICATION = "review_qualification", _("Review the qualification")
    OPEN_RECOMMENDATION = "open_recommendation", _("Open democratic recommendation")
    # recommendation
    HOLD_RECOMMENDATION = "hold_recommendation", _("Hold a recommendation")
    ENTER_TALLY = "enter_tally", _("Enter a count")
    CONFIRM_TALLY = "confirm_tally", _("Confirm a count")
    REJECT_TALLY = "reject_tally", _("Have a count entered again")
    COMPARE_CANDIDATE = "compare_candidate", _("Compare the candidate with the others")
    OPEN_INSPECTION = "open_inspection", _("Fix the persons to be inspected")
    # inspection
    FORM_TEAM = "form_team", _("Form the inspection team")
    PUBLISH_PRENOTICE = "publish_prenotice", _("Publish the inspection pre-notice")
    RECORD_TALK = "record_talk", _("Record a talk")
    RECORD_ASSESSMENT = "record_assessment", _("Record the democratic assessment")
    RECORD_CHECK = "record_check", _("Record a check")
    WRITE_REPORT = "write_report", _("Write the inspection report")
    ASK_OPINION = "ask_opinion", _("Ask a department for its opinion")
    ANSWER_INQUIRY = "answer_inquiry", _("Answer an inquiry")
    FILE_REPLY = "file_reply", _("File a paper reply")
    REMIND_DEPARTMENT = "remind_department", _("Remind a department")
    OPEN_DELIBERATION = "open_deliberation", _("Adopt the proposal for appointment")
    # deliberation
    RECORD_CONSULTATION = "record_consultation", _("Record a consultation")
    CALL_MEETING = "call_meeting", _("Call a meeting")
    PUT_ON_AGENDA = "put_on_agenda", _("Put a selection on the agenda")
    PROPOSE_REMOVALS = "propose_removals", _("Propose which posts are left")
    SEND_MATERIAL = "send_material", _("Send papers to the members")
    ACKNOWLEDGE_MATERIAL = "acknowledge_material", _("Acknowledge papers of a meeting")
    RECORD_ATTENDANCE = "record_attendance", _("Record attendance")
    NAME_CHAIR = "name_chair", _("Name who presides over an item")
    RECORD_ARRIVAL = "record_arrival", _("Record who comes late")
    RECORD_DEPARTURE = "record_departure", _("Record who leaves")
    INTRODUCE_CANDIDATE = "introduce_candidate", _("Introduce a candidate")
    RECORD_OPINION = "record_opinion", _("Record a member's opinion")
    PREPARE_BALLOT = "prepare_ballot", _("Prepare the ballot")
    COLLECT_BALLOT = "collect_ballot", _("Collect an electronic ballot")
    ISSUE_SLIP = "issue_slip", _("Hand out a slip")
    ISSUE_PAPER = "issue_paper", _("Hand out a paper ballot")
    HAND_BACK_SLIP = "hand_back_slip", _("Take back a slip")
    CHECK_BOX = "check_box", _("Check the box")
    OPEN_BALLOT = "open_ballot", _("Open the ballot")
    AGREE_CLOSING = "agree_closing", _("Agree to close the ballot")
    CLOSE_BALLOT = "close_ballot", _("Close the ballot")
    ENTER_PAPER = "enter_paper", _("Enter the paper ballots")
    CONFIRM_PAPER = "confirm_paper", _("Confirm the paper ballots")
    REJECT_PAPER = "reject_paper", _("Have the paper ballots counted again")
    VOID_BALLOT = "void_ballot", _("Void the ballot")
    ANNOUNCE_RESULT = "announce_result", _("Announce the result")
    DECIDE_REVOTE = "decide_revote", _("Decide on another ballot")
    REQUEST_RECOUNT = "request_recount", _("Ask for the audit package")
    AGREE_RECOUNT = "agree_recount", _("Agree to hand out the audit package")
    REFUSE_RECOUNT = "refuse_recount", _("Refuse to hand out the audit package")
    REQUEST_BALLOT_PAPER = "request_ballot_paper", _("Have the paper ballot made")
    REQUEST_COUNT_REPORT = "request_count_report", _("Have the report of the count made")
    DESTROY_SHEETS = "destroy_sheets", _("Destroy the ballots of a vote")
    CLOSE_MEETING = "close_meeting", _("Close a meeting")
    REQUEST_MINUTES = "request_minutes", _("Have the minutes made")
    # reports
    FILE_REPORT = "file_report", _("Take down a report")
    INVESTIGATE_OBJECTION = "investigate_objection", _("Note what an investigation found")
    SETTLE_OBJECTION = "settle_objection", _("Settle an objection")
    # between the decision and the notice
    ASSIGN_POST = "assign_post", _("Assign the post")
    # notice
    PUBLISH_NOTICE = "publish_notice", _("Publish the notice")
    FILE_OBJECTION = "file_objection", _("Object to an appointment")
    CLOSE_NOTICE = "close_notice", _("Close the notice")
    CANCEL_APPOINTMENT = "cancel_appointment", _("Cancel the appointment")
    # appointment and probation
    HOLD_APPOINTMENT_TALK = "hold_appointment_talk", _("Record the talk before appointment")
    APPOINT_CANDIDATE = "appoint_candidate", _("Appoint")
    ASSESS_PROBATION = "assess_probation", _("Record the assessment at the end of probation")
    CONFIRM_APPOINTMENT = "confirm_appointment", _("Confirm the appointment")
    RELIEVE_APPOINTMENT = "relieve_appointment", _("Relieve of the trial post")
    RECORD_FORMALITY = "record_formality", _("Put a formality of the appointment on file")
    # removal
    REMOVE_HOLDER = "remove_holder", _("Carry out the removal")
    # the way back, at any stage
    WITHDRAW_CANDIDACY = "withdraw_candidacy", _("Withdraw a candidate")
    END_CANDIDACY = "end_candidacy", _("End a candidacy")
    RETURN_SELECTION = "return_selection", _("Return to an earlier stage")
    SUSPEND_SELECTION = "suspend_selection", _("Suspend the selection")
    RESUME_SELECTION = "resume_selection", _("Resume the selection")
    END_SELECTION = "end_selection", _("End the selection")
    RECONSIDER_DECISION = "reconsider_decision", _("Reconsider a decision")
    CORRECT_FACT = "correct_fact", _("Correct a recorded fact")
    CONFIRM_CORRECTION = "confirm_correction", _("Confirm a correction")
    REFUSE_CORRECTION = "refuse_correction", _("Refuse a correction")
    # afterwards
    DESTROY_TEXTS = "destroy_texts", _("Destroy the texts kept apart")
    # who answers for a nomination
    OPEN_LIABILITY = "open_liability", _("Open a case against whoever answers for a nomination")
    HAND_OVER_LIABILITY = "hand_over_liability", _("Hand a case over")
    SETTLE_LIABILITY = "settle_liability", _("Take down the result of a case")
    # papers, clocks, important matters
    FILE_DOCUMENT = "file_document", _("File a document")
    REQUEST_DOCUMENT = "request_document", _("Have a paper made")
    KEEP_DOCUMENT = "keep_document", _("Keep a finished paper")
    NOTE_MATTER = "note_matter", _("Note an important matter")
    MEET_DEADLINE = "meet_deadline", _("A deadline has come")
    MOVE_CLOCK = "move_clock", _("Move the demonstration clock")


class Trigger(TextChoices):
    """What may start a motion (启动情形): 附件1 第五条 and 附件2 第五条 merged."""

    TERM_CHANGE = "term_change", _("Change of the leading body at the end of its term")
    REORGANISATION = "reorganisation", _("Reform or change of institutions")
    SUPERIOR_REQUEST = "superior_request", _("Explicit request of the superior organisation department")
    VACANCY = "vacancy", _("A vacant leading post")
    STRUCTURE = "structure", _("The structure of the leading body needs improving")
    ROTATION = "rotation", _("Rotation or avoidance required by rule")
    OUTSTANDING_PROBLEMS = "outstanding_problems", _("Outstanding problems that need an adjustment")
    UNFIT = "unfit", _("Found unfit by assessment, or unfit after a sanction")
    EMERGENCY = "emergency", _("An emergency or other special situation")
    OTHER_NEED = "other_need", _("Other needs of the work")


class PostClass(TextChoices):
    """What a post is to its unit (职位类别): of chiefs and of others persons are put forward by different routes."""

    CHIEF = "chief", _("Chief of a unit or department")
    OTHER = "other", _("Other leading post")
    MIDDLE = "middle_level", _("Middle-level post")
    NON_LEADING = "non_leading", _("Non-leading post")
    RESERVE = "reserve", _("Reserve cadre")


class KeyPost(TextChoices):
    """Why a post is a key post (关键岗位)."""

    PEOPLE_MONEY_MATERIAL = "people_money_material", _("Management of people, money and goods")
    APPROVAL = "approval", _("Approval of projects")
    ENFORCEMENT = "enforcement", _("Enforcement of discipline")


class Grade(TextChoices):
    """Grade of a post or of a person (职级)."""

    TOWNSHIP_CHIEF = "township_chief", _("Section-head grade")
    TOWNSHIP_DEPUTY = "township_deputy", _("Deputy-section-head grade")
    COUNTY_CHIEF = "county_chief", _("County-head grade")
    COUNTY_DEPUTY = "county_deputy", _("Deputy-county-head grade")
    STAFF_GRADE = "staff_grade", _("Staff")


#: Grades from the highest to the lowest.
RANKS = (Grade.COUNTY_CHIEF, Grade.COUNTY_DEPUTY, Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY, Grade.STAFF_GRADE)


class Sex(TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


class Kin(TextChoices):
    """How two people are related, by the kinds for which rules on recusal ask (亲属关系)."""

    SPOUSE = "spouse", _("Husband or wife")
    DIRECT_BLOOD = "direct_blood", _("Direct blood relation")
    COLLATERAL_BLOOD = "collateral_blood", _("Collateral blood relation within three generations")
    NEAR_AFFINITY = "near_affinity", _("Close relation by marriage")
    OTHER = "other", _("Other relation")


class UnitKind(TextChoices):
    """Kind of organisation (单位类别)."""

    COMMITTEE = "committee", _("Party committee")
    PARTY_ORGAN = "party_organ", _("Party organ")
    GOVERNMENT_ORGAN = "government_organ", _("Government organ")
    INSTITUTION = "institution", _("Public institution")
    TOWNSHIP = "township", _("Township")


class PersonnelStatus(TextChoices):
    """As what somebody serves (人员身份)."""

    CIVIL_SERVANT = "civil_servant", _("Civil servant")
    INSTITUTION_STAFF = "institution_staff", _("Staff of a public institution")
    ENTERPRISE_STAFF = "enterprise_staff", _("Staff of an enterprise")
    OTHER = "other", _("Other status")


class EstablishmentKind(TextChoices):
    """On which establishment somebody is (编制类别)."""

    ADMINISTRATIVE = "administrative", _("Administrative establishment")
    INSTITUTION = "institution", _("Establishment of public institutions")


class FileKind(TextChoices):
    """What is kept of somebody besides posts and appraisals (档案材料类别)."""

    EDUCATION = "education", _("Education")
    TRAINING = "training", _("Training")
    SANCTION = "sanction", _("Sanction")
    ARCHIVE_AUDIT = "archive_audit", _("Audit of the file")
    ECONOMIC_AUDIT = "economic_audit", _("Audit of economic responsibility")


class EconomicAuditKind(TextChoices):
    """On what occasion a leader's economic responsibility is audited (经济责任审计类别)."""

    IN_TERM = "in_term", _("Audit during the term")
    ON_LEAVING = "on_leaving", _("Audit on leaving the post")
    BEFORE_PROMOTION = "before_promotion", _("Audit before a promotion")
    JOINT = "joint", _("Joint review of three responsibilities")


class AuditOutcome(TextChoices):
    """What came of an economic audit for the person (审计结果运用)."""

    NONE = "none", _("Nothing followed")
    PROMOTED = "promoted", _("Promoted")
    REMOVED = "removed", _("Removed from the post")
    DISMISSED = "dismissed", _("Dismissed")
    DISCIPLINE = "discipline", _("Handed to discipline inspection")
    JUDICIARY = "judiciary", _("Handed to the judiciary")


class EducationLevel(TextChoices):
    """Level of an education (学历层次), from the lowest."""

    BELOW_COLLEGE = "below_college", _("Below junior college")
    COLLEGE = "college", _("Junior college")
    BACHELOR = "bachelor", _("Bachelor")
    MASTER = "master", _("Master")
    DOCTOR = "doctor", _("Doctor")


class EducationMode(TextChoices):
    """Whether somebody studied full-time or beside the work (教育方式)."""

    FULL_TIME = "full_time", _("Full-time education")
    IN_SERVICE = "in_service", _("In-service education")


class EducationKind(TextChoices):
    """In which kind of school an education was had (教育类别)."""

    REGULAR = "regular", _("Regular education")
    ADULT = "adult", _("Adult education")
    SELF_TAUGHT = "self_taught", _("Self-taught examination")
    OPEN_UNIVERSITY = "open_university", _("Radio and television university")
    CORRESPONDENCE = "correspondence", _("Correspondence course")
    PARTY_SCHOOL = "party_school", _("Party school")
    ONLINE = "online", _("Online education")
    CONTINUING = "continuing", _("Continuing education")


class SanctionKind(TextChoices):
    """Sanctions of the party, of the administration and of the organisation (处分和组织处理种类)."""

    PARTY_WARNING = "party_warning", _("Warning within the party")
    SERIOUS_PARTY_WARNING = "serious_party_warning", _("Serious warning within the party")
    REMOVAL_FROM_PARTY_POSTS = "removal_from_party_posts", _("Removal from posts within the party")
    PARTY_PROBATION = "party_probation", _("Probation within the party")
    WARNING = "warning", _("Warning")
    DEMERIT = "demerit", _("Demerit")
    SERIOUS_DEMERIT = "serious_demerit", _("Serious demerit")
    LOWER_RANK = "lower_rank", _("Lowering of rank")
    REMOVAL_FROM_OFFICE = "removal_from_office", _("Removal from office")
    ADMONITION = "admonition", _("Admonition")
    SUSPENSION = "suspension", _("Suspension for examination")
    TRANSFER = "transfer", _("Transfer from the post")
    ORDERED_RESIGNATION = "ordered_resignation", _("Resignation under orders")
    RELIEVED = "relieved", _("Relieved for cause")
    DEMOTION = "demotion", _("Demotion")


class AuditResult(TextChoices):
    """What an audit of a personnel file came to (审档结论)."""

    IN_ORDER = "in_order", _("In order")
    CORRECTED = "corrected", _("Corrected")
    DOUBTFUL = "doubtful", _("In doubt")


class AppraisalResult(TextChoices):
    """Result of an annual appraisal (年度考核等次)."""

    EXCELLENT = "excellent", _("Excellent")
    COMPETENT = "competent", _("Competent")
    BASICALLY_COMPETENT = "basically_competent", _("Basically competent")
    INCOMPETENT = "incompetent", _("Incompetent")
    NOT_RATED = "not_rated", _("Not rated")


class NominationSource(TextChoices):
    """Who nominates (提名主体): the six kinds of 三(一)1."""

    PLENUM = "plenum", _("Plenary committee")
    STANDING_COMMITTEE = "standing_committee", _("Standing committee")
    DEPARTMENT = "department", _("Organisation department")
    GRASSROOTS = "grassroots", _("Party organisation of the unit")
    PERSONAL = "personal", _("A leading cadre in person")
    SELF = "self", _("The cadre himself or herself")


class Origin(TextChoices):
    """From where somebody is put forward, the narrower circle first (人选产生范围)."""

    DEPARTMENT = "department", _("The department itself")
    COMPANY = "company", _("The whole company")
    SOCIETY = "society", _("Society at large")


class NominationRoute(TextChoices):
    """By which way somebody is put forward (提名方式): four for chiefs, seven for others (附件1 第六、七条)."""

    PLENUM_MEETING = "plenum_meeting", _("The plenary committee recommends among all who qualify")
    PLENUM_LIST = "plenum_list", _("The plenary committee chooses from the department's list")
    URGENT = "urgent", _("Urgent between sessions: the members recommend in writing")
    SPECIAL = "special", _("Special case: the standing committee proposes")
    PROMOTION = "promotion", _("Promotion on the recommendation of the own unit")
    ROTATION = "rotation", _("Exchange or rotation")
    EXCELLENT = "excellent", _("Rated excellent three years in a row")
    OUTSTANDING = "outstanding", _("Outstanding in a crisis or a major task")
    COMPETITION = "competition", _("Competition")
    EXCEPTION = "exception", _("Exception: in confidence or without competition")
    PERSONAL = "personal", _("Recommended by a leading cadre in person")


class RouteFlag(TextChoices):
    """What auditors are shown of a route that is not the usual one (非常规提名)."""

    URGENT = "urgent", _("Urgent need")
    SPECIAL = "special", _("Special case")
    EXCEPTION = "exception", _("Exception")
    DIRECT = "direct", _("Direct nomination")


class ExceptionGround(TextChoices):
    """Why somebody is nominated in confidence or without competition (例外提名情形): 附件1 第七条(六)."""

    STATE_SECRET = "state_secret", _("State secrets are concerned")
    SPECIALITY = "speciality", _("Highly specialised, no competition possible")
    STRUCTURE = (
        "structure",
        _("The age, sex, ethnic or party structure of the leading body is to be filled urgently"),
    )
    SPECIAL_NEED = "special_need", _("A special need of the work")


class LiabilityGround(TextChoices):
    """For what somebody answers who nominated (推荐提名责任追究情形): 首提责任制 一."""

    TAINTED = "tainted", _("The person had a grave problem before the promotion")
    PERSONAL_MOTIVE = "personal_motive", _("Nominated for personal reasons, as a favour or for a price")
    AGAINST_PROCEDURE = "against_procedure", _("Against the procedure, or knowing that the person does not qualify")
    MISJUDGED = "misjudged", _("The organisation department misjudged or misreported")
    AGAINST_REGULATION = "against_regulation", _("Against the regulation on appointments")
    OTHER_GRAVE = "other_grave", _("Improper for another reason, with grave consequences")


class LiabilityBody(TextChoices):
    """Who pursues it (责任追究机关)."""

    DISCIPLINE = "discipline", _("Discipline inspection")
    JUDICIARY = "judiciary", _("Judicial authority")


class RecommendationOutcome(TextChoices):
    ACCEPTED = "accepted", _("Accepted as a candidate")
    DECLINED = "declined", _("Not accepted")
    DEFERRED = "deferred", _("Kept for later")


class RecommendationForm(TextChoices):
    """How a recommendation is made (推荐形式): in the unit and in talks, or by the members of the plenary committee."""

    MEETING = "meeting", _("Recommendation at a meeting")
    TALK = "talk", _("Recommendation in talks")
    PLENUM = "plenum", _("Recommendation by the plenary committee")
    WRITTEN = "written", _("Written recommendation by the members of the plenary committee")
    OPINION = "opinion", _("Opinion of the members of the plenary committee")


class InspectionStep(TextChoices):
    """The four mandatory steps (四个必经程序)."""

    ASSESSMENT = "assessment", _("Democratic assessment")
    TALK = "talk", _("Individual talks")
    ARCHIVE = "archive", _("Study of the personal archive")
    SITE_VISIT = "site_visit", _("Visit on the spot")


class Check(TextChoices):
    """Checks of an inspected person (核查事项)."""

    ARCHIVE = "archive", _("Study of the personal archive")
    SITE_VISIT = "site_visit", _("Visit on the spot")
    PERSONAL_MATTERS = "personal_matters", _("Report on personal matters")
    OPINION_FORMS = "opinion_forms", _("Opinion forms handed out")
    SURVEY = "survey", _("Special survey")
    EXTENDED = "extended", _("Inspection beyond the present unit")
    INTEGRITY = "integrity", _("Conclusion on integrity, with two signatures")


class TalkGroup(TextChoices):
    """Groups that must be talked with: four of a county (四种对象必谈), and those of a bureau for its sections."""

    LEADERS = "leaders", _("Leading body of the unit")
    MIDDLE = "middle", _("Middle-level cadres of the unit")
    DELEGATES = "delegates", _("Delegates and other persons concerned")
    CANDIDATE = "candidate", _("The inspected person")
    SECTION = "section", _("Cadres of the own section")
    RELATED = "related", _("Delegates of related sections")


class Finding(TextChoices):
    """Outcome of a check or of an opinion (核查结论)."""

    CLEAR = "clear", _("No effect on the use")
    EXPLAIN = "explain", _("Needs an explanation")
    BAR = "bar", _("Affects the use")


class ConsultedBody(TextChoices):
    """Departments whose written opinion is asked (征求意见单位)."""

    DISCIPLINE = "discipline", _("Discipline inspection commission")
    SUPERVISION = "supervision", _("Supervision bureau")
    FAMILY_PLANNING = "family_planning", _("Family planning bureau")
    AUDIT_OFFICE = "audit_office", _("Audit bureau")
    CO_MANAGER = "co_manager", _("Party that manages the cadre jointly")
    SUPERIOR = "superior", _("Superior organisation department")
    UNIT = "unit", _("Party organisation of the candidate's unit")


class ConsultationLevel(TextChoices):
    """Three levels in order (三个层面酝酿), and beside them consultation with one person at a time (个别酝酿)."""

    DEPARTMENT = "department", _("Meeting of the department heads")
    SECRETARIES = "secretaries", _("Meeting of the secretary with the deputies in charge")
    STANDING_COMMITTEE = "standing_committee", _("Standing committee")
    INDIVIDUAL = "individual", _("Leaders and departments one by one")


class ItemKind(TextChoices):
    """What an item of the agenda asks of the committee (议题类别)."""

    APPOINT = "appoint", _("Appointment")
    APPOINT_AND_REMOVE = "appoint_and_remove", _("Appointment and removal")
    REMOVE = "remove", _("Removal")


class AttendanceKind(TextChoices):
    VOTING = "voting", _("Member with a vote")
    OBSERVER = "observer", _("Attending without a vote")


class Opinion(TextChoices):
    """A member's stated opinion (发表意见)."""

    AGREE = "agree", _("Agrees")
    DISAGREE = "disagree", _("Disagrees")
    DEFER = "defer", _("Would defer")


class Choice(TextChoices):
    """Options on the ballot (票面选项)."""

    AGREE = "agree", _("Agree")
    DISAGREE = "disagree", _("Disagree")
    ABSTAIN = "abstain", _("Abstain")


class BallotChannel(TextChoices):
    """By what a member votes in a round; one only (投票方式)."""

    NONE = "none", _("Not yet")
    ONLINE = "online", _("Electronic ballot")
    SLIP = "slip", _("Slip")
    PAPER = "paper", _("Ballot on paper")


class RoundState(TextChoices):
    """One sitting of a poll (票决轮次)."""

    PREPARED = "prepared", _("Prepared")
    OPEN = "open", _("Voting")
    CLOSED = "closed", _("Closed")
    ANNOUNCED = "announced", _("Announced")
    VOID = "void", _("Void")


class RecusedCount(TextChoices):
    """Whether a recused member counts in 应到 (回避人员是否计入应到): no rule says, so it is asked."""

    COUNTED = "counted", _("A recused member counts among those who should attend")
    NOT_COUNTED = "not_counted", _("A recused member does not count among those who should attend")


class Part(TextChoices):
    """What a person is for one selection (参与身份)."""

    OFFICER = "officer", _("Case officer in charge")
    INSPECTOR = "inspector", _("Member of the inspection team")
    TELLER = "teller", _("Teller")
    RECUSED = "recused", _("Recused")


class RecusalOrigin(TextChoices):
    """How somebody came to be recused (回避由来)."""

    DECISION = "decision", _("By decision")
    DECLARATION = "declaration", _("By own declaration")


class DeadlineKind(TextChoices):
    NOTICE_END = "notice_end", _("End of the public notice")
    PROBATION_REMINDER = "probation_reminder", _("Probation is about to end")
    PROBATION_END = "probation_end", _("End of probation")
    REPLY_DUE = "reply_due", _("Reply due")
    FEEDBACK_DUE = "feedback_due", _("Feedback to the recommender due")
    NOMINATION_ENDS = "nomination_ends", _("A nomination ceases to be valid")
    TRAINING_DUE = "training_due", _("Training to be made up for")
    HANDOVER_DUE = "handover_due", _("Handover due")
    REVIEW_DUE = "review_due", _("Review of probation due")
    TERM_END = "term_end", _("End of the term of office")


class Paper(TextChoices):
    """Papers that the system makes (系统生成文书)."""

    NOTICE = "notice", _("Public notice before appointment")
    RECORD_FORM = "record_form", _("Process record form")
    BALLOT_PAPER = "ballot_paper", _("Paper ballot")
    COUNT_REPORT = "count_report", _("Report of the count")
    MINUTES = "minutes", _("Minutes of the meeting")
    NOMINATION_FORM = "nomination_form", _("Form of nomination")
    APPOINTMENT = "appointment", _("Notice of appointment")
    PRENOTICE = "prenotice", _("Pre-notice of the inspection")
    INSPECTED = "inspected", _("Notice of who is inspected")
    TALK_RECORD = "talk_record", _("Record of individual talks")
    ASSESSMENT = "assessment", _("Table of the democratic assessment")
    INQUIRY = "inquiry", _("Letter asking for an opinion")
    INSPECTION_REPORT = "inspection_report", _("Report of the inspection")
    CONSULTATION = "consultation", _("Record of the consultation")
    APPROVAL_FORM = "approval_form", _("Form of approval of appointment and removal")
    APPOINTMENT_TALK = "appointment_talk", _("Record of the talk before the appointment")
    PLEDGE = "pledge", _("Commitment to integrity")
    INTEGRITY_REPORT = "integrity_report", _("Report of the person on integrity")
    PROBATION_FORM = "probation_form", _("Form of assessment at the end of probation")
    EVIDENCE = "evidence", _("Filed document")


class Evidence(TextChoices):
    """Papers on which an act rests, uploaded with it (原始依据材料): 附件4 第六条."""

    APPROVAL = "approval", _("Written approval of the superior")
    ROLL = "roll", _("Roll of the plenary committee")
    COUNT = "count", _("Signed count of votes")
    TALK = "talk", _("Record of a talk")
    ASSESSMENT = "assessment", _("Summary of the democratic assessment")
    CHECK = "check", _("Proof of a check")
    PERSONAL_MATTERS = "personal_matters", _("Result of verifying the report on personal matters")
    REPLY = "reply", _("Written reply")
    AUDIT = "audit", _("Audit result")
    CONSULTATION = "consultation", _("Minutes of a consultation")
    CONCLUSION = "conclusion", _("Report of an investigation")
    CONSENT = "consent", _("Written consent of the members")
    PLAN = "plan", _("Plan of the selection")
    QUOTA = "quota", _("Confirmation of the free posts")
    PLAN_ANSWER = "plan_answer", _("Answer to the plan")
    NOMINATION_FORM = "nomination_form", _("Signed form of nomination")
    LIABILITY = "liability", _("Proof of a breach in a nomination")
    TIE = "tie", _("Decision on equal votes")
    SIGN_OFF = "sign_off", _("Signature of the supervisor")
    ASSIGNMENT = "assignment", _("Minutes of the decision on the posts")
    UNIT_REVIEW = "unit_review", _("Opinion of the unit on the qualification")
    FORMALITY = "formality", _("Proof of a formality of an appointment")
    RESULT_REVIEW = "result_review", _("Review of the result of the recommendation")
    REPORT_REVIEW = "report_review", _("Review of the report of the inspection")
    PHOTO = "photo", _("Photograph for the public notice")


class FormalityItem(TextChoices):
    """What is done around an appointment besides notice and talk (任职事项)."""

    EXAM = "exam", _("Examination on integrity")
    REPORT = "report", _("Report on integrity")
    PLEDGE = "pledge", _("Public pledge on conduct")
    TALK = "talk", _("Talk on integrity")
    FILM = "film", _("Film that warns by example")
    COMMITMENT = "commitment", _("Signed commitment to integrity")
    STUDY = "study", _("Study of the rules of discipline")
    APPROVAL = "approval", _("Approval by the superior")
    FILING = "filing", _("Report of the appointment to the superior, for its files")
    HANDOVER = "handover", _("Handover of the former post")
    TRAINING = "training", _("Training of newly promoted leaders")
    PETITION_DUTY = "petition_duty", _("Service as supervisor of petitions")
    REVIEW = "review", _("Review during probation")
    ELECTION = "election", _("Election by the congress")


class ReviewStep(TextChoices):
    """Who goes through a candidate's qualification (资格审查环节)."""

    UNIT = "unit", _("First review by the own unit")
    DEPARTMENT = "department", _("Review by the department")


class PlanOutcome(TextChoices):
    """What the superior answered to a plan (方案批复)."""

    APPROVED = "approved", _("Approved")
    FILED = "filed", _("Taken on file")
    RETURNED = "returned", _("Returned")


class NamesKind(TextChoices):
    """How names come onto the ballots of a sitting (推荐提名方式)."""

    OPEN = "open", _("Without a list of names")
    LISTED = "listed", _("On a list of names")


class DocumentState(TextChoices):
    REQUESTED = "requested", _("Waiting to be made")
    KEPT = "kept", _("Ready")
    FAILED = "failed", _("Could not be made")


class Effect(TextChoices):
    """What became of an objection or a report (核查结论)."""

    UNFOUNDED = "unfounded", _("Not substantiated")
    NO_EFFECT = "no_effect", _("Substantiated, no effect on the appointment")
    HELD = "held", _("Not settled yet, the appointment is held")
    UPHELD = "upheld", _("Substantiated, the appointment is cancelled")
    EXCLUDED = "excluded", _("Substantiated, the candidate is excluded")
    RETURNED = "returned", _("Substantiated, the selection goes back to an earlier stage")


class Channel(TextChoices):
    """How a report came (反映渠道)."""

    LETTER = "letter", _("Letter or visit")
    TELEPHONE = "telephone", _("By telephone")
    ONLINE = "online", _("Internet")
    FOUND = "found", _("Found in the course of the work")


class Breach(TextChoices):
    """Breaches of discipline in nominating and appointing (违反组织人事纪律): 附件1 第八条, 实施方案 三(三)2."""

    PREFERENCE = "preference", _("Nominated by personal likes and dislikes")
    INSTRUCTION = "instruction", _("A leader's personal instruction")
    CONCEALMENT = "concealment", _("Problems concealed")
    FALSIFICATION = "falsification", _("Falsification")
    COLLUSION = "collusion", _("Collusion")
    CANVASSING = "canvassing", _("Canvassing for votes")
    BUYING = "buying", _("Buying and selling of posts")
    SEEKING = "seeking", _("Seeking a post by favour")
    IRREGULAR = "irregular", _("Appointment against the rules")
    INTERFERENCE = "interference", _("Interference with the change of term")
    TAINTED = "tainted", _("Promotion in spite of problems")
    SURGE = "surge", _("A rush of promotions")


class Requester(TextChoices):
    """Who asks for a decision to be reconsidered (复议提出人)."""

    MEMBER = "member", _("A member of the deciding body")
    SUPERIOR = "superior", _("The superior")


class EarlyEnd(TextChoices):
    """Why an appointment on probation is cancelled before probation is over (提前终止试用情形)."""

    SANCTION = "sanction", _("A sanction heavy enough to end probation early")
    OFFENCE = "offence", _("An offence against the law")
    REPORT = "report", _("A substantiated report that weighs against the appointment")
    PROCEDURE = "procedure", _("Appointed against the procedure")


class CorrectionState(TextChoices):
    """Where a correction of a recorded fact stands (更正状态)."""

    PROPOSED = "proposed", _("Waits for a second person")
    IN_FORCE = "in_force", _("In force")
    REFUSED = "refused", _("Refused")


class Aspect(TextChoices):
    """In what candidates are compared (比较内容): what weighs besides votes, and the two comparisons of 附件3."""

    POST_NEEDS = "post_needs", _("What the post needs")
    ACHIEVEMENTS = "achievements", _("Achievements in the work")
    APPRAISALS = "appraisals", _("Appraisals of the years")
    POTENTIAL = "potential", _("Potential")
    VIRTUE = "virtue", _("Virtue and ability")
    SUPPORT = "support", _("Support among the people")
    PERSONALITY = "personality", _("Personality")
    FIT = "fit", _("Fit of person and post")
    DUTIES = "duties", _("Virtue: duties of the post")
    TASKS = "tasks", _("Virtue: great tasks")
    EVENTS = "events", _("Virtue: grave events")
    MOMENTS = "moments", _("Virtue: decisive moments")
    GAIN = "gain", _("Virtue: fame and gain")


class Matter(TextChoices):
    """The eight important matters (重要情况): 附件4 第四条(三)."""

    SUPERIOR_CONSULTED = "superior_consulted", _("Reported to or discussed with the superior department")
    LOW_VOTES = "low_votes", _("Few votes in the recommendation, yet inspected")
    OVER_QUOTA = "over_quota", _("More leaders than the approved number")
    DISSENT = "dissent", _("Disagreement in consultation or discussion")
    OPINION_EXPLAINED = "opinion_explained", _("Points to explain in the opinions of departments")
    REPORTS = "reports", _("Reports from the public, their investigation and conclusion")
    DUAL_MANAGEMENT = "dual_management", _("The two managing parties disagree")
    OTHER = "other", _("Other important matter")


class BodyKind(TextChoices):
    """Kind of deciding body (决策机构)."""

    STANDING_COMMITTEE = "standing_committee", _("Standing committee")
    PLENUM = "plenum", _("Plenary committee")


class Duty(TextChoices):
    """What a seat is in charge of; consultation names four of them (附件2 第七条)."""

    SECRETARY = "secretary", _("Secretary")
    DEPUTY_SECRETARY = "deputy_secretary", _("Deputy secretary")
    ORGANISATION = "organisation_member", _("In charge of organisation work")
    DISCIPLINE = "discipline_member", _("In charge of discipline inspection")
    MEMBER = "member", _("Member")


class PollKind(TextChoices):
    """What is voted on (投票类别)."""

    RECOMMENDATION = "recommendation", _("Recommendation")
    DECISION = "decision", _("Decision by ballot")
