/* SPDX-License-Identifier: Apache-2.0 */
/* enrolment.c - see mash/client.h: making a home with its keys and its enrolment request.
 * The recovery key is drilled with the file just written, since a recovery key that was never tried is none. */
#include "clients/lib/client.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/address.h"
#include "proto/body.h"
#include "proto/enrol_request.h"
#include "proto/file.h"

#define REQUEST_MAX (256u * 1024u)

/* The keys of one mailbox, as the request lists them. */
struct box {
    struct mash_seal_key seal_keys[2];
    struct mash_sign_key sign_keys[2];
    struct mash_secret *seal, *recovery, *sign, *act;
};

struct enrolling {
    const char *home;
    const struct mash_enrolment *enrolment;
    struct mash_conf conf;
    struct box boxes[MASH_CONF_MAILBOXES_MAX];
    struct mash_mailbox mailboxes[MASH_CONF_MAILBOXES_MAX];
    struct mash_installation installation;
    struct mash_secret *link, *witness;
    char *why;
    size_t why_size;
};

static enum mash_err say(struct enrolling *work, enum mash_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum mash_err
say(struct enrolling *work, enum mash_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(work->why, work->why_size, format, arguments);
    va_end(arguments);
    return err;
}

static enum mash_err
take_addresses(struct enrolling *work)
{
    const struct mash_enrolment *enrolment = work->enrolment;
    struct mash_conf *conf = &work->conf;
    if (enrolment->n_mailboxes < 1 || enrolment->n_mailboxes > MASH_CONF_MAILBOXES_MAX)
        return say(work, MASH_E_VALUE, "not 1 to %u mailboxes", MASH_CONF_MAILBOXES_MAX);
    for (size_t i = 0; i < enrolment->n_mailboxes; i++) {
        struct mash_address address;
        const char *text = enrolment->mailboxes[i].address;
        if (mash_address_parse(text, &address) != MASH_OK)
            return say(work, MASH_E_VALUE, "%s is not an address agency/mailbox@partnership", text);
        if (i == 0) {
            memcpy(conf->agency, address.agency, sizeof(conf->agency));
            memcpy(conf->partnership, address.partnership, sizeof(conf->partnership));
        }
        if (strcmp(conf->agency, address.agency) != 0 || strcmp(conf->partnership, address.partnership) != 0)
            return say(work, MASH_E_VALUE, "%s is of another agency than the first mailbox", text);
        if (mash_conf_is_ours(conf, text))
            return say(work, MASH_E_VALUE, "%s is named twice", text);
        (void)snprintf(conf->mailboxes[conf->n_mailboxes++], MASH_ADDRESS_MAX + 1, "%s", text);
    }
    conf->timeout_ms = MASH_CONF_TIMEOUT_MS;
    return MASH_OK;
}

static enum mash_err
make_folder(struct enrolling *work, const char *path, bool must_be_new)
{
    if (mkdir(path, 0700) == 0)
        return MASH_OK;
    if (errno == EEXIST && !must_be_new)
        return MASH_OK;
    enum mash_err err = errno == EEXIST ? MASH_E_CONFLICT : errno == ENOSPC ? MASH_E_FULL : MASH_E_IO;
    return say(work, err, "%s: %s", path, strerror(errno));
}

static enum mash_err
save_key(struct enrolling *work, const char *mailbox, const char *what, enum mash_purpose purpose,
         const char *passphrase, struct mash_secret **ret_secret)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_span phrase = passphrase != NULL ? mash_span_str(passphrase) : mash_span(NULL, 0);
    enum mash_err err = mash_secret_generate(purpose, ret_secret);
    if (err == MASH_OK)
        err = mash_home_key_path(work->home, mailbox, what, path);
    if (err != MASH_OK)
        return say(work, err, "the %s key could not be made: %s", what, mash_strerror(err));
    err = mash_secret_save(*ret_secret, path, passphrase != NULL ? &phrase : NULL);
    return err == MASH_OK ? err : say(work, err, "%s: %s", path, mash_strerror(err));
}

