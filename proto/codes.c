/* SPDX-License-Identifier: Apache-2.0 */
/* codes.c - see codes.h.  Sources: DfE children-in-need census 2024, Standard Safeguarding Dataset,
 * SSDA903, SafeLives; outcome lists follow the referral and contact outcomes of the dataset. */
#include "proto/codes.h"

#include <string.h>

static const struct mash_code referral_source[] = {
    { "1A", "Individual: family member, relative or carer" },
    { "1B", "Individual: acquaintance (including neighbours and child minders)" },
    { "1C", "Individual: self" },
    { "1D", "Individual: other (including strangers and MPs)" },
    { "2A", "Schools" },
    { "2B", "Education services" },
    { "3A", "Health: GP" },
    { "3B", "Health: health visitor" },
    { "3C", "Health: school nurse" },
    { "3D", "Health: other primary health services" },
    { "3E", "Health: A&E" },
    { "3F", "Health: other (e.g. hospice)" },
    { "4", "Housing (local authority or housing association)" },
    { "5A", "Local authority: social care (e.g. adults)" },
    { "5B", "Local authority: other internal (e.g. youth offending)" },
    { "5C", "Local authority: external (another local authority)" },
    { "5D", "Local authority: early help" },
    { "6", "Police" },
    { "7", "Other legal agency (courts, probation, immigration, Cafcass, prison)" },
    { "8", "Other (children's centres, independent providers, voluntary organisations)" },
    { "9", "Anonymous" },
    { "10", "Unknown" },
};

static const struct mash_code primary_need[] = {
    { "N1", "Abuse or neglect" },
    { "N2", "Child's disability" },
    { "N3", "Parental disability or illness" },
    { "N4", "Family in acute stress" },
    { "N5", "Family dysfunction" },
    { "N6", "Socially unacceptable behaviour" },
    { "N7", "Low income" },
    { "N8", "Absent parenting" },
    { "N9", "Cases other than children in need" },
    { "N0", "Not stated" },
};

static const struct mash_code abuse_category[] = {
    { "NEG", "Neglect" },
    { "PHY", "Physical abuse" },
    { "SAB", "Sexual abuse" },
    { "EMO", "Emotional abuse" },
    { "MUL", "Multiple (not recommended)" },
};

static const struct mash_code assessment_factor[] = {
    { "1A", "Alcohol misuse: child" },
    { "1B", "Alcohol misuse: parent" },
    { "1C", "Alcohol misuse: other in household" },
    { "2A", "Drug misuse: child" },
    { "2B", "Drug misuse: parent" },
    { "2C", "Drug misuse: other in household" },
    { "3A", "Domestic abuse: child the subject" },
    { "3B", "Domestic abuse: parent the subject" },
    { "3C", "Domestic abuse: other in household the subject" },
    { "4A", "Mental health: child" },
    { "4B", "Mental health: parent" },
    { "4C", "Mental health: other in household" },
    { "5A", "Learning disability: child" },
    { "5B", "Learning disability: parent" },
    { "5C", "Learning disability: other in household" },
    { "6A", "Physical disability or illness: child" },
    { "6B", "Physical disability or illness: parent" },
    { "6C", "Physical disability or illness: other in household" },
    { "7A", "Young carer" },
    { "8B", "Private fostering: overseas, intend to return" },
    { "8C", "Private fostering: overseas, intend to stay" },
    { "8D", "Private fostering: UK, educational placement" },
    { "8E", "Private fostering: UK, alternative family arrangement" },
    { "8F", "Private fostering: other" },
    { "9A", "Unaccompanied asylum-seeking child" },
    { "10A", "Missing" },
    { "11A", "Child sexual exploitation" },
    { "12A", "Trafficking" },
    { "13A", "Gangs" },
    { "14A", "Socially unacceptable behaviour" },
    { "15A", "Self-harm" },
    { "16A", "Neglect" },
    { "17A", "Emotional abuse" },
    { "18B", "Physical abuse: child on child" },
    { "18C", "Physical abuse: adult on child" },
    { "19B", "Sexual abuse: child on child" },
    { "19C", "Sexual abuse: adult on child" },
    { "20", "Other" },
    { "21", "No factors identified" },
    { "22A", "Female genital mutilation" },
    { "23A", "Abuse linked to faith or belief" },
    { "24A", "Child criminal exploitation" },
};

