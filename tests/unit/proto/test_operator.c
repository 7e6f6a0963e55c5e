/* SPDX-License-Identifier: Apache-2.0 */
/* test_operator.c - only two different operators of the bundle, over one and the same head, confirm a restore. */
#include "bundle_fixture.h"

#include <sodium.h>

#include "proto/operator.h"

enum { ANN, BOB, ANN_AGAIN, STRANGER, KEYS };

struct partnership {
    struct fixture *fixture;
    struct mash_bundle *bundle;
    struct mash_secret *keys[KEYS];
};

static struct mash_secret *
key(int which)
{
    uint8_t seed[32];
    struct mash_secret *secret = NULL;
    memset(seed, 0x50 + which, sizeof(seed));
    assert_int_equal(mash_secret_from_seed(MASH_PURPOSE_OPERATOR, seed, &secret), MASH_OK);
    return secret;
}

static int
setup(void **state)
{
    struct partnership *p = calloc(1, sizeof(*p));
    char operators[600], why[300] = "";
    assert_true(sodium_init() >= 0);
    assert_non_null(p);
    for (int i = 0; i < KEYS; i++)
        p->keys[i] = key(i);
    p->fixture = fixture_make();
    (void)snprintf(operators, sizeof(operators),
                   "\"operators\":[{\"id\":\"ann\",\"key\":\"%s\"},{\"id\":\"bob\",\"key\":\"%s\"}],",
                   mash_secret_public_text(p->keys[ANN]), mash_secret_public_text(p->keys[BOB]));
    fixture_edit(p->fixture, MASH_BUNDLE_REGISTRY, "\"operators\":[{\"id\":\"op1\",\"key\":\"" HEX("2") "\"}],",
                 operators);
    fixture_sign(p->fixture, "12", NULL);
    if (fixture_open(p->fixture, &p->bundle, why) != MASH_OK)
        fail_msg("%s", why);
    *state = p;
    return 0;
}

static int
teardown(void **state)
{
    struct partnership *p = *state;
    mash_bundle_close(&p->bundle);
    fixture_free(p->fixture);
    for (int i = 0; i < KEYS; i++)
        mash_secret_close(&p->keys[i]);
    free(p);
    return 0;
}

static void
sign(const struct mash_secret *by, const char *partnership, struct mash_span command, uint8_t ret_signature[static 64])
{
    static const char domain[] = "mash/operator/v1";
    struct mash_hash name = mash_hash_of(mash_span_str(partnership));
    struct mash_bytes message = mash_bytes_max(4096);
    assert_int_equal(mash_bytes_append(&message, domain, sizeof(domain)), MASH_OK);
    assert_int_equal(mash_bytes_append(&message, name.bytes, sizeof(name.bytes)), MASH_OK);
    assert_int_equal(mash_bytes_append(&message, command.data, command.len), MASH_OK);
    mash_secret_sign(by, mash_bytes_span(&message), ret_signature);
    mash_bytes_free(&message);
}

/* How one confirmation is made; zero: by Ann, for "llr", over the head that the message names. */
struct confirmation {
    int by;
    const char *partnership;
    int root_off, size_off; /* what it confirms instead */
    bool stop;              /* another command, rightly signed */
    bool forged;            /* a bit of the signature is wrong */
    bool changed;           /* the command was changed after signing */
    int as;                 /* key id that it names, + 1; 0: its own */
    uint64_t issued_ms;
};

static void
confirm(const struct partnership *p, const struct confirmation *how, const Mash__Restored *message,
        struct mash_bytes *ret_signed)
{
    uint8_t signature[64], nonce[16] = { (uint8_t)how->by };
    struct mash_hash root;
    struct mash_key_id id;
    Mash__Command command = MASH__COMMAND__INIT;
    Mash__CommandRestoreConfirm says = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    Mash__CommandStop stop = MASH__COMMAND_STOP__INIT;
    struct mash_bytes encoded = mash_bytes_max(4096);
    memcpy(root.bytes, message->root.data, sizeof(root.bytes));
    root.bytes[31] ^= (uint8_t)how->root_off;
    says.root = mash_span_field(mash_hash_span(&root));
    says.size = message->size + (uint64_t)how->size_off;
    stop.reason = (char *)(uintptr_t)"test";
    command.issued_ms = how->issued_ms;
    command.nonce = mash_span_field(mash_span(nonce, sizeof(nonce)));
    command.ask_case = how->stop ? MASH__COMMAND__ASK_STOP : MASH__COMMAND__ASK_RESTORE_CONFIRM;
    if (how->stop)
        command.stop = &stop;
    else
        command.restore_confirm = &says;
    assert_int_equal(mash_message_encode(&command, &encoded), MASH_OK);
    sign(p->keys[how->by], how->partnership != NULL ? how->partnership : "llr", mash_bytes_span(&encoded), signature);
    signature[5] ^= how->forged;
    if (how->changed) {
        command.issued_ms++;
        mash_bytes_free(&encoded);
        assert_int_equal(mash_message_encode(&command, &encoded), MASH_OK);
    }
    Mash__SignedCommand given = MASH__SIGNED_COMMAND__INIT;
    mash_secret_id(p->keys[how->as > 0 ? how->as - 1 : how->by], &id);
    given.command = mash_span_field(mash_bytes_span(&encoded));
    given.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
    given.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    *ret_signed = mash_bytes_max(4096);
    assert_int_equal(mash_message_encode(&given, ret_signed), MASH_OK);
    mash_bytes_free(&encoded);
}