/* Seal a test body to the recovery key and open it with the key as read back from its file. */
static enum mash_err
drill(struct enrolling *work, const char *path, const char *recipient)
{
    static const char text[] = "recovery drill";
    struct mash_secret *read_back = NULL;
    struct mash_age_identity *identity = NULL;
    struct mash_span recipients[] = { mash_span_str(recipient) };
    struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX), opened = mash_bytes_max(MASH_BODY_MAX);
    enum mash_err err = mash_body_seal(recipients, 1, mash_span_str(text), &body);
    if (err == MASH_OK)
        err = mash_secret_load(path, MASH_PURPOSE_SEAL, NULL, &read_back);
    if (err == MASH_OK)
        err = mash_age_identity_x25519(mash_secret_bytes(read_back), &identity);
    if (err == MASH_OK) {
        const struct mash_age_identity *identities[] = { identity };
        err = mash_body_open(identities, 1, 1, mash_bytes_span(&body), &opened);
    }
    if (err == MASH_OK && !mash_span_equal(mash_bytes_span(&opened), mash_span_str(text)))
        err = MASH_E_MISMATCH;
    mash_age_identity_close(&identity);
    mash_secret_close(&read_back);
    mash_bytes_free(&body);
    mash_bytes_wipe(&opened);
    return err == MASH_OK ? err : say(work, err, "the recovery key in %s does not open a test body: %s", path,
                                      mash_strerror(err));
}

/* One recovery key a mailbox: in the file named, with more mailboxes in one beside it for each. */
static enum mash_err
make_recovery(struct enrolling *work, size_t at, struct mash_secret **ret_secret)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_address address;
    enum mash_err err = mash_address_parse(work->conf.mailboxes[at], &address);
    if (err != MASH_OK)
        return err;
    bool several = work->conf.n_mailboxes > 1;
    int len = snprintf(path, sizeof(path), "%s%s%s", work->enrolment->recovery_out, several ? "." : "",
                       several ? address.mailbox : "");
    if (len < 1 || (size_t)len >= sizeof(path))
        return say(work, MASH_E_VALUE, "the path of the recovery key is too long");
    err = mash_secret_generate(MASH_PURPOSE_SEAL, ret_secret);
    if (err == MASH_OK)
        err = mash_secret_save(*ret_secret, path, NULL);
    if (err != MASH_OK)
        return say(work, err, "%s: %s", path, mash_strerror(err));
    return drill(work, path, mash_secret_public_text(*ret_secret));
}

static void
list_sign_key(struct mash_sign_key *row, const struct mash_secret *secret, unsigned may)
{
    memcpy(row->key, mash_secret_public(secret), sizeof(row->key));
    mash_secret_id(secret, &row->id);
    row->may = may;
}

static void
list_seal_key(struct mash_seal_key *row, const struct mash_secret *secret, bool recovery)
{
    row->recipient = mash_secret_public_text(secret);
    mash_secret_id(secret, &row->id);
    row->recovery = recovery;
}

static enum mash_err
make_box(struct enrolling *work, size_t at)
{
    struct box *box = &work->boxes[at];
    const char *address = work->conf.mailboxes[at];
    const struct mash_enrolment_mailbox *given = &work->enrolment->mailboxes[at];
    enum mash_err err = save_key(work, address, "seal", MASH_PURPOSE_SEAL, NULL, &box->seal);
    if (err == MASH_OK)
        err = save_key(work, address, "sign", MASH_PURPOSE_SIGN, NULL, &box->sign);
    if (err == MASH_OK)
        err = save_key(work, address, "act", MASH_PURPOSE_SIGN, work->enrolment->act_passphrase, &box->act);
    if (err == MASH_OK)
        err = make_recovery(work, at, &box->recovery);
    if (err != MASH_OK)
        return err;
    list_seal_key(&box->seal_keys[0], box->seal, false);
    list_seal_key(&box->seal_keys[1], box->recovery, true);
    list_sign_key(&box->sign_keys[0], box->sign, MASH_MAY_SEND | MASH_MAY_COLLECT);
    list_sign_key(&box->sign_keys[1], box->act, MASH_MAY_ACT);
    work->mailboxes[at] = (struct mash_mailbox){
        .address = address, .name = given->name, .phone = given->phone, .hours = given->hours,
        .cover = given->cover, .schema_max = 1,
        .seal_keys = box->seal_keys, .n_seal_keys = 2, .sign_keys = box->sign_keys, .n_sign_keys = 2,
    };
    return MASH_OK;
}