static const struct mash_code reason_for_closure[] = {
    { "RC1", "Adopted" },
    { "RC2", "Died" },
    { "RC3", "Child arrangements order" },
    { "RC4", "Special guardianship order" },
    { "RC5", "Transferred to another local authority" },
    { "RC6", "Transferred to adult social care" },
    { "RC7", "Services ceased for any other reason" },
    { "RC8", "Closed after assessment, no further action" },
    { "RC9", "Closed after assessment, referred to early help" },
};

static const struct mash_code ethnicity[] = {
    { "WBRI", "White British" },
    { "WIRI", "White Irish" },
    { "WIRT", "Traveller of Irish heritage" },
    { "WOTH", "Any other White background" },
    { "WROM", "Gypsy or Roma" },
    { "MWBC", "White and Black Caribbean" },
    { "MWBA", "White and Black African" },
    { "MWAS", "White and Asian" },
    { "MOTH", "Any other mixed background" },
    { "AIND", "Indian" },
    { "APKN", "Pakistani" },
    { "ABAN", "Bangladeshi" },
    { "AOTH", "Any other Asian background" },
    { "BCRB", "Black Caribbean" },
    { "BAFR", "Black African" },
    { "BOTH", "Any other Black background" },
    { "CHNE", "Chinese" },
    { "OOTH", "Any other ethnic group" },
    { "REFU", "Refused" },
    { "NOBT", "Information not yet obtained" },
};

static const struct mash_code disability[] = {
    { "NONE", "No disability" },
    { "MOB", "Mobility" },
    { "HAND", "Hand function" },
    { "PC", "Personal care" },
    { "INC", "Incontinence" },
    { "COMM", "Communication" },
    { "LD", "Learning" },
    { "HEAR", "Hearing" },
    { "VIS", "Vision" },
    { "BEH", "Behaviour" },
    { "CON", "Consciousness" },
    { "AUT", "Diagnosed with autism or Asperger syndrome" },
    { "DDA", "Other disability under the Disability Discrimination Act" },
};

static const struct mash_code sex[] = {
    { "M", "Male" },
    { "F", "Female" },
    { "U", "Unknown or unborn" },
};

static const struct mash_code gender_current[] = {
    { "1", "Male" },
    { "2", "Female" },
    { "0", "Not recorded or unborn" },
    { "9", "Indeterminate" },
};

static const struct mash_code upn_unknown[] = {
    { "UN1", "Not of school age, no UPN" },
    { "UN2", "Never attended a maintained school in England" },
    { "UN3", "Educated outside England" },
    { "UN4", "Newly looked after" },
    { "UN5", "Sources disagree" },
    { "UN6", "UN6" },
    { "UN7", "Referral with no further action" },
};

static const struct mash_code yes_no[] = {
    { "yes", "Yes" },
    { "no", "No" },
    { "not-known", "Not known" },
};

static const struct mash_code subject_kind[] = {
    { "child", "Child" },
    { "unborn", "Unborn child" },
    { "adult", "Adult" },
};

static const struct mash_code consent[] = {
    { "yes", "Yes" },
    { "no", "No" },
    { "not-sought", "Not sought" },
    { "not-known", "Not known" },
};

static const struct mash_code threshold_level[] = {
    { "1", "Universal" },
    { "2", "Early help" },
    { "3", "Targeted or complex" },
    { "4", "Statutory" },
    { "not-known", "Not known" },
};

static const struct mash_code police_risk_grade[] = {
    { "very-low", "Very low" },
    { "low", "Low" },
    { "medium", "Medium" },
    { "high", "High" },
};

static const struct mash_code missing_stage[] = {
    { "report", "Reported missing" },
    { "update", "Update" },
    { "return", "Returned" },
    { "interview", "Return home interview" },
};

