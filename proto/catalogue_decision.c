/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue_decision.c - DECISION: feedback to the referrer in words (Working Together: acknowledge and
 * decide within one working day), beside the signed `decided` status. */
#include "proto/catalogue.h"

static const struct mash_field_rule decision_rules[] = {
    { "decisions", "Decision for each subject", MASH_FIELD_GROUP, MASH_RULE_WANTED, NULL, NULL },
    { "reason", "Reason", MASH_FIELD_PROSE, MASH_RULE_REQUIRED, NULL, NULL },
    { "next_steps", "Next steps", MASH_FIELD_PROSE, MASH_RULE_REQUIRED, NULL, NULL },
    { "worker_contact", "Whom to ring", MASH_FIELD_PROSE, MASH_RULE_REQUIRED, NULL, NULL },
    { "decided_at", "Decided at", MASH_FIELD_TIME, MASH_RULE_REQUIRED | MASH_RULE_EVENT, NULL, NULL },
};

const struct mash_type mash_type_decision = {
    .name = "DECISION",
    .label = "Decision",
    .about = "What was decided and why, to whoever sent the notice.",
    .content = &mash__decision__descriptor,
    .rules = decision_rules,
    .n_rules = sizeof(decision_rules) / sizeof(decision_rules[0]),
    .outcomes = "decision-outcome",
};