static const struct row {
    const char *name;
    struct confirmation first, second;
    enum mash_err err;
} rows[] = {
    { "two operators", { .by = ANN, .issued_ms = 7 }, { .by = BOB, .issued_ms = 5 }, MASH_OK },
    { "the other order", { .by = BOB, .issued_ms = 6 }, { .by = ANN, .issued_ms = 7 }, MASH_OK },
    { "one operator twice", { .by = ANN }, { .by = ANN, .issued_ms = 9 }, MASH_E_CONFLICT },
    { "not an operator", { .by = ANN }, { .by = STRANGER }, MASH_E_UNKNOWN },
    { "a stranger with an operator's name", { .by = ANN }, { .by = STRANGER, .as = BOB + 1 }, MASH_E_SIGNATURE },
    { "one operator with the other's name", { .by = ANN }, { .by = ANN, .as = BOB + 1 }, MASH_E_SIGNATURE },
    { "another root", { .by = ANN }, { .by = BOB, .root_off = 1 }, MASH_E_MISMATCH },
    { "another root, both", { .by = ANN, .root_off = 1 }, { .by = BOB, .root_off = 1 }, MASH_E_MISMATCH },
    { "another size", { .by = ANN, .size_off = 1 }, { .by = BOB }, MASH_E_MISMATCH },
    { "forged", { .by = ANN }, { .by = BOB, .forged = true }, MASH_E_SIGNATURE },
    { "forged, the first", { .by = ANN, .forged = true }, { .by = BOB }, MASH_E_SIGNATURE },
    { "changed", { .by = ANN, .changed = true }, { .by = BOB }, MASH_E_SIGNATURE },
    { "another partnership's", { .by = ANN }, { .by = BOB, .partnership = "other" }, MASH_E_SIGNATURE },
    { "another command", { .by = ANN }, { .by = BOB, .stop = true }, MASH_E_FORMAT },
};

static void
only_two_operators_over_one_head(void **state)
{
    const struct partnership *p = *state;
    struct mash_hash root = mash_hash_of(mash_span_str("root"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Mash__Restored message = MASH__RESTORED__INIT;
        struct mash_bytes given[2];
        ProtobufCBinaryData fields[2];
        struct mash_restored restored = { .size = 1 };
        message.size = 41;
        message.root = mash_span_field(mash_hash_span(&root));
        confirm(p, &rows[i].first, &message, &given[0]);
        confirm(p, &rows[i].second, &message, &given[1]);
        fields[0] = mash_span_field(mash_bytes_span(&given[0]));
        fields[1] = mash_span_field(mash_bytes_span(&given[1]));
        message.n_confirmations = 2;
        message.confirmations = fields;
        enum mash_err err = mash_restored_open(p->bundle, &message, &restored);
        if (err != rows[i].err)
            fail_msg("%s: %s", rows[i].name, mash_strerror(err));
        assert_int_equal(restored.size, err == MASH_OK ? 41 : 1);
        assert_int_equal(restored.confirmed_ms, err == MASH_OK ? 7 : 0);
        message.n_confirmations = 1; /* the first alone is never enough */
        assert_int_equal(mash_restored_open(p->bundle, &message, &restored), MASH_E_FORMAT);
        message.n_confirmations = 2;
        fields[1].len--;
        assert_int_not_equal(mash_restored_open(p->bundle, &message, &restored), MASH_OK);
        mash_bytes_free(&given[0]);
        mash_bytes_free(&given[1]);
    }
}

/* The order of the commands is part of the name. */
static void
the_digest_names_one_restore(void **state)
{
    (void)state;
    struct mash_hash one = mash_restored_digest(mash_span_str("a"), mash_span_str("b"));
    struct mash_hash two = mash_restored_digest(mash_span_str("b"), mash_span_str("a"));
    struct mash_hash both = mash_hash_of(mash_span_str("ab"));
    assert_true(mash_hash_equal(&one, &both));
    assert_false(mash_hash_equal(&one, &two));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_two_operators_over_one_head, setup, teardown),
        cmocka_unit_test(the_digest_names_one_restore),
    };
    return cmocka_run_group_tests_name("operator", tests, NULL, NULL);
}
