/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c - the figures that console and mashctl show, made from the store's rows and the counters of
 * this process.  Numbers and addresses of mailboxes only. */
#include "daemon/ledger/core_state.h"

#include <stdlib.h>
#include <string.h>

enum { TYPES_MAX = 64 };

struct figures {
    Mash__Figures message;
    Mash__MailboxFigures *mailboxes;
    Mash__MailboxFigures **mailbox_list;
    struct {
        Mash__Count message;
        char name[MASH_TYPE_MAX + 1];
    } types[TYPES_MAX];
    Mash__Count *type_list[TYPES_MAX];
    Mash__Count refusals[MASH_ANSWER_COUNT];
    Mash__Count *refusal_list[MASH_ANSWER_COUNT];
    Mash__Figures *gate;
};

static void
add_type(void *ctx, const char *type, uint64_t count)
{
    struct figures *figures = ctx;
    size_t at = figures->message.n_accepted;
    if (at == TYPES_MAX || strlen(type) > MASH_TYPE_MAX)
        return;
    memcpy(figures->types[at].name, type, strlen(type) + 1);
    mash__count__init(&figures->types[at].message);
    figures->types[at].message.name = figures->types[at].name;
    figures->types[at].message.value = count;
    figures->type_list[at] = &figures->types[at].message;
    figures->message.n_accepted++;
}

static void
add_refusals(const struct mash_core *core, struct figures *figures)
{
    for (size_t i = 0; i < MASH_ANSWER_COUNT; i++) {
        if (core->path.refusals.totals[i] == 0)
            continue;
        size_t at = figures->message.n_refused++;
        mash__count__init(&figures->refusals[at]);
        figures->refusals[at].name = (char *)(uintptr_t)mash_answer((enum mash_answer_id)i)->sub_code;
        figures->refusals[at].value = core->path.refusals.totals[i];
        figures->refusal_list[at] = &figures->refusals[at];
    }
    figures->message.refused = figures->refusal_list;
}

static enum mash_err
fill_mailbox(struct mash_core *core, const struct mash_mailbox *mailbox, Mash__MailboxFigures *row)
{
    struct mash_store_mailbox_figures counts;
    enum mash_err err = mash_store_mailbox_figures(core->store, mailbox->address, &counts);
    if (err != MASH_OK)
        return err;
    mash__mailbox_figures__init(row);
    row->mailbox = (char *)(uintptr_t)mailbox->address;
    row->waiting = counts.waiting;
    row->unacknowledged = counts.unacknowledged;
    row->oldest_waiting_ms = counts.oldest_waiting_ms;
    row->suspended = mash_view_mailbox_suspended(&core->path.view, mailbox->address);
    err = mash_store_seen_get(core->store, mailbox->address, &row->last_seen_ms);
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

static enum mash_err
add_law(struct mash_core *core, struct figures *figures)
{
    const struct mash_bundle *bundle = core->path.view.bundle;
    if (bundle == NULL)
        return MASH_OK;
    size_t count;
    const struct mash_mailbox *all = mash_bundle_mailboxes(bundle, &count);
    figures->message.bundle_version = mash_bundle_version(bundle);
    figures->message.bundle_renew_by_ms = mash_bundle_renew_by_ms(bundle);
    figures->message.bundle_expires_ms = mash_bundle_expires_ms(bundle);
    figures->mailboxes = calloc(count + 1, sizeof(*figures->mailboxes));
    figures->mailbox_list = calloc(count + 1, sizeof(Mash__MailboxFigures *));
    if (figures->mailboxes == NULL || figures->mailbox_list == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        err = fill_mailbox(core, &all[i], &figures->mailboxes[i]);
        figures->mailbox_list[i] = &figures->mailboxes[i];
    }
    figures->message.n_mailboxes = count;
    figures->message.mailboxes = figures->mailbox_list;
    return err;
}

static enum mash_err
add_store(struct mash_core *core, struct figures *figures)
{
    struct mash_store_figures counts;
    enum mash_err err = mash_store_figures(core->store, &counts);
    if (err != MASH_OK)
        return err;
    figures->message.notices = counts.notices;
    figures->message.obligations_open = counts.obligations_open;
    figures->message.waiting = counts.waiting;
    figures->message.store_bytes = counts.store_bytes;
    figures->message.accepted = figures->type_list;
    figures->message.log_size = core->path.left.size;
    figures->message.log_root = mash_span_field(mash_hash_span(&core->path.left.root));
    return mash_store_count_types(core->store, add_type, figures);
}

static void
add_process(struct mash_core *core, struct figures *figures)
{
    Mash__Figures *message = &figures->message;
    message->partnership = (char *)(uintptr_t)core->config.partnership;
    message->version = (char *)(uintptr_t)MASH_VERSION;
    message->now_ms = mash_clock_wall_ms(&core->config.clock);
    message->started_ms = core->started_ms;
    message->groups = core->path.groups;
    message->commit_us_max =
        core->commit_us_max[0] > core->commit_us_max[1] ? core->commit_us_max[0] : core->commit_us_max[1];
    message->read_only = core->path.read_only[0] != '\0';
    message->read_only_why = core->path.read_only;
    /* the gate's word about itself; a frame that is none is not shown */
    if (core->gate_figures.len > 0 &&
        mash_message_decode(&mash__figures__descriptor, mash_bytes_span(&core->gate_figures), &figures->gate) ==
            MASH_OK) {
        message->links = figures->gate->links;
        message->n_gate = figures->gate->n_gate;
        message->gate = figures->gate->gate;
    }
}

enum mash_err
mash_figures_make(struct mash_core *core, struct mash_bytes *out)
{
    struct figures *figures = calloc(1, sizeof(*figures));
    if (figures == NULL)
        return MASH_E_NOMEM;
    mash__figures__init(&figures->message);
    add_process(core, figures);
    add_refusals(core, figures);
    enum mash_err err = add_law(core, figures);
    if (err == MASH_OK)
        err = add_store(core, figures);
    if (err == MASH_OK)
        err = mash_message_encode(&figures->message, out);
    mash_message_free(&figures->gate);
    free(figures->mailbox_list);
    free(figures->mailboxes);
    free(figures);
    return err;
}