static enum mash_err
make_installation(struct enrolling *work)
{
    enum mash_err err = save_key(work, NULL, "link", MASH_PURPOSE_LINK, NULL, &work->link);
    if (err == MASH_OK)
        err = save_key(work, NULL, "witness", MASH_PURPOSE_WITNESS, NULL, &work->witness);
    if (err != MASH_OK)
        return err;
    work->installation.id = work->enrolment->installation;
    memcpy(work->installation.link, mash_secret_public(work->link), MASH_PUBLIC_KEY_BYTES);
    memcpy(work->installation.witness, mash_secret_public(work->witness), MASH_PUBLIC_KEY_BYTES);
    mash_secret_id(work->link, &work->installation.link_id);
    return MASH_OK;
}

static enum mash_err
write_request(struct enrolling *work, char *ret_words, size_t words_size)
{
    const struct mash_enrolment *enrolment = work->enrolment;
    struct mash_enrol_request request = {
        .partnership = work->conf.partnership,
        .agency = { .id = work->conf.agency, .name = enrolment->agency_name, .kind = enrolment->agency_kind,
                    .overdue_role = enrolment->overdue_role, .overdue_phone = enrolment->overdue_phone },
        .mailboxes = work->mailboxes, .n_mailboxes = work->conf.n_mailboxes,
        .installations = &work->installation, .n_installations = 1,
    };
    struct mash_bytes text = mash_bytes_max(REQUEST_MAX);
    enum mash_err err = mash_enrol_request_write(&request, &text, work->why, work->why_size);
    if (err == MASH_OK)
        err = mash_enrol_request_words(mash_bytes_span(&text), ret_words, words_size);
    if (err == MASH_OK) {
        err = mash_file_create(enrolment->request_out, mash_bytes_span(&text), 0644);
        if (err != MASH_OK)
            (void)say(work, err, "%s: %s", enrolment->request_out, mash_strerror(err));
    }
    mash_bytes_free(&text);
    return err;
}

/* client.conf comes last: a home without it is one that init did not finish. */
static enum mash_err
make_home(struct enrolling *work, char *ret_words, size_t words_size)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_home_store *store = NULL;
    enum mash_err err = take_addresses(work);
    if (err == MASH_OK)
        err = make_folder(work, work->home, false);
    if (err == MASH_OK)
        err = mash_home_path(work->home, "keys", path);
    if (err == MASH_OK)
        err = make_folder(work, path, true);
    for (size_t i = 0; err == MASH_OK && i < work->conf.n_mailboxes; i++)
        err = make_box(work, i);
    if (err == MASH_OK)
        err = make_installation(work);
    if (err == MASH_OK)
        err = mash_home_path(work->home, "client.db", path);
    if (err == MASH_OK) {
        err = mash_home_store_open(path, &store);
        if (err != MASH_OK)
            (void)say(work, err, "%s: %s", path, mash_strerror(err));
        mash_home_store_close(&store);
    }
    if (err == MASH_OK)
        err = write_request(work, ret_words, words_size);
    if (err == MASH_OK)
        err = mash_home_path(work->home, "client.conf", path);
    return err == MASH_OK ? mash_conf_write(path, &work->conf) : err;
}

enum mash_err
mash_client_init(const char *home, const struct mash_enrolment *enrolment, char *ret_words, size_t words_size,
                 char *ret_why, size_t why_size)
{
    if (why_size > 0)
        ret_why[0] = '\0';
    if (sodium_init() < 0)
        return MASH_E_IO;
    struct enrolling *work = calloc(1, sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    work->home = home;
    work->enrolment = enrolment;
    work->why = ret_why;
    work->why_size = why_size;
    enum mash_err err = make_home(work, ret_words, words_size);
    if (err != MASH_OK && why_size > 0 && ret_why[0] == '\0')
        (void)say(work, err, "%s", mash_strerror(err));
    for (size_t i = 0; i < MASH_CONF_MAILBOXES_MAX; i++) {
        mash_secret_close(&work->boxes[i].seal);
        mash_secret_close(&work->boxes[i].recovery);
        mash_secret_close(&work->boxes[i].sign);
        mash_secret_close(&work->boxes[i].act);
    }
    mash_secret_close(&work->link);
    mash_secret_close(&work->witness);
    free(work);
    return err;
}
