/* SPDX-License-Identifier: Apache-2.0 */
/* test_verifier.c - verdicts that come ahead are those that come in place, in any order of asking, over
 * many groups, with more claims than slots.  Also meant to be run under ThreadSanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "daemon/path/verifier.h"
#include "proto/sign.h"

enum { CLAIMS = MASH_VERIFIER_SLOTS + 40, GROUPS = 12 };

struct state {
    struct mash_claim claims[CLAIMS];
    bool good[CLAIMS];
    size_t slots[CLAIMS];
};

static int
setup(void **state)
{
    struct state *s = calloc(1, sizeof(*s));
    uint8_t seed[MASH_SIGN_SEED_BYTES] = { 1 }, secret[MASH_SIGN_SECRET_BYTES];
    if (s == NULL || sodium_init() < 0)
        return -1;
    for (size_t i = 0; i < CLAIMS; i++) {
        struct mash_claim *claim = &s->claims[i];
        mash_sign_keypair(seed, claim->key, secret);
        memcpy(claim->signed_bytes, &i, sizeof(i));
        mash_sign(secret, mash_span(claim->signed_bytes, sizeof(claim->signed_bytes)), claim->signature);
        s->good[i] = i % 3 != 0;
        if (!s->good[i])
            claim->signed_bytes[20] ^= 1;
    }
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    free(*state);
    return 0;
}

static void
verdicts_are_those_of_verifying_in_place(void **state)
{
    struct state *s = *state;
    struct mash_verifier *verifier = NULL;
    assert_int_equal(mash_verifier_open(&verifier), MASH_OK);
    for (int group = 0; group < GROUPS; group++) {
        size_t count = group % 3 == 0 ? CLAIMS : (size_t)(group * 17 + 1);
        for (size_t i = 0; i < count; i++)
            s->slots[i] = mash_verifier_post(verifier, &s->claims[i]);
        if (group % 2 == 0)
            mash_verifier_start(verifier);
        for (size_t i = 0; i < count; i++) {
            if (group % 4 == 3 && i % 5 == 0)
                continue; /* settled before its signature was asked about */
            size_t at = group % 3 == 1 ? count - 1 - i : i;
            if (mash_verifier_result(verifier, s->slots[at], &s->claims[at]) != s->good[at])
                fail_msg("group %d claim %zu", group, at);
        }
        mash_verifier_reset(verifier);
    }
    mash_verifier_close(&verifier);
    assert_null(verifier);
    mash_verifier_close(&verifier);
}

static void
a_full_verifier_says_so_and_recovers(void **state)
{
    struct state *s = *state;
    struct mash_verifier *verifier = NULL;
    assert_int_equal(mash_verifier_open(&verifier), MASH_OK);
    for (size_t i = 0; i < MASH_VERIFIER_SLOTS; i++)
        assert_true(mash_verifier_post(verifier, &s->claims[i]) != MASH_VERIFIER_NONE);
    assert_true(mash_verifier_post(verifier, &s->claims[0]) == MASH_VERIFIER_NONE);
    mash_verifier_reset(verifier);
    assert_true(mash_verifier_post(verifier, &s->claims[0]) != MASH_VERIFIER_NONE);
    mash_verifier_close(&verifier);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verdicts_are_those_of_verifying_in_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_verifier_says_so_and_recovers, setup, teardown),
    };
    return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
