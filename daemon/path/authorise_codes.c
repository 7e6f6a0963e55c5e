/* SPDX-License-Identifier: Apache-2.0 */
/* authorise_codes.c - the few codes that stand in the clear are of the lists they name: what goes into the log
 * for good must not be able to hold a name.  A type that the bundle lists and this program does not know yet
 * may bring codes of its own, short and in capitals. */
#include "daemon/path/authorise.h"

#include <string.h>

#include "proto/catalogue.h"
#include "proto/codes.h"
#include "proto/state.h"

enum { FOREIGN_MAX = 24 };

static bool
in_list(const char *name, const char *code)
{
    const struct mash_code_list *list = mash_code_list(name);
    return list != NULL && (mash_code_find(list, code) != NULL || strcmp(code, "not-known") == 0);
}

/* Of a type that is not in our catalogue. */
static bool
foreign_ok(const char *code)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strlen(code);
    return strcmp(code, "not-known") == 0 || (len <= FOREIGN_MAX && strspn(code, allowed) == len);
}

static enum mash_err
settle(struct mash_flight *flight, const struct mash_faults *faults)
{
    if (faults->count > 0)
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "%s", "");
    return mash_flight_faults(flight, faults);
}

enum mash_err
mash_authorise_board_codes(struct mash_path *path, struct mash_flight *flight)
{
    (void)path;
    struct mash_faults faults = { 0 };
    const Mash__Manifest *manifest = flight->manifest;
    bool ours = mash_type_find(manifest->type) != NULL;
    for (size_t i = 0; i < manifest->n_codes; i++) {
        const Mash__Code *code = manifest->codes[i];
        bool listed = mash_code_list(code->list) != NULL;
        if (!listed && (ours || strlen(code->list) > FOREIGN_MAX))
            mash_fault(&faults, "codes[%zu].list: no such list", i);
        else if (listed ? !in_list(code->list, code->value) : !foreign_ok(code->value))
            mash_fault(&faults, "codes[%zu].value: not a code of its list", i);
    }
    return settle(flight, &faults);
}

enum mash_err
mash_authorise_status_codes(struct mash_path *path, struct mash_flight *flight)
{
    (void)path;
    struct mash_faults faults = { 0 };
    const Mash__Status *status = flight->status;
    const char *reasons = mash_state_reasons(status->state);
    const struct mash_type *type = mash_type_find(flight->manifest->type);
    if (status->reason[0] != '\0' &&
        (reasons != NULL ? !in_list(reasons, status->reason) : !foreign_ok(status->reason)))
        mash_fault(&faults, "reason: not a code of its list");
    for (size_t i = 0; i < status->n_outcomes; i++) {
        const char *code = status->outcomes[i]->code;
        if (type != NULL ? !in_list(type->outcomes, code) : !foreign_ok(code))
            mash_fault(&faults, "outcomes[%zu].code: not a code of its list", i);
    }
    return settle(flight, &faults);
}