static const struct mash_code reporter_role[] = {
    { "parent", "Parent" },
    { "carer", "Carer" },
    { "placement", "Placement" },
    { "school", "School" },
    { "police", "Police" },
    { "other", "Other" },
    { "not-known", "Not known" },
};

static const struct mash_code care_status[] = {
    { "M", "Missing from care: whereabouts not known" },
    { "A", "Away from placement without authorisation: whereabouts known" },
    { "not-looked-after", "Not looked after" },
};

static const struct mash_code interview_offered[] = {
    { "yes", "Yes" },
    { "no", "No" },
    { "not-applicable", "Not applicable" },
};

static const struct mash_code push_pull_reason[] = {
    { "conflict-at-home", "Conflict at home or placement" },
    { "neglect-or-abuse", "Neglect or abuse" },
    { "contact-with-family", "To be with family" },
    { "contact-with-friends", "To be with friends" },
    { "relationship", "Relationship" },
    { "exploitation", "Sexual or criminal exploitation" },
    { "substance-use", "Alcohol or drugs" },
    { "school", "School or bullying" },
    { "mental-health", "Mental health" },
    { "placement-unhappy", "Unhappy with placement" },
    { "boundaries", "Rules and boundaries" },
    { "other", "Other" },
    { "not-disclosed", "Not disclosed" },
};

static const struct mash_code marac_criterion[] = {
    { "VISIBLE_HIGH_RISK", "Visible high risk: 14 or more ticks on the Dash" },
    { "PROFESSIONAL_JUDGEMENT", "Professional judgement (reasons required)" },
    { "POTENTIAL_ESCALATION", "Potential escalation: commonly three events in 12 months" },
    { "REPEAT", "Repeat: any abuse between the same people within 12 months of the last referral" },
};

static const struct mash_code dash_ticks[] = {
    { "0", "0" },
    { "1", "1" },
    { "2", "2" },
    { "3", "3" },
    { "4", "4" },
    { "5", "5" },
    { "6", "6" },
    { "7", "7" },
    { "8", "8" },
    { "9", "9" },
    { "10", "10" },
    { "11", "11" },
    { "12", "12" },
    { "13", "13" },
    { "14", "14" },
    { "15", "15" },
    { "16", "16" },
    { "17", "17" },
    { "18", "18" },
    { "19", "19" },
    { "20", "20" },
    { "21", "21" },
    { "22", "22" },
    { "23", "23" },
    { "24", "24" },
    { "not-known", "Not known" },
};

static const struct mash_code contact_outcome[] = {
    { "NFA", "No further action" },
    { "ADVICE", "Information and advice, or signposting" },
    { "EARLY_HELP", "Early help, or step down to it" },
    { "CHILD_IN_NEED", "Child in need referral" },
    { "ASSESSMENT", "Assessment required" },
    { "STRATEGY_DISCUSSION", "Strategy discussion or section 47 enquiry" },
    { "EXISTING_REFERRAL", "Already open" },
    { "CLA_REQUEST", "Request for the child to be looked after" },
    { "PRIVATE_FOSTERING", "Private fostering" },
    { "NON_AGENCY_ADOPTION", "Non-agency adoption" },
    { "CP_TRANSFER_IN", "Child protection transfer in" },
    { "CP_CONFERENCE", "Child protection conference" },
    { "CARE_LEAVER", "Care leaver" },
    { "MISSING", "Missing child" },
    { "OTHER", "Other" },
};

static const struct mash_code missing_outcome[] = {
    { "ENQUIRIES", "Enquiries in hand" },
    { "STRATEGY_DISCUSSION", "Strategy discussion" },
    { "RETURN_INTERVIEW_ARRANGED", "Return home interview arranged" },
    { "PLAN_UPDATED", "Plan updated" },
    { "INFORMATION_GIVEN", "Information given" },
    { "NOT_KNOWN_TO_US", "Not known to us" },
    { "NFA", "No further action" },
};

static const struct mash_code marac_outcome[] = {
    { "ACCEPTED", "Accepted for the agenda" },
    { "REJECTED", "Not accepted: below the criteria" },
    { "OTHER_AREA", "Passed to another area's MARAC" },
    { "INFORMATION_NEEDED", "More information needed" },
};

