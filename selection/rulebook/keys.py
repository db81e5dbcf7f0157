"""Every rule that the system reads, declared once (规则目录).

A key names its stage and its thing.  Its declaration says of which kind the value is, which direction is stricter, and
in one sentence what the value means; the value itself, its date and its citation stand in ``data/``.  A key stands
here when a requirement, a clock or a paper reads it, or else says of itself that it is kept: written down from the
papers of a body, and nothing is checked against it yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .values import STRICTER_OF, Kind, Stricter

Text = str | Promise  # a lazily translated sentence, or its English

ROLES = ("secretary", "department_head")  # who may waive a rule, where the data say so


@dataclass(frozen=True)
class Key:
    """The declaration of one rule."""

    name: str
    kind: Kind
    stricter: Stricter
    says: Text
    choices: Mapping[str, Text] = field(default_factory=dict)
    unit: Text = ""  # the value in words, where the bare number would not say of what
    kept: bool = False  # data only: the rule stands on the page of the rulebook, and no requirement reads it
    waivable: bool = True  # False where passing it over would break a promise, such as that of secrecy, and not a rule

    def __post_init__(self) -> None:
        if self.stricter not in STRICTER_OF[self.kind] or bool(self.choices) != self.kind.startswith("choice"):
            raise ValueError(f"{self.name}: a {self.kind} cannot be declared like this")

    @property
    def stage(self) -> str:
        return self.name.partition(".")[0]


def _declared(keys: Iterable[Key]) -> dict[str, Key]:
    found: dict[str, Key] = {}
    for key in keys:
        if key.name in found:
            raise ValueError(f"{key.name} is declared twice")
        found[key.name] = key
    return found


FACTS: Mapping[str, Text] = {
    "name": _("Name of the person"),
    "sex": _("Sex"),
    "ethnicity": _("Ethnic group"),
    "raised_in": _("Place of growing up"),
    "education": _("Education"),
    "born": _("Month of birth"),
    "joined_party": _("Joined the party"),
    "started_work": _("Started work"),
    "unit": _("Unit of work"),
    "current_post": _("Present post"),
    "grade_since": _("In the present grade since"),
    "proposed_post": _("Proposed post"),
}

#: Weights that come to a hundred wherever one of them is in force.
WEIGHTS = ("recommendation.weight_meeting", "recommendation.weight_talk")

#: What a public notice may say of a person.
NOTICE_FACTS: Mapping[str, Text] = {
    **FACTS,
    "photo": _("Photograph"),
    "resume": _("Career"),
    "achievements": _("Main achievements in the work"),
    "rewards": _("Rewards and punishments"),
    "conduct": _("Virtue, ability, diligence, achievement and integrity"),
    "standards": _("What the post asks"),
}

TRIGGERS: Mapping[str, Text] = {
    "term_change": _("Change of the leading body at the end of its term"),
    "reorganisation": _("Reform or change of institutions"),
    "superior_request": _("Explicit request of the superior organisation department"),
    "vacancy": _("A vacant leading post"),
    "structure": _("The structure of the leading body needs improving"),
    "rotation": _("Rotation or avoidance required by rule"),
    "outstanding_problems": _("Outstanding problems that need an adjustment"),
    "unfit": _("Found unfit by assessment, or unfit after a sanction"),
    "emergency": _("An emergency or other special situation"),
    "other_need": _("Other needs of the work"),
}

ANNOUNCED: Mapping[str, Text] = {
    "posts": _("Which posts are filled"),
    "seats": _("How many posts are filled"),
    "conditions": _("What is asked of candidates"),
    "scope": _("Among whom candidates are looked for"),
    "procedure": _("How the selection goes on"),
}

LEVELS: Mapping[str, Text] = {
    "college": _("Junior college"),
    "bachelor": _("Bachelor"),
    "master": _("Master"),
}

SOURCES: Mapping[str, Text] = {
    "plenum": _("Plenary committee"),
    "standing_committee": _("Standing committee"),
    "department": _("Organisation department"),
    "grassroots": _("Party organisation of the unit"),
    "personal": _("A leading cadre in person"),
    "self": _("The cadre himself or herself"),
}

LIABILITY: Mapping[str, Text] = {
    "tainted": _("The person had a grave problem before the promotion"),
    "personal_motive": _("Nominated for personal reasons, as a favour or for a price"),
    "against_procedure": _("Against the procedure, or knowing that the person does not qualify"),
    "misjudged": _("The organisation department misjudged or misreported"),
    "against_regulation": _("Against the regulation on appointments"),
    "other_grave": _("Improper for another reason, with grave consequences"),
}

KEYS: Mapping[str, Key] = _declared(
    [
        # how the secretary conducts selections
        Key(
            "secretary.principles",
            "choices",
            "superset",
            _("By which principles the secretary selects and appoints."),
            {
                "supervised": _("Sound rules go with effective supervision"),
                "institutions": _("Strict procedure goes with complete institutions"),
                "self_restraint": _("Self-restraint goes with supervision from outside"),
                "democracy": _("Wider democracy goes with democratic centralism"),
                "accountable": _("Power goes with responsibility"),
            },
            kept=True,
        ),
        Key(
            "secretary.powers",
            "choices",
            "subset",
            _("What the secretary may do in selecting and appointing."),
            {
                "guide": _("See to policy, principles, standards and procedure"),
                "lead": _("Lead, inspect and guide the work"),
                "begin": _("Propose or agree that a selection begins"),
                "approve_plans": _("Approve requests and plans"),
                "nominate": _("Take part in initial nomination"),
                "consult": _("Convene consultations on candidates"),
                "preside": _("Preside over the meeting that decides"),
            },
        ),
        Key(
            "secretary.responsibilities",
            "choices",
            "superset",
            _("What the secretary answers for."),
            {
                "direction": _("The right orientation in choosing people"),
                "quality": _("The quality of the cadres as a whole"),
                "study": _("Leading cadres study the regulation and its rules"),
                "discipline": _("Discipline is kept and the climate is clean"),
                "correction": _("Supervision is led, and what goes wrong is put right"),
            },
            kept=True,
        ),
        Key(
            "secretary.discipline",
            "choices",
            "superset",
            _("What the secretary must not do."),
            {
                "freeze": _("Promote in a reorganisation or before a transfer of one's own"),
                "quota": _("Appoint beyond the approved number"),
                "ad_hoc": _("Decide on an appointment without its stages"),
                "quorum": _("Preside over a decision without a quorum"),
                "recusal": _("Take part where recusal is due"),
                "overturn": _("Change what the committee decided"),
                "interference": _("Interfere with investigations"),
            },
        ),
        # motion
        Key(
            "motion.triggers",
            "choices",
            "subset",
            _("A motion starts only on one of these grounds."),
            TRIGGERS,
        ),
        Key(
            "motion.consent",
            "choice",
            "",
            _("Who agrees before a selection starts."),
            {"secretary": _("Party secretary"), "department_head": _("Head of the organisation department")},
            kept=True,
        ),
        Key("motion.no_ad_hoc", "boolean", "true", _("No appointment comes before a meeting without its stages.")),
        Key(
            "motion.freeze",
            "choices",
            "superset",
            _("In these situations no motion is raised without approval from above."),
            {
                "reorganisation": _("Reform or change of institutions"),
                "secretary_transfer": _("The secretary is known to be transferred soon"),
            },
        ),
        Key(
            "motion.freeze_lifted_by",
            "choice",
            "",
            _("Who may approve a motion during a freeze."),
            {"superior_department": _("Superior organisation department")},
            kept=True,
        ),
        Key("motion.surge_watched", "boolean", "true", _("Rushes of promotions are watched for.")),
        Key(
            "motion.surge_factor",
            "integer",
            "",
            _("A month with more appointments than so many times the mean of the twelve before is shown to auditors."),
            unit=_("more than %(value)s times the mean"),
        ),
        Key(
            "motion.surge_least",
            "integer",
            "",
            _("So many appointments at least, before they are shown to auditors as a rush."),
            unit=_("%(value)s appointments"),
        ),
        Key(
            "motion.surge_days",
            "integer",
            "",
            _("How long before a freeze of motions appointments are counted."),
            unit=_("%(value)s days"),
        ),
        # posts and qualification
        Key("post.quota", "boolean", "true", _("Nobody is appointed beyond the approved number of posts.")),
        Key(
            "post.quota_confirmed_by",
            "choice",
            "",
            _("Who confirms the number of free posts before a plan is made."),
            {"civil_service_office": _("Office of the civil service")},
        ),
        Key(
            "post.announcement",
            "choices",
            "superset",
            _("What is made public before anybody is recommended for a post."),
            ANNOUNCED,
        ),
        Key(
            "post.documents",
            "choices",
            "superset",
            _("What there is before nominations begin."),
            {
                "conditions": _("Conditions for the post"),
                "announcement": _("The post made public"),
                "plan": _("Plan of the selection"),
            },
        ),
        Key(
            "competition.plan_gate",
            "choice",
            "",
            _("Whether the superior approves the plan of a competition or takes it on file."),
            {"approval": _("Approval"), "filing": _("Filing")},
            kept=True,
        ),
        Key(
            "plan.gate",
            "choice",
            "",
            _("Whether the superior approves the plan or takes it on file before anybody is nominated."),
            {"approval": _("Approval"), "filing": _("Filing")},
        ),
        Key(
            "qualification.assessment_floor",
            "share",
            "larger",
            _("Part of excellent and competent votes in the annual assessment that a promotion needs."),
            unit=_("%(value)s of the votes"),
        ),
        Key(
            "qualification.unfit_ceiling",
            "share",
            "smaller",
            _("Part of incompetent votes in the annual assessment that bars from promotion."),
            unit=_("%(value)s of the votes"),
        ),
        Key(
            "post.competition_only",
            "choices",
            "superset",
            _("Posts that are filled by competition alone."),
            {"middle_level": _("Middle-level posts of departments and public institutions")},
        ),
        Key(
            "post.sources",
            "choices",
            "",
            _("Where candidates come from; the next only where the former gives nobody."),
            {
                "department": _("The department itself"),
                "company": _("The whole company"),
                "society": _("Society at large"),
            },
        ),
        Key(
            "post.competition_mode",
            "choices",
            "",
            _("What is competed for."),
            {"post": _("A post"), "grade": _("A grade, the post being assigned afterwards")},
        ),
        Key(
            "post.key_posts",
            "choices",
            "superset",
            _("Which posts count as key posts."),
            {
                "people_money_material": _("Management of people, money and goods"),
                "approval": _("Approval of projects"),
                "enforcement": _("Enforcement of discipline"),
            },
            kept=True,
        ),
        Key(
            "post.prenotice",
            "boolean",
            "true",
            _("Posts are announced before the democratic recommendation."),
        ),
        Key(
            "plan.annual_month",
            "integer",
            "",
            _("Month in which the plan for the next year is handed in."),
            unit=_("month %(value)s of the year"),
        ),
        # registering for a competition, and its marks
        Key(
            "registration.ratio",
            "integer",
            "larger",
            _("Those who compete, by posts."),
            unit=_("at least %(value)s for 100 posts"),
            kept=True,
        ),
        Key(
            "registration.limit",
            "integer",
            "smaller",
            _("How many posts of a kind, or classes, one person registers for."),
            kept=True,
        ),
        Key(
            "score.speech",
            "integer",
            "",
            _("Part of the speech in the marks."),
            unit=_("%(value)s in a hundred"),
            kept=True,
        ),
        Key(
            "score.assessment",
            "integer",
            "",
            _("Part of the democratic assessment in the marks."),
            unit=_("%(value)s in a hundred"),
            kept=True,
        ),
        Key(
            "score.methods",
            "choices",
            "",
            _("How the result of a competition is found."),
            {
                "then_decided": _(
                    "Examination, interview and assessment in marks, then decided together with the inspection"
                ),
                "all_marks": _("Everything in marks, the inspection too, from the highest down"),
            },
            kept=True,
        ),
        Key(
            "qualification.basic",
            "boolean",
            "true",
            _("Whoever is nominated meets the basic conditions of the regulation."),
        ),
        Key(
            "qualification.status",
            "choices",
            "",
            _("Candidates have one of these kinds of status or establishment."),
            {
                "civil_servant": _("Civil servant"),
                "institution_staff": _("Staff of a public institution"),
                "on_establishment": _("On the establishment and in the post"),
            },
        ),
        Key(
            "qualification.establishment",
            "choices",
            "subset",
            _("Candidates are on one of these kinds of establishment."),
            {
                "administrative": _("Administrative establishment"),
                "institution": _("Establishment of public institutions"),
            },
        ),
        Key("qualification.education", "choice", "", _("The least education that is asked."), LEVELS),
        Key(
            "qualification.full_time_first",
            "boolean",
            "true",
            _("The education was full-time and came before the first job."),
        ),
        Key(
            "qualification.kinds_excluded",
            "choices",
            "superset",
            _("Kinds of education that do not count."),
            {
                "adult": _("Adult education"),
                "self_taught": _("Self-taught examination"),
                "open_university": _("Radio and television university"),
                "correspondence": _("Correspondence course"),
                "party_school": _("Party school"),
                "online": _("Online education"),
                "continuing": _("Continuing education"),
            },
        ),
        Key("qualification.grade_years", "period", "larger", _("Time in the grade below, at least.")),
        Key(
            "qualification.county_work_years",
            "period",
            "larger",
            _("Years of work before a promotion to a post of county-division level, at least."),
        ),
        Key(
            "qualification.county_party_years",
            "period",
            "larger",
            _("Years in the party before a promotion to a post of county-division level in an organ of the party."),
        ),
        Key(
            "qualification.county_grassroots",
            "period",
            "larger",
            _("Work at the grass roots before a promotion to a post of county-division level, at least."),
        ),
        Key(
            "qualification.county_lower_posts",
            "integer",
            "larger",
            _("Posts of the level below that were held before a promotion to a post of county-division level."),
            unit=_("%(value)s posts"),
        ),
        Key(
            "qualification.county_deputy_years",
            "period",
            "larger",
            _("Time as a deputy before a promotion to chief at county-division level, at least."),
        ),
        Key(
            "qualification.county_chief_years",
            "period",
            "larger",
            _("Time as a chief of the level below before a promotion to deputy at county-division level, at least."),
        ),
        Key(
            "qualification.county_education",
            "choice",
            "",
            _("The least education that is asked for a post of county-division level."),
            LEVELS,
        ),
        Key(
            "qualification.excellent_in_row",
            "integer",
            "larger",
            _("So many years in a row rated excellent are enough."),
            unit=_("%(value)s years in a row"),
        ),
        Key(
            "qualification.competent_in_row",
            "integer",
            "larger",
            _("So many years in a row rated competent or better are enough."),
            unit=_("%(value)s years in a row"),
        ),
        Key(
            "qualification.recent_competent",
            "integer",
            "larger",
            _("The last years that were all rated competent or better."),
            unit=_("the last %(value)s years"),
        ),
        Key("qualification.grassroots", "period", "larger", _("Work at the grass roots, at least.")),
        Key(
            "qualification.age_most",
            "integer",
            "smaller",
            _("The highest age of whoever becomes a reserve cadre, that age included."),
            unit=_("%(value)s years of age"),
        ),
        Key(
            "qualification.cut_off_month",
            "integer",
            "",
            _("Month of the year up to whose end times of service are counted."),
            unit=_("month %(value)s of the year"),
        ),
        Key("qualification.health", "boolean", "true", _("Candidates are in good health.")),
        Key(
            "qualification.veto",
            "boolean",
            "true",
            _("Whoever had a matter of veto in the annual assessment is not promoted."),
        ),
        Key(
            "qualification.training_within",
            "period",
            "smaller",
            _("How soon after the appointment a training that was lacking is made up for."),
        ),
        Key(
            "qualification.reviewed",
            "boolean",
            "true",
            _("Only whoever was reviewed and qualifies is voted on in the recommendation."),
        ),
        Key(
            "qualification.unit_review",
            "boolean",
            "true",
            _("The candidate's own unit reviews the qualification first, from the personal archive."),
        ),
        Key(
            "qualification.exam_for_transfer",
            "boolean",
            "true",
            _("Nobody is transferred in without an examination."),
        ),
        Key("qualification.exception", "boolean", "", _("The outstanding may be promoted by exception.")),
        Key(
            "qualification.exception_not",
            "choices",
            "superset",
            _("When nobody is promoted by exception."),
            {
                "on_probation": _("While on probation"),
                "within_a_year": _("Within a year of the last promotion"),
                "two_levels": _("Over two levels"),
            },
        ),
        Key(
            "qualification.reports_settled",
            "boolean",
            "true",
            _("Nobody is promoted whom a report under investigation holds in another selection."),
        ),
        # how long sanctions count
        Key("sanction.party_warning", "period", "larger", _("How long it counts: warning within the party.")),
        Key(
            "sanction.serious_party_warning",
            "period",
            "larger",
            _("How long it counts: serious warning within the party."),
        ),
        Key(
            "sanction.removal_from_party_posts",
            "period",
            "larger",
            _("How long it counts: removal from posts within the party."),
        ),
        Key("sanction.party_probation", "period", "larger", _("How long it counts: probation within the party.")),
        Key("sanction.warning", "period", "larger", _("How long it counts: warning.")),
        Key("sanction.demerit", "period", "larger", _("How long it counts: demerit.")),
        Key("sanction.serious_demerit", "period", "larger", _("How long it counts: serious demerit.")),
        Key("sanction.lower_rank", "period", "larger", _("How long it counts: lowering of rank.")),
        Key("sanction.removal_from_office", "period", "larger", _("How long it counts: removal from office.")),
        Key("sanction.admonition", "period", "larger", _("How long it counts: admonition.")),
        Key("sanction.suspension", "period", "larger", _("How long it counts: suspension for examination.")),
        Key("sanction.transfer", "period", "larger", _("How long it counts: transfer from the post.")),
        Key("sanction.ordered_resignation", "period", "larger", _("How long it counts: resignation under orders.")),
        Key(
            "sanction.ordered_resignation_higher",
            "period",
            "larger",
            _("How long it counts: resignation under orders, for a post above the grade."),
        ),
        Key("sanction.relieved", "period", "larger", _("How long it counts: removal for cause.")),
        Key(
            "sanction.relieved_higher",
            "period",
            "larger",
            _("How long it counts: removal for cause, for a post above the grade."),
        ),
        Key("sanction.demotion", "period", "larger", _("How long it counts: demotion.")),
        # recusal
        Key(
            "recusal.relations",
            "choices",
            "superset",
            _("Relations to a candidate for which a person keeps out of a selection."),
            {
                "spouse": _("Husband or wife"),
                "direct_blood": _("Direct blood relation"),
                "collateral_blood": _("Collateral blood relation within three generations"),
                "near_affinity": _("Close relation by marriage"),
            },
        ),
        # nomination
        Key("nomination.subjects", "choices", "subset", _("Who may nominate."), SOURCES),
        Key(
            "nomination.first_responsible",
            "choices",
            "superset",
            _("Whose nominations have one person who answers for them first."),
            SOURCES,
        ),
        Key(
            "nomination.responsibility",
            "choices",
            "superset",
            _("For which nominations it is written down who answers for them."),
            {"promotion": _("A promotion"), "key_post": _("A move to a key post")},
        ),
        Key("nomination.form", "text", "", _("The form on which every nomination is signed.")),
        Key("nomination.reviewed", "boolean", "true", _("Every nomination is reviewed before it comes onto the list.")),
        Key(
            "nomination.validity",
            "period",
            "smaller",
            _("How long a nomination that led to no appointment can be taken up again."),
        ),
        Key("nomination.liability", "choices", "superset", _("For what somebody answers who nominated."), LIABILITY),
        Key(
            "nomination.pursued_by",
            "choices",
            "superset",
            _("Who pursues it."),
            {"discipline": _("Discipline inspection"), "judiciary": _("Judicial authority")},
        ),
        Key(
            "nomination.two_kinds",
            "boolean",
            "true",
            _("Chiefs are nominated by one of four routes, other leading cadres each by one of seven."),
        ),
        Key(
            "nomination.list_ratio",
            "integer",
            "larger",
            _("Names for each post, at least, on the list from which the plenary committee recommends."),
            unit=_("%(value)s names for each post"),
        ),
        Key(
            "nomination.urgent_list_ratio",
            "integer",
            "larger",
            _("Names for each post, at least, on the list for an urgent need between plenary meetings."),
            unit=_("%(value)s names for each post"),
        ),
        Key(
            "nomination.inputs",
            "choices",
            "superset",
            _("What is weighed together before a preliminary candidate is named."),
            {
                "plenum_meeting": _("Recommendation by the members of the plenary committee"),
                "leaders_talk": _("Recommendation in talks with leading cadres"),
                "unit_recommendation": _("Democratic recommendation in the units concerned"),
            },
        ),
        Key(
            "nomination.special_opinion",
            "boolean",
            "true",
            _("The standing committee proposes only in special cases, after asking the members of the plenum."),
        ),
        Key("nomination.rotation", "boolean", "", _("The department nominates for exchange or rotation.")),
        Key(
            "nomination.excellent_years",
            "integer",
            "larger",
            _("Years in a row in the present grade, all rated excellent, for a direct nomination."),
            unit=_("%(value)s years in a row"),
        ),
        Key("nomination.outstanding", "boolean", "", _("The department nominates who did outstandingly well.")),
        Key("nomination.competition", "boolean", "", _("Some posts are nominated for by competition.")),
        Key(
            "nomination.exceptions",
            "choices",
            "subset",
            _("Only on these grounds the department nominates without competition or in confidence."),
            {
                "state_secret": _("State secrets are concerned"),
                "speciality": _("Highly specialised, no competition possible"),
                "structure": _("The age, sex, ethnic or party structure of the leading body is to be filled urgently"),
                "special_need": _("A special need of the work"),
            },
        ),
        Key("nomination.signed", "boolean", "true", _("A personal recommendation is signed and gives its reasons.")),
        Key("nomination.feedback", "boolean", "true", _("Who recommends in person is told what became of it.")),
        Key(
            "nomination.feedback_due",
            "period",
            "smaller",
            _("How soon after the review a recommender is told what became of it."),
        ),
        Key("nomination.principles", "boolean", "true", _("Whoever nominates is shown the principles of nomination.")),
        Key("nomination.discipline", "boolean", "true", _("Whoever nominates has read the discipline of nomination.")),
        Key(
            "nomination.breaches",
            "choices",
            "superset",
            _("Breaches of discipline that are recorded and looked into."),
            {
                "preference": _("Nominated by personal likes and dislikes"),
                "instruction": _("A leader's personal instruction"),
                "concealment": _("Problems concealed"),
                "falsification": _("Falsification"),
                "collusion": _("Collusion"),
                "canvassing": _("Canvassing for votes"),
                "buying": _("Buying and selling of posts"),
                "seeking": _("Seeking a post by favour"),
                "irregular": _("Appointment against the rules"),
                "interference": _("Interference with the change of term"),
                "tainted": _("Promotion in spite of problems"),
                "surge": _("A rush of promotions"),
            },
        ),
        Key(
            "nomination.rounds",
            "choices",
            "",
            _("Rounds of nomination, in this order."),
            {"open": _("Without a list of names"), "listed": _("On a list of names")},
        ),
        Key(
            "nomination.first_roll",
            "choices",
            "superset",
            _("Who nominates in the first round."),
            {
                "county_leaders": _("Leading cadres of the rank of a county chief and above"),
                "enterprise_heads": _("Heads of enterprises and public institutions"),
                "deputy_department_leaders": _("Leading cadres of the rank of a deputy head of a department and above"),
                "committee_members": _("Members and alternate members of the committee"),
                "discipline_committee": _("Standing committee of the discipline commission"),
                "county_chiefs": _("Heads of the four leading bodies of counties and districts"),
                "county_discipline_secretaries": _("Secretaries of discipline of counties and districts"),
                "county_department_heads": _("Heads of organisation of counties and districts"),
                "delegates_above": _("Delegates to congresses and consultative conferences"),
                "masses": _("Representatives of the public"),
            },
        ),
        Key(
            "nomination.first_cut",
            "integer",
            "smaller",
            _("How many go on from the first round for each post."),
            unit=_("%(value)s persons for each post"),
        ),
        Key(
            "nomination.published_between",
            "boolean",
            "true",
            _("The result of the first round is published before the second."),
        ),
        Key(
            "nomination.supervised",
            "boolean",
            "true",
            _("The discipline inspection commission watches over the rounds."),
        ),
        Key(
            "nomination.second_roll",
            "choices",
            "superset",
            _("Who nominates in the second round."),
            {
                "county_leaders": _("Leading cadres of the rank of a county chief and above"),
                "enterprise_heads": _("Heads of enterprises and public institutions"),
                "deputy_department_leaders": _("Leading cadres of the rank of a deputy head of a department and above"),
                "committee_members": _("Members and alternate members of the committee"),
                "discipline_committee": _("Standing committee of the discipline commission"),
                "county_chiefs": _("Heads of the four leading bodies of counties and districts"),
                "county_discipline_secretaries": _("Secretaries of discipline of counties and districts"),
                "county_department_heads": _("Heads of organisation of counties and districts"),
                "delegates_above": _("Delegates to congresses and consultative conferences"),
                "masses": _("Representatives of the public"),
            },
        ),
        Key(
            "nomination.second_cut",
            "integer",
            "smaller",
            _("How many go on from the second round for each post."),
            unit=_("%(value)s persons for each post"),
        ),
        Key(
            "nomination.fallback",
            "boolean",
            "",
            _("Where nobody suits, candidates are looked for in the whole company."),
        ),
        # recommendation
        Key("recommendation.validity", "period", "smaller", _("How long a democratic recommendation can be used.")),
        Key(
            "recommendation.forms",
            "choices",
            "superset",
            _("Forms of democratic recommendation that are all held."),
            {"meeting": _("Recommendation at a meeting"), "talk": _("Recommendation in talks")},
        ),
        Key(
            "recommendation.majority",
            "share",
            "larger",
            _("Part of the valid votes that whoever is inspected has in each recommendation."),
            unit=_("%(value)s of the valid votes"),
        ),
        Key(
            "recommendation.weight_meeting",
            "integer",
            "",
            _("Weight of the recommendation at a meeting where the results of both forms are put together."),
            unit=_("%(value)s in a hundred"),
        ),
        Key(
            "recommendation.weight_talk",
            "integer",
            "",
            _("Weight of the recommendation in talks where the results of both forms are put together."),
            unit=_("%(value)s in a hundred"),
        ),
        Key(
            "recommendation.factors",
            "choices",
            "superset",
            _("What is weighed besides votes when persons are fixed for inspection."),
            {
                "post_needs": _("What the post needs"),
                "achievements": _("Achievements in the work"),
                "appraisals": _("Appraisals of the years"),
                "potential": _("Potential"),
            },
        ),
        Key(
            "recommendation.low_votes",
            "choices",
            "superset",
            _("When the votes of an inspected person count as low and become an important matter."),
            {
                "rank": _("Ranked below the number of persons taken"),
                "share": _("Fewer votes than the set part of the ballots"),
            },
        ),
        Key(
            "recommendation.low_votes_share",
            "share",
            "larger",
            _("Part of the valid ballots below which votes count as low."),
            unit=_("%(value)s of the valid ballots"),
        ),
        Key(
            "recommendation.floor_unlisted",
            "share",
            "larger",
            _("Part of the votes without a list of names below which nobody is inspected or discussed."),
            unit=_("%(value)s of the votes"),
        ),
        Key(
            "recommendation.floor_listed",
            "share",
            "larger",
            _("Part of the votes on a list of names below which nobody is inspected or discussed."),
            unit=_("%(value)s of the votes"),
        ),
        Key(
            "recommendation.base",
            "choice",
            "",
            _("Of what the part of the votes in a recommendation is taken."),
            {
                "issued": _("Ballots handed out"),
                "returned": _("Ballots handed in"),
                "valid": _("Valid ballots"),
            },
        ),
        Key("recommendation.called", "boolean", "true", _("The meeting is called by a written notice.")),
        Key(
            "recommendation.roll",
            "choices",
            "superset",
            _("Who takes part in the meeting."),
            {
                "function_heads": _("Heads of the functional departments"),
                "backbone": _("Backbone of the department and above"),
                "workers": _("Representatives of the workers"),
                "all_cadres": _("All cadres of the unit"),
            },
        ),
        Key(
            "recommendation.talk_groups",
            "choices",
            "superset",
            _("Who is asked in talks."),
            {
                "function_heads": _("Heads of the functional departments"),
                "backbone": _("Backbone of the department and above"),
                "workers": _("Representatives of the workers"),
            },
        ),
        Key(
            "recommendation.reviewed",
            "boolean",
            "true",
            _("The leaders review the result of the recommendation."),
        ),
        Key("recommendation.secret", "boolean", "true", _("The recommendation is by unsigned ballots.")),
        Key(
            "recommendation.confirmed_by",
            "choice",
            "",
            _("Who reviews the result of the recommendation before the inspection."),
            {"civil_service_office": _("Office of the civil service")},
        ),
        Key(
            "recommendation.rounds",
            "integer",
            "larger",
            _("Rounds of democratic recommendation."),
            unit=_("%(value)s rounds"),
        ),
        Key(
            "recommendation.statement_between",
            "boolean",
            "true",
            _("The persons speak for themselves between the rounds."),
        ),
        # inspection
        Key("inspection.more_than_posts", "boolean", "true", _("More persons are inspected than posts are filled.")),
        Key(
            "inspection.equal_allowed",
            "boolean",
            "false",
            _("As many persons as posts are allowed where a written reason says why."),
        ),
        Key("inspection.prenotice", "boolean", "true", _("A pre-notice is published before the first talk.")),
        Key(
            "inspection.prenotice_fields",
            "choices",
            "superset",
            _("What the pre-notice of an inspection makes public."),
            {
                "team": _("Names of the inspection team"),
                "telephone": _("Telephone number of the inspection team"),
                "inspected_persons": _("Basic facts of the inspected persons"),
            },
        ),
        Key(
            "inspection.steps",
            "choices",
            "superset",
            _("Steps without which no inspection ends."),
            {
                "assessment": _("Democratic assessment"),
                "talk": _("Individual talks"),
                "archive": _("Study of the personal archive"),
                "site_visit": _("Visit on the spot"),
            },
        ),
        Key(
            "inspection.methods",
            "choices",
            "superset",
            _("By which means an inspection finds out more than its steps give."),
            {
                "opinion_forms": _("Opinion forms handed out"),
                "survey": _("Special survey"),
                "extended": _("Inspection beyond the present unit"),
            },
        ),
        Key(
            "inspection.virtue",
            "choices",
            "superset",
            _("In what the virtue of an inspected person is judged."),
            {
                "duties": _("Virtue: duties of the post"),
                "tasks": _("Virtue: great tasks"),
                "events": _("Virtue: grave events"),
                "moments": _("Virtue: decisive moments"),
                "gain": _("Virtue: fame and gain"),
            },
        ),
        Key(
            "inspection.talk_groups",
            "choices",
            "superset",
            _("Groups that are all talked with."),
            {
                "leaders": _("Leading body of the unit"),
                "middle": _("Middle-level cadres of the unit"),
                "delegates": _("Delegates and other persons concerned"),
                "candidate": _("The inspected person"),
                "section": _("Cadres of the own section"),
                "related": _("Delegates of related sections"),
            },
        ),
        Key(
            "inspection.team",
            "integer",
            "larger",
            _("Members of an inspection team, at least."),
            unit=_("%(value)s members"),
        ),
        Key(
            "inspection.personal_matters",
            "boolean",
            "true",
            _("The inspected person reports on personal matters before the inspection ends."),
        ),
        Key(
            "inspection.integrity_conclusion",
            "boolean",
            "true",
            _("The unit's party organisation concludes on integrity; its secretary and that of discipline sign."),
        ),
        Key(
            "inspection.joint_with_discipline",
            "boolean",
            "true",
            _("The discipline inspection commission and the department inspect together."),
        ),
        Key("inspection.result_notified", "boolean", "true", _("The result of the inspection is notified.")),
        Key(
            "inspection.trust_floor",
            "share",
            "larger",
            _("Part of the votes of trust below which somebody is removed or demoted."),
            unit=_("%(value)s of the votes"),
        ),
        Key(
            "inspection.report_parts",
            "choices",
            "superset",
            _("What the report of the inspection says."),
            {
                "facts": _("Basic facts"),
                "work": _("Results of work, abilities and strong points"),
                "votes": _("Results of recommendation and assessment"),
                "shortcomings": _("Main faults and shortcomings"),
            },
        ),
        Key(
            "inspection.reviewed",
            "boolean",
            "true",
            _("The leaders review the report of the inspection."),
        ),
        Key(
            "inspection.as_many_as_posts",
            "boolean",
            "",
            _("As many persons are inspected as posts are filled."),
        ),
        Key(
            "inspection.fixed_by",
            "choice",
            "",
            _("Who fixes the persons to be inspected."),
            {"party_group": _("Party group"), "work_committee": _("Party work committee")},
        ),
        # inquiries
        Key(
            "inquiry.bodies",
            "choices",
            "superset",
            _("Departments that give their opinion on the inspected persons."),
            {
                "discipline": _("Discipline inspection commission"),
                "supervision": _("Supervision bureau"),
                "family_planning": _("Family planning bureau"),
                "audit_office": _("Audit bureau"),
            },
        ),
        Key("inquiry.due", "period", "smaller", _("How long a department has for its reply.")),
        # consultation
        Key(
            "consultation.traits",
            "choices",
            "superset",
            _("In what the candidates for one post are compared with each other and with the post."),
            {
                "virtue": _("Virtue and ability"),
                "achievements": _("Achievements in the work"),
                "potential": _("Potential"),
                "support": _("Support among the people"),
                "personality": _("Personality"),
                "fit": _("Fit of person and post"),
            },
        ),
        Key(
            "consultation.levels",
            "choices",
            "superset",
            _("Levels of consultation, in this order."),
            {
                "department": _("Meeting of the department heads"),
                "secretaries": _("Meeting of the secretary with the deputies in charge"),
                "standing_committee": _("Standing committee"),
            },
        ),
        Key(
            "consultation.parties",
            "choices",
            "superset",
            _("Who takes part in the meeting of the secretary with the deputies in charge."),
            {
                "secretary": _("Party secretary"),
                "deputy_secretary": _("Deputy party secretary"),
                "organisation_member": _("Committee member in charge of organisation"),
                "discipline_member": _("Committee member in charge of discipline"),
            },
        ),
        Key(
            "consultation.individual",
            "choices",
            "superset",
            _("When leaders and departments are asked one by one about whoever is promoted or gets a chief's post."),
            {
                "before_inspection": _("Before the inspection"),
                "before_decision": _("Before the decision"),
            },
        ),
        # deliberation
        Key(
            "deliberation.body",
            "choice",
            "",
            _("The body that decides."),
            {
                "standing_committee": _("Standing committee of the party committee"),
                "plenum": _("Plenary session of the party committee"),
                "joint_meeting": _("Joint meeting of party and management"),
                "party_group": _("Party group"),
                "work_committee": _("Party work committee"),
                "party_committee": _("Party committee of the unit"),
            },
            kept=True,
        ),
        Key(
            "deliberation.differential",
            "choices",
            "superset",
            _("What has to be public, and where there is a choice of persons, before the committee votes."),
            {
                "posts": _("The posts are made public"),
                "information": _("Conditions, scope and procedure are made public"),
                "recommended": _("More persons than posts are recommended"),
                "inspected": _("More persons than posts are inspected"),
                "consulted": _("More persons than posts are consulted on"),
            },
        ),
        Key(
            "deliberation.quorum",
            "share",
            "larger",
            _("Part of the members that is present before a meeting decides."),
            unit=_("%(value)s of the members"),
        ),
        Key(
            "deliberation.introduction",
            "choices",
            "superset",
            _("What is said of each candidate before the discussion."),
            {
                "facts": _("Basic facts"),
                "recommendation": _("Democratic recommendation"),
                "assessment": _("Democratic assessment"),
                "inspection": _("Inspection"),
                "consultation": _("Consultation"),
                "traits": _("Main traits and shortcomings"),
                "reasons": _("Reasons for the appointment"),
            },
        ),
        Key(
            "deliberation.opinions",
            "choices",
            "superset",
            _("How the members state their opinions before the vote."),
            {
                "each_member": _("Every member speaks"),
                "each_candidate": _("On every candidate one by one"),
                "chief_last": _("The chief speaks last"),
            },
        ),
        Key(
            "deliberation.reconsideration",
            "share",
            "larger",
            _("Part of the members that agrees before a decision is reconsidered."),
            unit=_("%(value)s of the members"),
        ),
        Key(
            "deliberation.body_of_township_chiefs",
            "choice",
            "",
            _("The body that decides on chiefs of townships."),
            {
                "standing_committee": _("Standing committee of the party committee"),
                "plenum": _("Plenary session of the party committee"),
            },
        ),
        Key(
            "deliberation.observers",
            "choices",
            "superset",
            _("Who attends the meeting without a vote."),
            {
                "alternate_members": _("Alternate members of the committee"),
                "discipline_members": _("Members of the discipline commission"),
            },
        ),
        Key("deliberation.minutes", "boolean", "true", _("The meeting leaves minutes."), kept=True),
        Key(
            "deliberation.foretold",
            "boolean",
            "true",
            _("The members are told of the candidates before the meeting."),
        ),
        Key(
            "deliberation.filed_before",
            "boolean",
            "true",
            _("Chiefs of townships are reported to the superior department before the body decides."),
        ),
        # ballot
        Key("ballot.secret", "boolean", "true", _("The vote is by secret ballot."), kept=True),
        Key(
            "ballot.options",
            "choices",
            "",
            _("What can be marked for a candidate."),
            {"agree": _("Agree"), "disagree": _("Disagree"), "abstain": _("Abstain")},
        ),
        Key(
            "ballot.agree_limit",
            "choice",
            "",
            _("How many candidates for one post a ballot may agree to."),
            {"seats": _("As many as there are seats"), "candidates": _("Any number of the candidates")},
        ),
        Key("ballot.write_in", "boolean", "false", _("Another name can be written on the ballot.")),
        Key(
            "ballot.scrutineers",
            "integer",
            "larger",
            _("Scrutineers who check the box before it opens; one of them agrees before it closes."),
            unit=_("%(value)s scrutineers"),
        ),
        Key(
            "ballot.least_by_kind",
            "integer",
            "larger",
            _("Members who vote by each kind of ballot, at least, where more than one kind is used."),
            unit=_("%(value)s members"),
            waivable=False,
        ),
        Key("ballot.announce", "boolean", "true", _("The result is announced on the spot.")),
        Key(
            "ballot.pass",
            "share",
            "larger",
            _("Part of the members due to attend that agrees to a candidate who passes."),
            unit=_("%(value)s of the members due to attend"),
        ),
        Key("ballot.revote", "boolean", "true", _("Another ballot needs a recorded decision of the body.")),
        Key(
            "ballot.bar_after",
            "integer",
            "smaller",
            _("Failed votes after which a person is barred from the same post."),
            unit=_("%(value)s failed votes"),
        ),
        Key("ballot.bar", "period", "larger", _("How long a person is barred from the same post.")),
        Key(
            "ballot.recused_count",
            "choice",
            "",
            _("Whether a recused member counts among those who should attend."),
            {
                "counted": _("A recused member counts among those who should attend"),
                "not_counted": _("A recused member does not count among those who should attend"),
            },
        ),
        # removal of somebody from a post
        Key(
            "removal.triggers", "choices", "subset", _("A motion to remove somebody starts on one of these."), TRIGGERS
        ),
        Key(
            "removal.introduction",
            "choices",
            "superset",
            _("What is said of whoever is to be removed before the discussion."),
            {"facts": _("Basic facts"), "reasons": _("Reasons for the removal")},
        ),
        Key(
            "removal.pass",
            "share",
            "larger",
            _("Part of the members due to attend that agrees to a removal that passes."),
            unit=_("%(value)s of the members due to attend"),
        ),
        # public notice
        Key("notice.length", "period", "larger", _("How long a public notice runs.")),
        Key("notice.fields", "choices", "superset", _("What a public notice says of a person."), NOTICE_FACTS),
        Key(
            "notice.objections",
            "choices",
            "superset",
            _("What objections do to a public notice."),
            {
                "hold": _("An open objection holds the appointment"),
                "upheld_cancels": _("An upheld objection cancels the appointment"),
            },
        ),
        Key(
            "notice.channels",
            "choices",
            "superset",
            _("Where a public notice is made known."),
            {"page": _("Public page"), "poster": _("Printed notice")},
        ),
        Key(
            "notice.audience",
            "choices",
            "superset",
            _("For whom a public notice is meant."),
            {
                "unit": _("The person's own unit"),
                "subordinate_units": _("Its subordinate units"),
                "organ": _("The organ itself"),
                "public": _("The public"),
            },
        ),
        Key(
            "notice.after_suspension",
            "choice",
            "",
            _("How long a public notice runs after the selection was suspended and resumed."),
            {"days_left": _("The days that were left to it"), "whole_length": _("Its whole length once more")},
        ),
        Key(
            "notice.changes",
            "choices",
            "superset",
            _("Which changes of post are made public."),
            {
                "promotion": _("Promotion"),
                "to_leading": _("From a non-leading to a leading post"),
                "lateral_to_key": _("At the same rank to an important department or post"),
            },
        ),
        # appointment and probation
        Key("appointment.talk", "boolean", "true", _("A talk is held before the appointment.")),
        Key("probation.length", "period", "larger", _("How long probation lasts, from the published appointment.")),
        Key("probation.reminder", "period", "", _("How long before its end a reminder of probation comes.")),
        Key(
            "probation.early_end",
            "choices",
            "superset",
            _("On what grounds an appointment is cancelled before probation is over."),
            {
                "sanction": _("A sanction heavy enough to end probation early"),
                "offence": _("An offence against the law"),
                "report": _("A substantiated report that weighs against the appointment"),
                "procedure": _("Appointed against the procedure"),
            },
        ),
        Key("probation.assessment", "boolean", "true", _("Probation ends with an assessment.")),
        Key(
            "appointment.talk_before",
            "choice",
            "",
            _("Before what the talk is held."),
            {"notice": _("Public notice"), "appointment": _("Appointment")},
        ),
        # what follows an appointment
        Key(
            "integrity.items",
            "choices",
            "superset",
            _("What somebody does for integrity before taking up a post."),
            {
                "exam": _("Examination on integrity"),
                "discipline_statement": _("Statement of the discipline inspection on integrity"),
                "report": _("Report on integrity"),
                "pledge": _("Public pledge on conduct"),
                "talk": _("Talk on integrity"),
                "film": _("Film that warns by example"),
                "commitment": _("Signed commitment to integrity"),
                "study": _("Study of the rules of discipline"),
            },
        ),
        Key(
            "appointment.approval",
            "boolean",
            "true",
            _("To a post that a superior manages too, nobody is appointed before the superior approves."),
        ),
        Key(
            "appointment.followed_by",
            "choices",
            "superset",
            _("What is put on file once somebody is appointed."),
            {
                "filing": _("Report of the appointment to the superior, for its files"),
                "handover": _("Handover of the former post"),
                "training": _("Training of newly promoted leaders"),
                "petition_duty": _("Service as supervisor of petitions"),
            },
        ),
        Key("handover.due", "period", "smaller", _("How soon after the published appointment a post is handed over.")),
        Key("term.length", "period", "", _("How long a term of office lasts.")),
        Key("probation.review", "period", "smaller", _("How often somebody on probation is reviewed.")),
        Key("rotation.leaders", "period", "smaller", _("How long a leading cadre stays in the same post."), kept=True),
        Key(
            "rotation.middle_level",
            "period",
            "smaller",
            _("How long a middle-level cadre stays in the same post."),
            kept=True,
        ),
        Key(
            "rotation.chiefs_must",
            "period",
            "smaller",
            _("How long a member of a leading body or the chief of a department stays in the same post at most."),
            kept=True,
        ),
        Key(
            "rotation.chiefs_planned",
            "period",
            "smaller",
            _("After how long a member of a leading body or the chief of a department is exchanged by plan."),
            kept=True,
        ),
        Key(
            "rotation.deputies_should",
            "period",
            "smaller",
            _("After how long the deputy chief of a department should be exchanged."),
            kept=True,
        ),
        Key(
            "audit.when",
            "choices",
            "superset",
            _("When a leading cadre is audited."),
            {
                "before_promotion": _("Before a promotion"),
                "on_leaving": _("On leaving a post"),
                "in_term": _("During the term"),
            },
        ),
        Key("audit.interval", "period", "smaller", _("How often a leading cadre is audited during the term.")),
        Key("audit.before_leaving", "boolean", "true", _("Nobody leaves a post before the audit.")),
        # process record
        Key(
            "record.papers",
            "choices",
            "superset",
            _("Acts that are done only with the paper on which they rest."),
            {
                "count": _("Signed count of votes"),
                "talk": _("Record of a talk"),
                "assessment": _("Summary of the democratic assessment"),
                "check": _("Proof of a check"),
                "personal_matters": _("Result of verifying the report on personal matters"),
                "reply": _("Written reply"),
                "audit": _("Audit result"),
                "consultation": _("Minutes of a consultation"),
                "conclusion": _("Report of an investigation"),
                "consent": _("Written consent of the members"),
            },
        ),
        Key(
            "record.texts_kept",
            "period",
            "larger",
            _("How long the texts beside the record are kept once a selection is closed, before they are destroyed."),
        ),
        Key("record.title", "text", "", _("Title of the process record form.")),
        Key("record.basic_fields", "choices", "superset", _("Basic facts on the process record form."), FACTS),
        Key(
            "record.procedures",
            "choices",
            "superset",
            _("Procedures on the process record form."),
            {
                "motion": _("Motion"),
                "nomination": _("Initial nomination"),
                "recommendation": _("Democratic recommendation"),
                "inspected_persons": _("Fixing the persons to be inspected"),
                "inspection": _("Inspection"),
                "consultation": _("Consultation"),
                "decision": _("Decision and appointment"),
            },
        ),
        Key(
            "record.important_matters",
            "choices",
            "superset",
            _("Matters that are recorded as important."),
            {
                "superior_consulted": _("Reported to or discussed with the superior department"),
                "low_votes": _("Few votes in the recommendation, yet inspected"),
                "over_quota": _("More leaders than the approved number"),
                "dissent": _("Disagreement in consultation or discussion"),
                "opinion_explained": _("Points to explain in the opinions of departments"),
                "reports": _("Reports from the public, their investigation and conclusion"),
                "dual_management": _("The two managing parties disagree"),
                "other": _("Other important matter"),
            },
        ),
    ]
)
