/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue_parts.c - rules of what stands in several types: a subject, another adult, who sends, a census
 * episode, a decision. */
#include "proto/catalogue.h"

static const struct mash_field_rule subject_rules[] = {
    { "kind", "Child, unborn child or adult", MASH_FIELD_CODE, MASH_RULE_REQUIRED, "subject-kind", NULL },
    { "given_name", "Given name", MASH_FIELD_TEXT,
      MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, "kind=child|adult" },
    { "family_name", "Family name", MASH_FIELD_TEXT, MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "other_names", "Other names", MASH_FIELD_TEXT, 0, NULL, NULL },
    { "birth_date", "Date of birth", MASH_FIELD_DATE,
      MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, "kind=child|adult" },
    { "expected_birth_date", "Expected date of birth", MASH_FIELD_DATE,
      MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, "kind=unborn" },
    { "death_date", "Date of death", MASH_FIELD_DATE, 0, NULL, NULL },
    { "sex", "Sex", MASH_FIELD_CODE, MASH_RULE_WANTED | MASH_RULE_NOT_KNOWN, "sex", NULL },
    { "gender_current", "Gender (older census files)", MASH_FIELD_CODE, 0, "gender-current", NULL },
    { "ethnicity", "Ethnicity", MASH_FIELD_CODE,
      MASH_RULE_WANTED | MASH_RULE_NOT_KNOWN, "ethnicity", NULL },
    { "disabilities", "Disabilities", MASH_FIELD_CODE, 0, "disability", NULL },
    { "first_language", "First language", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "interpreter", "Interpreter needed", MASH_FIELD_CODE, 0, "yes-no", NULL },
    { "religion", "Religion", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "address", "Home address", MASH_FIELD_PROSE, MASH_RULE_WANTED | MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "present_location", "Where they are now", MASH_FIELD_PROSE, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "nhs_number", "NHS number", MASH_FIELD_NHS, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "upn", "Unique pupil number", MASH_FIELD_UPN, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "upn_unknown", "Why there is no unique pupil number", MASH_FIELD_CODE, 0, "upn-unknown", NULL },
    { "la_child_id", "Local authority child id", MASH_FIELD_TEXT, 0, NULL, NULL },
    { "consistent_id", "Consistent identifier", MASH_FIELD_TEXT, 0, NULL, NULL },
    { "school", "School or nursery", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "gp", "GP", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "looked_after", "Looked after", MASH_FIELD_CODE, 0, "yes-no", NULL },
    { "responsible_la", "Responsible local authority", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "protection_plan", "Child protection plan", MASH_FIELD_CODE, 0, "yes-no", NULL },
};

static const struct mash_field_rule adult_rules[] = {
    { "given_name", "Given name", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "family_name", "Family name", MASH_FIELD_TEXT, MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "birth_date", "Date of birth", MASH_FIELD_DATE, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "relationship", "Relationship", MASH_FIELD_TEXT,
      MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "parental_responsibility", "Parental responsibility", MASH_FIELD_CODE, 0, "yes-no", NULL },
    { "address", "Address", MASH_FIELD_PROSE, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "phone", "Phone", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "alleged_perpetrator", "Alleged perpetrator", MASH_FIELD_CODE, 0, "yes-no", NULL },
    { "ethnicity", "Ethnicity", MASH_FIELD_CODE, MASH_RULE_NOT_KNOWN, "ethnicity", NULL },
    { "first_language", "First language", MASH_FIELD_TEXT, MASH_RULE_NOT_KNOWN, NULL, NULL },
};

static const struct mash_field_rule referrer_rules[] = {
    { "name", "Name", MASH_FIELD_TEXT, MASH_RULE_REQUIRED | MASH_RULE_NOT_KNOWN, NULL, NULL },
    { "role", "Role", MASH_FIELD_TEXT, MASH_RULE_REQUIRED, NULL, NULL },
    { "agency", "Agency", MASH_FIELD_TEXT, MASH_RULE_WANTED, NULL, NULL },
    { "phone", "Phone", MASH_FIELD_TEXT, MASH_RULE_REQUIRED, NULL, NULL },
    { "secure_email", "Secure e-mail", MASH_FIELD_TEXT, 0, NULL, NULL },
};

static const struct mash_field_rule census_rules[] = {
    { "referral_date", "Date of referral", MASH_FIELD_DATE, MASH_RULE_REQUIRED, NULL, NULL },
    { "closure_date", "Date of closure", MASH_FIELD_DATE, 0, NULL, NULL },
    { "reason_for_closure", "Reason for closure", MASH_FIELD_CODE, 0, "reason-for-closure", NULL },
    { "initial_conference_date", "Date of initial child protection conference", MASH_FIELD_DATE,
      0, NULL, NULL },
    { "referral_nfa", "Referral with no further action", MASH_FIELD_CODE, 0, "yes-no", NULL },
};

static const struct mash_field_rule decision_rules[] = {
    { "subject", "Number of the subject in the notice answered", MASH_FIELD_NUMBER,
      MASH_RULE_REQUIRED, NULL, NULL },
    { "outcome", "Outcome", MASH_FIELD_CODE, MASH_RULE_REQUIRED, "contact-outcome", NULL },
    { "reason", "Reason", MASH_FIELD_PROSE, MASH_RULE_WANTED, NULL, NULL },
};

#define PART(descriptor, rules) { &descriptor, rules, sizeof(rules) / sizeof((rules)[0]) }

static const struct mash_part parts[] = {
    PART(mash__subject__descriptor, subject_rules),
    PART(mash__adult__descriptor, adult_rules),
    PART(mash__referrer__descriptor, referrer_rules),
    PART(mash__census_episode__descriptor, census_rules),
    PART(mash__subject_decision__descriptor, decision_rules),
};

const struct mash_part *
mash_part_find(const ProtobufCMessageDescriptor *message)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].message == message)
            return &parts[i];
    return NULL;
}