static const struct mash_code decision_outcome[] = {
    { "NOTED", "Noted" },
    { "CHALLENGED", "Professional disagreement raised" },
};

static const struct mash_code decline_reason[] = {
    { "not-for-us", "Not for us" },
    { "not-known-to-us", "Not known to us" },
    { "wrong-area", "Another area's" },
    { "duplicate", "Already received another way" },
    { "conflict-of-interest", "Conflict of interest" },
};

static const struct mash_code triage_reason[] = {
    { "first-grading", "First grading" },
    { "new-information", "New information" },
    { "risk-reduced", "Risk reduced" },
    { "risk-increased", "Risk increased" },
    { "partner-request", "A partner asked" },
};

static const struct mash_code recall_reason[] = {
    { "wrong-recipient", "Sent to the wrong recipient" },
    { "wrong-content", "What it says is wrong" },
    { "duplicate", "Already sent" },
    { "no-longer-needed", "No longer needed" },
};

static const struct mash_code unreadable_reason[] = {
    { "no-key", "No key of this device opens it" },
    { "damaged", "Damaged or forged" },
    { "mismatch", "Content does not match its manifest" },
    { "version", "Made by a newer version" },
};

#define LIST(name, title, codes) { name, title, codes, sizeof(codes) / sizeof((codes)[0]) }

static const struct mash_code_list lists[] = {
    LIST("referral-source", "Who the contact or referral comes from", referral_source),
    LIST("primary-need", "Primary need", primary_need),
    LIST("abuse-category", "Category of abuse", abuse_category),
    LIST("assessment-factor", "Factors identified", assessment_factor),
    LIST("reason-for-closure", "Reason for closure", reason_for_closure),
    LIST("ethnicity", "Ethnicity", ethnicity),
    LIST("disability", "Disability", disability),
    LIST("sex", "Sex", sex),
    LIST("gender-current", "Gender (census before 2024-25)", gender_current),
    LIST("upn-unknown", "Why there is no unique pupil number", upn_unknown),
    LIST("yes-no", "Yes or no", yes_no),
    LIST("subject-kind", "Who the notice is about", subject_kind),
    LIST("consent", "Consent", consent),
    LIST("threshold-level", "Level of need claimed", threshold_level),
    LIST("police-risk-grade", "Police risk grade", police_risk_grade),
    LIST("missing-stage", "Stage of a missing episode", missing_stage),
    LIST("reporter-role", "Who reported", reporter_role),
    LIST("care-status", "Missing or away (SSDA903)", care_status),
    LIST("interview-offered", "Return home interview offered", interview_offered),
    LIST("push-pull-reason", "Why the child went missing", push_pull_reason),
    LIST("marac-criterion", "MARAC criterion", marac_criterion),
    LIST("dash-ticks", "Ticks on the Dash risk checklist", dash_ticks),
    LIST("contact-outcome", "Outcome of a contact or referral", contact_outcome),
    LIST("missing-outcome", "What the recipient does about a missing notice", missing_outcome),
    LIST("marac-outcome", "Screening of a MARAC referral", marac_outcome),
    LIST("decision-outcome", "Outcome of a decision notice", decision_outcome),
    LIST("decline-reason", "Why a notice is declined", decline_reason),
    LIST("triage-reason", "Why this grade", triage_reason),
    LIST("recall-reason", "Why a notice is recalled", recall_reason),
    LIST("unreadable-reason", "Why a body could not be opened", unreadable_reason),
};

const struct mash_code_list *
mash_code_lists(size_t *ret_count)
{
    *ret_count = sizeof(lists) / sizeof(lists[0]);
    return lists;
}

const struct mash_code_list *
mash_code_list(const char *name)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strcmp(lists[i].name, name) == 0)
            return &lists[i];
    return NULL;
}

const struct mash_code *
mash_code_find(const struct mash_code_list *list, const char *code)
{
    for (size_t i = 0; i < list->n_codes; i++)
        if (strcmp(list->codes[i].code, code) == 0)
            return &list->codes[i];
    return NULL;
}
