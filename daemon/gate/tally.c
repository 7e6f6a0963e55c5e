/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - see tally.h. */
#include "daemon/gate/tally.h"

#include "proto/codec.h"

static const char *const names[MASH_TALLY_COUNT] = {
    [MASH_TALLY_ACCEPTED] = "accepted",
    [MASH_TALLY_ACCEPT_FAILED] = "accept_failed",
    [MASH_TALLY_DISCONNECTED] = "disconnected",
    [MASH_TALLY_HANDSHAKE_SUCCEEDED] = "handshake_succeeded",
    [MASH_TALLY_HANDSHAKE_FAILED_AUTH] = "handshake_failed_auth",
    [MASH_TALLY_HANDSHAKE_FAILED_PROTOCOL] = "handshake_failed_protocol",
    [MASH_TALLY_HANDSHAKE_FAILED_OTHER] = "handshake_failed_other",
    [MASH_TALLY_REQUESTS] = "requests",
    [MASH_TALLY_ANSWERS] = "answers",
    [MASH_TALLY_MALFORMED] = "malformed",
    [MASH_TALLY_TOO_FAST] = "too_fast",
    [MASH_TALLY_ROUTING_REFUSED] = "routing_refused",
    [MASH_TALLY_UNAUTHENTICATED] = "unauthenticated",
    [MASH_TALLY_REVOKED] = "revoked",
    [MASH_TALLY_SILENT] = "silent",
    [MASH_TALLY_OVER_LIMIT] = "over_limit",
    [MASH_TALLY_OVERRUN] = "overrun",
    [MASH_TALLY_UNDELIVERABLE] = "undeliverable",
    [MASH_TALLY_STALE] = "stale",
};

static const char *const grant_names[MASH_GRANT_COUNT] = {
    [MASH_GRANT_ADMITTED] = "zap_admitted", [MASH_GRANT_UNKNOWN] = "zap_unknown_key",
    [MASH_GRANT_BUSY] = "zap_busy",         [MASH_GRANT_CROWDED] = "zap_crowded",
    [MASH_GRANT_FULL] = "zap_full",
};

const char *
mash_tally_name(enum mash_tally tally)
{
    return names[tally];
}

enum mash_err
mash_tally_encode(const uint64_t counts[static MASH_TALLY_COUNT], struct mash_links *links, size_t callers,
                  struct mash_bytes *out)
{
    uint64_t grants[MASH_GRANT_COUNT];
    Mash__Count rows[MASH_TALLY_COUNT + MASH_GRANT_COUNT];
    Mash__Count *row_p[MASH_TALLY_COUNT + MASH_GRANT_COUNT];
    Mash__Figures figures = MASH__FIGURES__INIT;
    size_t n = 0;

    mash_links_counts(links, grants);
    for (size_t i = 0; i < MASH_TALLY_COUNT + MASH_GRANT_COUNT; i++) {
        bool own = i < MASH_TALLY_COUNT;
        mash__count__init(&rows[n]);
        rows[n].name = (char *)(uintptr_t)(own ? names[i] : grant_names[i - MASH_TALLY_COUNT]);
        rows[n].value = own ? counts[i] : grants[i - MASH_TALLY_COUNT];
        row_p[n] = &rows[n];
        n++;
    }
    figures.links = callers;
    figures.n_gate = n;
    figures.gate = row_p;
    return mash_message_encode(&figures, out);
}
